/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the rows of this benchmark are: each repeats an operation between two readings of the
 * time-stamp counter. All of them need one processor, where a partner runs when this one waits.
 */
#pragma once

#include <stdbool.h>

struct row {
    const char *name, *what;
    unsigned repeats;    /* of the operation in a round; enough to make interrupts rare */
    bool (*begin)(void); /* what it needs; NULL: nothing. errno says what failed */
    bool (*repeat)(unsigned times); /* what is measured; false: the operation failed */
    void (*end)(void);              /* NULL, or undo begin; is called whenever that was */
};

extern const struct row local_rows[], file_rows[], talk_rows[], process_rows[];

/** Where rows may make files; removed at the end. */
#define FOLDER "/tmp/linuxbench"

/** This program's own path, to be executed by a row. */
extern const char *own_path;

/**
 * Let `partner` run in a process of its own.
 * @return its id, or -1
 */
int partner_start(void (*partner)(void));
void partner_end(int id);
