/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when a set of files to wait for tells what is not ready, or twice, or nothing, keeps what
 * is closed, lets a process say something of files that it does not know, or is led to itself; the
 * test playing the files.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "epoll.h"
#include "tap.h"

enum { FILES = 6, SETS = 4, PARENT = 3, CHILD = 200, OTHER = 7, SERVER = 3, TARGET = 9 };

struct serve serve;
static unsigned rung, pieces;

/* ---- what the server is to them ---- */

static struct file_of_test {
    struct end end;
    uint16_t events;
    struct serve_source source;
} file[FILES];

static uint16_t test_polls(struct end *end, struct serve_source **source)
{
    struct file_of_test *f = (struct file_of_test *)end;

    *source = &f->source;
    return f->events;
}

static const struct end_kind test_kind = { .polls = test_polls };

uint16_t end_events(struct serve_file *f, struct serve_source **source)
{
    struct end *end = (struct end *)f;

    return end->kind->polls(end, source);
}

void *store_new(size_t bytes, uint16_t owner)
{
    (void)owner;
    pieces++;
    return calloc(1, bytes);
}

void store_free(void *at, size_t bytes, uint16_t owner)
{
    (void)bytes;
    (void)owner;
    pieces--;
    free(at);
}

void kind_ends(struct end *end, struct serve_source *source)
{
    (void)end;
    serve_changed(&serve, source);
}

static void ring(uint64_t badge, uint32_t thread)
{
    (void)badge;
    (void)thread;
    rung++;
}

/* ---- short for what is asked ---- */

static int change(struct epoll_set *set, unsigned operation, struct end *of, uint32_t events)
{
    const struct epoll_wish wish = {
        .operation = operation, .of = of, .fd = 5, .events = events, .data = (uintptr_t)of
    };

    return epoll_change(set, &wish, 0);
}

static int other(struct epoll_set *set, unsigned operation, unsigned process, uint32_t events)
{
    const struct epoll_wish wish = { .operation = operation,
                                     .fd = 6,
                                     .events = events,
                                     .data = 77,
                                     .server = SERVER,
                                     .target = TARGET,
                                     .process = process };

    return epoll_change(set, &wish, 0);
}

static void becomes(unsigned i, uint16_t events)
{
    file[i].events = events;
    serve_changed_some(&serve, &file[i].source, events != 0 ? events : ~0u);
}

static size_t take(struct epoll_set *set)
{
    struct epoll_told told[8];

    return epoll_take(set, told, 8, false);
}

static void arm(struct epoll_set *set)
{
    struct serve_source *source = &set->source;

    (void)serve_bell_arm(&serve.bells, UNIX_BADGE(PARENT, 1), 0, &source, 1, false);
    rung = 0;
}

static void set_close(struct epoll_set *set)
{
    if (set->end.is_watched)
        epoll_forget(&set->end);
    set->end.kind->free(&set->end);
}

/* ---- the tests ---- */

static void test_plain(void)
{
    struct epoll_set *set = epoll_new(0);
    struct epoll_told told[2];

    (void)change(set, EPOLL_CTL_ADD, &file[0].end, EPOLLIN);
    arm(set);
    becomes(0, POLLOUT);
    tap_ok(rung == 0 && take(set) == 0, "what it was not asked for is nothing");
    becomes(0, POLLIN | POLLOUT);
    tap_ok(rung == 1, "what it was asked for rings");
    tap_ok(take(set) == 1 && take(set) == 1, "and is told as long as it is so");
    file[0].events = 0;
    tap_ok(take(set) == 0 && set->ready == NULL, "but no longer");
    (void)change(set, EPOLL_CTL_MOD, &file[0].end, EPOLLIN | EPOLLET);
    becomes(0, POLLIN);
    tap_ok(take(set) == 1 && take(set) == 0, "an edge is told once");
    becomes(0, POLLIN);
    tap_ok(take(set) == 1, "the next one, too");
    for (unsigned i = 0; i < 3; i++)
        (void)change(set, EPOLL_CTL_ADD, &file[i].end, EPOLLIN);
    for (unsigned i = 0; i < 3; i++)
        becomes(i, POLLIN);
    tap_ok(epoll_take(set, told, 2, false) == 2 && epoll_take(set, told + 1, 1, true) == 1 &&
               told[0].data != told[1].data && epoll_take(set, told, 2, true) == 0,
           "what does not go into one answer goes into the next, and no more");
    (void)change(set, EPOLL_CTL_MOD, &file[1].end, EPOLLIN | EPOLLONESHOT);
    becomes(1, POLLIN);
    tap_ok(take(set) == 2 && take(set) == 1, "once is once");
    becomes(1, POLLIN | POLLHUP);
    tap_ok(take(set) == 1, "whatever comes");
    epoll_forget(&file[0].end);
    tap_ok(take(set) == 1 && file[0].source.watches == NULL && file[0].source.armed == 0,
           "a file that is closed is in no set");
    set_close(set);
    tap_ok(pieces == 0 && file[1].source.armed == 0 && file[2].source.armed == 0,
           "a set leaves nothing");
}

static void test_nested(void)
{
    struct epoll_set *set[6];

    for (unsigned i = 0; i < 6; i++)
        set[i] = epoll_new(0);
    for (unsigned i = 0; i < 4; i++)
        tap_ok(change(set[i], EPOLL_CTL_ADD, &set[i + 1]->end, EPOLLIN) == 0, "a set in a set");
    tap_ok(change(set[4], EPOLL_CTL_ADD, &set[5]->end, EPOLLIN) == ELOOP, "too many in a row");
    tap_ok(change(set[5], EPOLL_CTL_ADD, &set[0]->end, EPOLLIN) == ELOOP, "before, too");
    tap_ok(change(set[3], EPOLL_CTL_ADD, &set[1]->end, EPOLLIN) == ELOOP, "in a circle");
    (void)change(set[4], EPOLL_CTL_ADD, &file[3].end, EPOLLIN);
    arm(set[0]);
    becomes(3, POLLIN);
    tap_ok(rung == 1 && take(set[0]) == 1, "what is ready in the last is so in the first");
    file[3].events = 0;
    tap_ok(take(set[0]) == 0, "and is not any more");
    /* Two ways to the same: who waits is told once. */
    (void)change(set[5], EPOLL_CTL_ADD, &set[3]->end, EPOLLIN);
    (void)change(set[5], EPOLL_CTL_ADD, &set[4]->end, EPOLLIN);
    arm(set[5]);
    uint32_t before = set[5]->source.changes;
    becomes(3, POLLIN);
    tap_ok(rung == 1 && set[5]->source.changes == before + 1 && take(set[5]) == 2,
           "however it is led to");
    set_close(set[3]);
    tap_ok(take(set[0]) == 0 && take(set[5]) == 1, "a set that is closed leads nowhere");
    set_close(set[4]);
    set_close(set[0]);
    set_close(set[1]);
    set_close(set[2]);
    set_close(set[5]);
    tap_ok(pieces == 0 && file[3].source.armed == 0, "nothing is left");
}

static size_t listed(struct epoll_set *set, unsigned process, struct epoll_other *o)
{
    return epoll_list(set, process, o, 1);
}

static void test_others(void)
{
    struct epoll_set *set = epoll_new(0);
    struct epoll_other o, none;

    (void)other(set, EPOLL_CTL_ADD, PARENT, EPOLLIN);
    tap_ok(listed(set, PARENT, &o) == 1 && o.server == SERVER && o.target == TARGET,
           "who added a file of another server is told of it");
    tap_ok(listed(set, OTHER, &none) == 0, "and nobody else");
    epoll_found(OTHER, o.item, EPOLLIN, 0);
    tap_ok(take(set) == 0, "who does not know it says nothing of it");
    epoll_found(PARENT, o.item, EPOLLIN, 0);
    tap_ok(take(set) == 1 && take(set) == 0, "who does is heard, once");
    epoll_forked(UNIX_BADGE(PARENT, 1), UNIX_BADGE(CHILD, 1));
    tap_ok(listed(set, CHILD, &none) == 1 && other(set, EPOLL_CTL_ADD, CHILD, EPOLLIN) == EEXIST,
           "a child knows what its parent does");
    epoll_unknow(PARENT, SERVER, TARGET);
    tap_ok(listed(set, PARENT, &none) == 0 && listed(set, CHILD, &none) == 1,
           "who has closed it does not");
    tap_ok(other(set, EPOLL_CTL_ADD, OTHER, EPOLLIN) == 0 && listed(set, OTHER, &o) == 1 &&
               other(set, EPOLL_CTL_MOD, OTHER, EPOLLIN | EPOLLET) == 0,
           "what another one calls so is another file");
    epoll_ending(UNIX_BADGE(CHILD, 1));
    epoll_ending(PARENT); /* a component of that number */
    tap_ok(listed(set, OTHER, &o) == 1 && set->others == 1, "gone with the last who knew it");
    (void)other(set, EPOLL_CTL_DEL, OTHER, 0);
    unsigned added = 0;
    struct epoll_wish wish = { .operation = EPOLL_CTL_ADD, .process = OTHER };
    for (; wish.target < 100 && epoll_change(set, &wish, 0) == 0; wish.target++)
        added++;
    tap_ok(added == EPOLL_OTHERS_MAX && epoll_change(set, &wish, 0) == ENOSPC, "so many");
    struct epoll_set *more[7];
    unsigned full = 0;
    for (unsigned i = 0; i < 7; i++) {
        more[i] = epoll_new(0);
        for (wish.target = 0; wish.target < EPOLL_OTHERS_MAX; wish.target++)
            full += epoll_change(more[i], &wish, 0) == ENOSPC;
    }
    tap_ok(full == 8 * EPOLL_OTHERS_MAX - EPOLL_OTHERS_OWN_MAX, "so many of one process");
    for (unsigned i = 0; i < 7; i++)
        set_close(more[i]);
    set_close(set);
    tap_ok(pieces == 0 && epoll_change((set = epoll_new(0)), &wish, 0) == 0,
           "nothing is left of them");
    set_close(set);
}

/* At random, against a plain model of levels. */
static void test_many(void)
{
    struct epoll_set *set[SETS];
    bool in[SETS][FILES] = { { false } }, good = true;

    for (unsigned i = 0; i < SETS; i++)
        set[i] = epoll_new(0);
    srand(1);
    for (unsigned step = 0; step < 50000; step++) {
        unsigned s = (unsigned)rand() % SETS, f = (unsigned)rand() % FILES, n = 0;
        switch (rand() % 5) {
        case 0:
            good &= change(set[s], EPOLL_CTL_ADD, &file[f].end, EPOLLIN) == (in[s][f] ? EEXIST : 0);
            in[s][f] = true;
            break;
        case 1:
            good &= change(set[s], EPOLL_CTL_DEL, &file[f].end, 0) == (in[s][f] ? 0 : ENOENT);
            in[s][f] = false;
            break;
        case 2: becomes(f, rand() % 2 != 0 ? POLLIN : 0); break;
        case 3:
            if (rand() % 50 != 0)
                break;
            epoll_forget(&file[f].end);
            for (unsigned i = 0; i < SETS; i++)
                in[i][f] = false;
            break;
        default:
            for (unsigned i = 0; i < FILES; i++)
                n += in[s][i] && file[i].events != 0;
            good &= take(set[s]) == n && epoll_is_ready(set[s]) == (n > 0);
        }
    }
    tap_ok(good, "50000 steps as the model");
    for (unsigned i = 0; i < SETS; i++)
        set_close(set[i]);
    tap_ok(pieces == 0, "and nothing is left");
}

int main(void)
{
    serve.bells.ring = ring;
    for (unsigned i = 0; i < FILES; i++)
        file[i].end.kind = &test_kind;
    test_plain();
    test_nested();
    test_others();
    test_many();
    return tap_done();
}
