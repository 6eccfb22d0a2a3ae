/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exhaustive exploration (search.h):
 *
 *   explore [--all] [--only NAME] [--workers N] [--bits N] [--depth N] [--loud] [--list]
 *
 * explore-domains is the same for a kernel with several domains, and spaces about these.
 *
 * Without --all and --only, the quick spaces; --all leaves out huge ones. Of each, all states that
 * can be reached are visited, level by level; after each operation the kernel's own checks have
 * run, and of each new state the whole audit. A fast path, where one is taken, must lead to the
 * same state as the slow path does. Without --workers each space is explored twice, by one process
 * and by two, which must find as many states, steps, and steps that lead too far (search.h: past):
 * if states have the same number that do not go on alike, these depend on the order. A broken
 * invariant is shown as a function in C with the shortest way there, to be pasted into a file of
 * kernel/test.
 *
 * A state is a 64-bit number here; that two of n states have the same one has a probability of
 * about n^2 / 2^65.
 */
#include "search.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit/tap.h"
#include "cases.h"
#include "lockstep.h"
#include "panic.h"
#include "take.h"

#define DEPTH_MAX 400u
#define BITS_LEAST 8u /* of the table of states */
#define BITS_USUAL 24u
#define BITS_MOST 31u
#define LATELY BIT(16)
#define CHUNK_SECONDS 200u     /* longer than they ever take, but if the kernel goes round */
#define CHUNK 32u              /* states that a worker takes at a time */
#define SPACE_UNTYPED_BITS 15u /* enough for set_up(), and soon looked through */

/* How a state was first reached. */
struct node {
    uint32_t parent;
    uint16_t op;
    bool is_fast; /* by a fast path, where that leads to a state of its own */
};

/* Shared by the workers. */
struct search {
    _Atomic uint64_t next, count, steps, fast, judged, beyond;
    _Atomic int is_broken;
    uint32_t level_end;
    unsigned depth;
    bool is_full, has_depth_left;
    pthread_barrier_t barrier;
    unsigned bits;
    _Atomic uint64_t *table; /* 2^bits of them; 0: free */
    struct node *nodes;
};

static struct search *search;
static uint64_t lately[LATELY];
static struct space *space;
static unsigned depth_limit = DEPTH_MAX - 1;
static bool is_loud; /* tell of each level */

/* The way to where this worker is: path[0] is the first state. */
static uint32_t path[DEPTH_MAX];
static struct snapshot snapshots[DEPTH_MAX];
static unsigned path_length;
static unsigned saved;  /* the first of them are in snapshots */
static bool is_audited; /* a whole audit has seen the slots that are there in the last of them */
static unsigned trying; /* the operation */

static void *shared_bytes(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);

    if (p == MAP_FAILED) {
        perror("explore: memory");
        exit(2);
    }
    madvise(p, bytes, MADV_HUGEPAGE); /* looks into the table are all over it */
    return p;
}

/* --- the table of states --- */

/*
 * Is it among those that this worker has come by lately? Most steps lead to one of these, and
 * looks into the table take long.
 */
static bool is_known_lately(uint64_t number)
{
    return lately[number % LATELY] == number;
}

/* It will be asked about soon, which takes a look at memory far away. */
static void table_prefetch(uint64_t number)
{
    if (!is_known_lately(number))
        __builtin_prefetch(&search->table[number & (BIT(search->bits) - 1)]);
}

/* True: number is new. */
static bool table_insert(uint64_t number)
{
    uint64_t mask = BIT(search->bits) - 1;

    if (is_known_lately(number))
        return false;
    lately[number % LATELY] = number;
    for (uint64_t i = number & mask;; i = (i + 1) & mask) {
        uint64_t there = atomic_load_explicit(&search->table[i], memory_order_relaxed);

        if (there == 0 &&
            atomic_compare_exchange_strong_explicit(&search->table[i], &there, number,
                                                    memory_order_relaxed, memory_order_relaxed))
            return true;
        if (there == number)
            return false;
    }
}

/* Nodes are read after the barrier that ends the level only. */
static void node_add(uint32_t parent, unsigned op, bool is_fast)
{
    uint64_t i = atomic_fetch_add(&search->count, 1);

    if (i >= BIT(search->bits) / 4 * 3) {
        search->is_full = true;
        atomic_store(&search->next, UINT64_MAX / 2);
        return;
    }
    search->nodes[i] = (struct node){ .parent = parent, .op = (uint16_t)op, .is_fast = is_fast };
}

/* --- what went wrong --- */

static void show_way(uint32_t node)
{
    const struct node *n = &search->nodes[node];

    if (node == 0)
        return;
    show_way(n->parent);
    op_show(&space->ops[n->op]);
}

/* prepare_memory(), in C */
static void show_memory(void)
{
    if (space->receive_slot != 0)
        printf("    for (unsigned i = 0; i < 4; i++) {\n"
               "        word_t *buffer = (word_t *)paddr_to_ptr(W_FRAME_PADDR) + BUF_AHEAD +\n"
               "                         i * BIT(IPC_BUFFER_BITS) / sizeof(word_t);\n\n"
               "        buffer[BUF_RECV_CNODE] = W_ROOT;\n"
               "        buffer[BUF_RECV_INDEX] = %lu;\n"
               "        buffer[BUF_RECV_DEPTH] = WORD_BITS;\n    }\n",
               space->receive_slot);
    if (space->has_page)
        printf("    ((struct host_page *)object(W_SPACE))[1] = (struct host_page){\n"
               "        .va = W_BUFFER_UADDR, .paddr = W_FRAME_PADDR, .is_there = true,\n"
               "        .is_writable = true };\n");
}

/* The operation that is tried breaks something. The first worker to find that shows it. */
static void broken(const char *what)
{
    if (atomic_exchange(&search->is_broken, 1) == 0) {
        printf("# %s: %s\n", space->name, what);
        printf("static bool explored(void)\n{\n    set_up();\n");
        for (unsigned i = 0; i < space->setup_count; i++)
            op_show(&space->setup[i]);
        show_memory();
        show_way(path[path_length - 1]);
        op_show(&space->ops[trying]);
        printf("    return true;\n}\n");
        fflush(stdout);
    }
    atomic_store(&search->next, UINT64_MAX / 2);
    _exit(1);
}

static void on_death(void)
{
    broken(panic_cause != NULL ? (const char *)panic_cause : "the kernel stopped");
}

static void on_signal(int number)
{
    broken(number == SIGALRM ? "the kernel does not come to an end"
                             : "the kernel touches what is not there");
}

/* --- along the ways --- */

static void do_step(const struct node *n)
{
    if (!n->is_fast)
        op_do(&space->ops[n->op]);
    else if (!op_do_fast(&space->ops[n->op]))
        broken("a fast path that was taken before is not taken");
}

/* Be in the state of this node, the last of path: one of those of this level. */
static void go_to(uint32_t node)
{
    uint32_t way[DEPTH_MAX];
    unsigned length = search->depth + 1, same = length;

    for (uint32_t n = node; same > saved || path[same - 1] != n; n = search->nodes[n].parent)
        way[--same] = n;
    path_length = saved = same;
    snapshot_restore(&snapshots[same - 1]);
    while (path_length < length) {
        do_step(&search->nodes[way[path_length]]);
        path[path_length] = way[path_length];
        if (++path_length == length) /* nobody comes by here soon */
            break;
        snapshot_save(&snapshots[path_length - 1]);
        saved = path_length;
    }
}

/* In the state of this number. */
static void arrived(uint64_t number, unsigned op, bool is_fast)
{
    const char *what;

    if (!table_insert(number))
        return;
    if (is_audited && snapshot_slots_are_same()) {
        what = audit_again();
    } else {
        what = audit();
        is_audited = snapshot_slots_are_same();
    }
    if (what != NULL)
        broken(what);
    node_add(path[path_length - 1], op, is_fast);
}

/*
 * The operation by a fast path, if one is taken: the state that it leads to, registers included,
 * which has to be the slow path's. 0: none is taken, and nothing has changed but what op_prepare()
 * sets.
 */
static uint64_t try_fast(unsigned op)
{
    if (space->is_timed || !op_do_fast(&space->ops[op]))
        return 0;
    snapshot_look();
    uint64_t plain = state_number_plain();

    atomic_fetch_add_explicit(&search->fast, 1, memory_order_relaxed);
    arrived(state_number(), op, true);
    snapshot_return();
    return plain;
}

static void must_agree(unsigned op, uint64_t fast)
{
    if (state_number_plain() == fast)
        return;
    state_remember(1);
    snapshot_return();
    op_do_fast(&space->ops[op]);
    state_remember(0);
    state_show_difference();
    broken("fast (first) and slow path differ");
}

static struct spec before; /* the state that is expanded */

/* By the fast path, if one is taken, and by the slow one. */
static void try_op(unsigned op, bool is_known)
{
    uint64_t fast = try_fast(op), number;
    struct spec_event e;
    const char *what = NULL;
    bool is_beyond, is_specified = is_known && op_is_specified(&space->ops[op], &e);

    if (is_specified) {
        op_prepare(&space->ops[op]);
        lockstep_prepared(&before);
    }
    op_do(&space->ops[op]);
    snapshot_look();
    number = state_number();
    is_beyond = state_is_beyond();
    table_prefetch(number);
    if (fast != 0)
        must_agree(op, fast);
    if (is_specified)
        what = lockstep_end(&before, &e);
    if (what != NULL)
        broken(what);
    if (is_beyond)
        atomic_fetch_add_explicit(&search->beyond, 1, memory_order_relaxed);
    else
        arrived(number, op, false);
    snapshot_return();
}

static void expand(uint32_t node)
{
    unsigned steps = 0;

    go_to(node);
    snapshot_expand();
    is_audited &= snapshot_slots_are_same();
    bool is_specified = lockstep_begin(&before);
    for (unsigned op = 0; op < space->ops_count; op++) {
        if (!op_is_possible(&space->ops[op]))
            continue;
        trying = op;
        steps++;
        try_op(op, is_specified);
    }
    atomic_fetch_add_explicit(&search->steps, steps, memory_order_relaxed);
    atomic_fetch_add_explicit(&search->judged, lockstep_judged, memory_order_relaxed);
    lockstep_judged = 0;
}

/* --- levels --- */

static void work(void)
{
    for (;;) {
        uint32_t end = search->level_end;

        for (;;) {
            uint64_t first = atomic_fetch_add(&search->next, CHUNK);

            alarm(CHUNK_SECONDS);
            is_audited = false; /* memory that is free is no part of what is compared */
            for (uint64_t i = first; i < first + CHUNK && i < end; i++)
                expand((uint32_t)i);
            if (first + CHUNK >= end || search->is_full)
                break;
        }
        alarm(0);
        if (pthread_barrier_wait(&search->barrier) == PTHREAD_BARRIER_SERIAL_THREAD) {
            search->next = end;
            search->level_end = (uint32_t)search->count;
            search->depth++;
            search->has_depth_left = search->depth < depth_limit;
            if (is_loud)
                fprintf(stderr, "# %u deep, %u states\n", search->depth, search->level_end);
        }
        pthread_barrier_wait(&search->barrier);
        if (search->level_end == end || !search->has_depth_left || search->is_full)
            return;
    }
}

/* What threads have in memory, and show of it. */
static void prepare_memory(void)
{
    for (unsigned i = 0; i < 4 && space->receive_slot != 0; i++) {
        word_t *buffer = buffer_words(i);

        buffer[BUF_RECV_CNODE] = W_ROOT;
        buffer[BUF_RECV_INDEX] = space->receive_slot;
        buffer[BUF_RECV_DEPTH] = WORD_BITS;
    }
    if (space->has_page)
        ((struct host_page *)object(W_SPACE))[1] = (struct host_page){
            .va = W_BUFFER_UADDR, .paddr = W_FRAME_PADDR, .is_there = true, .is_writable = true
        };
}

/* A request of the first thread's, which is granted. */
static void set_up_more(const struct op *op)
{
    const struct tcb *t = current();

    op_do(op);
    if (t == current() && msg_label(t->ctx.tag) != ERR_NONE) {
        printf("Bail out! %s: a part of the setting up is refused\n", space->name);
        exit(2);
    }
}

static void prepare(void)
{
    signal(SIGSEGV, on_signal);
    signal(SIGBUS, on_signal);
    signal(SIGALRM, on_signal);
    world_boot_sized(SPACE_UNTYPED_BITS);
    set_up();
    for (unsigned i = 0; i < space->setup_count; i++)
        set_up_more(&space->setup[i]);
    prepare_memory();
    snapshot_begin(space);
    snapshot_save(&snapshots[0]);
    snapshot_restore(&snapshots[0]);
    host.on_death = on_death;
    take_object_is_same = snapshot_object_is_same;
    take_slots_are_same = snapshot_slots_are_same;
    path[0] = 0;
    path_length = saved = 1;
}

/* True: all of the workers came to an end. */
static bool run_workers(unsigned workers)
{
    pid_t pids[8];
    bool good = true;

    for (unsigned i = 0; i < workers; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            work();
            _exit(0);
        }
    }
    for (unsigned left = workers; left > 0; left--) {
        int status;

        wait(&status);
        if (status == 0)
            continue;
        good = false;
        for (unsigned i = 0; i < workers; i++)
            kill(pids[i], SIGKILL); /* they would wait for it */
    }
    return good;
}

/* Of a processor, that workers have used so far. */
static double seconds_used(void)
{
    struct rusage r;

    getrusage(RUSAGE_CHILDREN, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
           (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

/* What has been found. No states: something is wrong, and said. */
struct found {
    uint64_t states, steps, beyond;
};

static struct found explore(struct space *s, unsigned workers, unsigned bits)
{
    pthread_barrierattr_t shared;
    double start = seconds_used();

    space = s;
    s->setup_count = s->ops_count = 0;
    s->make(s);
    search = shared_bytes(sizeof(*search));
    search->bits = bits;
    search->table = shared_bytes(sizeof(*search->table) << bits);
    search->nodes = shared_bytes(sizeof(*search->nodes) << bits);
    memset(lately, 0, sizeof(lately));
    pthread_barrierattr_init(&shared);
    pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&search->barrier, &shared, workers);
    prepare();
    arrived(state_number(), 0, false);
    search->level_end = 1;
    fflush(stdout);
    bool good = run_workers(workers);
    struct found found = { search->count, search->steps, search->beyond };

    world_shut_down(); /* here nothing has happened since prepare() */
    printf("# %s: %lu states, %lu steps, %lu of them as specified, %lu by fast paths, %u deep, "
           "%lu beyond, %u operations, %u at work, %.1f s of a processor\n",
           s->name, found.states, found.steps, (uint64_t)search->judged, (uint64_t)search->fast,
           search->depth, found.beyond, s->ops_count, workers, seconds_used() - start);
    if (search->is_full || (good && !search->has_depth_left))
        printf("# %s: not complete\n", s->name);
    if (search->is_full || search->is_broken || !search->has_depth_left)
        good = false;
    munmap(search->table, sizeof(*search->table) << bits);
    munmap(search->nodes, sizeof(*search->nodes) << bits);
    munmap(search, sizeof(*search));
    return good ? found : (struct found){ 0 };
}

/* --- the program --- */

struct choice {
    const char *only;
    unsigned long workers, bits;
    bool is_all, is_list;
};

static struct choice choose(int argc, char **argv)
{
    struct choice c = { 0 };

    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";

        if (strcmp(argv[i], "--all") == 0)
            c.is_all = true;
        else if (strcmp(argv[i], "--list") == 0)
            c.is_list = true;
        else if (strcmp(argv[i], "--loud") == 0)
            is_loud = true;
        else if (strcmp(argv[i], "--only") == 0)
            c.only = value, i++;
        else if (strcmp(argv[i], "--workers") == 0)
            c.workers = strtoul(value, NULL, 0), i++;
        else if (strcmp(argv[i], "--bits") == 0)
            c.bits = strtoul(value, NULL, 0), i++;
        else if (strcmp(argv[i], "--depth") == 0)
            depth_limit = (unsigned)strtoul(value, NULL, 0), i++;
        else
            c.bits = BITS_MOST + 1;
    }
    if ((c.bits != 0 && c.bits < BITS_LEAST) || c.bits > BITS_MOST || c.workers > 8 ||
        depth_limit >= DEPTH_MAX) {
        fprintf(stderr, "explore [--all] [--only NAME] [--workers 1-8] [--bits 8-31] "
                        "[--depth N] [--loud] [--list]\n");
        exit(2);
    }
    return c;
}

static void explore_space(struct space *s, const struct choice *c)
{
    char name[160];
    unsigned workers = c->workers != 0 ? (unsigned)c->workers : 2;
    unsigned bits = c->bits != 0 ? (unsigned)c->bits : s->bits != 0 ? s->bits : BITS_USUAL;
    struct found one, found = explore(s, workers, bits);
    bool is_good = found.states != 0;

    if (c->workers == 0 && is_good) {
        one = explore(s, 1, bits);
        if (memcmp(&one, &found, sizeof(one)) != 0) {
            printf("# %s: one at work does not find what two do\n", s->name);
            is_good = false;
        }
    }
    if (is_good && found.states < s->least) {
        printf("# %s: fewer states than there should be\n", s->name);
        is_good = false;
    }
    snprintf(name, sizeof(name), "%s: %s", s->name, s->what);
    tap_ok(is_good, name);
    fflush(stdout);
}

static bool is_a_space(const char *name)
{
    for (unsigned i = 0; i < space_count; i++)
        if (strcmp(name, spaces[i].name) == 0)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    struct choice c = choose(argc, argv);

    if (c.only != NULL && !is_a_space(c.only)) {
        fprintf(stderr, "explore: there is no %s\n", c.only);
        return 2;
    }

    for (unsigned i = 0; i < space_count; i++) {
        struct space *s = &spaces[i];
        bool is_wanted = c.is_list || (c.is_all && !s->is_huge) || s->is_quick;

        if (s->has_domains != (CONFIG_NUM_DOMAINS > 1) ||
            (c.only != NULL ? strcmp(c.only, s->name) != 0 : !is_wanted))
            continue;
        if (c.is_list)
            printf("%s%s: %s\n", s->name, s->is_quick ? " (quick)" : "", s->what);
        else
            explore_space(s, &c);
    }
    return c.is_list ? 0 : tap_done();
}
