/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The prompt on the console: reads a line, finds the command, runs it. An ordinary C program; what
 * it can do is what its manifest entry allows, above all `control`.
 */
#include "monitor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct command commands[] = {
    { "help", "", "this list", do_help },
    { "components", "", "who there is and how they are", do_components },
    { "holds", "NAME", "what a component holds", do_holds },
    { "mem", "", "memory in use", do_mem },
    { "ls", "", "files of the boot archive", do_ls },
    { "cat", "FILE", "show a file of the boot archive", do_cat },
    { "check", "FILE", "read a file as a manifest and say what is wrong with it", do_check },
    { "run", "NAME [ARGS..] [&]", "run a program and wait for it; ^C ends it", do_run },
    { "start", "NAME [ARGS..]", "start a component and don't wait", do_start },
    { "stop", "NAME", "end a component", do_stop },
    { "kill", "NAME", "end a component as a fault would: it may be restarted", do_kill },
    { "restart", "NAME", "end a component and start it again", do_restart },
    { "signal", "NAME", "signal a component's notification", do_signal },
    { "ping", "NAME [COUNT]", "call a component", do_ping },
    { "count", "NAME", "what a server has counted: calls, signals, faults", do_count },
    { "hang", "", "call echo so that it never answers, while killer ends it", do_hang },
    { "spin", "", "call echo so that it loops on our time, until init ends it", do_spin },
    { "stress", "NAME COUNT", "restart a component that often, then compare memory", do_stress },
    { "bench", "", "cycles for calls, signals and system calls", do_bench },
    { "date", "", "date and time, and time since boot", do_date },
};
const unsigned command_count = sizeof commands / sizeof commands[0];

bool component_read(unsigned index, struct init_component *out)
{
    return init_component(init, index, out) == 0;
}

bool component_by_name(const char *name, unsigned *index, struct init_component *out)
{
    for (unsigned i = 0; component_read(i, out); i++)
        if (strcmp(out->name, name) == 0) {
            *index = i;
            return true;
        }
    printf("%s: no such component\n", name);
    return false;
}

void complain(const char *about, int error)
{
    printf("%s: %s\n", about, error == ENOMEM ? "could not be started" : call_error_text(error));
}

char *one_word(char *arguments, const char *usage)
{
    char *word = strtok(arguments, " ");

    if (word == NULL)
        printf("usage: %s\n", usage);
    return word;
}

bool number_word(const char *usage, unsigned long otherwise, unsigned long *number)
{
    const char *word = strtok(NULL, " ");
    char *end;

    *number = otherwise;
    if (word != NULL) {
        errno = 0;
        *number = strtoul(word, &end, 10);
        if (word[0] < '0' || word[0] > '9' || *end != '\0' || errno != 0)
            *number = 0;
    }
    if (*number == 0)
        printf("usage: %s, COUNT from 1\n", usage);
    return *number != 0;
}

void do_help(char *arguments)
{
    (void)arguments;
    for (unsigned i = 0; i < command_count; i++)
        printf("  %-10s %-18s %s\n", commands[i].name, commands[i].arguments, commands[i].what);
}

static void line_run(char *line)
{
    line[strcspn(line, "\n")] = '\0';
    line += strspn(line, " ");
    size_t length = strcspn(line, " ");
    if (length == 0)
        return;
    char *arguments = line + length;
    if (*arguments != '\0')
        *arguments++ = '\0';
    for (unsigned i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, line) == 0) {
            commands[i].run(arguments);
            return;
        }
    printf("%s: unknown command, try help\n", line);
}

int main(void)
{
    static char line[512];

    console_front(-1);
    puts("\nMyelin. Type help for the commands.");
    for (;;) {
        fputs("> ", stdout);
        fflush(stdout);
        if (fgets(line, sizeof line, stdin) != NULL) {
            line_run(line);
            continue;
        }
        /* ^C, ^D, or a terminal that died and was restarted: go on. */
        puts(feof(stdin) ? "(this is the last prompt there is)" : "");
        clearerr(stdin);
    }
}
