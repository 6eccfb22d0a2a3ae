/* SPDX-License-Identifier: BSD-2-Clause */
#include "terminal.h"

#include <serve/share.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>

struct terminal console;
static struct terminal *ptys[TERMINALS_MAX - 1];

struct terminal *terminal_find(unsigned number)
{
    if (number == 0)
        return &console;
    return number < TERMINALS_MAX ? ptys[number - 1] : NULL;
}

struct terminal *terminal_of_session(int32_t sid)
{
    for (unsigned i = 0; i < TERMINALS_MAX && sid != 0; i++) {
        struct terminal *t = terminal_find(i);
        if (t != NULL && t->owner_sid == sid)
            return t;
    }
    return NULL;
}

static bool share_allows(uint32_t job)
{
    unsigned its = 1, all = 1;

    for (unsigned i = 0; i < TERMINALS_MAX - 1; i++) {
        all += ptys[i] != NULL && ptys[i]->job != 0;
        its += ptys[i] != NULL && ptys[i]->job == job;
    }
    return serve_share_allows(job, its, all, TERMINALS_MAX);
}

struct terminal *terminal_new(uint32_t uid, uint32_t job)
{
    unsigned n = 1;

    if (!share_allows(job))
        return NULL;
    while (n < TERMINALS_MAX && terminal_find(n) != NULL)
        n++;
    struct terminal *t = n < TERMINALS_MAX ? calloc(1, sizeof *t) : NULL;
    if (t == NULL)
        return NULL;
    line_init(&t->line);
    t->line.settings.iflag &= ~(uint32_t)IUTF8;
    t->line.settings.cflag &= ~(uint32_t)HUPCL;
    t->number = n;
    t->uid = uid;
    t->job = job;
    t->is_locked = true;
    ptys[n - 1] = t;
    return t;
}

void terminal_settle(struct terminal *t)
{
    if (!terminal_is_pty(t) || t->masters + t->slaves > 0 || t->owner_sid != 0)
        return;
    ptys[t->number - 1] = NULL;
    free(t);
}
