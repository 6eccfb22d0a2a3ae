/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when a handle leads to what came in the place of the file it meant, a description outlives
 * its handles or ends before them, or sessions get each other's. The model is a table of who has
 * what open.
 */
#include <errno.h>
#include <fcntl.h>
#include <ipc/unix.h>
#include <serve/session.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

enum { FILES = 40, PROCESSES = 4, SLOTS = 24, STEPS = 20000 };

static struct serve_table table;
static struct serve_file file[FILES];
static bool is_live[FILES];
static unsigned ended;

static void closed(struct serve_file *f)
{
    ended += is_live[f - file];
    is_live[f - file] = false;
}

static uint64_t badge(unsigned process, unsigned generation)
{
    return UNIX_BADGE(process, generation);
}

static uint32_t opened(struct serve_session *s, unsigned n)
{
    uint32_t handle = 0;

    is_live[n] = true;
    return serve_handle_new(s, &file[n], &handle) == 0 ? handle : 0;
}

static void handles(void)
{
    tap_ok(serve_session_begin(&table, badge(1, 1)) == 0, "a session begins");
    tap_ok(serve_session_begin(&table, badge(1, 1)) == EAGAIN, "once");
    tap_ok(serve_session_begin(&table, badge(1, 0)) == EINVAL &&
               serve_session_begin(&table, badge(SERVE_PROCESSES_MAX, 1)) == EINVAL &&
               serve_session_begin(&table, UNIX_BADGE_MANAGER) == EINVAL,
           "not of what is no process");
    tap_ok(serve_session_find(&table, badge(1, 2)) == NULL &&
               serve_session_find(&table, 0) == NULL && serve_session_find(&table, 7) == NULL,
           "nobody else finds it");
    struct serve_session *s = serve_session_find(&table, badge(1, 1));
    uint32_t a = opened(s, 0), b = opened(s, 1);
    tap_ok(serve_handle_find(s, a) == &file[0] && serve_handle_find(s, b) == &file[1],
           "handles lead to files");
    tap_ok(serve_handle_close(&table, s, a) == 0 && !is_live[0] &&
               serve_handle_close(&table, s, a) == EBADF,
           "a handle is closed once, and the file ends with it");
    uint32_t c = opened(s, 2);
    tap_ok(c != a && serve_handle_find(s, a) == NULL && serve_handle_find(s, c) == &file[2],
           "an old number is not what came in its place");
    unsigned found = 0;
    for (unsigned bit = 0; bit < 32; bit++)
        found += serve_handle_find(s, c ^ 1u << bit) != NULL;
    tap_ok(found == 0, "nor is one with another bit");
    unsigned open = 0;
    while (opened(s, 3) != 0)
        open++;
    uint32_t none;
    tap_ok(open == SERVE_HANDLES_MAX - 2 && serve_handle_new(s, &file[3], &none) == EMFILE,
           "there are so many, and no more");
    unsigned pieces = 1;
    while (serve_session_end(&table, badge(1, 1)))
        pieces++;
    tap_ok(pieces == SERVE_HANDLES_MAX / SERVE_END_PIECE && !is_live[1] && !is_live[2] &&
               !is_live[3] && file[3].users == 0,
           "a session ends in pieces, and its files with it");
    tap_ok(serve_session_find(&table, badge(1, 1)) == NULL &&
               !serve_session_end(&table, badge(1, 1)),
           "it is gone then");
    (void)serve_session_begin(&table, badge(1, 1));
    (void)opened(serve_session_find(&table, badge(1, 1)), 0);
    tap_ok(serve_session_begin(&table, badge(1, 2)) == 0 && !is_live[0] &&
               serve_session_find(&table, badge(1, 1)) == NULL,
           "a process of the same number ends what was left of the one before");
    (void)serve_session_end(&table, badge(1, 2));
}

static void clients(void)
{
    unsigned found = 0;

    tap_ok(serve_session_find(&table, 5) == NULL, "components have no session");
    table.takes_clients = true;
    struct serve_session *s = serve_session_find(&table, 5);
    tap_ok(s != NULL && s == serve_session_find(&table, 5), "unless they may: one each");
    (void)serve_session_end(&table, 5);
    for (uint64_t i = 100; i < 100 + 2 * PROCESS_COMPONENTS_MAX; i++)
        found += serve_session_find(&table, i) != NULL;
    tap_ok(found >= PROCESS_COMPONENTS_MAX && found < 2 * PROCESS_COMPONENTS_MAX,
           "and there is room for all of a system, not without end");
    for (uint64_t i = 0; i < 200; i++)
        (void)serve_session_end(&table, i);
    tap_ok(serve_session_find(&table, 150) != NULL, "which is there again");
    (void)serve_session_end(&table, 150);
}

/* A process of a job opens files until it has so many, and forks; gives the last error. */
static int opens(unsigned number, uint32_t job, unsigned files)
{
    uint32_t handle;
    int e = 0;

    if (serve_session_find(&table, badge(number, 1)) == NULL)
        (void)serve_session_begin(&table, badge(number, 1));
    struct serve_session *s = serve_session_find(&table, badge(number, 1));
    serve_session_outer(s, job);
    while (s->open < files && e == 0)
        e = serve_handle_new(s, &file[0], &handle);
    return e;
}

static void all_end(void)
{
    for (unsigned n = 1; n < 200; n++)
        while (serve_session_end(&table, badge(n, 1)))
            continue;
}

/* How many processes of a job have each so many files. */
static unsigned processes_with(unsigned from, uint32_t job, unsigned files)
{
    unsigned number = from;

    while (number < from + 50 && opens(number, job, files) == 0)
        number++;
    return number - from;
}

/* SERVE-3. */
static void jobs(void)
{
    enum { FILES_EACH = 100, TABLE = 4096 }; /* as many take a page */
    uint32_t last;

    is_live[0] = true;
    serve_tables_room(16 * TABLE + 4096);
    tap_ok(processes_with(2, 3, FILES_EACH) == 6 && opens(8, 3, FILES_EACH) == ENFILE,
           "processes of a job have half of the tables for many files");
    tap_ok(processes_with(60, 4, FILES_EACH) == 3, "of all jobs three quarters");
    tap_ok(processes_with(10, 3, SERVE_SLOTS_FEW) > 20, "more of them have a few files");
    tap_ok(processes_with(120, 0, FILES_EACH) == 50, "without a job, all there is");
    (void)opens(1, 3, 1);
    (void)opens(1, 0, FILES_EACH);
    (void)serve_handle_new(serve_session_find(&table, badge(1, 1)), &file[0], &last);
    serve_session_outer(serve_session_find(&table, badge(1, 1)), 3);
    tap_ok(serve_session_fork(&table, badge(1, 1), badge(110, 1), &last, 1, 110) == ENOMEM &&
               serve_session_find(&table, badge(110, 1)) == NULL,
           "a child, to which many are open, has none");
    tap_ok(serve_session_fork(&table, badge(1, 1), badge(110, 1), NULL, 0, 110) == 0 &&
               serve_session_find(&table, badge(110, 1))->slots == 0,
           "but one to which none of them is");
    all_end();
    tap_ok(!is_live[0], "all of them end");
    is_live[0] = true;
    tap_ok(processes_with(2, 3, FILES_EACH) == 6, "and there is as much as before");
    all_end();
    serve_tables_room(SIZE_MAX);
}

/* A table is as large as what is open, and a child's as what it is given. */
static void lowest(void)
{
    uint32_t handle[200], again = 0;

    (void)serve_session_begin(&table, badge(1, 1));
    struct serve_session *s = serve_session_find(&table, badge(1, 1));
    is_live[0] = true;
    for (unsigned i = 0; i < 200; i++)
        (void)serve_handle_new(s, &file[0], &handle[i]);
    for (unsigned i = 0; i < 200; i++)
        if (i != 7 && i != 3)
            (void)serve_handle_close(&table, s, handle[i]);
    (void)serve_handle_new(s, &file[0], &again);
    tap_ok(again % (1 << SERVE_INDEX_BITS) == 0, "the handle that is got is the lowest");
    for (unsigned i = 0; i < 4; i++)
        (void)serve_handle_new(s, &file[0], &again);
    tap_ok(again % (1 << SERVE_INDEX_BITS) == 5, "that is free");
    tap_ok(serve_session_fork(&table, badge(1, 1), badge(2, 1), &again, 1, 2) == 0 &&
               serve_session_find(&table, badge(2, 1))->slots == 8,
           "so a child's table is small again");
    all_end();
}

static void children(void)
{
    (void)serve_session_begin(&table, badge(1, 1));
    struct serve_session *parent = serve_session_find(&table, badge(1, 1));
    uint32_t list[3] = { opened(parent, 0), opened(parent, 1), opened(parent, 2) };
    const uint32_t wrong[2] = { list[0], list[1] + 4096 };

    parent->uid = 12;
    tap_ok(serve_session_fork(&table, badge(1, 1), badge(2, 1), wrong, 2, 2) == 0 &&
               serve_session_find(&table, badge(2, 1))->open == 1 && file[0].users == 2,
           "fork: a handle that is not open is passed over");
    (void)serve_session_end(&table, badge(2, 1));
    tap_ok(serve_session_fork(&table, badge(3, 1), badge(2, 1), list, 0, 2) == ESRCH &&
               serve_session_fork(&table, badge(1, 1), badge(1, 2), list, 0, 2) == EAGAIN,
           "fork: of nobody, or to who is there");
    tap_ok(serve_session_fork(&table, badge(1, 1), badge(2, 1), list, 2, 2) == 0,
           "fork: of two files");
    struct serve_session *child = serve_session_find(&table, badge(2, 1));
    tap_ok(child->uid == 12 && serve_handle_find(child, list[0]) == &file[0] &&
               serve_handle_find(child, list[2]) == NULL && file[0].users == 2,
           "fork: they have the parent's numbers, and there is one user more");
    (void)serve_handle_close(&table, parent, list[0]);
    tap_ok(is_live[0] && serve_handle_find(child, list[0]) == &file[0],
           "fork: what the parent closes the child keeps");
    tap_ok(serve_session_keep(&table, badge(2, 1), list + 1, 2) == 0 && child->open == 1 &&
               !is_live[0] && serve_handle_find(child, list[1]) == &file[1],
           "keep: what is not listed is closed, and what is not open passed over");
    while (serve_session_end(&table, badge(1, 1)) || serve_session_end(&table, badge(2, 1)))
        continue;
    tap_ok(!is_live[1] && !is_live[2], "the last who ends, ends the file");
}

/* ---- exported files ---- */

/* What the model's files may do: the number's two lowest bits, and a copy is 20 above. */
static int limit(struct serve_file *f, uint32_t rights, struct serve_file **limited)
{
    static const uint32_t flags[] = { O_RDWR, O_RDONLY, O_WRONLY, O_ACCMODE };
    size_t n = (size_t)(f - file);
    uint32_t access;
    int e = serve_access_limit(flags[n % 4], rights, &access);

    if (e != 0)
        return e;
    *limited = access == flags[n % 4] ? f : &file[20];
    is_live[20] |= *limited != f;
    return 0;
}

static struct serve_session *session_of(uint64_t of)
{
    return serve_session_find(&table, of);
}

static void exports(void)
{
    uint64_t x = 0, y = 0, other = 0;
    uint32_t a, b, none;

    (void)serve_session_begin(&table, badge(1, 1));
    (void)serve_session_begin(&table, badge(2, 1));
    struct serve_session *s = session_of(badge(1, 1)), *to = session_of(badge(2, 1));
    uint32_t both = opened(s, 0), reads = opened(s, 1);
    tap_ok(serve_export(&table, s, both, R_OK, &x) == ENOSYS, "export: not of who has no limits");
    table.limit = limit;
    tap_ok(serve_export(&table, s, both ^ 1u << SERVE_INDEX_BITS, R_OK, &x) == EBADF,
           "export: of what is not open");
    tap_ok(serve_export(&table, s, reads, R_OK | W_OK, &x) == EACCES &&
               serve_export(&table, s, reads, W_OK, &x) == EACCES && file[1].users == 1,
           "export: rights do not grow");
    tap_ok(serve_export(&table, s, both, 0, &x) == EINVAL &&
               serve_export(&table, s, both, R_OK | W_OK | 1, &x) == EINVAL,
           "export: nor are there others");
    tap_ok(serve_export(&table, s, both, R_OK | W_OK, &x) == 0 && session_of(x) != NULL &&
               serve_handle_find(session_of(x), 0) == &file[0],
           "export: handle 0 is the very file");
    unsigned found = 0;
    for (unsigned bit = 0; bit < 32; bit++)
        found += serve_handle_find(session_of(x), 1u << bit) != NULL;
    for (unsigned bit = 0; bit < 64; bit++)
        found += session_of(x ^ 1ul << bit) != NULL;
    tap_ok(found == 0, "export: no other handle is, nor another badge");
    tap_ok(serve_handle_new(session_of(x), &file[2], &none) == EMFILE &&
               serve_adopt(session_of(x), x, &none) == EMFILE,
           "export: nothing is opened in it");
    tap_ok(session_of(x)->root == &file[0], "export: and nothing is above it");
    (void)serve_handle_close(&table, s, both);
    tap_ok(is_live[0] && serve_handle_find(session_of(x), 0) == &file[0],
           "export: the file stays when its handle is closed");
    tap_ok(serve_export(&table, session_of(x), 0, R_OK, &y) == 0 && y != x &&
               serve_handle_find(session_of(y), 0) == &file[20],
           "export: of an export, with less");
    tap_ok(serve_adopt(to, x, &a) == 0 && serve_adopt(to, x, &b) == 0 && a != b &&
               serve_handle_find(to, b) == &file[0],
           "adopt: twice is two handles");
    tap_ok(serve_adopt(to, x ^ 1ul << 20, &none) == EBADF &&
               serve_adopt(to, badge(1, 1), &none) == EINVAL &&
               serve_adopt(to, UNIX_BADGE_EXPORT | 0xffff, &none) == EBADF,
           "adopt: not by a forged badge");
    tap_ok(serve_handle_close(&table, session_of(x), 1) == EBADF &&
               serve_handle_close(&table, session_of(x), 0) == 0 && session_of(x) == NULL &&
               serve_adopt(to, x, &none) == EBADF,
           "export: closed in it, it is revoked");
    (void)serve_handle_close(&table, to, a);
    tap_ok(is_live[0] && serve_handle_close(&table, to, b) == 0 && !is_live[0],
           "adopt: the file ends with the last handle");
    unsigned count = 1; /* y is one */
    while (serve_export(&table, s, reads, R_OK, &x) == 0)
        count++;
    tap_ok(count == SERVE_EXPORTS_OWN_MAX && serve_export(&table, s, reads, R_OK, &x) == EMFILE &&
               serve_export(&table, session_of(y), 0, R_OK, &x) == EMFILE,
           "export: so many of a session, and of its exports");
    uint32_t its = opened(to, 4);
    tap_ok(serve_export(&table, to, its, R_OK, &other) == 0, "export: others have their own");
    tap_ok(serve_session_keep(&table, badge(2, 1), &its, 1) == 0 && session_of(other) == NULL &&
               serve_handle_find(to, its) == &file[4],
           "export: ends with exec, the handle does not");
    (void)serve_export(&table, to, its, R_OK | W_OK, &other);
    while (serve_session_end(&table, badge(1, 1)))
        continue;
    tap_ok(session_of(y) == NULL && !is_live[20] && !is_live[1] && session_of(other) != NULL,
           "export: ends with its session, others' do not");
    while (serve_session_end(&table, badge(2, 1)))
        continue;
    unsigned left = 0;
    for (unsigned i = 0; i < SERVE_EXPORTS_MAX; i++)
        left += serve_exports[i].session.badge != 0;
    tap_ok(left == 0 && !is_live[4] && file[4].users == 0, "export: none is left");
    table.limit = NULL;
}

static void exports_of_all(void)
{
    uint64_t x;
    int e = 0;
    unsigned made = 0;

    table.limit = limit;
    for (unsigned n = 1; n <= 5; n++) {
        (void)serve_session_begin(&table, badge(n, 2));
        uint32_t handle = opened(session_of(badge(n, 2)), n * 4);
        for (unsigned i = 0; i < SERVE_EXPORTS_OWN_MAX; i++) {
            e = serve_export(&table, session_of(badge(n, 2)), handle, R_OK | W_OK, &x);
            made += e == 0;
        }
    }
    tap_ok(made == SERVE_EXPORTS_MAX && e == ENFILE, "export: so many in all");
    for (unsigned n = 1; n <= 5; n++)
        while (serve_session_end(&table, badge(n, 2)))
            continue;
    table.limit = NULL;
}

/* ---- random steps, and a model of them ---- */

static uint32_t held[PROCESSES][SLOTS]; /* a handle, or 0 */
static unsigned means[PROCESSES][SLOTS];

static bool is_right(void)
{
    unsigned users[FILES] = { 0 };
    bool good = true;

    for (unsigned p = 0; p < PROCESSES; p++) {
        const struct serve_session *s = serve_session_find(&table, badge(p, 1));
        for (unsigned i = 0; i < SLOTS; i++) {
            if (held[p][i] == 0)
                continue;
            users[means[p][i]]++;
            good &= s != NULL && serve_handle_find(s, held[p][i]) == &file[means[p][i]];
        }
    }
    for (unsigned n = 0; n < FILES; n++) /* SERVE-1 */
        good &= file[n].users == users[n] && is_live[n] == (users[n] > 0);
    return good;
}

static void step_fork(unsigned from, unsigned to)
{
    uint32_t list[SLOTS];
    size_t count = 0;

    for (unsigned i = 0; i < SLOTS; i++)
        if (held[from][i] != 0)
            list[count++] = held[from][i];
    if (serve_session_fork(&table, badge(from, 1), badge(to, 1), list, count, 1) != 0)
        return;
    memcpy(held[to], held[from], sizeof held[to]);
    memcpy(means[to], means[from], sizeof means[to]);
}

static void step(unsigned what, unsigned p, unsigned i, unsigned n)
{
    struct serve_session *s = serve_session_find(&table, badge(p, 1));

    if (s == NULL) {
        if (what % 2 == 0)
            (void)serve_session_begin(&table, badge(p, 1));
        else
            step_fork(n % PROCESSES, p);
    } else if (what == 0) {
        while (serve_session_end(&table, badge(p, 1)))
            continue;
        memset(held[p], 0, sizeof held[p]);
    } else if (held[p][i] != 0) {
        (void)serve_handle_close(&table, s, held[p][i]);
        held[p][i] = 0;
    } else {
        held[p][i] = opened(s, n);
        means[p][i] = n;
    }
}

static void walk(void)
{
    unsigned seed = 1;
    bool good = true;

    ended = 0;
    for (unsigned n = 0; n < STEPS && good; n++) {
        seed = next_random(seed);
        unsigned a = seed >> 16;
        seed = next_random(seed);
        unsigned b = seed >> 16;
        step(a % 64, a / 64 % PROCESSES, b % SLOTS, b / SLOTS % FILES);
        good = is_right();
    }
    tap_ok(good, "random steps: handles and users are those of the model");
    tap_ok(ended > 1000, "files have ended on the way");
    for (unsigned p = 0; p < PROCESSES; p++)
        while (serve_session_end(&table, badge(p, 1)))
            continue;
}

int main(void)
{
    table.closed = closed;
    handles();
    clients();
    jobs();
    lowest();
    children();
    exports();
    exports_of_all();
    walk();
    return tap_done();
}
