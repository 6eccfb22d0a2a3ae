/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The manifest: who runs, with what. docs/manifest.md has every statement, with its range and what
 * holds without it. This file and manifest.c need nothing of the system, so that a manifest can be
 * checked anywhere; tools/manifest.c does so when a system is built.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MANIFEST_COMPONENTS_MAX = 26,
    MANIFEST_NAME_MAX = 16,
    MANIFEST_PROGRAM_MAX = 24,
    MANIFEST_ARGS_MAX = 160, /* with the terminating zero */
    MANIFEST_ARGS_WORDS_MAX = 23,
    MANIFEST_USES_MAX = 12,
    MANIFEST_EACH_MAX = 4, /* port ranges, interrupts, devices of one component */
    MANIFEST_REASON_MAX = 120,
};

enum manifest_rights { RIGHTS_CALL, RIGHTS_SEND, RIGHTS_GRANT };
enum manifest_restart { RESTART_NO, RESTART_FAULT, RESTART_ALWAYS };

struct manifest_use {
    char name[MANIFEST_NAME_MAX];
    unsigned line;
    unsigned target; /* number of the component, set by the final check */
    uint64_t badge;  /* of an endpoint; of a notification the bit */
    enum manifest_rights rights;
    bool signal; /* notification, not endpoint */
    bool mint;   /* endpoint without a badge, to make others' capabilities of */
};

struct manifest_range {
    uint64_t first, last; /* ports; a device's first and last byte */
    char name[MANIFEST_NAME_MAX];
};

struct manifest_component {
    char name[MANIFEST_NAME_MAX];
    char program[MANIFEST_PROGRAM_MAX];
    char args[MANIFEST_ARGS_MAX];
    char pager[MANIFEST_NAME_MAX];
    char pages[MANIFEST_PROGRAM_MAX]; /* a file of the boot archive; empty: none */
    unsigned line;                    /* of `component` */
    unsigned program_line, pager_line;
    int pager_index; /* -1: none */
    unsigned priority, mcp;
    uint64_t budget_us, period_us;
    unsigned memory_bits;
    unsigned untyped_bits; /* 0: none */
    unsigned reserve_bits; /* 0: none */
    unsigned cnode_bits;   /* of its capability space */
    uint64_t stack_bytes;
    unsigned threads, replies;
    bool serves, passive, notification, control, processes, manual, overrun_fault, log;
    enum manifest_restart restart;
    unsigned port_count, irq_count, device_count, use_count;
    struct manifest_range port[MANIFEST_EACH_MAX];
    unsigned irq[MANIFEST_EACH_MAX];
    struct manifest_range device[MANIFEST_EACH_MAX];
    struct manifest_use use[MANIFEST_USES_MAX];
};

struct manifest {
    unsigned count;
    struct manifest_component component[MANIFEST_COMPONENTS_MAX];
    /* When something is wrong: */
    unsigned error_line;
    char error[MANIFEST_REASON_MAX];
};

/*
 * Whether the archive has a program of this name; given to manifest_parse() by whoever has an
 * archive.
 */
typedef bool manifest_has_program(const char *name);

/**
 * Read a manifest.
 *
 * @param text         `bytes` bytes, not necessarily terminated
 * @param has_program  NULL: do not check that programs exist
 * @return true, or false with out->error_line and out->error set to the first thing that is wrong
 * Time: linear in the text, quadratic in the number of components.
 */
bool manifest_parse(const char *text, size_t bytes, manifest_has_program *has_program,
                    struct manifest *out);

/** Number of the component of that name, or -1. */
int manifest_find(const struct manifest *m, const char *name);
