/* SPDX-License-Identifier: BSD-2-Clause */
/* Our extension: windows, bulk data between a caller and whoever holds its reply object. */

#include "env.h"
#include <myelin/extension.h>
#include <myelin/window.h>

enum { PAGE = 4096, PAGES = 4, V = 0 };
#define MINE FREE_VADDR
#define THEIRS (FREE_VADDR + 0x100000)
#define HOLE (FREE_VADDR + 0x180000)

static seL4_CPtr endpoint, reply;
static struct thread *caller;

/* Calls with windows as the case has put them in here: registers, and how many. */
static struct {
    seL4_Word mr[4], count, length;
} call;

static seL4_Word caller_main(struct thread *self, seL4_Word dest, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    self->step = 1;
    for (int i = 0; i < 4; i++)
        seL4_SetMR(i, call.mr[i]);
    seL4_MessageInfo_t info = { { call.length | MYELIN_TAG_WINDOWS(call.count) } };
    seL4_Call(dest, info);
    self->step = 2;
    return 0;
}

/*
 * Two runs of pages: ours, and those that are the caller's windows (all are in our address space).
 */
static void map_pages(seL4_Word address, unsigned count, seL4_CapRights_t rights)
{
    vspace_add_tables(VSPACE, address);
    for (unsigned i = 0; i < count; i++)
        vspace_map(VSPACE, frame_new(), address + i * PAGE, rights);
}

static void call_with(seL4_Word a, seL4_Word a_length, seL4_Word b, seL4_Word b_length)
{
    call.mr[0] = a;
    call.mr[1] = a_length;
    call.mr[2] = b;
    call.mr[3] = b_length;
    call.count = a_length != 0 ? 2 : 1;
    call.length = 4;
    endpoint = endpoint_new();
    reply = reply_new();
    caller = thread_new(PRIO_HIGH);
    WORKS(myelin_TCB_SetExtensions(caller->tcb, MYELIN_EXT_WINDOWS));
    thread_start(caller, caller_main, endpoint, 0, 0);
    seL4_Recv(endpoint, NULL, reply);
}

static void begin(seL4_Word rights)
{
    if (!myelin_version(boot)) {
        test_skip("not our kernel");
    }
    map_pages(MINE, PAGES, seL4_ReadWrite);
    map_pages(THEIRS, PAGES, seL4_ReadWrite);
    call_with(0, 0, THEIRS, (PAGES * PAGE) | rights);
}

#define BOTH (MYELIN_WINDOW_READABLE | MYELIN_WINDOW_WRITABLE)

static void fill(seL4_Word address, seL4_Word bytes, unsigned seed)
{
    for (seL4_Word i = 0; i < bytes; i++)
        ((volatile unsigned char *)address)[i] = (unsigned char)(i * 7 + seed + (i >> 8));
}

static bool is_filled(seL4_Word address, seL4_Word bytes, unsigned seed, seL4_Word from)
{
    for (seL4_Word i = 0; i < bytes; i++) {
        seL4_Word n = i + from;

        if (((volatile unsigned char *)address)[i] != (unsigned char)(n * 7 + seed + (n >> 8)))
            return false;
    }
    return true;
}

/* As a server does: goes on when it was stopped for an interrupt. */
static myelin_CopyResult copy(seL4_Word local, seL4_Word offset, seL4_Word bytes, seL4_Word how)
{
    seL4_Word done = 0;
    myelin_CopyResult r;

    do {
        r = myelin_Copy(reply, (void *)(local + done), offset + done, bytes - done, how);
        done += r.bytes;
    } while (r.result == MYELIN_COPY_AGAIN);
    r.bytes = done;
    return r;
}

/* Several pieces, which are changed, as a server copies them. */
static myelin_CopyResult copy_pieces(myelin_Piece *pieces, seL4_Word count)
{
    seL4_Word all = 0;
    myelin_CopyResult r;

    for (;;) {
        r = myelin_CopyPieces(reply, pieces, count);
        all += r.bytes;
        if (r.result != MYELIN_COPY_AGAIN)
            break;
        for (; r.bytes >= pieces->bytes; pieces++, count--)
            r.bytes -= pieces->bytes;
        pieces->local = (char *)pieces->local + r.bytes;
        pieces->offset += r.bytes;
        pieces->bytes -= r.bytes;
    }
    r.bytes = all;
    return r;
}

#define COPIED(call, want)                                                                         \
    do {                                                                                           \
        myelin_CopyResult copied_ = (call);                                                        \
        CHECK_EQ(copied_.result, MYELIN_COPY_DONE);                                                \
        CHECK_EQ(copied_.bytes, want);                                                             \
    } while (0)

TEST(window_read, "window/reads-and-writes", "extension")
{
    static const seL4_Word lengths[] = { 1, 7, 8, 63, 4095, 4096, 4097, 9001 };

    begin(BOTH);
    for (unsigned i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        for (seL4_Word shift = 0; shift < 16; shift += 5) {
            fill(THEIRS, PAGES * PAGE, i);
            COPIED(copy(MINE + shift, 2 * shift, lengths[i], 0), lengths[i]);
            CHECK(is_filled(MINE + shift, lengths[i], i, 2 * shift));
            fill(MINE, PAGES * PAGE, 100 + i);
            COPIED(copy(MINE + shift, 3 * shift, lengths[i], MYELIN_COPY_WRITE), lengths[i]);
            CHECK(is_filled(THEIRS + 3 * shift, lengths[i], 100 + i, shift));
            CHECK(is_filled(THEIRS, 3 * shift, i, 0));
        }
    }
    COPIED(copy(MINE, 0, 0, 0), 0);
    COPIED(copy(MINE, PAGES * PAGE, 0, 0), 0);
    CHECK_EQ(caller->step, 1);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
    CHECK_EQ(caller->step, 2);
    CHECK_EQ(myelin_Copy(reply, (void *)MINE, 0, 8, 0).result, MYELIN_COPY_GONE);
}

TEST(window_rights, "window/rights-of-the-window", "extension")
{
    begin(MYELIN_WINDOW_READABLE);
    COPIED(copy(MINE, 0, 8, 0), 8);
    CHECK_EQ(copy(MINE, 0, 8, MYELIN_COPY_WRITE).result, MYELIN_COPY_RANGE);
    call_with(THEIRS, 64 | MYELIN_WINDOW_WRITABLE, THEIRS + 64, 64);
    COPIED(copy(MINE, 0, 8, MYELIN_COPY_WRITE), 8);
    CHECK_EQ(copy(MINE, 0, 8, 0).result, MYELIN_COPY_RANGE);
    CHECK_EQ(copy(MINE, 0, 8, 1).result, MYELIN_COPY_RANGE);
    CHECK_EQ(copy(MINE, 0, 8, 1 | MYELIN_COPY_WRITE).result, MYELIN_COPY_RANGE);
}

TEST(window_two, "window/two-of-them-in-one-call", "extension")
{
    begin(BOTH);
    call_with(THEIRS, 256 | MYELIN_WINDOW_READABLE, THEIRS + PAGE, 256 | MYELIN_WINDOW_WRITABLE);
    fill(THEIRS, 256, 1);
    myelin_Piece pieces[MYELIN_PIECES_MAX];
    for (unsigned i = 0; i < MYELIN_PIECES_MAX; i++)
        pieces[i] = (myelin_Piece){ .local = (void *)(MINE + i / 2 * 16),
                                    .offset = i / 2 * 16,
                                    .bytes = 16,
                                    .how = i % 2 != 0 ? 1 | MYELIN_COPY_WRITE : 0 };
    myelin_CopyResult r = copy_pieces(pieces, MYELIN_PIECES_MAX);
    CHECK_EQ(r.result, MYELIN_COPY_DONE);
    CHECK_EQ(r.bytes, MYELIN_PIECES_MAX * 16);
    CHECK(is_filled(THEIRS + PAGE, MYELIN_PIECES_MAX / 2 * 16, 1, 0));
    /* The second piece is wrong: the first is done, the third is not. */
    pieces[0] = pieces[1] = pieces[2] = (myelin_Piece){ .local = (void *)MINE, .bytes = 16 };
    pieces[1].offset = 250;
    r = copy_pieces(pieces, 3);
    CHECK_EQ(r.result, MYELIN_COPY_RANGE);
    CHECK_EQ(r.bytes, 16);
    CHECK_EQ(myelin_CopyPieces(reply, pieces, 0).result, MYELIN_COPY_DONE);
}

/* An interrupt is looked for between pieces, too. */
TEST(window_many_long, "window/many-long-pieces", "extension")
{
    myelin_Piece pieces[MYELIN_PIECES_MAX];

    begin(BOTH);
    fill(THEIRS, PAGES * PAGE, 3);
    for (unsigned i = 0; i < MYELIN_PIECES_MAX; i++)
        pieces[i] = (myelin_Piece){ .local = (void *)MINE, .bytes = PAGES * PAGE };
    myelin_CopyResult r = copy_pieces(pieces, MYELIN_PIECES_MAX);
    CHECK_EQ(r.result, MYELIN_COPY_DONE);
    CHECK_EQ(r.bytes, MYELIN_PIECES_MAX * PAGES * PAGE);
    CHECK(is_filled(MINE, PAGES * PAGE, 3, 0));
}

TEST(window_hostile, "window/hostile-numbers", "extension")
{
    static const seL4_Word words[] = { 1ul << 14, 1ul << 61, 1ul << 62, 1ul << 63, ~0ul, ~0ul - 7 };

    begin(BOTH);
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        CHECK_EQ(copy(MINE, words[i], 8, 0).result, MYELIN_COPY_RANGE);
        if (words[i] != PAGES * PAGE)
            CHECK_EQ(copy(MINE, 0, words[i], 0).result, MYELIN_COPY_RANGE);
        CHECK_EQ(copy(MINE, 8, words[i], 0).result, MYELIN_COPY_RANGE);
        CHECK_EQ(copy(MINE, 0, 8, words[i]).result, MYELIN_COPY_RANGE);
        /* our own side */
        if (words[i] != PAGES * PAGE)
            CHECK_EQ(copy(words[i], 0, 8, 0).result, MYELIN_COPY_LOCAL);
    }
    CHECK_EQ(copy(0xffff800000000000, 0, 8, MYELIN_COPY_WRITE).result, MYELIN_COPY_LOCAL);
    CHECK_EQ(copy(0x7ffffffff000, 0, 8, MYELIN_COPY_WRITE).result, MYELIN_COPY_LOCAL);
    CHECK_EQ(copy(MINE, 0, 8, 1).result, MYELIN_COPY_RANGE); /* there is one window only */
    /* windows that wrap, or are the kernel's */
    static const seL4_Word bases[] = { 0xffff800000000000, 0xffffffff80000000, ~0ul - 3, ~0ul, 0,
                                       0x800000000000,     0x7ffffffff000 };
    for (unsigned i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        call_with(0, 0, bases[i], 0x3ffffffffffffffful | BOTH);
        seL4_Word result = copy(MINE, 0, 8, 0).result;
        CHECK(result == MYELIN_COPY_WINDOW || result == MYELIN_COPY_RANGE);
        result = copy(MINE, 0, 8, MYELIN_COPY_WRITE).result;
        CHECK(result == MYELIN_COPY_WINDOW || result == MYELIN_COPY_RANGE);
        (void)copy(MINE, 0x3ffffffffffffff0ul, 8, 0);
    }
}

TEST(window_pages, "window/stops-at-a-page-that-is-not-there", "extension")
{
    begin(BOTH);
    vspace_add_tables(VSPACE, HOLE);
    seL4_CPtr first = frame_new(), last = frame_new(), read_only = frame_new();
    vspace_map(VSPACE, first, HOLE, seL4_ReadWrite);
    vspace_map(VSPACE, last, HOLE + 2 * PAGE, seL4_ReadWrite);
    vspace_map(VSPACE, read_only, HOLE + 3 * PAGE, seL4_CanRead);
    call_with(0, 0, HOLE, (4 * PAGE) | BOTH);
    myelin_CopyResult r = copy(MINE, 100, 2 * PAGE, 0);
    CHECK_EQ(r.result, MYELIN_COPY_WINDOW);
    CHECK_EQ(r.bytes, PAGE - 100);
    CHECK_EQ(r.address, HOLE + PAGE);
    COPIED(copy(MINE, 2 * PAGE, 2 * PAGE, 0), 2 * PAGE);
    r = copy(MINE, 2 * PAGE + 8, 2 * PAGE - 8, MYELIN_COPY_WRITE);
    CHECK_EQ(r.result, MYELIN_COPY_WINDOW);
    CHECK_EQ(r.address, HOLE + 3 * PAGE);
    CHECK_EQ(r.bytes, PAGE - 8);
    /* the same on our side */
    call_with(0, 0, THEIRS, (PAGES * PAGE) | BOTH);
    r = copy(HOLE + 2 * PAGE, 0, 2 * PAGE, 0);
    CHECK_EQ(r.result, MYELIN_COPY_LOCAL);
    CHECK_EQ(r.bytes, PAGE);
    CHECK_EQ(r.address, HOLE + 3 * PAGE);
    COPIED(copy(HOLE + 2 * PAGE, 0, 2 * PAGE, MYELIN_COPY_WRITE), 2 * PAGE);
    /* unmapped meanwhile */
    WORKS(seL4_X86_Page_Unmap(last));
    CHECK_EQ(copy(HOLE + 2 * PAGE, 0, 8, 0).result, MYELIN_COPY_LOCAL);
}

/* The kernel remembers the page table that a copy used: it must not use one that has gone. */
TEST(window_table, "window/page-table-taken-away", "extension")
{
    const seL4_Word at = HOLE + 0x200000; /* has the directory in common with HOLE */

    begin(BOTH);
    vspace_add_tables(VSPACE, HOLE);
    seL4_CPtr table = object_new(seL4_X86_PageTableObject, 0), frame = frame_new();
    WORKS(seL4_X86_PageTable_Map(table, VSPACE, at, seL4_X86_Default_VMAttributes));
    vspace_map(VSPACE, frame, at, seL4_ReadWrite);
    fill(THEIRS, PAGE, 3);
    COPIED(copy(at, 0, PAGE, 0), PAGE);
    COPIED(copy(at, 0, PAGE, 0), PAGE);
    WORKS(seL4_X86_PageTable_Unmap(table));
    CHECK_EQ(copy(at, 0, PAGE, 0).result, MYELIN_COPY_LOCAL);
    WORKS(seL4_X86_PageTable_Map(table, VSPACE, at, seL4_X86_Default_VMAttributes));
    CHECK_EQ(copy(at, 0, PAGE, 0).result, MYELIN_COPY_LOCAL);
    vspace_map(VSPACE, frame, at, seL4_ReadWrite);
    COPIED(copy(at, 0, PAGE, 0), PAGE);
    cap_delete(table);
    CHECK_EQ(copy(at, 0, PAGE, 0).result, MYELIN_COPY_LOCAL);
}

TEST(window_device, "window/device-memory", "extension")
{
    seL4_CPtr device;
    seL4_UntypedDesc desc;

    begin(BOTH);
    if (!device_untyped(12, &device, &desc)) {
        test_skip("no device region");
    }
    seL4_CPtr frame = slot_new();
    vspace_add_tables(VSPACE, HOLE);
    WORKS(seL4_Untyped_Retype(device, seL4_X86_4K, 0, CNODE, 0, 0, frame, 1));
    vspace_map(VSPACE, frame, HOLE, seL4_ReadWrite);
    CHECK_EQ(copy(HOLE, 0, 8, 0).result, MYELIN_COPY_LOCAL);
    call_with(0, 0, HOLE, 64 | BOTH);
    CHECK_EQ(copy(MINE, 0, 8, 0).result, MYELIN_COPY_WINDOW);
    CHECK_EQ(copy(MINE, 0, 8, MYELIN_COPY_WRITE).result, MYELIN_COPY_WINDOW);
    cap_delete(frame);
}

TEST(window_large, "window/large-pages", "extension")
{
    begin(BOTH);
    seL4_CPtr large = object_new(seL4_X86_LargePageObject, 0);
    const seL4_Word at = OTHER_VADDR;
    WORKS(seL4_X86_PDPT_Map(object_new(seL4_X86_PDPTObject, 0), VSPACE, at, 0));
    WORKS(seL4_X86_PageDirectory_Map(object_new(seL4_X86_PageDirectoryObject, 0), VSPACE, at, 0));
    vspace_map(VSPACE, large, at, seL4_ReadWrite);
    fill(at + 0x1ff000 - PAGE, 2 * PAGE, 5);
    call_with(0, 0, at, 0x200000 | BOTH);
    COPIED(copy(MINE + 3, 0x1ff000 - PAGE, 2 * PAGE, 0), 2 * PAGE);
    CHECK(is_filled(MINE + 3, 2 * PAGE, 5, 0));
    fill(MINE, PAGE, 9);
    COPIED(copy(MINE, 0x10001, PAGE, MYELIN_COPY_WRITE), PAGE);
    CHECK(is_filled(at + 0x10001, PAGE, 9, 0));
    COPIED(copy(at + 0x30000, 0x10001, PAGE, 0), PAGE);
    CHECK(is_filled(at + 0x30000, PAGE, 9, 0));
}

enum gone { SUSPENDED, DELETED, WRITTEN, NOT_OPTED_IN, RECEIVING, NOBODY, NO_WINDOWS, GONES };

static const char *gone_name(unsigned variant)
{
    static const char *const names[] = { "suspended",    "deleted",   "registers-written",
                                         "not-opted-in", "receiving", "nobody",
                                         "no-windows" };

    return names[variant];
}

static seL4_Word receiver_main(struct thread *self, seL4_Word source, seL4_Word object, seL4_Word c)
{
    (void)self, (void)c;
    seL4_Recv(source, NULL, object);
    return 0;
}

TEST_VARIANTS(window_gone, "window/nobody-there", "extension", GONES, gone_name)
{
    begin(BOTH);
    switch (variant) {
    case SUSPENDED: WORKS(seL4_TCB_Suspend(caller->tcb)); break;
    case DELETED: cap_delete(caller->tcb); break;
    case WRITTEN: {
        seL4_UserContext regs = { .rip = MINE };

        WORKS(seL4_TCB_WriteRegisters(caller->tcb, 0, 0, 1, &regs));
        break;
    }
    case NOT_OPTED_IN: WORKS(myelin_TCB_SetExtensions(caller->tcb, 0)); break;
    case RECEIVING:
        reply = reply_new();
        thread_run(PRIO_HIGH, receiver_main, endpoint, reply, 0);
        break;
    case NOBODY: reply = reply_new(); break;
    default:
        call_with(0, 0, THEIRS, 64 | BOTH);
        call.count = 0;
        thread_start(caller, caller_main, endpoint, 0, 0);
        break;
    }
    if (variant == NO_WINDOWS) {
        seL4_Recv(endpoint, NULL, reply);
        CHECK_EQ(copy(MINE, 0, 8, 0).result, MYELIN_COPY_RANGE);
    } else {
        CHECK_EQ(copy(MINE, 0, 8, 0).result, MYELIN_COPY_GONE);
        CHECK_EQ(copy(MINE, 0, 0, 0).result, MYELIN_COPY_GONE);
    }
}

TEST(window_no_reply, "window/no-reply-object", "extension")
{
    begin(BOTH);
    reply = endpoint;
    CHECK_EQ(copy(MINE, 0, 8, 0).result, MYELIN_COPY_NO_REPLY);
    reply = slot_new();
    CHECK_EQ(copy(MINE, 0, 8, 0).result, MYELIN_COPY_NO_REPLY);
}

/* The capability moves to another slot, where another thread finds it. */
static seL4_Word other_server_main(struct thread *self, seL4_Word object, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    self->value = myelin_Copy(object, (void *)MINE, 0, 64, 0).result;
    return 0;
}

TEST(window_moved, "window/reply-object-handed-on", "extension")
{
    begin(BOTH);
    seL4_CPtr moved = slot_new(), copied = cap_copy(reply);

    fill(THEIRS, 64, 3);
    WORKS(seL4_CNode_Move(CNODE, moved, DEPTH, CNODE, reply, DEPTH));
    struct thread *t = thread_run(PRIO_HIGH, other_server_main, moved, 0, 0);
    CHECK_EQ(t->value, MYELIN_COPY_DONE);
    CHECK(is_filled(MINE, 64, 3, 0));
    CHECK_EQ(myelin_Copy(copied, (void *)MINE, 0, 64, 0).result, MYELIN_COPY_DONE);
    cap_delete(moved);
    CHECK_EQ(myelin_Copy(copied, (void *)MINE, 0, 64, 0).result, MYELIN_COPY_DONE);
    cap_delete(copied);
    CHECK_EQ(myelin_TCB_GetWait(caller->tcb).kind, MYELIN_WAIT_NONE);
}

/* ---- interrupts ---- */

TEST(window_again, "window/stops-for-an-interrupt", "extension")
{
    myelin_Piece pieces[MYELIN_PIECES_MAX];
    myelin_CopyResult r = { MYELIN_COPY_DONE, 0, 0 };

    begin(BOTH);
    fill(THEIRS, PAGES * PAGE, 3);
    for (unsigned i = 0; i < MYELIN_PIECES_MAX; i++)
        pieces[i] = (myelin_Piece){ .local = (void *)MINE, .bytes = PAGES * PAGE };
    (void)thread_run(PRIO_HIGH, tick_forever, notification_new(), 0, 0);
    for (unsigned i = 0; i < 10000 && r.result == MYELIN_COPY_DONE; i++) {
        memset((void *)MINE, 0, PAGES * PAGE);
        r = myelin_CopyPieces(reply, pieces, MYELIN_PIECES_MAX);
        CHECK(is_filled(MINE, r.bytes < PAGES * PAGE ? r.bytes : PAGES * PAGE, 3, 0));
    }
    CHECK_EQ(r.result, MYELIN_COPY_AGAIN);
    CHECK(r.bytes > 0 && r.bytes < MYELIN_PIECES_MAX * PAGES * PAGE);
    /* From there on it is the rest, and nothing is done twice. */
    seL4_Word done = r.bytes % (PAGES * PAGE);
    fill(THEIRS, PAGES * PAGE, 9);
    COPIED(copy(MINE + done, done, PAGES * PAGE - done, 0), PAGES * PAGE - done);
    CHECK(is_filled(MINE, done, 3, 0));
    CHECK(is_filled(MINE + done, PAGES * PAGE - done, 9, done));
}

/* ---- other address spaces ---- */

/*
 * A thread with an address space and a CSpace of its own. It makes one system call and stops at
 * what is behind it. In each such space DATA is another page, which we have at `ours`.
 */
struct elsewhere {
    seL4_CPtr vspace, cnode, tcb, fault_ep;
    seL4_Word ours;
};

#define CODE 0x400000ul
#define DATA 0x401000ul
enum { NODE_BITS = 4, AT_OBJECT = 1 };

static struct elsewhere elsewhere_new(seL4_Word ours)
{
    static const unsigned char syscall_and_fault[] = { 0x0f, 0x05, 0x0f, 0x0b };
    struct elsewhere e = { .vspace = vspace_new(),
                           .cnode = cnode_new(NODE_BITS),
                           .tcb = object_new(seL4_TCBObject, 0),
                           .fault_ep = endpoint_new(),
                           .ours = ours };
    seL4_CPtr code = frame_new(), data = frame_new();

    vspace_map(VSPACE, code, ours, seL4_ReadWrite);
    memcpy((void *)ours, syscall_and_fault, sizeof(syscall_and_fault));
    WORKS(seL4_X86_Page_Unmap(code));
    vspace_add_tables(e.vspace, CODE);
    vspace_map(e.vspace, code, CODE, seL4_CanRead);
    vspace_map(e.vspace, data, DATA, seL4_ReadWrite);
    vspace_map(VSPACE, cap_copy(data), ours, seL4_ReadWrite);
    WORKS(seL4_TCB_Configure(e.tcb, e.cnode,
                             seL4_CNode_CapData_new(0, seL4_WordBits - NODE_BITS).words[0],
                             e.vspace, 0, 0, 0));
    WORKS(seL4_TCB_SetSchedParams(e.tcb, SELF, 0, PRIO_HIGH, sc_new(SLICE, SLICE), e.fault_ep));
    return e;
}

/* Let it make this call. */
static void elsewhere_call(const struct elsewhere *e, seL4_Word number, seL4_Word tag,
                           const seL4_Word mr[4])
{
    seL4_UserContext regs = { .rip = CODE,
                              .rflags = 0x202,
                              .rax = MYELIN_NATIVE,
                              .rdx = number,
                              .rdi = AT_OBJECT,
                              .rsi = tag,
                              .r10 = mr[0],
                              .r8 = mr[1],
                              .r9 = mr[2],
                              .r15 = mr[3] };

    WORKS(seL4_TCB_WriteRegisters(e->tcb, true, 0, sizeof(regs) / sizeof(seL4_Word), &regs));
}

/* What the copy that it has been let make has told it. */
static myelin_CopyResult copied_elsewhere(const struct elsewhere *e)
{
    seL4_UserContext regs;

    CHECK_EQ(seL4_MessageInfo_get_label(seL4_NBWait(e->fault_ep, NULL)), seL4_Fault_UserException);
    WORKS(seL4_TCB_ReadRegisters(e->tcb, false, 0, sizeof(regs) / sizeof(seL4_Word), &regs));
    return (myelin_CopyResult){ regs.rsi >> 12, regs.r10, regs.r8 };
}

/*
 * Caller, the server that has its call, and the one it hands the reply object to: in three address
 * spaces, two of which have something else at the same address.
 */
TEST(window_spaces, "window/between-address-spaces", "extension")
{
    begin(BOTH);
    vspace_add_tables(VSPACE, HOLE);
    struct elsewhere client = elsewhere_new(HOLE), server = elsewhere_new(HOLE + PAGE);
    const seL4_Word window[4] = { 0, 0, DATA, PAGE | BOTH },
                    out_of_it[4] = { DATA + 64, 128, 512, 0 },
                    into_it[4] = { DATA + 1024, 2048, 512, MYELIN_COPY_WRITE };

    reply = reply_new();
    endpoint = endpoint_new();
    WORKS(seL4_CNode_Copy(client.cnode, AT_OBJECT, NODE_BITS, CNODE, endpoint, DEPTH,
                          seL4_AllRights));
    WORKS(myelin_TCB_SetExtensions(client.tcb, MYELIN_EXT_WINDOWS));
    elsewhere_call(&client, (seL4_Word)seL4_SysCall, 4 | MYELIN_TAG_WINDOWS(1), window);
    seL4_Recv(endpoint, NULL, reply);
    /* by the one who has the call */
    fill(HOLE, PAGE, 1);
    fill(HOLE + PAGE, PAGE, 2);
    COPIED(copy(MINE + 8, 100, 1000, 0), 1000);
    CHECK(is_filled(MINE + 8, 1000, 1, 100));
    /* by another one, in its CSpace */
    WORKS(seL4_CNode_Move(server.cnode, AT_OBJECT, NODE_BITS, CNODE, reply, DEPTH));
    CHECK_EQ(copy(MINE, 0, 8, 0).result, MYELIN_COPY_NO_REPLY);
    elsewhere_call(&server, (seL4_Word)MYELIN_SYS_COPY, 4, out_of_it);
    COPIED(copied_elsewhere(&server), 512);
    CHECK(is_filled(HOLE + PAGE + 64, 512, 1, 128));
    CHECK(is_filled(HOLE + PAGE, 64, 2, 0));
    CHECK(is_filled(HOLE, PAGE, 1, 0));
    elsewhere_call(&server, (seL4_Word)MYELIN_SYS_COPY, 4, into_it);
    COPIED(copied_elsewhere(&server), 512);
    CHECK(is_filled(HOLE + 2048, 512, 2, 1024));
    CHECK(is_filled(HOLE, 2048, 1, 0));
    /* what only we have mapped is neither the client's nor the server's */
    const seL4_Word ours[4] = { MINE, 0, 8, 0 };
    elsewhere_call(&server, (seL4_Word)MYELIN_SYS_COPY, 4, ours);
    myelin_CopyResult r = copied_elsewhere(&server);
    CHECK_EQ(r.result, MYELIN_COPY_LOCAL);
    CHECK_EQ(r.address, MINE);
    /* and it is who answers */
    elsewhere_call(&server, (seL4_Word)MYELIN_SYS_REPLY, 0, ours);
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_NBWait(client.fault_ep, NULL)),
             seL4_Fault_UserException);
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_NBWait(server.fault_ep, NULL)),
             seL4_Fault_UserException);
    elsewhere_call(&server, (seL4_Word)MYELIN_SYS_COPY, 4, out_of_it);
    CHECK_EQ(copied_elsewhere(&server).result, MYELIN_COPY_GONE);
}
