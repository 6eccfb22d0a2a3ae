/* SPDX-License-Identifier: BSD-2-Clause */
#include "procfs_tree.h"

#include <errno.h>
#include <ipc/unix.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Files about the machine: entries 1 and following of the root. */
static const struct {
    const char *name;
    text_machine *text;
} machine_file[] = {
    { "self", NULL }, /* a link */
    { "cpuinfo", text_cpuinfo },
    { "filesystems", text_filesystems },
    { "loadavg", text_loadavg },
    { "meminfo", text_meminfo },
    { "mounts", NULL }, /* a link */
    { "resources", text_resources },
    { "stat", text_system_stat },
    { "uptime", text_uptime },
};

enum { ENTRY_SELF = 1, ENTRY_MOUNTS = 6 };

/* Files about a process: entries 1 and following of its directory. */
static const struct {
    const char *name;
    text_process *text;
    unsigned mode;
} process_file[] = {
    { "caps", text_caps, 0400 },
    { "cmdline", text_cmdline, 0444 },
    { "comm", text_comm, 0444 },
    { "ctl", NULL, 0200 },
    { "environ", text_environ, 0400 },
    { "job", text_job, 0444 },
    { "maps", text_maps, 0444 },
    { "mem", NULL, 0400 },
    { "mounts", text_mounts, 0444 },
    { "stat", text_stat, 0444 },
    { "statm", text_statm, 0444 },
    { "status", text_status, 0444 },
    { "cwd", NULL, 0777 },
    { "exe", NULL, 0777 },
    { "root", NULL, 0777 },
    { "fd", NULL, 0500 },
};

enum { ENTRY_CTL = 4, ENTRY_MEM = 8, ENTRY_CWD = 13, ENTRY_EXE, ENTRY_ROOT, ENTRY_FD };

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Is it one that exists, whether or not its process does? */
static bool is_known(uint64_t place)
{
    size_t count = PLACE_PID(place) == 0 ? COUNT(machine_file) : COUNT(process_file);

    return PLACE_ENTRY(place) <= count &&
           (PLACE_ITEM_OF(place) == 0 || (PLACE_PID(place) != 0 && PLACE_ENTRY(place) == ENTRY_FD));
}

static bool is_directory(uint64_t place)
{
    return PLACE_ENTRY(place) == 0 ||
           (PLACE_PID(place) != 0 && PLACE_ENTRY(place) == ENTRY_FD && PLACE_ITEM_OF(place) == 0);
}

static bool is_link(uint64_t place)
{
    if (PLACE_PID(place) == 0)
        return PLACE_ENTRY(place) == ENTRY_SELF || PLACE_ENTRY(place) == ENTRY_MOUNTS;
    return PLACE_ITEM_OF(place) != 0 ||
           (PLACE_ENTRY(place) >= ENTRY_CWD && PLACE_ENTRY(place) <= ENTRY_ROOT);
}

/* Which of what its process has open a link leads to. */
static unsigned file_of(uint64_t place)
{
    switch (PLACE_ENTRY(place)) {
    case ENTRY_CWD: return VIEW_FILE_CWD;
    case ENTRY_EXE: return VIEW_FILE_PROGRAM;
    case ENTRY_ROOT: return VIEW_FILE_ROOT;
    default: return PLACE_ITEM_OF(place) - 1;
    }
}

uint32_t place_owner(uint64_t place)
{
    uint32_t uid;

    return PLACE_PID(place) != 0 && view_owner(PLACE_PID(place), &uid) ? uid : 0;
}

/* Whether there is such a place now. */
static bool is_there(uint64_t place)
{
    uint32_t uid;

    if (!is_known(place) || (PLACE_PID(place) != 0 && !view_owner(PLACE_PID(place), &uid)))
        return false;
    return PLACE_ITEM_OF(place) == 0 ||
           view_file_next(PLACE_PID(place), (int)file_of(place)) == (int)file_of(place);
}

uint32_t place_mode(uint64_t place)
{
    if (!is_there(place))
        return 0;
    if (is_directory(place))
        return S_IFDIR | (PLACE_ENTRY(place) == 0 ? 0555 : 0500);
    if (is_link(place))
        return S_IFLNK | 0777;
    return S_IFREG | (PLACE_PID(place) == 0 ? 0444 : process_file[PLACE_ENTRY(place) - 1].mode);
}

uint64_t place_above(uint64_t place)
{
    if (PLACE_ITEM_OF(place) != 0)
        return PLACE(PLACE_PID(place), PLACE_ENTRY(place));
    return PLACE_ENTRY(place) == 0 ? PLACE_ROOT : PLACE(PLACE_PID(place), 0);
}

static bool is_name(const char *entry, const char *name, size_t bytes)
{
    return strlen(entry) == bytes && memcmp(entry, name, bytes) == 0;
}

/* The number that a name means: digits without a zero in front; -1: none. */
static int number_of(const char *name, size_t bytes)
{
    int number = 0;

    if (bytes == 0 || bytes > 9 || (bytes > 1 && name[0] == '0'))
        return -1;
    for (size_t i = 0; i < bytes; i++) {
        if (name[i] < '0' || name[i] > '9')
            return -1;
        number = number * 10 + (name[i] - '0');
    }
    return number;
}

static bool descriptor_find(uint64_t directory, const char *name, size_t bytes, uint64_t *place)
{
    int fd = number_of(name, bytes);

    *place = PLACE_ITEM(directory, fd + 1);
    return fd >= 0 && is_there(*place);
}

bool place_find(uint64_t directory, const char *name, size_t bytes, uint64_t *place)
{
    int pid = PLACE_PID(directory);
    uint32_t uid;

    if (PLACE_ENTRY(directory) == ENTRY_FD)
        return descriptor_find(directory, name, bytes, place);
    for (unsigned i = 0; pid == 0 && i < COUNT(machine_file); i++)
        if (is_name(machine_file[i].name, name, bytes)) {
            *place = PLACE(0, i + 1);
            return true;
        }
    for (unsigned i = 0; pid != 0 && i < COUNT(process_file); i++)
        if (is_name(process_file[i].name, name, bytes)) {
            *place = PLACE(pid, i + 1);
            return view_owner(pid, &uid);
        }
    int number = number_of(name, bytes);
    *place = PLACE(number, 0);
    return pid == 0 && number > 0 && view_owner(number, &uid);
}

/* Positions in the root: below LIST_PIDS, its files; from there on, the process above position. */
#define LIST_PIDS 256u

static bool list_root(uint64_t position, struct tree_entry *out)
{
    if (position < COUNT(machine_file)) {
        out->place = PLACE(0, position + 1);
        out->next = position + 1 < COUNT(machine_file) ? position + 1 : LIST_PIDS;
        snprintf(out->name, sizeof out->name, "%s", machine_file[position].name);
        return true;
    }
    int pid = position < LIST_PIDS ? 0 : view_next((int)(position - LIST_PIDS));
    if (pid == 0)
        return false;
    out->place = PLACE(pid, 0);
    out->next = LIST_PIDS + (uint64_t)pid;
    snprintf(out->name, sizeof out->name, "%d", pid);
    return true;
}

static bool list_process(int pid, uint64_t position, struct tree_entry *out)
{
    uint32_t uid;

    if (position >= COUNT(process_file) || !view_owner(pid, &uid))
        return false;
    out->place = PLACE(pid, position + 1);
    out->next = position + 1;
    snprintf(out->name, sizeof out->name, "%s", process_file[position].name);
    return true;
}

static bool list_descriptors(uint64_t directory, uint64_t position, struct tree_entry *out)
{
    int fd = position < INT_MAX ? view_file_next(PLACE_PID(directory), (int)position) : -1;

    if (fd < 0)
        return false;
    out->place = PLACE_ITEM(directory, fd + 1);
    out->next = (uint64_t)fd + 1;
    snprintf(out->name, sizeof out->name, "%d", fd);
    return true;
}

bool place_entry(uint64_t directory, uint64_t position, struct tree_entry *out)
{
    int pid = PLACE_PID(directory);

    if (!is_directory(directory))
        return false;
    return PLACE_ENTRY(directory) != 0 ? list_descriptors(directory, position, out)
           : pid == 0                  ? list_root(position, out)
                                       : list_process(pid, position, out);
}

/* ---- what is in them ---- */

/* Who reads runs, as Linux sees it: that it waits for our answer is nothing that it sleeps for. */
static bool view_as(int reader, int pid, struct view *out)
{
    if (!view_process(pid, out))
        return false;
    if (pid == reader && out->state == 'S')
        out->state = 'R';
    return true;
}

static void system_as(int reader, struct view_system *out)
{
    struct view v;

    view_system(out);
    out->running += view_process(reader, &v) && v.state == 'S';
}

size_t place_read(uint64_t place, int reader, uint64_t offset, void *to, size_t bytes)
{
    struct out o = { .to = to, .room = bytes, .skip = offset };
    unsigned entry = PLACE_ENTRY(place);

    if (!is_known(place) || is_directory(place))
        return 0;
    if (PLACE_PID(place) == 0) {
        struct view_system s;
        system_as(reader, &s);
        if (machine_file[entry - 1].text != NULL)
            machine_file[entry - 1].text(&o, &s);
        return o.used;
    }
    if (entry == ENTRY_MEM)
        return view_memory(PLACE_PID(place), offset, to, bytes);
    struct view v;
    if (process_file[entry - 1].text != NULL && view_as(reader, PLACE_PID(place), &v))
        process_file[entry - 1].text(&o, &v);
    return o.used;
}

/* What the caller itself has open: who serves it, and its handle. */
static bool open_link(uint64_t place, struct tree_link *out)
{
    uint32_t file[2];

    if (PLACE_ENTRY(place) == ENTRY_EXE || PLACE_ENTRY(place) == ENTRY_ROOT ||
        !view_file(PLACE_PID(place), file_of(place), &file[0], &file[1]))
        return false;
    out->is_file = true;
    out->bytes = sizeof file;
    memcpy(out->text, file, sizeof file);
    return true;
}

/* What a server that is a process knows the name of: we never call one. */
static bool offered_link(uint64_t place, struct tree_link *out)
{
    const uint32_t pid = (uint32_t)PLACE_PID(place);
    uint32_t server;

    if (!open_link(place, out))
        return false;
    memcpy(&server, out->text, sizeof server);
    if (server < UNIX_SERVERS_MAX)
        return false;
    memcpy(out->text + out->bytes, &pid, sizeof pid);
    out->bytes += sizeof pid;
    return true;
}

int place_link(const struct serve_session *who, uint64_t place, bool follow, struct tree_link *out)
{
    char text[VIEW_LINK_MAX] = "self/mounts";
    int pid = PLACE_PID(place);

    if (pid == 0 && PLACE_ENTRY(place) == ENTRY_SELF)
        snprintf(text, sizeof text, "%d", who->pid);
    if (pid != 0) {
        if (pid != who->pid && who->uid != 0 && who->uid != place_owner(place))
            return EACCES;
        if (follow && pid == who->pid && open_link(place, out))
            return 0;
        if (!follow && offered_link(place, out))
            return 0;
        out->is_file = false;
        if (!view_file_name(pid, file_of(place), text))
            return ENOENT;
    }
    out->bytes = strlen(text);
    memcpy(out->text, text, out->bytes);
    return 0;
}

/* The signal that a command means; 0: there is no such command. */
static int command_signal(const char *command)
{
    enum { KILL = 9, CONTINUE = 18, STOP = 19 };
    static const struct {
        const char *name;
        int signal;
    } known[] = { { "stop", STOP }, { "continue", CONTINUE }, { "kill", KILL } };
    char *end;

    for (unsigned i = 0; i < COUNT(known); i++)
        if (strcmp(command, known[i].name) == 0)
            return known[i].signal;
    if (strncmp(command, "signal ", 7) != 0 || command[7] < '0' || command[7] > '9')
        return 0;
    long number = strtol(command + 7, &end, 10);
    return *end == '\0' && number >= 1 && number <= 64 ? (int)number : 0;
}

/* A number; `next`: what stands behind it. */
static bool number_take(const char *text, uint64_t *number, const char **next)
{
    char *end;

    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *number = strtoul(text, &end, 10);
    *next = end;
    return errno == 0;
}

/*
 * `BYTES PROCESSES US FILES`: at least a page, no more processes than there can be, microseconds of
 * every 100,000, at least a page of files; or 0.
 */
static int job_begin(int caller, int pid, const char *text)
{
    enum { PAGE = 4096 };
    uint64_t quota[4] = { 0 };

    for (unsigned i = 0; i < COUNT(quota); i++)
        if ((i > 0 && *text++ != ' ') || !number_take(text, &quota[i], &text))
            return EINVAL;
    if (*text != '\0' || (quota[0] != 0 && quota[0] < PAGE) || quota[1] > UINT32_MAX ||
        quota[2] > UINT32_MAX || (quota[3] != 0 && quota[3] < PAGE))
        return EINVAL;
    return view_job_begin(caller, pid, quota);
}

int place_command(uint64_t place, int caller, const char *line)
{
    if (PLACE_PID(place) == 0 || PLACE_ENTRY(place) != ENTRY_CTL)
        return EACCES;
    if (strcmp(line, "trace") == 0)
        return view_trace(caller, PLACE_PID(place), "");
    if (strncmp(line, "trace /", 7) == 0)
        return view_trace(caller, PLACE_PID(place), line + 6);
    if (strncmp(line, "job ", 4) == 0)
        return job_begin(caller, PLACE_PID(place), line + 4);
    if (strcmp(line, "kill-job") == 0)
        return view_job_kill(caller, PLACE_PID(place));
    int signal = command_signal(line);
    return signal == 0 ? EINVAL : view_signal(caller, PLACE_PID(place), signal);
}
