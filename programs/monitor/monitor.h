/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The prompt: what its files share.
 */
#pragma once

#include <idl/init.h>
#include <ipc/message.h>
#include <stdbool.h>

struct command {
    const char *name;
    const char *arguments; /* as help shows them */
    const char *what;
    void (*run)(char *arguments); /* may write into them */
};

extern const struct command commands[];
extern const unsigned command_count;

/* commands of each file */
void do_help(char *arguments);
void do_components(char *arguments);
void do_holds(char *arguments);
void do_mem(char *arguments);
void do_start(char *arguments);
void do_stop(char *arguments);
void do_kill(char *arguments);
void do_restart(char *arguments);
void do_signal(char *arguments);
void do_run(char *arguments);
void do_ls(char *arguments);
void do_cat(char *arguments);
void do_check(char *arguments);
void do_ping(char *arguments);
void do_count(char *arguments);
void do_hang(char *arguments);
void do_spin(char *arguments);
void do_stress(char *arguments);
void do_bench(char *arguments);
void do_date(char *arguments);

/** Everyone holds its endpoint. */
static const struct init init = { SLOT_INIT };

/** Let what is typed go to that component; -1: to us. */
void console_front(int index);

/** Wait until a component has ended; ^C ends it. Says how it ended unless that was with code 0. */
void wait_for_end(const char *name, unsigned index);

/** Number `index` of the components; false after the last. */
bool component_read(unsigned index, struct init_component *out);

/** Find a component by name; says so when there is none. */
bool component_by_name(const char *name, unsigned *index, struct init_component *out);

/** Say what an error of init's means, about a component or file. */
void complain(const char *about, int error);

/*
 * The first word of the arguments, NULL (and a message how to use the command) when there is none.
 */
char *one_word(char *arguments, const char *usage);

/*
 * The next word as a number from 1 on; false (and a message how to use the command) when it is
 * something else. `otherwise` is its value when there is no word; 0: there must be one.
 */
bool number_word(const char *usage, unsigned long otherwise, unsigned long *number);
