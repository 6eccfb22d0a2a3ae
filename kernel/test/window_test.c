/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows: bulk copies between a caller and whoever holds its reply object. If one fails, a server
 * reads or writes what its caller has not offered, or a copy is torn, or stops where it need not.
 */
#include <string.h>

#include "cases.h"

#include "switch.h"

#define PAGE_BYTES BIT(FRAME_BITS)
#define BOTH (MYELIN_WINDOW_WRITABLE | MYELIN_WINDOW_READABLE)

/*
 * One address space for both sides. User memory: the first pages of W_UNTYPED2, which nobody carves
 * here.
 */
enum { HERE = 0x100000, THERE = 0x200000, PAGES = 5 };

static struct host_page *pages(void)
{
    return (struct host_page *)object(W_SPACE) + 1;
}

static unsigned char *memory(uaddr_t va)
{
    paddr_t base = 2 * BIT(W_UNTYPED_BITS) + (va >= THERE ? PAGES * PAGE_BYTES : 0);

    return (unsigned char *)paddr_to_ptr(base) + (va & (HERE - 1));
}

/* The page `there` pages behind THERE; those behind HERE come first. */
static struct host_page *page_there(unsigned i)
{
    return pages() + PAGES + i;
}

static void map_all(void)
{
    for (unsigned i = 0; i < PAGES; i++) {
        uaddr_t here = HERE + i * PAGE_BYTES, there = THERE + i * PAGE_BYTES;

        pages()[i] = (struct host_page){ here, ptr_to_paddr(memory(here)), true, true };
        *page_there(i) = (struct host_page){ there, ptr_to_paddr(memory(there)), true, true };
    }
}

/* Number i of the pattern with this seed. */
static unsigned char pattern(word_t i, unsigned seed)
{
    return (unsigned char)(i * 7 + (i >> 8) + seed);
}

static void fill(uaddr_t va, word_t bytes, unsigned seed)
{
    for (word_t i = 0; i < bytes; i++)
        memory(va)[i] = pattern(i, seed);
}

/* Is memory at va the pattern from number `from` on? */
static bool holds(uaddr_t va, word_t bytes, unsigned seed, word_t from)
{
    for (word_t i = 0; i < bytes; i++)
        if (memory(va)[i] != pattern(from + i, seed))
            return false;
    return true;
}

static void clean(void)
{
    memset(memory(HERE), 0, 2 * PAGES * PAGE_BYTES);
}

/* T2 calls T1 with count windows, in the last 2 * count message registers. T1 owes the answer. */
static void begin_with(unsigned count, const word_t window[4])
{
    struct tcb *caller;

    set_up();
    map_all();
    INVOKE(T2, MYELIN_INV_TCB_SET_EXTENSIONS, .length = 1, .arg = { MYELIN_EXT_WINDOWS });
    act(thread(T1), SYS_RECV, EP, 0, REPLY);
    caller = thread(T2);
    become(caller);
    for (unsigned i = 0; i < 2 * count && i < MSG_REGS; i++)
        caller->ctx.msg[MSG_REGS - 2 * count + i] = window[i];
    sys_with(SYS_CALL, EP, msg_make(0, count, 0, MSG_REGS), 0);
    become(thread(T1));
}

static void begin(word_t length_and_rights)
{
    begin_with(1, (word_t[]){ THERE, length_and_rights, 0, 0 });
}

struct result {
    word_t result, done, failed;
};

static struct result result_of(const struct tcb *t)
{
    return (struct result){ msg_label(t->ctx.tag), t->ctx.msg[0], t->ctx.msg[1] };
}

static void set_piece(const word_t piece[4])
{
    for (unsigned i = 0; i < 4; i++)
        current()->ctx.msg[i] = piece[i];
}

/* One piece, by the complete way. */
static struct result copy(uaddr_t local, word_t offset, word_t bytes, word_t how)
{
    set_piece((word_t[]){ local, offset, bytes, how });
    sys_with((sword_t)MYELIN_SYS_COPY, REPLY, msg_make(0, 0, 0, 4), 0);
    return result_of(current());
}

static bool is_done(struct result r, word_t bytes)
{
    return r.result == MYELIN_COPY_DONE && r.done == bytes;
}

/* --- cases --- */

static bool every_alignment(void)
{
    static const word_t lengths[] = { 0, 1, 7, 8, 9, 4095, 4096, 4097, 3 * 4096 + 5 };

    begin(PAGES * PAGE_BYTES | BOTH);
    for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        for (word_t at = 0; at < 4096; at = at < 9 ? at + 1 : 4 * at) {
            word_t n = lengths[i], offset = (at * 3) & 4095;

            clean();
            fill(THERE, PAGES * PAGE_BYTES, i);
            CHECK(is_done(copy(HERE + at, offset, n, 0), n));
            CHECK(holds(HERE + at, n, i, offset) && memory(HERE)[at + n] == 0);
            fill(HERE, PAGES * PAGE_BYTES, 99);
            CHECK(is_done(copy(HERE + at, offset, n, MYELIN_COPY_WRITE), n));
            CHECK(holds(THERE + offset, n, 99, at) && holds(THERE, offset, i, 0));
            CHECK(holds(THERE + offset + n, 64, i, offset + n));
        }
    clean();
    become(thread(W_TCB));
    return true;
}

static bool fast_is_the_same(void)
{
    struct tcb *t;

    begin(PAGES * PAGE_BYTES | BOTH);
    t = current();
    fill(THERE, 100, 3);
    t->ctx.tag = msg_make(0, 0, 0, 4);
    t->ctx.cap = REPLY;
    set_piece((word_t[]){ HERE + 1, 2, 50, 0 });
    CHECK(host_fast_call(t, (sword_t)MYELIN_SYS_COPY) == t);
    CHECK(is_done(result_of(t), 50) && holds(HERE + 1, 50, 3, 2));
    t->ctx.tag = msg_make(0, 0, 0, 4);
    t->ctx.cap = EP;
    CHECK(host_fast_call(t, (sword_t)MYELIN_SYS_COPY) == NULL);
    t->ctx.cap = W_SLOTS;
    CHECK(host_fast_call(t, (sword_t)MYELIN_SYS_COPY) == NULL);
    clean();
    become(thread(W_TCB));
    return true;
}

/* Is all that a copy answers with the same by the fast path, and a message of two words? */
static bool answers_the_same(uaddr_t local, word_t offset, word_t bytes, unsigned words)
{
    struct tcb *t = current();
    word_t piece[] = { local, offset, bytes, 0 };
    struct result slow, fast;
    word_t tag;

    t->ctx.cap = 1;
    set_piece(piece);
    sys_with((sword_t)MYELIN_SYS_COPY, REPLY, msg_make(0, 0, 0, words), 0);
    slow = result_of(t);
    tag = t->ctx.tag;
    CHECK(t->ctx.cap == 0 && tag == msg_make(slow.result, 0, 0, 2));
    t->ctx.cap = 1;
    set_piece(piece);
    t->ctx.tag = msg_make(0, 0, 0, words);
    t->ctx.cap = REPLY;
    CHECK(host_fast_call(t, (sword_t)MYELIN_SYS_COPY) == t);
    fast = result_of(t);
    CHECK(t->ctx.cap == 0 && t->ctx.tag == tag);
    CHECK(fast.done == slow.done && fast.failed == slow.failed);
    return true;
}

static bool fast_answers(void)
{
    word_t *words;

    begin(PAGES * PAGE_BYTES | BOTH);
    words = current()->ipc_buffer - MSG_REGS;
    memcpy(words + 4, (word_t[]){ HERE, 0, 3, 0 }, 4 * sizeof(word_t));
    CHECK(answers_the_same(HERE, 0, 5, 4) && result_of(current()).done == 5);
    CHECK(answers_the_same(HERE, 0, 5, 0) && result_of(current()).done == 0);
    CHECK(answers_the_same(HERE, 0, 5, 8) && result_of(current()).done == 8);
    page_there(1)->is_there = false;
    CHECK(answers_the_same(HERE, PAGE_BYTES - 7, 8, 4) && result_of(current()).done == 7);
    CHECK(result_of(current()).failed == THERE + PAGE_BYTES);
    sys_with(SYS_SEND, REPLY, 0, 0);
    become(thread(T1));
    CHECK(answers_the_same(HERE, 0, 5, 4) && result_of(current()).result == MYELIN_COPY_GONE);
    become(thread(W_TCB));
    return true;
}

static bool rights(void)
{
    begin(64 | MYELIN_WINDOW_READABLE);
    CHECK(is_done(copy(HERE, 0, 64, 0), 64));
    CHECK(copy(HERE, 0, 1, MYELIN_COPY_WRITE).result == MYELIN_COPY_RANGE);
    thread(T2)->ctx.msg[3] = 64 | MYELIN_WINDOW_WRITABLE; /* it waits: these are the call's */
    CHECK(is_done(copy(HERE, 0, 64, MYELIN_COPY_WRITE), 64));
    CHECK(copy(HERE, 0, 1, 0).result == MYELIN_COPY_RANGE);
    thread(T2)->ctx.msg[3] = 64;
    CHECK(copy(HERE, 0, 1, 0).result == MYELIN_COPY_RANGE);
    become(thread(W_TCB));
    return true;
}

static bool ranges(void)
{
    static const struct result r = { MYELIN_COPY_RANGE, 0, 0 };
    static const word_t bad[][2] = { { 0, 65 },
                                     { 1, 64 },
                                     { 64, 1 },
                                     { 65, 0 },
                                     { 0, ~0 },
                                     { ~UINT64_C(0), 1 },
                                     { BIT(63), BIT(63) },
                                     { 8, ~UINT64_C(7) } };

    begin(64 | BOTH);
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct result got = copy(HERE, bad[i][0], bad[i][1], 0);

        CHECK(got.result == r.result && got.done == 0 && got.failed == bad[i][0]);
    }
    CHECK(is_done(copy(HERE, 64, 0, 0), 0));
    for (word_t how = 1; how < 66; how++)
        CHECK(how == MYELIN_COPY_WRITE || copy(HERE, 0, 1, how).result == MYELIN_COPY_RANGE);
    become(thread(W_TCB));
    return true;
}

/* The window's end lies beyond the address space's, or its beginning in the kernel's half. */
static bool wrapping(void)
{
    static const uaddr_t bases[] = { ~UINT64_C(0), ~UINT64_C(4095), BIT(63), BIT(47),
                                     BIT(47) - 4096 };

    begin(MASK(62) | BOTH);
    for (unsigned i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
        thread(T2)->ctx.msg[2] = bases[i];
        for (word_t offset = 0; offset < BIT(61); offset = offset * 2 + 4096) {
            word_t result = copy(HERE, offset, 8, MYELIN_COPY_WRITE).result;

            CHECK(result == MYELIN_COPY_WINDOW || result == MYELIN_COPY_RANGE);
        }
    }
    /* ... also where the sum is memory that is there */
    thread(T2)->ctx.msg[2] = ~UINT64_C(0) - 4095;
    CHECK(copy(HERE, 4096 + THERE, 8, MYELIN_COPY_WRITE).result == MYELIN_COPY_RANGE);
    thread(T2)->ctx.msg[2] = 0; /* all addresses: no sum wraps */
    CHECK(is_done(copy(HERE, THERE, 8, MYELIN_COPY_WRITE), 8));
    become(thread(W_TCB));
    return true;
}

static bool two_windows(void)
{
    word_t window[4] = { THERE, 100 | MYELIN_WINDOW_READABLE, THERE + PAGE_BYTES,
                         100 | MYELIN_WINDOW_WRITABLE };

    begin_with(2, window);
    fill(THERE, 100, 5);
    CHECK(is_done(copy(HERE, 0, 100, 0), 100));
    CHECK(is_done(copy(HERE, 0, 100, 1 | MYELIN_COPY_WRITE), 100));
    CHECK(holds(THERE + PAGE_BYTES, 100, 5, 0));
    CHECK(copy(HERE, 0, 1, 1).result == MYELIN_COPY_RANGE);
    clean();
    become(thread(W_TCB));
    return true;
}

/* A caller that has opted in says in its tag that it has none, or more than there can be. */
static bool wrong_counts(void)
{
    for (unsigned count = 0; count < 8; count++) {
        if (count == 1 || count == 2)
            continue;
        begin(64 | BOTH);
        thread(T2)->ctx.tag = msg_make(0, count, 0, 4);
        thread(T2)->ctx.msg[0] = THERE; /* what would be the second of three */
        thread(T2)->ctx.msg[1] = 64 | BOTH;
        for (word_t how = 0; how < 4; how++)
            CHECK(copy(HERE, 0, 1, how).result == MYELIN_COPY_RANGE);
        become(thread(W_TCB));
        world_shut_down();
        world_boot();
    }
    return true;
}

static bool missing_pages(void)
{
    struct result r;

    begin(PAGES * PAGE_BYTES | BOTH);
    page_there(2)->is_there = false;
    r = copy(HERE, 10, 3 * PAGE_BYTES, 0);
    CHECK(r.result == MYELIN_COPY_WINDOW && r.done == 2 * PAGE_BYTES - 10);
    CHECK(r.failed == THERE + 2 * PAGE_BYTES);
    *page_there(2) = *page_there(3);
    page_there(2)->va = THERE + 2 * PAGE_BYTES;
    page_there(2)->is_writable = false;
    CHECK(is_done(copy(HERE, 10, 3 * PAGE_BYTES, 0), 3 * PAGE_BYTES));
    r = copy(HERE, 10, 3 * PAGE_BYTES, MYELIN_COPY_WRITE);
    CHECK(r.result == MYELIN_COPY_WINDOW && r.failed == THERE + 2 * PAGE_BYTES);
    pages()[1].is_writable = false;
    r = copy(HERE + 1, 0, 2 * PAGE_BYTES, 0);
    CHECK(r.result == MYELIN_COPY_LOCAL && r.done == PAGE_BYTES - 1);
    CHECK(r.failed == HERE + PAGE_BYTES);
    CHECK(is_done(copy(HERE + 1, 0, 2 * PAGE_BYTES, MYELIN_COPY_WRITE), 2 * PAGE_BYTES));
    become(thread(W_TCB));
    return true;
}

/*
 * An interrupt waits, and in this build each point looks for it: a copy ends behind each page but
 * the last, where nothing is looked for. What the fast path copies in one go, here the first page,
 * has no such point behind it.
 */
static bool interrupts(void)
{
    const word_t all = PAGES * PAGE_BYTES;
    word_t done = 0;
    struct result r;

    begin(all | BOTH);
    fill(THERE, all, 8);
    host.is_irq_pending = true;
    host.looks = 0;
    for (; done < all - PAGE_BYTES; done += PAGE_BYTES) {
        r = copy(HERE + done, done, all - done, 0);
        CHECK(r.result == MYELIN_COPY_AGAIN && r.done == PAGE_BYTES && r.failed == 0);
        CHECK(holds(HERE, done + PAGE_BYTES, 8, 0) && memory(HERE)[done + PAGE_BYTES] == 0);
    }
    CHECK(is_done(copy(HERE + done, done, PAGE_BYTES, 0), PAGE_BYTES) && holds(HERE, all, 8, 0));
    CHECK(host.looks == PAGES - 1);
    fill(THERE, all, 9);
    set_piece((word_t[]){ HERE, 0, all, 0 });
    current()->ctx.tag = msg_make(0, 0, 0, 4);
    current()->ctx.cap = REPLY;
    CHECK(host_fast_call(current(), MYELIN_SYS_COPY) == current() && host.looks == PAGES);
    r = result_of(current());
    CHECK(r.result == MYELIN_COPY_AGAIN && r.done == 2 * PAGE_BYTES && holds(HERE, r.done, 9, 0));
    host.is_irq_pending = false;
    CHECK(is_done(copy(HERE, 0, all, 0), all) && holds(HERE, all, 9, 0));
    CHECK(host.looks == PAGES + PAGES - 1);
    clean();
    become(thread(W_TCB));
    return true;
}

static bool pieces(void)
{
    struct tcb *t;
    word_t *words;

    begin(PAGES * PAGE_BYTES | BOTH);
    t = current();
    words = t->ipc_buffer - MSG_REGS;
    fill(THERE, 100, 1);
    for (unsigned i = 1; i < 30; i++) {
        words[4 * i] = HERE + 8 * i;
        words[4 * i + 1] = i;
        words[4 * i + 2] = 3 + i % 4;
        words[4 * i + 3] = 0;
    }
    set_piece((word_t[]){ HERE, 0, 3, 0 });
    sys_with((sword_t)MYELIN_SYS_COPY, REPLY, msg_make(0, 0, 0, 120), 0);
    CHECK(is_done(result_of(t), 30 * 3 + 7 * (0 + 1 + 2 + 3) + 0 + 1));
    for (unsigned i = 0; i < 30; i++)
        CHECK(holds(HERE + 8 * i, 3 + i % 4, 1, i) && memory(HERE)[8 * i + 3 + i % 4] == 0);
    /* the words of half a piece are none; a wrong piece ends it; no piece asks whether he waits */
    set_piece((word_t[]){ HERE, 0, 3, 0 });
    sys_with((sword_t)MYELIN_SYS_COPY, REPLY, msg_make(0, 0, 0, 7), 0);
    CHECK(is_done(result_of(t), 3));
    words[4 * 2 + 1] = PAGES * PAGE_BYTES;
    set_piece((word_t[]){ HERE, 0, 3, 0 });
    sys_with((sword_t)MYELIN_SYS_COPY, REPLY, msg_make(0, 0, 0, 16), 0);
    CHECK(result_of(t).result == MYELIN_COPY_RANGE && result_of(t).done == 3 + 4);
    sys_with((sword_t)MYELIN_SYS_COPY, REPLY, msg_make(0, 0, 0, 3), 0);
    CHECK(is_done(result_of(t), 0));
    clean();
    become(thread(W_TCB));
    return true;
}

/* A thread without an IPC buffer has one piece at most. */
static bool no_buffer(void)
{
    begin(64 | BOTH);
    current()->ipc_buffer = NULL;
    current()->ipc_source = NULL;
    set_piece((word_t[]){ HERE, 0, 3, 0 });
    sys_with((sword_t)MYELIN_SYS_COPY, REPLY, msg_make(0, 0, 0, 8), 0);
    CHECK(is_done(result_of(current()), 3));
    tcb_slot_changed(&current()->slots[TCB_IPC_BUFFER]);
    become(thread(W_TCB));
    return true;
}

static bool nobody(void)
{
    struct tcb *caller;

    begin(64 | BOTH);
    caller = thread(T2);
    caller->obstacles |= OBSTACLE_IP; /* its registers were written */
    CHECK(copy(HERE, 0, 1, 0).result == MYELIN_COPY_GONE);
    caller->obstacles = 0;
    caller->extensions = 0;
    CHECK(copy(HERE, 0, 1, 0).result == MYELIN_COPY_GONE);
    caller->extensions = MYELIN_EXT_WINDOWS;
    caller->fault.type = FAULT_VM; /* a fault is no call */
    CHECK(copy(HERE, 0, 1, 0).result == MYELIN_COPY_GONE);
    caller->fault.type = FAULT_NULL;
    CHECK(copy(HERE, 0, 1, 0).result == MYELIN_COPY_DONE);
    sys_with(SYS_SEND, REPLY, 0, 0);
    become(thread(T1));
    CHECK(copy(HERE, 0, 1, 0).result == MYELIN_COPY_GONE);
    CHECK(copy(HERE, 0, 0, 0).result == MYELIN_COPY_GONE);
    sys_with((sword_t)MYELIN_SYS_COPY, EP, msg_make(0, 0, 0, 4), 0);
    CHECK(result_of(current()).result == MYELIN_COPY_NO_REPLY);
    sys_with((sword_t)MYELIN_SYS_COPY, W_SLOTS, msg_make(0, 0, 0, 4), 0);
    CHECK(result_of(current()).result == MYELIN_COPY_NO_REPLY);
    become(thread(W_TCB));
    return true;
}

/* Both sides are the same memory: bytes go forwards, each is written once. */
static bool overlapping(void)
{
    begin(PAGES * PAGE_BYTES | BOTH);
    for (unsigned i = 0; i < PAGES; i++)
        pages()[i].paddr = page_there(i)->paddr;
    fill(THERE, 100, 1);
    CHECK(is_done(copy(HERE, 8, 64, 0), 64));
    CHECK(holds(THERE, 64, 1, 8) && holds(THERE + 64, 36, 1, 64));
    clean();
    become(thread(W_TCB));
    return true;
}

/* Lengths, offsets and pages at random, against the same copy made byte by byte. */
static bool at_random(void)
{
    static unsigned char model[2][PAGES * 4096];

    begin(PAGES * PAGE_BYTES | BOTH);
    fill(HERE, PAGES * PAGE_BYTES, 1);
    fill(THERE, PAGES * PAGE_BYTES, 2);
    memcpy(model[0], memory(HERE), sizeof(model[0]));
    memcpy(model[1], memory(THERE), sizeof(model[1]));
    for (unsigned i = 0; i < 300; i++) {
        word_t at = random_below(PAGES * PAGE_BYTES), offset = random_below(PAGES * PAGE_BYTES);
        word_t room = PAGES * PAGE_BYTES - (at > offset ? at : offset);
        word_t bytes = random_below(room + 1), done = 0;
        bool is_write = random_below(2) != 0;
        unsigned char *to = is_write ? model[1] + offset : model[0] + at;

        host.preempt_every = random_below(3);
        memmove(to, is_write ? model[0] + at : model[1] + offset, bytes);
        while (done < bytes) {
            struct result r = copy(HERE + at + done, offset + done, bytes - done,
                                   is_write ? MYELIN_COPY_WRITE : 0);

            CHECK(r.result <= MYELIN_COPY_AGAIN && r.done > 0 && r.done <= bytes - done);
            done += r.done;
        }
        CHECK(memcmp(model[0], memory(HERE), sizeof(model[0])) == 0);
        CHECK(memcmp(model[1], memory(THERE), sizeof(model[1])) == 0);
    }
    host.preempt_every = 0;
    clean();
    become(thread(W_TCB));
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "window: every alignment and length, both ways", every_alignment },
        { "window: the fast path copies the same, or nothing", fast_is_the_same },
        { "window: the fast path answers the same", fast_answers },
        { "window: the window's rights", rights },
        { "window: pieces that do not lie in it", ranges },
        { "window: windows that wrap or are the kernel's", wrapping },
        { "window: two of them", two_windows },
        { "window: none, or too many", wrong_counts },
        { "window: pages that are missing or read-only, on both sides", missing_pages },
        { "window: it stops for an interrupt, with progress", interrupts },
        { "window: a vector of pieces", pieces },
        { "window: a vector without an IPC buffer", no_buffer },
        { "window: nobody waits there, or not for this", nobody },
        { "window: both sides are the same memory", overlapping },
        { "window: at random, against a model", at_random },
    };

    return RUN_CASES(argc, argv, cases);
}
