/* SPDX-License-Identifier: BSD-2-Clause */
#include "procfs_tree.h"

#include <errno.h>
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

enum { ENTRY_CTL = 4, ENTRY_MEM = 7, ENTRY_CWD = 12, ENTRY_EXE, ENTRY_ROOT, ENTRY_FD };

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

enum place_kind place_kind(uint64_t place)
{
    struct view v;

    if (!is_known(place) || (PLACE_PID(place) != 0 && !view_process(PLACE_PID(place), &v)))
        return PLACE_NONE;
    if (PLACE_ITEM_OF(place) != 0 &&
        view_file_next(PLACE_PID(place), (int)file_of(place)) != (int)file_of(place))
        return PLACE_NONE;
    if (is_directory(place))
        return PLACE_DIRECTORY;
    return is_link(place) ? PLACE_LINK : PLACE_FILE;
}

uint32_t place_mode(uint64_t place)
{
    if (is_directory(place))
        return S_IFDIR | (PLACE_ENTRY(place) == 0 ? 0555 : 0500);
    if (is_link(place))
        return S_IFLNK | 0777;
    return S_IFREG | (PLACE_PID(place) == 0 ? 0444 : process_file[PLACE_ENTRY(place) - 1].mode);
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
    return fd >= 0 && place_kind(*place) == PLACE_LINK;
}

bool place_find(uint64_t directory, const char *name, size_t bytes, uint64_t *place)
{
    int pid = PLACE_PID(directory);
    struct view v;

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
            return view_process(pid, &v);
        }
    int number = number_of(name, bytes);
    *place = PLACE(number, 0);
    return pid == 0 && number > 0 && view_process(number, &v);
}

/* Positions in the root: below LIST_PIDS, its files; from there on, the process above position. */
#define LIST_PIDS 256u

static bool list_root(uint64_t position, struct place_entry *out)
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

static bool list_process(int pid, uint64_t position, struct place_entry *out)
{
    struct view v;

    if (position >= COUNT(process_file) || !view_process(pid, &v))
        return false;
    out->place = PLACE(pid, position + 1);
    out->next = position + 1;
    snprintf(out->name, sizeof out->name, "%s", process_file[position].name);
    return true;
}

static bool list_descriptors(uint64_t directory, uint64_t position, struct place_entry *out)
{
    int fd = position < INT_MAX ? view_file_next(PLACE_PID(directory), (int)position) : -1;

    if (fd < 0)
        return false;
    out->place = PLACE_ITEM(directory, fd + 1);
    out->next = (uint64_t)fd + 1;
    snprintf(out->name, sizeof out->name, "%d", fd);
    return true;
}

bool place_list(uint64_t directory, uint64_t position, struct place_entry *out)
{
    int pid = PLACE_PID(directory);

    if (!is_directory(directory) ||
        !(PLACE_ENTRY(directory) != 0 ? list_descriptors(directory, position, out)
          : pid == 0                  ? list_root(position, out)
                                      : list_process(pid, position, out)))
        return false;
    out->kind = is_directory(out->place) ? PLACE_DIRECTORY
                : is_link(out->place)    ? PLACE_LINK
                                         : PLACE_FILE;
    return true;
}

/* ---- what is in them ---- */

size_t place_read(uint64_t place, uint64_t offset, void *to, size_t bytes)
{
    struct out o = { .to = to, .room = bytes, .skip = offset };
    unsigned entry = PLACE_ENTRY(place);

    if (!is_known(place) || is_directory(place))
        return 0;
    if (PLACE_PID(place) == 0) {
        struct view_system s;
        view_system(&s);
        if (machine_file[entry - 1].text != NULL)
            machine_file[entry - 1].text(&o, &s);
        return o.used;
    }
    if (entry == ENTRY_MEM)
        return view_memory(PLACE_PID(place), offset, to, bytes);
    struct view v;
    if (process_file[entry - 1].text != NULL && view_process(PLACE_PID(place), &v))
        process_file[entry - 1].text(&o, &v);
    return o.used;
}

bool place_link(uint64_t place, int caller, char *to)
{
    if (!is_link(place))
        return false;
    if (PLACE_PID(place) != 0)
        return view_file_name(PLACE_PID(place), file_of(place), to);
    if (PLACE_ENTRY(place) == ENTRY_SELF)
        snprintf(to, VIEW_LINK_MAX, "%d", caller);
    else
        strcpy(to, "self/mounts");
    return true;
}

bool place_file(uint64_t place, uint32_t *server, uint32_t *handle)
{
    return PLACE_PID(place) != 0 && is_link(place) && PLACE_ENTRY(place) != ENTRY_EXE &&
           PLACE_ENTRY(place) != ENTRY_ROOT &&
           view_file(PLACE_PID(place), file_of(place), server, handle);
}

bool place_name(uint64_t place, char *to, size_t size)
{
    int pid = PLACE_PID(place), n;
    unsigned entry = PLACE_ENTRY(place);
    const char *name = entry == 0 ? ""
                       : pid == 0 ? machine_file[entry - 1].name
                                  : process_file[entry - 1].name;

    if (pid == 0)
        n = snprintf(to, size, "/proc%s%s", entry != 0 ? "/" : "", name);
    else
        n = snprintf(to, size, "/proc/%d%s%s", pid, entry != 0 ? "/" : "", name);
    return n > 0 && (size_t)n < size;
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

int place_write(uint64_t place, int caller, const char *text, size_t bytes)
{
    char command[32];

    if (PLACE_PID(place) == 0 || PLACE_ENTRY(place) != ENTRY_CTL)
        return EACCES;
    if (bytes > 0 && text[bytes - 1] == '\n')
        bytes--;
    if (bytes >= sizeof command || memchr(text, '\0', bytes) != NULL)
        return EINVAL;
    memcpy(command, text, bytes);
    command[bytes] = '\0';
    int signal = command_signal(command);
    return signal == 0 ? EINVAL : view_signal(caller, PLACE_PID(place), signal);
}
