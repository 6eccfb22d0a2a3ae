/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when ps, top and free would not understand /proc: formats of proc(5), reads in pieces,
 * names, and what a process that has ended leaves. The test plays the rest of servers/proc.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../lib/serve/tree_priv.h"
#include "procfs_tree.h"
#include "tap.h"

/* ---- three processes: 1, 7 and 12 ---- */

static bool seven_lives = true;
static int signalled_pid, signalled_by, signal_sent;
static const char strings[] = "sh\0-c\0exit\0HOME=/\0";

int view_next(int pid)
{
    return pid < 1 ? 1 : pid < 7 && seven_lives ? 7 : pid < 12 ? 12 : 0;
}

bool view_owner(int pid, uint32_t *uid)
{
    *uid = pid == 12 ? 1000 : 0;
    return pid == 1 || pid == 12 || (pid == 7 && seven_lives);
}

bool view_process(int pid, struct view *out)
{
    if (pid != 1 && pid != 12 && (pid != 7 || !seven_lives))
        return false;
    *out = (struct view){ .pid = pid,
                          .parent = pid == 1 ? 0 : 1,
                          .group = 7,
                          .session = 1,
                          .tty = 0x500,
                          .tty_group = 7,
                          .state = pid == 12 ? 'Z' : 'S',
                          .uid = { 1000, 0, 0 },
                          .group_count = 2,
                          .groups = { 10, 20 },
                          .threads = 3,
                          .nice = -5,
                          .started_us = 12345678,
                          .used_us = 2500000,
                          .memory_bytes = 0x500000,
                          .resident_bytes = 0x3000,
                          .peak_bytes = 0x600000,
                          .args = 0x1000,
                          .args_end = 0x1000 + 11,
                          .variables_end = 0x1000 + sizeof strings - 1 };
    strcpy(out->name, "sh (x) y");
    return true;
}

bool view_region(int pid, uint64_t address, struct view_region *out)
{
    static const struct view_region region[] = {
        { 0x400000, 0x500000, 0x2000, true, false, true, false, 17, "/bin/busybox" },
        { 0x500000, 0x501000, 0, true, true, false, true, 0, "" },
        { 0x7e0000000000, 0x7efffffff000, 0, true, true, false, false, 0, "[stack]" },
    };

    for (unsigned i = 0; pid == 7 && i < 3; i++)
        if (region[i].end > address) {
            *out = region[i];
            return true;
        }
    return false;
}

size_t view_memory(int pid, uint64_t address, void *to, size_t bytes)
{
    if (pid == 12 || address < 0x1000 || address - 0x1000 >= sizeof strings)
        return 0;
    size_t left = sizeof strings - (address - 0x1000), n = bytes < left ? bytes : left;
    memcpy(to, strings + (address - 0x1000), n);
    return n;
}

void view_system(struct view_system *out)
{
    *out = (struct view_system){ .up_us = 61230000,
                                 .idle_us = 60000000,
                                 .boot_time_s = 1700000000,
                                 .memory_bytes = 512ul << 20,
                                 .free_bytes = 300ul << 20,
                                 .running = 2,
                                 .processes = 3,
                                 .started = 40,
                                 .last_pid = 12,
                                 .tsc_hz = 2400123000 };
}

bool view_mount(int pid, unsigned index, struct view_mount *out)
{
    static const struct view_mount mount[] = { { "memfs", "", "" },
                                               { "proc", "/proc", "" },
                                               { "memfs", "/a b", "/c\\d" } };

    (void)pid;
    if (index >= sizeof mount / sizeof mount[0])
        return false;
    *out = mount[index];
    return true;
}

const char *view_session(int pid, unsigned server)
{
    return pid != 7 ? NULL : server == 1 ? "memfs" : server == 2 ? "pipe" : NULL;
}

static uint32_t file_server = 3;
static int reader; /* who asks */

/* Seven has descriptors 0, 2 and 10; its directory, which nobody serves. */
int view_file_next(int pid, int fd)
{
    if (pid != 7)
        return -1;
    return fd <= 0 ? 0 : fd <= 2 ? 2 : fd <= 10 ? 10 : -1;
}

bool view_file(int pid, unsigned file, uint32_t *server, uint32_t *handle)
{
    *server = file_server;
    *handle = 100 + file;
    return view_file_next(pid, (int)file) == (int)file;
}

bool view_file_name(int pid, unsigned file, char *to)
{
    if (file >= VIEW_FILE_CWD)
        strcpy(to, file == VIEW_FILE_CWD ? "/tmp" : file == VIEW_FILE_ROOT ? "/" : "/bin/sh");
    else
        sprintf(to, "pipe:[%u]", file);
    return pid == 7;
}

int view_signal(int by, int pid, int signal)
{
    signalled_by = by;
    signalled_pid = pid;
    signal_sent = signal;
    return 0;
}

static char traced_to[64] = "nobody asked";

int view_trace(int by, int pid, const char *name)
{
    snprintf(traced_to, sizeof traced_to, "%d %d %s", by, pid, name);
    return 0;
}

/* Seven is in job 3, in 1; twelve in one without quotas; one in none. */
bool view_job(int pid, struct view_job *out)
{
    *out = (struct view_job){ 0 };
    if (pid == 7)
        *out = (struct view_job){ 3, 1, 5 << 20, 8 << 20, 4, 50, 1234567, 20000, 1 << 20, 2 << 20 };
    if (pid == 12)
        *out = (struct view_job){ .number = 4, .bytes = 4096, .processes = 1 };
    return true;
}

static char jobs_asked[64] = "nobody asked";

int view_job_begin(int by, int pid, const uint64_t quota[4])
{
    snprintf(jobs_asked, sizeof jobs_asked, "%d %d begin %lu %lu %lu %lu", by, pid, quota[0],
             quota[1], quota[2], quota[3]);
    return 0;
}

int view_job_kill(int by, int pid)
{
    snprintf(jobs_asked, sizeof jobs_asked, "%d %d kill", by, pid);
    return EPERM;
}

size_t view_resources(struct view_resource to[VIEW_RESOURCES_MAX])
{
    to[0] = (struct view_resource){ "frames", 12 };
    to[1] = (struct view_resource){ "memfs-handles", 1ul << 40 };
    return 2;
}

/* ---- */

static char text[16384];

/* All of a file, from reads of `piece` bytes. */
static const char *read_all(const char *name, int pid, size_t piece)
{
    uint64_t place = 0;
    size_t used = 0, n;

    text[0] = '\0';
    if (!place_find(PLACE(pid, 0), name, strlen(name), &place))
        return text;
    while ((n = place_read(place, reader, used, text + used, piece)) > 0 &&
           used + n < sizeof text - piece)
        used += n;
    text[used] = '\0';
    return text;
}

static void test_stat(void)
{
    const char *line = read_all("stat", 7, 4096), *rest = strrchr(line, ')');
    unsigned fields = 2;

    tap_ok(strncmp(line, "7 (sh (x) y) S 1 7 1 1280 7 ", 28) == 0, "stat begins as proc(5) says");
    for (const char *at = rest; at != NULL && *at != '\0'; at++)
        fields += *at == ' ';
    tap_ok(fields == 52, "stat has 52 fields");
    unsigned long value[52] = { 0 };
    const char *at = rest != NULL ? rest + 3 : "";
    for (unsigned i = 3; i < 52; i++) {
        char *end;
        value[i] = (unsigned long)strtoll(at, &end, 10);
        at = end;
    }
    tap_ok(value[13] == 250 && value[18] == -5ul && value[19] == 3, "time in ticks, nice, threads");
    tap_ok(value[21] == 1234 && value[22] == 0x500000 && value[23] == 3, "start, size, pages");
    tap_ok(value[47] == 0x1000 && value[48] == 0x100b, "where the arguments are");
}

static void test_status(void)
{
    const char *status = read_all("status", 7, 4096);

    tap_ok(strstr(status, "Name:\tsh (x) y\nState:\tS (sleeping)\n") == status, "status begins");
    tap_ok(strstr(status, "\nPid:\t7\nPPid:\t1\n") != NULL, "pid and parent");
    tap_ok(strstr(status, "\nUid:\t1000\t0\t0\t0\n") != NULL, "user ids");
    tap_ok(strstr(status, "\nVmSize:\t    5120 kB\n") != NULL, "size");
    tap_ok(strstr(read_all("status", 12, 4096), "VmSize") == NULL, "a zombie has no memory");
}

static void test_mounts(void)
{
    tap_ok(strcmp(read_all("mounts", 7, 2048), "memfs / memfs rw 0 0\nproc /proc proc rw 0 0\n"
                                               "/c\\134d /a\\040b memfs rw 0 0\n") == 0,
           "mounts, with what would divide words as numbers");
    tap_ok(strcmp(read_all("caps", 7, 4096), "proc: process 7, at /proc\n"
                                             "memfs: session, at /, at /a\\040b\npipe: session\n"
                                             "notifications: 3, of its threads\n") == 0,
           "caps: what it can reach, by a name or not");
}

static void test_pieces(void)
{
    char whole[4096];
    static const char *const names[] = { "stat", "status", "maps", "cmdline", "environ", "mounts" };

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        strcpy(whole, read_all(names[i], 7, 2048));
        bool same = strlen(whole) > 0;
        for (size_t piece = 1; piece < 40; piece += 7)
            if (strcmp(whole, read_all(names[i], 7, piece)) != 0)
                same = false;
        tap_ok(same, "the same in pieces of any size");
    }
}

static void test_strings(void)
{
    uint64_t place;
    char got[64];

    tap_ok(place_find(PLACE(7, 0), "cmdline", 7, &place), "cmdline is found");
    tap_ok(place_read(place, reader, 0, got, sizeof got) == 11 && memcmp(got, strings, 11) == 0,
           "cmdline: the arguments, each with its zero");
    tap_ok(place_read(place, reader, 3, got, 2) == 2 && memcmp(got, "-c", 2) == 0,
           "from the middle");
    tap_ok(strcmp(read_all("environ", 7, 4096), "HOME=/") == 0, "environ: the variables");
    tap_ok(read_all("cmdline", 12, 4096)[0] == '\0', "no memory, no arguments");
}

static void test_maps(void)
{
    const char *maps = read_all("maps", 7, 4096);
    static const char first[] =
        "00400000-00500000 r-xp 00002000 00:00 17                                 /bin/busybox\n"
        "00500000-00501000 rw-s 00000000 00:00 0 \n"
        "7e0000000000-7efffffff000 rw-p 00000000 00:00 0                          [stack]\n";

    tap_ok(strcmp(maps, first) == 0, "maps as proc(5) lays them out");
}

static void test_machine(void)
{
    tap_ok(strcmp(read_all("uptime", 0, 4096), "61.23 60.00\n") == 0, "uptime");
    tap_ok(strstr(read_all("meminfo", 0, 4096),
                  "MemTotal:         524288 kB\nMemFree:          307200 kB"
                  "\n") == text,
           "meminfo");
    tap_ok(strncmp(read_all("stat", 0, 4096), "cpu  123 0 0 6000 ", 18) == 0,
           "stat of the machine");
    tap_ok(strstr(text, "\nbtime 1700000000\nprocesses 40\n") != NULL, "since when, how many");
    tap_ok(strcmp(read_all("loadavg", 0, 4096), "2.00 2.00 2.00 2/3 12\n") == 0, "loadavg");
    reader = 7;
    tap_ok(strcmp(read_all("loadavg", 0, 4096), "3.00 3.00 3.00 3/3 12\n") == 0,
           "loadavg: who asks runs");
    tap_ok(strstr(read_all("stat", 7, 4096), ") R ") != NULL, "stat: who asks runs");
    tap_ok(strstr(read_all("status", 7, 4096), "State:\tR (running)\n") != NULL, "status, too");
    reader = 12;
    tap_ok(strstr(read_all("stat", 7, 4096), ") S ") != NULL, "and nobody else");
    tap_ok(strstr(read_all("stat", 12, 4096), ") Z ") != NULL, "nor a zombie");
    reader = 0;
    tap_ok(strstr(read_all("cpuinfo", 0, 4096), "cpu MHz\t\t: 2400.123\n") != NULL, "cpuinfo");
}

/* Where a link leads for a process; NULL: nowhere. */
static const char *link_of(uint64_t place, int pid, uint32_t uid, bool follow, struct tree_link *l)
{
    const struct serve_session who = { .pid = pid, .uid = uid };

    *l = (struct tree_link){ 0 };
    int e = place_link(&who, place, follow, l);
    return e == 0 ? l->text : e == EACCES ? "EACCES" : NULL;
}

static void test_names(void)
{
    struct tree_link l;
    uint64_t place;

    tap_ok(place_find(PLACE_ROOT, "self", 4, &place) && S_ISLNK(place_mode(place)), "self");
    tap_ok(strcmp(link_of(place, 7, 0, true, &l), "7") == 0 && l.bytes == 1, "leads to the caller");
    tap_ok(!place_find(PLACE_ROOT, "8", 1, &place), "no process 8");
    tap_ok(!place_find(PLACE_ROOT, "07", 2, &place), "no second name for 7");
    tap_ok(!place_find(PLACE_ROOT, "7x", 2, &place), "only digits");
    tap_ok(!place_find(PLACE_ROOT, "99999999999", 11, &place), "no overflow");
    tap_ok(!place_find(PLACE_ROOT, "", 0, &place), "the empty name");
    tap_ok(!place_find(PLACE(7, 0), "1", 1, &place), "no process in a process");
    tap_ok(!place_find(PLACE(7, 0), "sta", 3, &place), "no part of a name");
    tap_ok(place_mode(PLACE(7, 0)) == (S_IFDIR | 0555), "a directory's mode");
    tap_ok(place_mode(PLACE(7, 200)) == 0, "no such entry");
    tap_ok(place_owner(PLACE(12, 0)) == 1000 && place_owner(PLACE_ROOT) == 0, "whose they are");
    tap_ok(place_above(PLACE_ITEM(PLACE(7, 16), 3)) == PLACE(7, 16) &&
               place_above(PLACE(7, 16)) == PLACE(7, 0) && place_above(PLACE(7, 0)) == PLACE_ROOT,
           "what they are in");
}

static void test_open_files(void)
{
    uint32_t file[2];
    uint64_t fd, place;
    struct tree_link l;

    tap_ok(place_find(PLACE(7, 0), "fd", 2, &fd) && place_mode(fd) == (S_IFDIR | 0500),
           "fd is a directory");
    tap_ok(place_find(fd, "10", 2, &place) && S_ISLNK(place_mode(place)), "descriptor 10");
    tap_ok(strcmp(link_of(place, 1, 0, false, &l), "pipe:[10]") == 0, "says what it is");
    tap_ok(strcmp(link_of(place, 7, 0, false, &l), "pipe:[10]") == 0, "to itself, too");
    tap_ok(link_of(place, 7, 0, true, &l) != NULL && l.is_file && l.bytes == sizeof file,
           "leads its own process there");
    memcpy(file, l.text, sizeof file);
    tap_ok(file[0] == 3 && file[1] == 110, "by server and handle");
    tap_ok(link_of(place, 1, 0, true, &l) != NULL && !l.is_file, "but no other");
    tap_ok(strcmp(link_of(place, 1, 1000, true, &l), "EACCES") == 0, "another user nowhere");
    tap_ok(!place_find(fd, "1", 1, &place) && !place_find(fd, "02", 2, &place) &&
               !place_find(fd, "x", 1, &place),
           "no other descriptor");
    tap_ok(place_find(PLACE(7, 0), "cwd", 3, &place) &&
               strcmp(link_of(place, 7, 0, true, &l), "/tmp") == 0 && !l.is_file,
           "cwd by name only, when nobody serves it");
    tap_ok(place_find(PLACE(7, 0), "exe", 3, &place) &&
               strcmp(link_of(place, 7, 0, true, &l), "/bin/sh") == 0 && !l.is_file,
           "exe by its name");
    tap_ok(!place_find(PLACE(7, 4), "10", 2, &place), "none in another file");
    uint32_t named[3];
    file_server = UNIX_SERVERS_MAX;
    tap_ok(place_find(fd, "10", 2, &place) && link_of(place, 1, 0, false, &l) != NULL &&
               l.is_file && l.bytes == sizeof named,
           "what a process serves has a name there");
    memcpy(named, l.text, sizeof named);
    tap_ok(named[0] == UNIX_SERVERS_MAX && named[1] == 110 && named[2] == 7,
           "to be asked for by server, handle and process");
    tap_ok(strcmp(link_of(place, 1, 1000, false, &l), "EACCES") == 0, "by its own user");
    file_server = 3;
}

static const char *name_of(uint64_t place, size_t room)
{
    static char to[64];
    size_t bytes;

    int e = tree_name(place, to, room, &bytes);
    if (e == 0)
        to[bytes] = '\0';
    return e == 0 ? to : e == ENOENT ? "none" : "long";
}

/* The library's, of our tree. */
static void test_tree_names(void)
{
    tap_ok(strcmp(name_of(PLACE_ROOT, 60), "/") == 0, "the root's name");
    tap_ok(strcmp(name_of(PLACE(7, 0), 60), "/7") == 0, "a directory's");
    tap_ok(strcmp(name_of(PLACE_ITEM(PLACE(7, 16), 3), 60), "/7/fd/2") == 0, "a link's");
    tap_ok(strcmp(name_of(PLACE(7, 16), 5), "/7/fd") == 0 &&
               strcmp(name_of(PLACE(7, 16), 4), "long") == 0 &&
               strcmp(name_of(PLACE_ROOT, 0), "long") == 0,
           "not more than there is room for");
    tap_ok(strcmp(name_of(PLACE(8, 0), 60), "none") == 0, "none of what is not there");
}

int call_read(struct call *c, const struct call_item *item, size_t offset, void *to, size_t bytes)
{
    (void)c;
    memcpy(to, (const char *)item->data + offset, bytes);
    return 0;
}

/* What a path from the root leads to for somebody. */
static int walk(struct serve *serve, uint32_t uid, const char *path, bool follow,
                struct tree_walk *w)
{
    struct call c = { .badge = UNIX_BADGE(3, 1), .self = serve };
    const struct call_item item = { .data = (void *)(uintptr_t)path, .count = strlen(path) };

    serve_caller(&c)->uid = uid;
    return tree_walk(&c, FILE_ROOT_BIT, &item, follow, w);
}

static void test_walk(void)
{
    static struct serve serve;
    struct tree_walk w;

    tap_ok(serve_session_begin(&serve.sessions, UNIX_BADGE(3, 1)) == 0, "a session");
    serve_session_find(&serve.sessions, UNIX_BADGE(3, 1))->pid = 7;
    tap_ok(walk(&serve, 0, "7//./stat", true, &w) == 0 && w.left == FILE_LEFT_NOTHING &&
               w.place == PLACE(7, 10) && w.done == 9,
           "a path");
    tap_ok(walk(&serve, 0, "7/fd/../../1/", true, &w) == 0 && w.place == PLACE(1, 0), "and back");
    tap_ok(walk(&serve, 0, "7/../..", true, &w) == 0 && w.left == FILE_LEFT_ABOVE && w.at == 5,
           "out of the root");
    tap_ok(walk(&serve, 0, "7/stat/", true, &w) == ENOTDIR &&
               walk(&serve, 0, "7/stat/x", true, &w) == ENOTDIR &&
               walk(&serve, 0, "7/none", true, &w) == ENOENT &&
               walk(&serve, 0, "9", true, &w) == ENOENT,
           "no such path");
    tap_ok(walk(&serve, 0, "self/stat", false, &w) == 0 && w.left == FILE_LEFT_LINK && w.at == 0 &&
               w.done == 4 && strcmp(w.link.text, "7") == 0,
           "a link in the middle leads on");
    tap_ok(walk(&serve, 0, "self", false, &w) == 0 && w.left == FILE_LEFT_NOTHING,
           "at the end only if it is wanted");
    tap_ok(walk(&serve, 0, "7/fd/10/x", false, &w) == 0 && w.left == FILE_LEFT_FILE && w.at == 5 &&
               w.done == 7,
           "into what the caller has open");
    tap_ok(walk(&serve, 0, "7/fd/10", false, &w) == 0 && walk(&serve, 5, "7/fd", false, &w) == 0 &&
               walk(&serve, 5, "7/fd/10", false, &w) == EACCES,
           "what is open is not for others");
    tap_ok(walk(&serve, 5, "12/fd", false, &w) == 0 && tree_may(w.who, w.place, R_OK) == false &&
               walk(&serve, 1000, "12/fd", false, &w) == 0 && tree_may(w.who, w.place, R_OK),
           "nor its list");
    while (serve_session_end(&serve.sessions, UNIX_BADGE(3, 1)))
        continue;
}

static unsigned list(uint64_t directory, char *all)
{
    struct tree_entry e;
    unsigned n = 0;

    all[0] = '\0';
    for (uint64_t at = 0; n < 100 && place_entry(directory, at, &e); at = e.next, n++) {
        strcat(all, e.name);
        strcat(all, S_ISDIR(place_mode(e.place)) ? "/ " : " ");
    }
    return n;
}

static void test_lists(void)
{
    char all[1024];

    tap_ok(list(PLACE_ROOT, all) == 12 && strstr(all, "uptime 1/ 7/ 12/ ") != NULL,
           "the root's list");
    tap_ok(list(PLACE(7, 0), all) == 16 && strstr(all, "cmdline comm ctl ") != NULL, "a process's");
    tap_ok(list(PLACE(7, 3), all) == 0, "a file has none");
    tap_ok(list(PLACE(7, 16), all) == 3 && strcmp(all, "0 2 10 ") == 0, "the descriptors'");
}

static void test_job(uint64_t ctl)
{
    static const char *const wrong[] = {
        "job",          "job ",           "job 4096",        "job 4096 ",
        "job -1 3 0 0", "job 4095 3 0 0", "job 1M 0 0 0",    "job 8192 3 4 0 5",
        "job 0 0 0 0 ", "job  0 0 0 0",   "job 0 -1 0 0",    "job 0 4294967296 0 0",
        "job x 3 0 0",  "kill-job 7",     "job 8192 x 0 0",  "job 99999999999999999999 0 0 0",
        "job 0 0 0",    "job 0 0 -1 0",   "job 0 0 1% 0",    "job 0 0 4294967296 0",
        "job 0 0 0 x",  "job 0 0 0 4095", "job 0 0 0 -4096", "job 0 0 0 99999999999999999999",
    };
    bool refused = true;

    tap_ok(place_command(ctl, 1, "job 8192 50 20000 4096") == 0 &&
               strcmp(jobs_asked, "1 7 begin 8192 50 20000 4096") == 0,
           "a job begins");
    tap_ok(place_command(ctl, 1, "job 0 0 0 0") == 0 &&
               strcmp(jobs_asked, "1 7 begin 0 0 0 0") == 0,
           "one without quotas");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        refused = place_command(ctl, 1, wrong[i]) == EINVAL && refused;
    tap_ok(refused && strcmp(jobs_asked, "1 7 begin 0 0 0 0") == 0, "what is no job");
    tap_ok(place_command(ctl, 12, "kill-job") == EPERM && strcmp(jobs_asked, "12 7 kill") == 0,
           "one is killed");
    tap_ok(
        strcmp(
            read_all("job", 7, 5),
            "job 3\nin 1\nmemory 5120 kB of 8192 kB\nfiles 1024 kB of 2048 kB\nprocesses 4 of 50\n"
            "time 1234 ms, 20000 us of every 100000 us\n") == 0,
        "a job's text");
    tap_ok(strcmp(read_all("job", 12, 100),
                  "job 4\nin 0\nmemory 4 kB\nfiles 0 kB\nprocesses 1\ntime 0 ms\n") == 0,
           "one without quotas");
    tap_ok(strcmp(read_all("job", 1, 100), "job 0\n") == 0, "no job");
    tap_ok(strcmp(read_all("resources", 0, 7), "frames 12\nmemfs-handles 1099511627776\n") == 0,
           "what is in use");
}

static void test_control(void)
{
    uint64_t place;

    tap_ok(place_find(PLACE(7, 0), "ctl", 3, &place), "ctl is found");
    tap_ok(place_command(place, 1, "stop") == 0 && signal_sent == SIGSTOP && signalled_pid == 7 &&
               signalled_by == 1,
           "stop");
    tap_ok(place_command(place, 1, "signal 15") == 0 && signal_sent == SIGTERM, "signal 15");
    signal_sent = 0;
    tap_ok(place_command(place, 1, "signal 65") == EINVAL, "no signal 65");
    tap_ok(place_command(place, 1, "signal -1") == EINVAL, "no signal -1");
    tap_ok(place_command(place, 1, "stop it") == EINVAL, "no such command");
    tap_ok(place_command(place, 1, "") == EINVAL, "nothing is no command");
    tap_ok(place_command(PLACE(7, 1), 1, "stop") == EACCES, "the others take none");
    tap_ok(signal_sent == 0, "what was refused did nothing");
    tap_ok(place_command(place, 1, "trace /tmp/x y") == 0 && strcmp(traced_to, "1 7 /tmp/x y") == 0,
           "trace");
    tap_ok(place_command(place, 1, "trace x") == EINVAL &&
               place_command(place, 1, "tracer") == EINVAL && strlen(traced_to) == 12,
           "to an absolute path only");
    tap_ok(place_command(place, 1, "trace") == 0 && strcmp(traced_to, "1 7 ") == 0, "no trace");
    test_job(place);
}

static void test_gone(void)
{
    uint64_t place;
    char got[8];

    tap_ok(place_find(PLACE(7, 0), "stat", 4, &place), "stat of 7");
    seven_lives = false;
    tap_ok(place_read(place, reader, 0, got, sizeof got) == 0, "ends with the process");
    tap_ok(place_mode(place) == 0 && !place_find(PLACE(7, 0), "stat", 4, &place),
           "and names nothing");
    seven_lives = true;
}

int main(void)
{
    static const struct tree tree = { .mode = place_mode,
                                      .owner = place_owner,
                                      .above = place_above,
                                      .entry = place_entry,
                                      .find = place_find,
                                      .link = place_link };

    tree_served = &tree;
    test_stat();
    test_status();
    test_mounts();
    test_pieces();
    test_strings();
    test_maps();
    test_machine();
    test_names();
    test_open_files();
    test_tree_names();
    test_walk();
    test_lists();
    test_control();
    test_gone();
    return tap_done();
}
