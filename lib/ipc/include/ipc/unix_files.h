/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process has open, at PROCESS_FILES_ADDR: the personality keeps it (lib/linux), and proc
 * shows it in /proc/PID/fd. The process can write here what it likes: it shows what it says, and
 * can be wrong about itself only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum linux_file_kind {
    FILE_CONSOLE = 1,
    FILE_NULL,
    FILE_ZERO,
    FILE_FULL,
    FILE_RANDOM,
    FILE_SERVED,  /* of a process: whatever a file server has */
    FILE_SIGNALS, /* of a process: signals that come to it (lib/linux/signalfd.c) */
    FILE_KINDS,
};

/*
 * A lock between the threads of a process, for short critical sections: nobody holds one while it
 * touches the program's memory or asks a server. Those who wait for it sleep (lib/linux/lock.c).
 */
struct linux_lock {
    uint32_t held;    /* [A] */
    uint64_t waiters; /* [A] bit i: thread i is to be told */
};

/* A descriptor that goes with a message of a socket (idl/socket.capnp). */
struct unix_right {
    uint64_t token;                     /* of proc (proc.escrow); 0: no server has the file */
    uint32_t kind, flags, mode, server; /* as struct linux_file has them */
};

enum { LINUX_FDS = 256, LINUX_FILES = 256, LINUX_FILES_FEW = 24 /* as most processes have */ };

struct linux_file {
    uint32_t users;  /* descriptors, and calls under way; 0: not open */
    uint32_t kind;   /* enum linux_file_kind */
    uint32_t flags;  /* O_* that fcntl shows */
    uint32_t server; /* of FILE_SERVED: who has it, */
    uint32_t handle; /* under which number */
    uint32_t mode;   /* and its type: S_IFMT of its mode */
};

struct descriptor {
    uint16_t file; /* its index + 1; 0: not open */
    bool close_on_exec;
};

struct files {
    struct linux_lock lock;
    bool ready;
    uint16_t high; /* files and descriptors from here on have never been used */
    struct descriptor fd[LINUX_FDS];
    struct linux_file file[LINUX_FILES];
};

/* The current directory. */
struct directory {
    bool open;
    uint32_t server, handle;
    char text[1024]; /* its absolute name without links; empty: the root */
};

/* In the personality's data, whose first page ends behind the first LINUX_FILES_FEW files. */
struct process_files {
    struct directory cwd;
    struct files files;
};
#define PROCESS_FILES_OFFSET 1352
#define PROCESS_FILES_ADDR (PROCESS_STATE_ADDR + PROCESS_FILES_OFFSET)
