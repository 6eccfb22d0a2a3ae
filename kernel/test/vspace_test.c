/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host tests of kernel/arch/x86_64's address spaces, ASIDs, I/O ports and interrupt issue. If one
 * fails, a user can reach memory that was taken from it, or gets another error than the interface
 * says. Every refused request is also checked to have changed nothing.
 *
 * Needs no core: what the files under test want of it is played below. Compiled with
 *     -Ikernel/test/x86_64 -Ikernel -Ikernel/arch/x86_64 -Ibuild/<config>
 * together with arch_object.c asid.c frames.c ioport.c irq_control.c vspace.c and the core's
 * refusal.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch_irq.h"
#include "asid.h"
#include "cpu_init.h"
#include "cspace.h"
#include "derive.h"
#include "ioapic.h"
#include "ioport.h"
#include "irq.h"
#include "panic.h"
#include "preempt.h"
#include "tlb.h"
#include "vspace.h"

/* --- the machine and the core, played --- */

char test_ram[TEST_RAM_BYTES] __attribute__((aligned(4096)));
uint64_t shown_pml4[TABLE_ENTRIES];
unsigned preempt_work;
struct cpu cpus[CONFIG_MAX_NUM_NODES];
struct trampoline trampolines[CONFIG_MAX_NUM_NODES];
struct cpu_features cpu_features = { .has_huge_pages = true };
const char *volatile panic_cause;
unsigned ioapic_count = 1;

#define KERNEL_CR3 0x1000u

static word_t cr3 = KERNEL_CR3;
static unsigned page_flushes, space_flushes, space_loads;
static word_t flushed_asid;
static bool has_pcid;         /* of the processor that is played */
static struct slot slots[64]; /* the capabilities; test_root's CNode */
static struct tcb caller;
static word_t buffer[128]; /* its IPC buffer */
static bool irq_issued[256];
static struct slot *has_copy, *has_children;

void panic(const char *cause, const char *file, unsigned line)
{
    printf("Bail out! %s:%u: %s\n", file, line, cause);
    exit(1);
}

void tlb_load(word_t value)
{
    cr3 = value;
    space_loads++;
}

#define KEEP BIT(63)

word_t tlb_cr3(paddr_t pml4, word_t asid)
{
    return has_pcid ? pml4 | asid | KEEP : pml4;
}

void tlb_flush_page(word_t asid, bool is_loaded, uaddr_t va)
{
    (void)va;
    page_flushes += has_pcid || is_loaded;
    flushed_asid = asid;
}

void tlb_flush_space(word_t asid, bool is_loaded)
{
    space_flushes += has_pcid || is_loaded;
    flushed_asid = asid;
}

uint32_t port_read(uint16_t port, unsigned width_bytes)
{
    return port << 8 | width_bytes;
}

void port_write(uint16_t port, unsigned width_bytes, uint32_t value)
{
    (void)port, (void)width_bytes, (void)value;
}

unsigned ioapic_pin_count(unsigned ioapic)
{
    return 24 + ioapic;
}

void arch_irq_set_ioapic(unsigned irq, unsigned ioapic, unsigned pin, bool is_level, bool is_low)
{
    (void)irq, (void)ioapic, (void)pin, (void)is_level, (void)is_low;
}

void arch_irq_set_msi(unsigned irq)
{
    (void)irq;
}

bool irq_is_issued(word_t irq)
{
    return irq_issued[irq];
}

void irq_issue(word_t irq, struct slot *dest, struct slot *control)
{
    (void)control;
    irq_issued[irq] = true;
    dest->cap = cap_make(CAP_IRQ_HANDLER, 0, 0, irq);
}

void arch_zero(void *p, size_t size_bytes)
{
    memset(p, 0, size_bytes);
}

void slot_insert(struct slot *dest, struct cap c, struct slot *src, bool is_original)
{
    (void)src, (void)is_original;
    dest->cap = c;
}

bool slot_is_last(const struct slot *s)
{
    return s != has_copy;
}

bool slot_has_children(const struct slot *s)
{
    return s == has_children;
}

/* slots[0] is the root, indices are slots, depth is 64 */
struct slot *cspace_lookup_dest(struct inv *inv, const struct slot *node, unsigned word)
{
    struct slot *s = &slots[inv_arg(inv, word)];

    if (!cap_is(node->cap, CAP_CNODE))
        inv_lookup(inv, false, (struct lookup_failure){ .type = LF_INVALID_ROOT });
    else if (inv_arg(inv, word + 1) != 64)
        inv_range(inv, 1, 64);
    else if (!slot_is_empty(s))
        inv_delete_first(inv);
    else
        return s;
    return NULL;
}

static word_t answer[3];

void inv_ret(struct inv *inv, unsigned i, word_t value)
{
    (void)inv;
    answer[i] = value;
}

/* the same root, as far as slots go */
struct slot *cspace_lookup_run(struct inv *inv, bool in_source, const struct slot *node,
                               word_t index, word_t depth, word_t count)
{
    (void)in_source, (void)node, (void)depth;
    if (count - 1 < 64 - index)
        return &slots[index];
    inv_range(inv, 1, 64 - index);
    return NULL;
}

void slot_remove(struct slot *s)
{
    *s = (struct slot){ { 0, 0 }, NULL, 0 };
}

static bool is_interrupted;
static unsigned work;

bool preempt_point(unsigned units)
{
    work += units;
    if (!is_interrupted || work < CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION)
        return false;
    work = 0;
    return true;
}

/* --- the tests' own tools --- */

enum {
    S_ROOT,
    S_SPACE,
    S_POOL,
    S_ASIDS,
    S_PORTS,
    S_IRQS,
    S_PDPT,
    S_DIR,
    S_TABLE,
    S_TABLE2,
    S_FRAME,
    S_FRAME2,
    S_LARGE,
    S_HUGE,
    S_SPACE2,
    S_UNTYPED,
    S_FREE, /* and what follows is empty */
};

#define NO_SLOT 0u
#define VA UINT64_C(0x10000000000)
#define RW 3u

static unsigned case_count, fail_count;

static void check(bool ok, const char *name, unsigned line)
{
    case_count++;
    fail_count += !ok;
    printf("%sok %u - %s\n", ok ? "" : "not ", case_count, name);
    if (!ok)
        printf("# line %u\n", line);
}

#define CHECK(name, cond) check(cond, name, __LINE__)

static char ram_before[TEST_RAM_BYTES];
static struct slot slots_before[64];

struct result {
    uint8_t err;
    word_t a, b;
    bool clean; /* nothing changed */
};

/* Make a request to slot `on`, with up to two capabilities. */
static struct result request(unsigned on, word_t label, unsigned cap0, unsigned cap1,
                             unsigned length, const word_t *words)
{
    struct inv inv = { .caller = &caller,
                       .slot = &slots[on],
                       .cap = slots[on].cap,
                       .label = label,
                       .length = length };
    enum inv_result r;

    caller.ipc_source = buffer + BUF_AHEAD;
    for (unsigned i = 0; i < length && i < MSG_REGS; i++)
        arch_set_msg_reg(&caller, i, words[i]);
    for (unsigned i = MSG_REGS; i < length; i++)
        buffer[BUF_AHEAD + i - MSG_REGS] = words[i];
    if (cap0 != NO_SLOT)
        inv.extra[0] = &slots[cap0];
    if (cap1 != NO_SLOT)
        inv.extra[1] = &slots[cap1 - 1];
    inv.extra_count = (cap0 != NO_SLOT) + (cap1 != NO_SLOT);
    memcpy(ram_before, test_ram, sizeof(test_ram));
    memcpy(slots_before, slots, sizeof(slots));
    if (cap_is(inv.cap, CAP_CNODE))
        r = arch_frames_perform(&inv);
    else
        r = cap_is(inv.cap, CAP_IRQ_CONTROL) ? arch_irq_control_perform(&inv)
                                             : arch_inv_perform(&inv);
    if (r == INV_ERR && inv.err == ERR_FAILED_LOOKUP) {
        inv.err_a = inv.lookup.type;
        inv.err_b = inv.lookup.bits_left;
    }
    return (struct result){ r == INV_OK ? ERR_NONE : inv.err, inv.err_a, inv.err_b,
                            memcmp(ram_before, test_ram, sizeof(test_ram)) == 0 &&
                                memcmp(slots_before, slots, sizeof(slots)) == 0 };
}

#define ROOT (S_ROOT + 1u) /* as a second capability: slot numbers plus one, so that 0 is none */
#define WORDS(...)                                                                                 \
    sizeof((word_t[]){ __VA_ARGS__ }) / sizeof(word_t), (word_t[])                                 \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define REQUEST(on, label, cap0, cap1, ...) request(on, label, cap0, cap1, WORDS(__VA_ARGS__))
#define OK(name, ...) CHECK(name, REQUEST(__VA_ARGS__).err == ERR_NONE)

static bool is_refusal(struct result r, uint8_t err, word_t a, word_t b)
{
    if (r.err != err || r.a != a || r.b != b || !r.clean)
        printf("# error %u %lu %lu, %s\n", r.err, r.a, r.b,
               r.clean ? "nothing changed" : "something changed");
    return r.err == err && r.a == a && r.b == b && r.clean;
}

#define REFUSED(name, err, a, b, ...) CHECK(name, is_refusal(REQUEST(__VA_ARGS__), err, a, b))

static void set_up(void)
{
    static const uint8_t types[] = { OBJ_X86_PDPT,       OBJ_X86_PAGE_DIRECTORY,
                                     OBJ_X86_PAGE_TABLE, OBJ_X86_PAGE_TABLE,
                                     OBJ_X86_4K,         OBJ_X86_4K };

    memset(test_ram, 0, sizeof(test_ram));
    memset(slots, 0, sizeof(slots));
    shown_pml4[TABLE_PHYSMAP_ENTRY] = 1;
    shown_pml4[TABLE_IMAGE_ENTRY] = 2;
    cr3 = KERNEL_CR3;
    this_trampoline()->kernel_cr3 = KERNEL_CR3;
    this_cpu()->arch.cr3 = KERNEL_CR3;
    slots[S_ROOT].cap = cap_cnode(slots, 6, 0, 58);
    vspace_boot_root(0x2000, 0x3000, &slots[S_SPACE].cap, &slots[S_POOL].cap);
    slots[S_ASIDS].cap = cap_object(CAP_ASID_CONTROL, NULL);
    slots[S_PORTS].cap = cap_object(CAP_IOPORT_CONTROL, NULL);
    slots[S_IRQS].cap = cap_make(CAP_IRQ_CONTROL, 0, 0, 0);
    for (unsigned i = 0; i < sizeof(types); i++)
        slots[S_PDPT + i].cap = arch_object_cap(types[i], 0x10000 + 0x1000 * i, false);
    slots[S_LARGE].cap = arch_object_cap(OBJ_X86_LARGE_PAGE, 0x200000, false);
    slots[S_HUGE].cap = arch_object_cap(OBJ_X86_HUGE_PAGE, 0x40000000, true);
    arch_object_init(OBJ_X86_PML4, 0x20000);
    slots[S_SPACE2].cap = arch_object_cap(OBJ_X86_PML4, 0x20000, false);
    slots[S_UNTYPED].cap = cap_untyped(0x21000, 12, false, 0);
}

/* slots[S_SPACE] gets all tables for VA */
static void map_tables(void)
{
    (void)REQUEST(S_PDPT, INV_X86_PDPT_MAP, S_SPACE, 0, VA, 0);
    (void)REQUEST(S_DIR, INV_X86_PAGE_DIRECTORY_MAP, S_SPACE, 0, VA, 0);
    (void)REQUEST(S_TABLE, INV_X86_PAGE_TABLE_MAP, S_SPACE, 0, VA, 0);
}

/* What the entry for va in a table of this level is; 0 also when there is no such table. */
static uint64_t entry_at(unsigned space, uaddr_t va, unsigned level)
{
    unsigned bits_left;
    const uint64_t *e = vspace_entry(cap_ptr(slots[space].cap), va, level, &bits_left);

    return e == NULL ? 0 : *e;
}

/* --- frames --- */

static void frame_errors(void)
{
    set_up();
    REFUSED("page_map: truncated wins", ERR_TRUNCATED_MESSAGE, 0, 0, S_FRAME, INV_X86_PAGE_MAP,
            S_FRAME2, 0, VA, RW);
    REFUSED("page_map: no capability", ERR_TRUNCATED_MESSAGE, 0, 0, S_FRAME, INV_X86_PAGE_MAP, 0, 0,
            VA, RW, 0);
    REFUSED("page_map: not a space", ERR_INVALID_CAPABILITY, 1, 0, S_FRAME, INV_X86_PAGE_MAP,
            S_FRAME2, 0, VA, RW, 0);
    REFUSED("page_map: space without ASID, before the address", ERR_INVALID_CAPABILITY, 1, 0,
            S_FRAME, INV_X86_PAGE_MAP, S_SPACE2, 0, ~0ul, RW, 0);
    REFUSED("page_map: kernel address before alignment", ERR_INVALID_ARGUMENT, 0, 0, S_FRAME,
            INV_X86_PAGE_MAP, S_SPACE, 0, 0xffff800000000001, RW, 0);
    REFUSED("page_map: user top", ERR_INVALID_ARGUMENT, 0, 0, S_FRAME, INV_X86_PAGE_MAP, S_SPACE, 0,
            USER_TOP, RW, 0);
    REFUSED("page_map: large page over user top", ERR_INVALID_ARGUMENT, 0, 0, S_LARGE,
            INV_X86_PAGE_MAP, S_SPACE, 0, 0x7fffffe00000, RW, 0);
    REFUSED("page_map: alignment before missing tables", ERR_ALIGNMENT, 0, 0, S_FRAME,
            INV_X86_PAGE_MAP, S_SPACE, 0, VA + 1, RW, 0);
    REFUSED("page_map: no PDPT", ERR_FAILED_LOOKUP, LF_MISSING_CAPABILITY, 39, S_FRAME,
            INV_X86_PAGE_MAP, S_SPACE, 0, VA, RW, 0);
    (void)REQUEST(S_PDPT, INV_X86_PDPT_MAP, S_SPACE, 0, VA, 0);
    REFUSED("page_map: no directory", ERR_FAILED_LOOKUP, LF_MISSING_CAPABILITY, 30, S_FRAME,
            INV_X86_PAGE_MAP, S_SPACE, 0, VA, RW, 0);
    (void)REQUEST(S_DIR, INV_X86_PAGE_DIRECTORY_MAP, S_SPACE, 0, VA, 0);
    REFUSED("page_map: no table", ERR_FAILED_LOOKUP, LF_MISSING_CAPABILITY, 21, S_FRAME,
            INV_X86_PAGE_MAP, S_SPACE, 0, VA, RW, 0);
    (void)REQUEST(S_TABLE, INV_X86_PAGE_TABLE_MAP, S_SPACE, 0, VA, 0);
    REFUSED("page_map: large page over a table", ERR_DELETE_FIRST, 0, 0, S_LARGE, INV_X86_PAGE_MAP,
            S_SPACE, 0, VA, RW, 0);
    REFUSED("page_map: another label", ERR_ILLEGAL_OPERATION, 0, 0, S_FRAME, INV_X86_PAGE_TABLE_MAP,
            S_SPACE, 0, VA, RW, 0);
    REFUSED("PML4: no requests", ERR_ILLEGAL_OPERATION, 0, 0, S_SPACE, INV_X86_PAGE_MAP, S_SPACE, 0,
            VA, RW, 0);
}

static void frame_entries(void)
{
    const uint64_t at = 0x14000;

    set_up();
    map_tables();
    OK("page_map", S_FRAME, INV_X86_PAGE_MAP, S_SPACE, 0, VA, RW, 0);
    CHECK("page_map: readable, writable", (entry_at(S_SPACE, VA, 1) & ~0x60ul) == (at | 7));
    OK("page_map: remap read-only", S_FRAME, INV_X86_PAGE_MAP, S_SPACE, 0, VA, RIGHT_READ, 4);
    CHECK("page_map: remapped, write combining",
          (entry_at(S_SPACE, VA, 1) & ~0x60ul) == (at | 5 | PTE_PAT_4K));
    OK("page_map: write-only", S_FRAME, INV_X86_PAGE_MAP, S_SPACE, 0, VA, RIGHT_WRITE, 0);
    CHECK("page_map: write-only is inaccessible",
          (entry_at(S_SPACE, VA, 1) & (PTE_USER | PTE_WRITE)) == 0);
    OK("page_map: execute never", S_FRAME, INV_X86_PAGE_MAP, S_SPACE, 0, VA, RW, BIT(31));
    CHECK("page_map: execute never sets the bit", entry_at(S_SPACE, VA, 1) & PTE_NO_EXECUTE);
    slots[S_FRAME2].cap = arch_cap_mask_rights(slots[S_FRAME2].cap, RIGHT_READ);
    OK("page_map: rights of the capability limit", S_FRAME2, INV_X86_PAGE_MAP, S_SPACE, 0,
       VA + 0x1000, ~0ul, ~BIT(31));
    CHECK("page_map: read-only capability", !(entry_at(S_SPACE, VA + 0x1000, 1) & PTE_WRITE));
    OK("page_map: large", S_LARGE, INV_X86_PAGE_MAP, S_SPACE, 0, VA + 0x200000, RW, 4);
    CHECK("page_map: large entry",
          (entry_at(S_SPACE, VA + 0x200000, 2) & ~0x60ul) == (0x200000 | 0x87 | BIT(12) /* PAT */));
    OK("page_map: huge", S_HUGE, INV_X86_PAGE_MAP, S_SPACE, 0, VA + 0x40000000, RW, 0);
    CHECK("page_map: huge entry",
          (entry_at(S_SPACE, VA + 0x40000000, 3) & ~0x60ul) == (0x40000000 | 0x87 | PTE_DEVICE));
    REFUSED("page_table_map: below a large page", ERR_DELETE_FIRST, 0, 0, S_TABLE2,
            INV_X86_PAGE_TABLE_MAP, S_SPACE, 0, VA + 0x200000, 0);
    OK("page_get_address", S_LARGE, INV_X86_PAGE_GET_ADDRESS, 0, 0, 0);
    CHECK("page_get_address: physical", answer[0] == 0x200000);
}

static void frame_remap(void)
{
    set_up();
    map_tables();
    (void)REQUEST(S_POOL, INV_X86_ASID_POOL_ASSIGN, S_SPACE2, 0, 0);
    (void)REQUEST(S_FRAME, INV_X86_PAGE_MAP, S_SPACE, 0, VA, RW, 0);
    REFUSED("page_map: mapped in another space, before the address", ERR_INVALID_CAPABILITY, 1, 0,
            S_FRAME, INV_X86_PAGE_MAP, S_SPACE2, 0, ~0ul, RW, 0);
    REFUSED("page_map: mapped elsewhere, before range and alignment", ERR_INVALID_ARGUMENT, 0, 0,
            S_FRAME, INV_X86_PAGE_MAP, S_SPACE, 0, ~0ul, RW, 0);
    OK("page_map: another page gives way", S_FRAME2, INV_X86_PAGE_MAP, S_SPACE, 0, VA, RW, 0);
    OK("page_unmap: out of date", S_FRAME, INV_X86_PAGE_UNMAP, 0, 0, 0);
    CHECK("page_unmap: leaves what is not its own (V-1)",
          (entry_at(S_SPACE, VA, 1) & PTE_ADDRESS) == 0x15000);
    CHECK("page_unmap: capability is unmapped", !cap_is_mapped(slots[S_FRAME].cap));
    OK("page_unmap: of what is not mapped", S_FRAME, INV_X86_PAGE_UNMAP, 0, 0, 0);
    CHECK("frame: copy is unmapped",
          arch_cap_derive(&slots[S_FRAME2].cap) == ERR_NONE && !cap_is_mapped(slots[S_FRAME2].cap));
}

/* --- runs of frames --- */

enum { VA_TO = 0x100000 };

/* Share count frames from S_FRAME on, read-only at VA + VA_TO; was that the answer? */
static bool share_is(unsigned count, word_t done, word_t why)
{
    OK("share", S_ROOT, MYELIN_INV_CNODE_SHARE_FRAMES, S_SPACE, S_SPACE + 1, S_FRAME, 64, count,
       S_FREE, 64, VA + VA_TO, RIGHT_READ, 0, MYELIN_SHARE_PROTECT_SOURCE);
    return answer[0] == done && answer[1] == why;
}

static void runs(void)
{
    set_up();
    map_tables();
    cpus[0].arch.cr3 = cr3 = ptr_to_paddr(cap_ptr(slots[S_SPACE].cap));
    (void)REQUEST(S_FRAME, INV_X86_PAGE_MAP, S_SPACE, 0, VA, RW, 0);
    (void)REQUEST(S_FRAME2, INV_X86_PAGE_MAP, S_SPACE, 0, VA + 0x1000, RIGHT_READ, 1);
    page_flushes = 0;
    CHECK("share: a large page has to be aligned", share_is(3, 2, MYELIN_FRAMES_ADDRESS));
    CHECK("share: copies are mapped",
          (entry_at(S_SPACE, VA + VA_TO + 0x1000, 1) & ~0x60ul) == (0x15000 | 5));
    CHECK("share: the sources are read-only, as they were otherwise",
          (entry_at(S_SPACE, VA, 1) & ~0x60ul) == (0x14000 | 5) &&
              (entry_at(S_SPACE, VA + 0x1000, 1) & ~0x60ul) == (0x15000 | 5 | PTE_PWT));
    CHECK("share: only what has changed is flushed (V-4)", page_flushes == 1);
    OK("protect", S_ROOT, MYELIN_INV_CNODE_PROTECT_FRAMES, 0, 0, S_FRAME, 64, 3, RW);
    CHECK("protect: up to what is not mapped",
          answer[0] == 2 && answer[1] == MYELIN_FRAMES_NOT_MAPPED && page_flushes == 3);
    CHECK("protect: writable, the memory type as it was",
          (entry_at(S_SPACE, VA + 0x1000, 1) & ~0x60ul) == (0x15000 | 7 | PTE_PWT));
    OK("delete", S_ROOT, MYELIN_INV_CNODE_DELETE_FRAMES, 0, 0, S_FREE, 64, 64 - S_FREE);
    CHECK("delete: copies are gone", answer[0] == 64 - S_FREE && slot_is_empty(&slots[S_FREE]) &&
                                         entry_at(S_SPACE, VA + VA_TO, 1) == 0);
    CHECK("delete: and flushed (V-4)", page_flushes == 5);
}

#define SHARE S_ROOT, MYELIN_INV_CNODE_SHARE_FRAMES

/* Does the share of one frame, to va, end so? */
static bool share_one_ends(word_t va, word_t why)
{
    return request(SHARE, S_SPACE, S_SPACE + 1, WORDS(S_FRAME, 64, 1, S_FREE, 64, va, RW, 0, 0))
                   .err == ERR_NONE &&
           answer[0] == 0 && answer[1] == why;
}

static void run_ends(void)
{
    set_up();
    CHECK("share: no table there", share_one_ends(VA, MYELIN_FRAMES_NO_TABLE) && answer[2] == 39);
    map_tables();
    CHECK("share: not a user's address", share_one_ends(BIT(63), MYELIN_FRAMES_ADDRESS));
    (void)REQUEST(S_FRAME2, INV_X86_PAGE_MAP, S_SPACE, 0, VA, RW, 0);
    CHECK("share: something is mapped there", share_one_ends(VA, MYELIN_FRAMES_IN_USE));
    slots[S_FREE].cap = slots[S_PDPT].cap;
    CHECK("share: the slot is full", share_one_ends(VA, MYELIN_FRAMES_SLOT_FULL));
    slots[S_FREE].cap = cap_null();
    OK("protect: a table", S_ROOT, MYELIN_INV_CNODE_PROTECT_FRAMES, 0, 0, S_TABLE, 64, 1, RW);
    CHECK("protect: is no frame", answer[0] == 0 && answer[1] == MYELIN_FRAMES_NO_FRAME);
    OK("delete: a table", S_ROOT, MYELIN_INV_CNODE_DELETE_FRAMES, 0, 0, S_TABLE, 64, 1);
    CHECK("delete: is no frame", answer[0] == 0 && answer[1] == MYELIN_FRAMES_NO_FRAME);
    slots[S_FRAME].cap = slots[S_TABLE].cap;
    CHECK("share: no frame", share_one_ends(VA, MYELIN_FRAMES_NO_FRAME));
}

static void run_errors(void)
{
    const unsigned label = MYELIN_INV_CNODE_SHARE_FRAMES;

    set_up();
    map_tables();
    REFUSED("frames: no such operation", ERR_ILLEGAL_OPERATION, 0, 0, S_ROOT,
            INV_X86_PAGE_TABLE_MAP, 0, 0, S_FRAME, 64, 1, RW);
    REFUSED("share: too short", ERR_TRUNCATED_MESSAGE, 0, 0, S_ROOT, label, S_SPACE, S_SPACE + 1,
            S_FRAME, 64, 1);
    REFUSED("share: no address space", ERR_TRUNCATED_MESSAGE, 0, 0, S_ROOT, label, S_SPACE, 0,
            S_FRAME, 64, 1, S_FREE, 64, VA, RW, 0, 0);
    REFUSED("share: a space without an ASID", ERR_INVALID_CAPABILITY, 2, 0, S_ROOT, label, S_SPACE,
            S_SPACE2 + 1, S_FRAME, 64, 1, S_FREE, 64, VA, RW, 0, 0);
    REFUSED("share: flags that are none", ERR_RANGE, 0, MYELIN_SHARE_PROTECT_SOURCE, S_ROOT, label,
            S_SPACE, S_SPACE + 1, S_FRAME, 64, 1, S_FREE, 64, VA, RW, 0,
            MYELIN_SHARE_PROTECT_SOURCE + 1);
    REFUSED("protect: too short", ERR_TRUNCATED_MESSAGE, 0, 0, S_ROOT,
            MYELIN_INV_CNODE_PROTECT_FRAMES, 0, 0, S_FRAME, 64, 1);
    REFUSED("delete: too short", ERR_TRUNCATED_MESSAGE, 0, 0, S_ROOT,
            MYELIN_INV_CNODE_DELETE_FRAMES, 0, 0, S_FRAME, 64);
}

/* Requests with a label of another object. */
static void wrong_labels(void)
{
    set_up();
    REFUSED("asid control: another's label", ERR_ILLEGAL_OPERATION, 0, 0, S_ASIDS, INV_X86_PAGE_MAP,
            S_UNTYPED, ROOT, S_FREE, 64);
    REFUSED("asid control: too short", ERR_TRUNCATED_MESSAGE, 0, 0, S_ASIDS,
            INV_X86_ASID_CONTROL_MAKE_POOL, S_UNTYPED, ROOT, S_FREE);
    REFUSED("asid pool: another's label", ERR_ILLEGAL_OPERATION, 0, 0, S_POOL, INV_X86_PAGE_MAP,
            S_SPACE2, 0, 0);
    REFUSED("port control: another's label", ERR_ILLEGAL_OPERATION, 0, 0, S_PORTS, INV_X86_PAGE_MAP,
            S_ROOT, 0, 0, 0, S_FREE, 64);
    REFUSED("frame: another's label", ERR_ILLEGAL_OPERATION, 0, 0, S_FRAME, INV_X86_PDPT_MAP,
            S_SPACE, 0, VA, 0, 0);
}

static void fills(void)
{
    set_up();
    memset(paddr_to_ptr(0x15000), 0x5a, BIT(12));
    OK("copy: a page", S_FRAME, MYELIN_INV_X86_PAGE_COPY, S_FRAME2, 0, 0);
    CHECK("copy: it is done", answer[0] == BIT(12) && answer[1] == MYELIN_FRAMES_DONE &&
                                  memcmp(paddr_to_ptr(0x14000), paddr_to_ptr(0x15000), 4096) == 0);
    OK("zero: a page", S_FRAME, MYELIN_INV_X86_PAGE_ZERO, 0, 0, 0);
    CHECK("zero: only that",
          *(char *)paddr_to_ptr(0x14fff) == 0 && *(char *)paddr_to_ptr(0x15000) == 0x5a);
    REFUSED("zero: no offset", ERR_TRUNCATED_MESSAGE, 0, 0, S_FRAME, MYELIN_INV_X86_PAGE_ZERO, 0,
            0, );
    REFUSED("copy: of nothing", ERR_TRUNCATED_MESSAGE, 0, 0, S_FRAME, MYELIN_INV_X86_PAGE_COPY,
            NO_SLOT, NO_SLOT, 0);
    REFUSED("copy: of another size", ERR_INVALID_CAPABILITY, 1, 0, S_FRAME,
            MYELIN_INV_X86_PAGE_COPY, S_LARGE, 0, 0);
    REFUSED("copy: of no frame", ERR_INVALID_CAPABILITY, 1, 0, S_FRAME, MYELIN_INV_X86_PAGE_COPY,
            S_TABLE, 0, 0);
    REFUSED("zero: a device's", ERR_INVALID_CAPABILITY, 0, 0, S_HUGE, MYELIN_INV_X86_PAGE_ZERO, 0,
            0, 0);
    REFUSED("zero: an odd offset", ERR_ALIGNMENT, 0, 0, S_FRAME, MYELIN_INV_X86_PAGE_ZERO, 0, 0, 8);
    REFUSED("zero: behind the end", ERR_RANGE, 0, 0, S_FRAME, MYELIN_INV_X86_PAGE_ZERO, 0, 0,
            BIT(12));
    slots[S_FRAME].cap = cap_frame(0x14000, FRAME_4K, RIGHT_READ, false);
    REFUSED("zero: read-only", ERR_INVALID_CAPABILITY, 0, 0, S_FRAME, MYELIN_INV_X86_PAGE_ZERO, 0,
            0, 0);
}

/* Without an end, an interrupt could wait for as long as a user likes. */
static void runs_interrupted(void)
{
    set_up();
    is_interrupted = true;
    work = 0;
    OK("delete", S_ROOT, MYELIN_INV_CNODE_DELETE_FRAMES, 0, 0, S_FREE, 64, 64 - S_FREE);
    CHECK("delete: stops for an interrupt", answer[0] == 34 && answer[1] == MYELIN_FRAMES_AGAIN);
    OK("zero", S_LARGE, MYELIN_INV_X86_PAGE_ZERO, 0, 0, 0);
    CHECK("zero: stops for an interrupt", answer[0] == BIT(14) && answer[1] == MYELIN_FRAMES_AGAIN);
    OK("zero: the end", S_LARGE, MYELIN_INV_X86_PAGE_ZERO, 0, 0, BIT(21) - BIT(12));
    CHECK("zero: is done", answer[0] == BIT(12) && answer[1] == MYELIN_FRAMES_DONE);
    is_interrupted = false;
}

/* V-4 */
static void flushes(void)
{
    struct cap frame;

    set_up();
    map_tables();
    (void)REQUEST(S_FRAME, INV_X86_PAGE_MAP, S_SPACE, 0, VA, RW, 0);
    page_flushes = space_flushes = 0;
    (void)REQUEST(S_FRAME, INV_X86_PAGE_MAP, S_SPACE, 0, VA, RIGHT_READ, 0);
    CHECK("tlb: space not loaded, no flush", page_flushes == 0 && space_flushes == 0);
    cpus[0].arch.cr3 = cr3 = ptr_to_paddr(cap_ptr(slots[S_SPACE].cap));
    (void)REQUEST(S_FRAME, INV_X86_PAGE_MAP, S_SPACE, 0, VA, RW, 0);
    CHECK("tlb: remap flushes", page_flushes == 1);
    frame = slots[S_FRAME].cap;
    CHECK("frame: deleted",
          arch_cap_finalise(frame, false) && entry_at(S_SPACE, VA, 1) == 0 && page_flushes == 2);
    CHECK("page table: deleted",
          arch_cap_finalise(slots[S_TABLE].cap, true) && entry_at(S_SPACE, VA, 2) == 0);
    CHECK("tlb: table gone, all flushed", space_flushes == 1 && cr3 == cpus[0].arch.cr3);
    CHECK("PML4: copy deleted", arch_cap_finalise(slots[S_SPACE].cap, false) &&
                                    asid_space_of(slots[S_SPACE].cap) != NULL);
    CHECK("PML4: deleted while loaded",
          arch_cap_finalise(slots[S_SPACE].cap, true) && cr3 == KERNEL_CR3);
    CHECK("PML4: ASID is free", asid_lookup(1) == NULL);
}

/*
 * With PCIDs a space keeps its translations while another is loaded, so it is told of every change.
 */
static void pcids(void)
{
    static struct tcb t;

    has_pcid = true;
    set_up();
    map_tables();
    t.slots[TCB_VSPACE].cap = slots[S_SPACE].cap;
    arch_space_refresh(&t);
    CHECK("pcid: a space is loaded with its ASID, and drops nothing",
          t.space.cr3 ==
              (ptr_to_paddr(cap_ptr(slots[S_SPACE].cap)) | cap_asid(slots[S_SPACE].cap) | KEEP));
    cpus[0].arch.cr3 = cr3 = t.space.cr3;
    vspace_unload(cap_ptr(slots[S_SPACE2].cap), 0);
    CHECK("pcid: the loaded space is known", cr3 == t.space.cr3);
    cpus[0].arch.cr3 = cr3 = KERNEL_CR3;
    (void)REQUEST(S_FRAME, INV_X86_PAGE_MAP, S_SPACE, 0, VA, RW, 0);
    page_flushes = space_flushes = 0;
    (void)REQUEST(S_FRAME, INV_X86_PAGE_UNMAP, 0, 0, 0);
    CHECK("pcid: unmapping flushes a page of a space that is not loaded",
          page_flushes == 1 && flushed_asid == cap_asid(slots[S_SPACE].cap));
    CHECK("pcid: a table goes, all of the space is flushed",
          arch_cap_finalise(slots[S_TABLE].cap, true) && space_flushes == 1 &&
              flushed_asid == cap_asid(slots[S_SPACE].cap));
    CHECK("pcid: a space goes, its ASID can be another's",
          arch_cap_finalise(slots[S_SPACE].cap, true) && space_flushes == 2);
    has_pcid = false;
}

/* --- tables --- */

static void table_errors(void)
{
    set_up();
    REFUSED("pdpt_map: truncated", ERR_TRUNCATED_MESSAGE, 0, 0, S_PDPT, INV_X86_PDPT_MAP, S_SPACE,
            0, VA);
    REFUSED("pdpt_map: not a space, before the address", ERR_INVALID_CAPABILITY, 1, 0, S_PDPT,
            INV_X86_PDPT_MAP, S_FRAME, 0, ~0ul, 0);
    REFUSED("pdpt_map: kernel address", ERR_INVALID_ARGUMENT, 0, 0, S_PDPT, INV_X86_PDPT_MAP,
            S_SPACE, 0, 0xffff800000000000, 0);
    REFUSED("page_directory_map: no PDPT", ERR_FAILED_LOOKUP, LF_MISSING_CAPABILITY, 39, S_DIR,
            INV_X86_PAGE_DIRECTORY_MAP, S_SPACE, 0, VA, 0);
    OK("pdpt_map: address is cut", S_PDPT, INV_X86_PDPT_MAP, S_SPACE, 0, VA + 0x1234, 0);
    CHECK("pdpt_map: recorded cut",
          cap_uaddr(slots[S_PDPT].cap) == VA && cap_asid(slots[S_PDPT].cap) == 1);
    REFUSED("pdpt_map: mapped, before the space", ERR_INVALID_CAPABILITY, 0, 0, S_PDPT,
            INV_X86_PDPT_MAP, S_FRAME, 0, VA, 0);
    REFUSED("page_table_map: no directory", ERR_FAILED_LOOKUP, LF_MISSING_CAPABILITY, 30, S_TABLE,
            INV_X86_PAGE_TABLE_MAP, S_SPACE, 0, VA, 0);
    (void)REQUEST(S_DIR, INV_X86_PAGE_DIRECTORY_MAP, S_SPACE, 0, VA, 0);
    (void)REQUEST(S_TABLE, INV_X86_PAGE_TABLE_MAP, S_SPACE, 0, VA, 0);
    REFUSED("page_table_map: taken", ERR_DELETE_FIRST, 0, 0, S_TABLE2, INV_X86_PAGE_TABLE_MAP,
            S_SPACE, 0, VA, 0);
    REFUSED("page_table: another's label", ERR_ILLEGAL_OPERATION, 0, 0, S_TABLE2, INV_X86_PDPT_MAP,
            S_SPACE, 0, VA, 0);
    has_copy = &slots[S_TABLE];
    REFUSED("page_table_unmap: has copies", ERR_REVOKE_FIRST, 0, 0, S_TABLE,
            INV_X86_PAGE_TABLE_UNMAP, 0, 0, 0);
    has_copy = NULL;
}

static void table_unmapping(void)
{
    struct cap c;

    set_up();
    c = slots[S_TABLE].cap;
    CHECK("page table: unmapped, no copy", arch_cap_derive(&c) == ERR_ILLEGAL_OPERATION);
    map_tables();
    c = slots[S_TABLE].cap;
    CHECK("page table: mapped, copy",
          arch_cap_derive(&c) == ERR_NONE && c.w1 == slots[S_TABLE].cap.w1);
    (void)REQUEST(S_FRAME, INV_X86_PAGE_MAP, S_SPACE, 0, VA, RW, 0);
    OK("page_table_unmap", S_TABLE, INV_X86_PAGE_TABLE_UNMAP, 0, 0, 0);
    CHECK("page_table_unmap: empties it (V-2)", *(uint64_t *)cap_ptr(slots[S_TABLE].cap) == 0);
    CHECK("page_table_unmap: unlinked", entry_at(S_SPACE, VA, 2) == 0);
    OK("page_table_unmap: again", S_TABLE, INV_X86_PAGE_TABLE_UNMAP, 0, 0, 0);
    REFUSED("page_map: remap, table gone", ERR_FAILED_LOOKUP, LF_MISSING_CAPABILITY, 21, S_FRAME,
            INV_X86_PAGE_MAP, S_SPACE, 0, VA, RW, 0);
    (void)REQUEST(S_TABLE2, INV_X86_PAGE_TABLE_MAP, S_SPACE, 0, VA, 0);
    table_unmap(c);
    CHECK("table_unmap: leaves another table (V-1)",
          (entry_at(S_SPACE, VA, 2) & PTE_ADDRESS) == 0x13000);
    OK("page_directory_unmap", S_DIR, INV_X86_PAGE_DIRECTORY_UNMAP, 0, 0, 0);
    OK("pdpt_unmap", S_PDPT, INV_X86_PDPT_UNMAP, 0, 0, 0);
    CHECK("pdpt_unmap: space is empty", entry_at(S_SPACE, VA, 4) == 0);
}

/* --- ASIDs --- */

static void pools(void)
{
    set_up();
    REFUSED("make_pool: truncated", ERR_TRUNCATED_MESSAGE, 0, 0, S_ASIDS,
            INV_X86_ASID_CONTROL_MAKE_POOL, S_UNTYPED, 0, S_FREE, 64);
    REFUSED("make_pool: no untyped, before the root", ERR_INVALID_CAPABILITY, 1, 0, S_ASIDS,
            INV_X86_ASID_CONTROL_MAKE_POOL, S_FRAME, S_FRAME + 1, S_FREE, 64);
    slots[S_UNTYPED].cap = cap_untyped(0x21000, 12, true, 0);
    REFUSED("make_pool: device", ERR_INVALID_CAPABILITY, 1, 0, S_ASIDS,
            INV_X86_ASID_CONTROL_MAKE_POOL, S_UNTYPED, ROOT, S_FREE, 64);
    slots[S_UNTYPED].cap = cap_untyped(0x20000, 13, false, 0);
    REFUSED("make_pool: size", ERR_INVALID_CAPABILITY, 1, 0, S_ASIDS,
            INV_X86_ASID_CONTROL_MAKE_POOL, S_UNTYPED, ROOT, S_FREE, 64);
    slots[S_UNTYPED].cap = cap_untyped(0x21000, 12, false, 16);
    *(uint64_t *)paddr_to_ptr(0x21000) = 1;
    has_children = &slots[S_UNTYPED];
    REFUSED("make_pool: in use, before the root", ERR_REVOKE_FIRST, 0, 0, S_ASIDS,
            INV_X86_ASID_CONTROL_MAKE_POOL, S_UNTYPED, S_FRAME + 1, S_FREE, 64);
    has_children = NULL;
    REFUSED("make_pool: root", ERR_FAILED_LOOKUP, LF_INVALID_ROOT, 0, S_ASIDS,
            INV_X86_ASID_CONTROL_MAKE_POOL, S_UNTYPED, S_FRAME + 1, S_FREE, 64);
    REFUSED("make_pool: occupied", ERR_DELETE_FIRST, 0, 0, S_ASIDS, INV_X86_ASID_CONTROL_MAKE_POOL,
            S_UNTYPED, ROOT, S_POOL, 64);
    OK("make_pool", S_ASIDS, INV_X86_ASID_CONTROL_MAKE_POOL, S_UNTYPED, ROOT, S_FREE, 64);
    CHECK("make_pool: used memory is zeroed", *(uint64_t *)paddr_to_ptr(0x21000) == 0);
    CHECK("make_pool: untyped is used up", slots[S_UNTYPED].cap.w1 == 4096);
    CHECK("make_pool: the second pool", slots[S_FREE].cap.w1 == 512);
    for (unsigned i = 1; i < 7; i++) {
        slots[S_UNTYPED].cap = cap_untyped(0x21000 + 0x1000 * i, 12, false, 0);
        (void)REQUEST(S_ASIDS, INV_X86_ASID_CONTROL_MAKE_POOL, S_UNTYPED, ROOT, S_FREE + i, 64);
    }
    REFUSED("make_pool: all exist, before the untyped", ERR_DELETE_FIRST, 0, 0, S_ASIDS,
            INV_X86_ASID_CONTROL_MAKE_POOL, S_FRAME, ROOT, S_FREE + 7, 64);
    for (unsigned i = 0; i < 7; i++)
        CHECK("pool: empty one is deleted at once", arch_cap_finalise(slots[S_FREE + i].cap, true));
}

static void assigning(void)
{
    set_up();
    REFUSED("assign: truncated", ERR_TRUNCATED_MESSAGE, 0, 0, S_POOL, INV_X86_ASID_POOL_ASSIGN, 0,
            0, 0);
    REFUSED("assign: no PML4", ERR_INVALID_CAPABILITY, 1, 0, S_POOL, INV_X86_ASID_POOL_ASSIGN,
            S_PDPT, 0, 0);
    REFUSED("assign: has one", ERR_INVALID_CAPABILITY, 1, 0, S_POOL, INV_X86_ASID_POOL_ASSIGN,
            S_SPACE, 0, 0);
    CHECK("PML4: no copy without ASID",
          arch_cap_derive(&slots[S_SPACE2].cap) == ERR_ILLEGAL_OPERATION);
    OK("assign", S_POOL, INV_X86_ASID_POOL_ASSIGN, S_SPACE2, 0, 0);
    CHECK("assign: ASID 2, never 0",
          cap_asid(slots[S_SPACE2].cap) == 2 && asid_space_of(slots[S_SPACE2].cap) != NULL);
    for (unsigned asid = 3; asid < 512; asid++) {
        slots[S_FREE].cap = cap_object(CAP_PML4, paddr_to_ptr(0x100000 + 0x1000 * asid));
        (void)REQUEST(S_POOL, INV_X86_ASID_POOL_ASSIGN, S_FREE, 0, 0);
    }
    slots[S_FREE].cap = cap_object(CAP_PML4, paddr_to_ptr(0x50000));
    REFUSED("assign: full", ERR_DELETE_FIRST, 0, 0, S_POOL, INV_X86_ASID_POOL_ASSIGN, S_FREE, 0, 0);
}

/* Has this PML4 the kernel's half? */
static bool shows_kernel(unsigned slot)
{
    return memcmp((uint64_t *)cap_ptr(slots[slot].cap) + 256, shown_pml4 + 256, 2048) == 0;
}

static void pool_deletion(void)
{
    unsigned pieces = 0;

    set_up();
    (void)REQUEST(S_POOL, INV_X86_ASID_POOL_ASSIGN, S_SPACE2, 0, 0);
    map_tables();
    (void)REQUEST(S_FRAME, INV_X86_PAGE_MAP, S_SPACE, 0, VA, RW, 0);
    cpus[0].arch.cr3 = cr3 = ptr_to_paddr(cap_ptr(slots[S_SPACE].cap));
    space_flushes = 0;
    while (!arch_cap_finalise(slots[S_POOL].cap, true))
        pieces++;
    CHECK("pool: deleted in pieces", pieces == 2);
    CHECK("pool: its spaces are emptied (AS-2)",
          entry_at(S_SPACE, VA, 4) == 0 && space_flushes == 1);
    CHECK("pool: the kernel's half stays", shows_kernel(S_SPACE));
    CHECK("PML4: has it from the beginning", shows_kernel(S_SPACE2));
    REFUSED("page_map: no pool, before alignment", ERR_FAILED_LOOKUP, LF_INVALID_ROOT, 0, S_FRAME2,
            INV_X86_PAGE_MAP, S_SPACE, 0, VA + 1, RW, 0);
    REFUSED("page_table_map: no pool", ERR_FAILED_LOOKUP, LF_INVALID_ROOT, 0, S_TABLE2,
            INV_X86_PAGE_TABLE_MAP, S_SPACE, 0, VA, 0);
    OK("page_unmap: space is gone", S_FRAME, INV_X86_PAGE_UNMAP, 0, 0, 0);
    OK("make_pool: index is free again", S_ASIDS, INV_X86_ASID_CONTROL_MAKE_POOL, S_UNTYPED, ROOT,
       S_FREE, 64);
    slots[S_FREE + 1].cap = arch_object_cap(OBJ_X86_PML4, 0x60000, false);
    OK("assign: an old ASID", S_FREE, INV_X86_ASID_POOL_ASSIGN, S_FREE + 1, 0, 0);
    REFUSED("page_map: ASID is another's", ERR_INVALID_CAPABILITY, 1, 0, S_FRAME2, INV_X86_PAGE_MAP,
            S_SPACE, 0, VA, RW, 0);
}

/* AS-3: threads of a space that lost its ASID with the pool still load it under that number. */
static void pool_deletion_pcids(void)
{
    static struct tcb t;
    word_t old;

    has_pcid = cpu_features.has_pcid = true;
    set_up();
    t.slots[TCB_VSPACE].cap = slots[S_SPACE].cap;
    arch_space_refresh(&t);
    old = cap_asid(slots[S_SPACE].cap);
    while (!arch_cap_finalise(slots[S_POOL].cap, true))
        continue;
    (void)REQUEST(S_ASIDS, INV_X86_ASID_CONTROL_MAKE_POOL, S_UNTYPED, ROOT, S_FREE, 64);
    OK("pcid: a pool in place of another", S_FREE, INV_X86_ASID_POOL_ASSIGN, S_SPACE2, 0, 0);
    CHECK("pcid: no two spaces are loaded under one number (AS-3)",
          cap_asid(slots[S_SPACE2].cap) != old && (t.space.cr3 & MASK(ASID_BITS)) == old);
    slots[S_FREE + 1].cap = arch_object_cap(OBJ_X86_PML4, 0x60000, false);
    CHECK("pcid: the old space is deleted", arch_cap_finalise(slots[S_SPACE].cap, true));
    OK("pcid: its number is free then", S_FREE, INV_X86_ASID_POOL_ASSIGN, S_FREE + 1, 0, 0);
    CHECK("pcid: and given",
          cap_asid(slots[S_FREE + 1].cap) == old && asid_space_of(slots[S_FREE + 1].cap) != NULL);
    has_pcid = cpu_features.has_pcid = false;
}

static void refresh(void)
{
    static struct tcb t;

    set_up();
    arch_space_refresh(&t);
    CHECK("space_refresh: no space", t.space.cr3 == 0);
    t.slots[TCB_VSPACE].cap = slots[S_SPACE].cap;
    space_loads = 0;
    arch_space_refresh(&t);
    CHECK("space_refresh: a space", t.space.cr3 == 0x2000 && space_loads == 0);
    cpus[0].current = &t;
    arch_space_refresh(&t);
    CHECK("space_refresh: the running thread's is loaded", cr3 == 0x2000);
    t.slots[TCB_VSPACE].cap = cap_null();
    arch_space_refresh(&t);
    CHECK("space_refresh: the running thread lost it", t.space.cr3 == 0 && cr3 == KERNEL_CR3);
    cpus[0].current = NULL;
}

/* --- ports and interrupts --- */

static void ports(void)
{
    set_up();
    REFUSED("issue: truncated", ERR_TRUNCATED_MESSAGE, 0, 0, S_PORTS, INV_X86_IO_PORT_CONTROL_ISSUE,
            S_ROOT + 16, 0, 1, 2, 3);
    REFUSED("issue: order of ports before the root", ERR_INVALID_ARGUMENT, 1, 0, S_PORTS,
            INV_X86_IO_PORT_CONTROL_ISSUE, S_FRAME, 0, 5, 4, S_FREE, 64);
    REFUSED("issue: root", ERR_FAILED_LOOKUP, LF_INVALID_ROOT, 0, S_PORTS,
            INV_X86_IO_PORT_CONTROL_ISSUE, S_FRAME, 0, 4, 5, S_FREE, 64);
    slots[S_FRAME2].cap = slots[S_ROOT].cap;
    OK("issue", S_PORTS, INV_X86_IO_PORT_CONTROL_ISSUE, S_FRAME2, 0, 0x3f, 0x41, S_FREE, 64);
    REFUSED("issue: taken, before the root", ERR_REVOKE_FIRST, 0, 0, S_PORTS,
            INV_X86_IO_PORT_CONTROL_ISSUE, S_FRAME, 0, 0x41, 0x1000, S_FREE + 1, 64);
    REFUSED("issue: all of them", ERR_REVOKE_FIRST, 0, 0, S_PORTS, INV_X86_IO_PORT_CONTROL_ISSUE,
            S_FRAME2, 0, 0, 0xffff, S_FREE + 1, 64);
    OK("issue: just below", S_PORTS, INV_X86_IO_PORT_CONTROL_ISSUE, S_FRAME2, 0, 0, 0x3e,
       S_FREE + 1, 64);
    OK("issue: just above", S_PORTS, INV_X86_IO_PORT_CONTROL_ISSUE, S_FRAME2, 0, 0x42, 0xffff,
       S_FREE + 2, 64);
    OK("in8", S_FREE, INV_X86_IO_PORT_IN8, 0, 0, 0x41);
    CHECK("in8: value", answer[0] == 0x4101);
    OK("in16", S_FREE, INV_X86_IO_PORT_IN16, 0, 0, 0x40);
    REFUSED("in16: beyond", ERR_ILLEGAL_OPERATION, 0, 0, S_FREE, INV_X86_IO_PORT_IN16, 0, 0, 0x41);
    REFUSED("in32: beyond", ERR_ILLEGAL_OPERATION, 0, 0, S_FREE, INV_X86_IO_PORT_IN32, 0, 0, 0x3f);
    REFUSED("in8: below", ERR_ILLEGAL_OPERATION, 0, 0, S_FREE, INV_X86_IO_PORT_IN8, 0, 0, 0x3e);
    REFUSED("in32: beyond the last port", ERR_ILLEGAL_OPERATION, 0, 0, S_FREE + 2,
            INV_X86_IO_PORT_IN32, 0, 0, 0xfffd);
    REFUSED("out8: truncated", ERR_TRUNCATED_MESSAGE, 0, 0, S_FREE, INV_X86_IO_PORT_OUT8, 0, 0,
            0x40);
    OK("out32: last ports", S_FREE + 2, INV_X86_IO_PORT_OUT32, 0, 0, 0xfffc, 1);
    for (unsigned i = 0; i < 3; i++)
        CHECK("ports: deleted", arch_cap_finalise(slots[S_FREE + i].cap, true));
    OK("issue: free again", S_PORTS, INV_X86_IO_PORT_CONTROL_ISSUE, S_FRAME2, 0, 0, 0xffff,
       S_FREE + 3, 64);
    CHECK("ports: original when issued",
          arch_cap_is_original(slots[S_FREE].cap, slots[S_PORTS].cap));
    CHECK("ports: a copy is not", !arch_cap_is_original(slots[S_FREE].cap, slots[S_FREE].cap));
    CHECK("ports: control has no copy",
          arch_cap_derive(&slots[S_PORTS].cap) == ERR_NONE && slot_is_empty(&slots[S_PORTS]));
}

#define IOAPIC INV_X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC
#define MSI INV_X86_IRQ_ISSUE_IRQ_HANDLER_MSI

static void interrupts(void)
{
    const unsigned root = S_FRAME2;

    set_up();
    slots[root].cap = slots[S_ROOT].cap;
    REFUSED("ioapic: truncated", ERR_TRUNCATED_MESSAGE, 0, 0, S_IRQS, IOAPIC, root, 0, S_FREE, 64,
            0, 1, 0, 0);
    REFUSED("ioapic: vector first", ERR_RANGE, 0, 107, S_IRQS, IOAPIC, S_FRAME, 0, S_FREE, 64, 1,
            24, 2, 2, 108);
    REFUSED("ioapic: then the root", ERR_FAILED_LOOKUP, LF_INVALID_ROOT, 0, S_IRQS, IOAPIC, S_FRAME,
            0, S_FREE, 64, 1, 24, 2, 2, 3);
    REFUSED("ioapic: then the slot", ERR_DELETE_FIRST, 0, 0, S_IRQS, IOAPIC, root, 0, S_FRAME, 64,
            1, 24, 2, 2, 3);
    REFUSED("ioapic: then the controller", ERR_RANGE, 0, 0, S_IRQS, IOAPIC, root, 0, S_FREE, 64, 1,
            24, 2, 2, 3);
    REFUSED("ioapic: then the pin", ERR_RANGE, 0, 23, S_IRQS, IOAPIC, root, 0, S_FREE, 64, 0, 24, 2,
            2, 3);
    REFUSED("ioapic: then level", ERR_RANGE, 0, 1, S_IRQS, IOAPIC, root, 0, S_FREE, 64, 0, 23, 2, 2,
            3);
    REFUSED("ioapic: then polarity", ERR_RANGE, 0, 1, S_IRQS, IOAPIC, root, 0, S_FREE, 64, 0, 23, 1,
            2, 3);
    OK("ioapic", S_IRQS, IOAPIC, root, 0, S_FREE, 64, 0, 23, 1, 1, 107);
    CHECK("ioapic: interrupt number", slots[S_FREE].cap.w1 == 123);
    REFUSED("msi: taken, before the slot", ERR_REVOKE_FIRST, 0, 0, S_IRQS, MSI, root, 0, S_FREE, 64,
            256, 32, 8, 0, 107);
    REFUSED("msi: bus", ERR_RANGE, 0, 255, S_IRQS, MSI, root, 0, S_FREE + 1, 64, 256, 32, 8, 0, 3);
    REFUSED("msi: device", ERR_RANGE, 0, 31, S_IRQS, MSI, root, 0, S_FREE + 1, 64, 255, 32, 8, 0,
            3);
    REFUSED("msi: function", ERR_RANGE, 0, 7, S_IRQS, MSI, root, 0, S_FREE + 1, 64, 255, 31, 8, 0,
            3);
    OK("msi", S_IRQS, MSI, root, 0, S_FREE + 1, 64, 255, 31, 7, ~0ul, 3);
    ioapic_count = 0;
    REFUSED("ioapic: there is none", ERR_ILLEGAL_OPERATION, 0, 0, S_IRQS, IOAPIC, root, 0,
            S_FREE + 2, 64, 0, 0, 0, 0, 4);
    REFUSED("msi: no ioapic", ERR_ILLEGAL_OPERATION, 0, 0, S_IRQS, MSI, root, 0, S_FREE + 2, 64, 0,
            0, 0, 0, 4);
    ioapic_count = 1;
}

int main(void)
{
    frame_errors();
    frame_entries();
    frame_remap();
    runs();
    run_ends();
    run_errors();
    wrong_labels();
    fills();
    runs_interrupted();
    flushes();
    pcids();
    table_errors();
    table_unmapping();
    pools();
    assigning();
    pool_deletion();
    pool_deletion_pcids();
    refresh();
    ports();
    interrupts();
    printf("1..%u\n", case_count);
    return fail_count != 0;
}
