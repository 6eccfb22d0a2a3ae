/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What /proc shows of processes and of the machine: all that procfs_*.c know of the rest of this
 * server, so that they can be tested without it. The functions are view.c's, or the test's.
 *
 * Times are microseconds, sizes bytes, unless a name says otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VIEW_NAME_MAX = 16,
    VIEW_GROUPS_MAX = 32,
    VIEW_PATH_MAX = 256,
    VIEW_LINK_MAX = 601,
};

/* What a process has open: descriptors by number, and these. */
enum { VIEW_FILE_CWD = 1 << 16, VIEW_FILE_PROGRAM, VIEW_FILE_ROOT };

struct view {
    int pid, parent, group, session;
    int tty;       /* device number of the controlling terminal as Linux packs it, 0: none */
    int tty_group; /* its foreground group, -1: none */
    char state;    /* R running, S sleeping, T stopped, Z zombie */
    char name[VIEW_NAME_MAX]; /* of the program's file, cut */
    uint32_t uid[3], gid[3];  /* real, effective, saved */
    uint32_t group_count, groups[VIEW_GROUPS_MAX];
    unsigned threads;
    int nice;
    uint64_t started_us; /* after the system's start */
    uint64_t used_us, children_us;
    uint64_t faults;
    uint64_t memory_bytes, resident_bytes, peak_bytes;
    uint64_t stack, heap, heap_end;         /* addresses */
    uint64_t args, args_end, variables_end; /* of the strings it was started with */
};

struct view_region {
    uint64_t begin, end, offset;
    bool readable, writable, executable, shared;
    uint64_t file;            /* its number, 0: anonymous */
    char name[VIEW_PATH_MAX]; /* [heap], [stack], or of the file; empty: nothing to say */
};

struct view_system {
    uint64_t up_us, idle_us;
    uint64_t boot_time_s; /* since 1970 */
    uint64_t memory_bytes, free_bytes, cached_bytes;
    unsigned running, processes; /* now */
    uint64_t started;            /* processes, ever */
    int last_pid;
    uint64_t tsc_hz;
};

/* A name of the name space: what is mounted where. */
struct view_mount {
    const char *server; /* of which kind */
    char prefix[VIEW_PATH_MAX];
    char source[VIEW_PATH_MAX]; /* the directory that is seen there; empty: all of the server */
};

/** The least process number above `pid`; 0: there is none. */
int view_next(int pid);

/** The effective user of a process; false: there is none of that number. */
bool view_owner(int pid, uint32_t *uid);

/** What there is to say of a process; false: there is none of that number. */
bool view_process(int pid, struct view *out);

/** Its lowest region that ends above `address`; false: there is none. */
bool view_region(int pid, uint64_t address, struct view_region *out);

/** Read its memory, without waiting for anything: how many bytes were there. */
size_t view_memory(int pid, uint64_t address, void *to, size_t bytes);

/** The first descriptor from `fd` on that a process has open; -1: none. */
int view_file_next(int pid, int fd);

/** Who serves an open file of a process, under which handle; false: nobody, or it is not open. */
bool view_file(int pid, unsigned file, uint32_t *server, uint32_t *handle);

/** What readlink(2) says of it, with a zero, in to[VIEW_LINK_MAX]; false: there is nothing. */
bool view_file_name(int pid, unsigned file, char *to);

void view_system(struct view_system *out);

/** Number `index` of the names that `pid` sees, in their order; false: no more. */
bool view_mount(int pid, unsigned index, struct view_mount *out);

/** The server of this number, if the process has a session with it; NULL. */
const char *view_session(int pid, unsigned server);

/** Have its calls traced to a file of that name, or, "", no more. @return as view_signal() */
int view_trace(int by, int pid, const char *name);

/** The job that a process is in. */
struct view_job {
    uint32_t number, in; /* 0: none */
    uint64_t bytes, bytes_max;
    uint32_t processes, processes_max;
    uint64_t used_us;
    uint32_t us_max; /* of every 100,000 */
    uint64_t file_bytes, file_bytes_max;
};
bool view_job(int pid, struct view_job *out);

/**
 * Begin a job for it alone, in the one that it is in; a maximum of 0: none.
 * @param quota  bytes, processes, microseconds of every 100,000, bytes of files
 * @return 0, EPERM, ESRCH, EAGAIN; EINVAL: there is no such share
 */
int view_job_begin(int by, int pid, const uint64_t quota[4]);

/** Kill all processes of its job. @return 0, ESRCH; EPERM: it is in none */
int view_job_kill(int by, int pid);

/** What is in use: a list, and how many there are in it. */
enum { VIEW_RESOURCES_MAX = 40 };
struct view_resource {
    char name[24];
    uint64_t count;
};
size_t view_resources(struct view_resource to[VIEW_RESOURCES_MAX]);

/** Send it a signal in the place of `by`. @return 0 or an errno, as kill(2) */
int view_signal(int by, int pid, int signal);
