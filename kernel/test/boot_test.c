/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host tests of what runs before there is a user: the first program's file (kernel/elf.c), the root
 * task made of it (kernel/boot.c), and what both stand on: kernel/klog.c, kernel/kstring.c and
 * kernel/panic.c. If one fails, the first program finds other capabilities or another memory than
 * it is told, or the kernel says something else than it means.
 *
 * The processor's part, address spaces and threads are played below. RAM is an array; what lies
 * behind it is never touched.
 */
#include "boot.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "bootinfo.h"
#include "derive.h"
#include "elf.h"
#include "panic.h"
#include "sched.h"
#include "schedctx.h"
#include "tests/unit/tap.h"
#include "vspace.h"

#define memcpy own_memcpy
#define memset own_memset
#define memcmp own_memcmp
#include "kstring.c"
#undef memcpy
#undef memset
#undef memcmp

#define PAGE BIT(12)
#define SLOT_COUNT BIT(CONFIG_ROOT_CNODE_SIZE_BITS)

/* --- the machine, played --- */

char test_ram[TEST_RAM_BYTES] __attribute__((aligned(4096)));
uint64_t shown_pml4[TABLE_ENTRIES];
struct cpu cpus[CONFIG_MAX_NUM_NODES];

static char log_text[4096];
static size_t log_bytes;
static jmp_buf stopped;
static unsigned backtraces;

void arch_putchar(char c)
{
    if (log_bytes < sizeof(log_text) - 1)
        log_text[log_bytes++] = c;
    log_text[log_bytes] = '\0';
}

NORETURN void arch_halt(void)
{
    longjmp(stopped, 1);
}

void arch_backtrace(void)
{
    backtraces++;
}

static void log_clear(void)
{
    log_bytes = 0;
    log_text[0] = '\0';
}

static bool log_is(const char *text)
{
    return strcmp(log_text, text) == 0;
}

/* --- what boot.c takes, and has made --- */

static struct range_list taken, cleared;
static struct slot *cnode; /* where slot 0 is */

struct mapped {
    uaddr_t va;
    paddr_t paddr;
    unsigned level; /* of a table's entries; 0: a frame */
};
static struct mapped mapped[SLOT_COUNT];
static unsigned mapped_count;

static struct tcb *made_thread;
static struct sched_context *made_context;
static ticks_t made_slice;
static word_t made_ip, made_argument;
static unsigned made_prio, wakes;
static struct cap thread_caps[8];

void arch_zero(void *p, size_t size_bytes)
{
    paddr_t at = ptr_to_paddr(p);

    ranges_add(&taken, at, at + size_bytes);
    if (at + size_bytes <= TEST_RAM_BYTES)
        memset(p, 0, size_bytes);
}

void arch_boot_clear(paddr_t start, paddr_t end)
{
    ranges_add(&cleared, start, end);
}

void slot_insert_root(struct slot *dest, struct cap c)
{
    dest->cap = c;
}

static struct cap map(uaddr_t va, paddr_t paddr, unsigned level)
{
    mapped[mapped_count] = (struct mapped){ va, paddr, level };
    return cap_make(level == 0 ? CAP_FRAME : CAP_PAGE_TABLE, level, mapped_count++, 0);
}

void vspace_boot_root(paddr_t pml4, paddr_t asid_pool, struct cap *pml4_cap, struct cap *pool_cap)
{
    *pml4_cap = cap_make(CAP_PML4, 0, pml4, 0);
    *pool_cap = cap_make(CAP_ASID_POOL, 0, asid_pool, 0);
}

struct cap vspace_boot_table(struct cap pml4_cap, unsigned level, paddr_t table, uaddr_t va)
{
    (void)pml4_cap;
    return map(va, table, level);
}

struct cap vspace_boot_frame(struct cap pml4_cap, paddr_t frame, uaddr_t va)
{
    (void)pml4_cap;
    return map(va, frame, 0);
}

void tcb_init(struct tcb *t)
{
    made_thread = t;
}

uint8_t slot_derive(const struct slot *src, struct cap c, struct cap *out)
{
    *out = cap_make(cap_type(c), cap_attr(c), (word_t)(src - cnode), 7);
    return ERR_NONE;
}

enum inv_result tcb_set_slot(struct tcb *t, enum tcb_slot which, struct cap c, struct slot *src)
{
    (void)t, (void)src;
    thread_caps[which] = c;
    return INV_OK;
}

void sched_set_prio(struct tcb *t, uint8_t prio)
{
    (void)t;
    made_prio = prio;
}

void sched_context_boot(struct sched_context *sc, struct tcb *t, ticks_t slice)
{
    (void)t;
    made_context = sc;
    made_slice = slice;
}

void sched_wake(struct tcb *t)
{
    wakes += t == made_thread && t->state == THREAD_RUNNABLE;
}

void arch_set_ip(struct tcb *t, word_t ip)
{
    (void)t;
    made_ip = ip;
}

void arch_set_boot_argument(struct tcb *t, word_t value)
{
    (void)t;
    made_argument = value;
}

ticks_t arch_us_to_ticks(word_t us)
{
    return 3 * us;
}

#define RECORDS_BYTES (16u + 16u) /* of the one that is always there */
#define FIRST_ID 77u

/* One that leaves room for 24 bytes, one that is too long for these, one that fits, one more. */
void arch_boot_extra(void)
{
    static uint8_t payload[PAGE];

    memset(payload, 0x5a, sizeof(payload));
    boot_extra_record(FIRST_ID, payload, PAGE - RECORDS_BYTES - 16 - 24);
    boot_extra_record(FIRST_ID + 1, payload, 9);
    boot_extra_record(FIRST_ID + 2, payload, 8);
    boot_extra_record(FIRST_ID + 3, payload, 0);
}

/* --- files --- */

#define FILE_AT 0x200010u /* in RAM; loaders need not align it */
#define FILE_BYTES 0x3000u
#define IMAGE 0x5fd000u /* reaches into the second page table */
#define FIRST_VA (IMAGE + 0x10)
#define LAST_VA (IMAGE + 0x3000)
#define LAST_BYTES 0x2345u

static uint8_t *const file = (uint8_t *)test_ram + FILE_AT;

static struct elf_header *header(void)
{
    return (struct elf_header *)file;
}

static struct elf_segment *segment(unsigned i)
{
    return (struct elf_segment *)(file + sizeof(struct elf_header)) + i;
}

/*
 * Two segments to load with a hole of a page between them, and one that is none of the kernel's. A
 * fourth, in the hole, is not counted, and would be wrong.
 */
static void file_make(void)
{
    for (unsigned i = 0; i < FILE_BYTES; i++)
        file[i] = (uint8_t)(i ^ i >> 8);
    *header() = (struct elf_header){ .type = ELF_TYPE_EXEC,
                                     .machine = ELF_MACHINE_X86_64,
                                     .entry = FIRST_VA,
                                     .phoff = sizeof(struct elf_header),
                                     .phentsize = sizeof(struct elf_segment),
                                     .phnum = 3 };
    memcpy(header()->ident, "\177ELF", 4);
    header()->ident[ELF_IDENT_CLASS] = ELF_CLASS_64;
    header()->ident[ELF_IDENT_DATA] = ELF_DATA_LITTLE_ENDIAN;
    *segment(0) = (struct elf_segment){ .type = ELF_SEGMENT_LOAD,
                                        .offset = 0x800,
                                        .vaddr = FIRST_VA,
                                        .filesz = 0x1800,
                                        .memsz = 0x1800 };
    *segment(1) = (struct elf_segment){ .type = ELF_SEGMENT_NOTE, .vaddr = 1, .memsz = 1 };
    *segment(2) = (struct elf_segment){ .type = ELF_SEGMENT_LOAD,
                                        .offset = FILE_BYTES - 0x10,
                                        .vaddr = LAST_VA,
                                        .filesz = 0x10,
                                        .memsz = LAST_BYTES };
    *segment(3) = (struct elf_segment){
        .type = ELF_SEGMENT_LOAD, .vaddr = IMAGE + 0x2000, .filesz = 0x100, .memsz = 0x100
    };
}

#define LIMIT BIT(32)

/* What is said of the file, if it has size_bytes. */
static const char *said(word_t size_bytes)
{
    struct elf_file f;
    uaddr_t start, end;
    const char *wrong = elf_open(&f, file, size_bytes);

    return wrong != NULL ? wrong : elf_extent(&f, LIMIT, &start, &end);
}

static bool is_said(const char *what)
{
    const char *wrong = said(FILE_BYTES);
    bool good = what == NULL ? wrong == NULL : wrong != NULL && strstr(wrong, what) != NULL;

    if (!good)
        printf("# %s instead of %s\n", wrong, what);
    file_make();
    return good;
}

static bool header_cases(void)
{
    static const char *const no_elf = "not an ELF file", *const foreign = "not for this machine";
    bool good = is_said(NULL);

    good &= strcmp(said(63), "too short") == 0 && strstr(said(64), "headers") != NULL;
    for (unsigned i = 0; i < 4; i++) {
        header()->ident[i] ^= 1;
        good &= is_said(no_elf);
    }
    header()->ident[ELF_IDENT_CLASS] = 1;
    good &= is_said(foreign);
    header()->ident[ELF_IDENT_DATA] = 2;
    good &= is_said(foreign);
    header()->machine = 3;
    good &= is_said(foreign);
    header()->type = 3;
    good &= is_said("not a static executable");
    header()->phentsize++;
    good &= is_said("program headers");
    return good;
}

/* Program headers that end where the file does, and a byte behind. */
static bool table_cases(void)
{
    bool good = true;

    header()->phoff = FILE_BYTES - 3 * sizeof(struct elf_segment);
    memmove(file + header()->phoff, segment(0), 3 * sizeof(struct elf_segment));
    segment(2)->filesz = 0;
    good &= is_said(NULL);
    header()->phoff = FILE_BYTES - 3 * sizeof(struct elf_segment) + 1;
    good &= is_said("program headers");
    header()->phoff = FILE_BYTES;
    header()->phnum = 0;
    good &= is_said("empty");
    header()->phoff = FILE_BYTES + 1;
    header()->phnum = 0;
    good &= is_said("program headers");
    return good;
}

static bool segment_cases(void)
{
    static const char *const outside = "outside the file", *const beyond = "outside user";
    bool good = true;

    segment(2)->memsz = segment(2)->filesz;
    good &= is_said(NULL);
    segment(2)->memsz = segment(2)->filesz - 1;
    good &= is_said(outside);
    segment(2)->offset++;
    good &= is_said(outside);
    segment(2)->offset = FILE_BYTES + 1;
    segment(2)->filesz = 0;
    good &= is_said(outside);
    segment(2)->offset = FILE_BYTES;
    segment(2)->filesz = 0;
    good &= is_said(NULL);
    segment(2)->vaddr = LIMIT - LAST_BYTES;
    good &= is_said(NULL);
    segment(2)->vaddr = LIMIT - LAST_BYTES + 1;
    good &= is_said(beyond);
    segment(2)->vaddr = LIMIT;
    segment(2)->filesz = segment(2)->memsz = 0; /* nothing to load */
    good &= is_said(NULL);
    segment(2)->vaddr = LIMIT;
    good &= is_said(beyond);
    segment(0)->memsz = segment(2)->memsz = 0;
    good &= is_said("empty");
    return good;
}

static bool entry_cases(void)
{
    static const char *const outside = "entry point";
    bool good = true;

    header()->entry = IMAGE - 1;
    good &= is_said(outside);
    header()->entry = IMAGE;
    good &= is_said(NULL);
    header()->entry = IMAGE + 0x6000 - 1;
    good &= is_said(NULL);
    header()->entry = IMAGE + 0x6000;
    good &= is_said(outside);
    return good;
}

/* --- booting --- */

static struct boot_info info;

#define RAM_LOW 0x100000u /* the kernel's image is there, up to KERNEL_END */
#define KERNEL_END 0x123456u
#define HIGH BIT(28) /* more RAM, behind the array */
#define HIGH_BYTES (BIT(24) + 5 * PAGE)
#define HOLE 0xfee00000u

static void forget(void)
{
    memset(&taken, 0, sizeof(taken));
    memset(&cleared, 0, sizeof(cleared));
    memset(thread_caps, 0, sizeof(thread_caps));
    /* the lowest place in RAM that is free and aligned */
    cnode = paddr_to_ptr(align_up(KERNEL_END, CONFIG_ROOT_CNODE_SIZE_BITS + SLOT_BITS));
    mapped_count = wakes = 0;
    log_clear();
}

/* The kernel starts with what is in info. False: it stopped, and has said why. */
static bool boot(void)
{
    forget();
    if (setjmp(stopped) != 0)
        return false;
    boot_memory_init(&info);
    boot_memory_reserve(RAM_LOW, KERNEL_END);
    boot_memory_reserve(info.root_elf.start, info.root_elf.end);
    boot_root_task(&info);
    return true;
}

static void info_make(void)
{
    file_make();
    memset(&info, 0, sizeof(info));
    ranges_add(&info.ram, RAM_LOW, 0x300000);
    ranges_add(&info.ram, 0x400000, TEST_RAM_BYTES - PAGE);
    ranges_add(&info.ram, HIGH, HIGH + HIGH_BYTES);
    ranges_add(&info.device_holes, HOLE, HOLE + PAGE);
    for (unsigned i = 1; i <= RANGES_MAX; i++) /* what is behind the last is none */
        info.device_holes.range[i] = (struct phys_range){ HOLE + PAGE, HOLE + 2 * PAGE };
    for (unsigned i = info.ram.count; i <= RANGES_MAX; i++)
        info.ram.range[i] = (struct phys_range){ RAM_LOW, KERNEL_END };
    info.device_end = BIT(40);
    info.root_elf = (struct phys_range){ FILE_AT, FILE_AT + FILE_BYTES };
}

static struct cap in_slot(word_t i)
{
    return cnode[i].cap;
}

/* The frame in slot i is mapped at va; where it is in RAM. */
static paddr_t frame_in(word_t i, uaddr_t va)
{
    struct cap c = in_slot(i);
    const struct mapped *m = &mapped[cap_paddr(c)];

    return cap_is(c, CAP_FRAME) && m->level == 0 && m->va == va ? m->paddr : PADDR_NONE;
}

static bool table_is(word_t i, unsigned level, uaddr_t va)
{
    struct cap c = in_slot(i);
    const struct mapped *m = &mapped[cap_paddr(c)];

    return cap_is(c, CAP_PAGE_TABLE) && m->level == level && m->va == va;
}

static const struct bootinfo *find_all(void)
{
    return paddr_to_ptr(mapped[cap_paddr(in_slot(ROOT_SLOT_BOOTINFO_FRAME))].paddr);
}

static bool region_is(struct slot_region r, word_t start, word_t end)
{
    return r.start == start && r.end == end;
}

#define BUFFER_AT (IMAGE + 0x6000) /* behind the image's pages */
#define FIRST_TABLE ROOT_SLOT_FIRST_FREE
#define EXTRA_SLOT (FIRST_TABLE + 4)
#define CONTROL_SLOT (EXTRA_SLOT + 1)
#define FIRST_FRAME (CONTROL_SLOT + 1)
#define FIRST_UNTYPED (FIRST_FRAME + 6)

static bool information(const struct bootinfo *bi)
{
    bool good = bi->node_id == 0 && bi->node_count == 1 && bi->domain == 0;

    good &= bi->ipc_buffer == BUFFER_AT && bi->io_pt_levels == (HAS_IOMMU ? 0 : ~UINT64_C(0));
    good &= bi->cnode_size_bits == CONFIG_ROOT_CNODE_SIZE_BITS;
    good &= region_is(bi->user_image_paging, FIRST_TABLE, EXTRA_SLOT);
    good &= region_is(bi->extra_bi_pages, EXTRA_SLOT, EXTRA_SLOT + 1);
    good &= region_is(bi->sched_control, CONTROL_SLOT, CONTROL_SLOT + 1);
    good &= region_is(bi->user_image_frames, FIRST_FRAME, FIRST_FRAME + 6);
    good &= bi->untyped.start == FIRST_UNTYPED && bi->untyped.end > FIRST_UNTYPED;
    good &= region_is(bi->empty, bi->untyped.end, SLOT_COUNT);
    for (word_t i = bi->empty.start; i < bi->empty.end; i++)
        good &= slot_is_empty(cnode + i);
    return good && slot_is_empty(cnode);
}

static bool fixed_slots(void)
{
    struct cap c = in_slot(ROOT_SLOT_CNODE);
    bool good = cap_is(c, CAP_CNODE) && cap_ptr(c) == cnode && cap_cnode_guard(c) == 0;

    good &= cap_cnode_radix(c) == CONFIG_ROOT_CNODE_SIZE_BITS &&
            cap_cnode_guard_bits(c) == WORD_BITS - CONFIG_ROOT_CNODE_SIZE_BITS;
    good &= cap_is(in_slot(ROOT_SLOT_VSPACE), CAP_PML4);
    good &= cap_is(in_slot(ROOT_SLOT_ASID_POOL), CAP_ASID_POOL);
    good &= cap_is(in_slot(ROOT_SLOT_IRQ_CONTROL), CAP_IRQ_CONTROL);
    good &= cap_is(in_slot(ROOT_SLOT_DOMAIN), CAP_DOMAIN);
    good &= cap_is(in_slot(ROOT_SLOT_ASID_CONTROL), CAP_ASID_CONTROL);
    good &= cap_is(in_slot(ROOT_SLOT_IO_PORT_CONTROL), CAP_IOPORT_CONTROL);
    good &= in_slot(CONTROL_SLOT).w0 == CAP_SCHED_CONTROL && in_slot(CONTROL_SLOT).w1 == 0;
    good &= frame_in(ROOT_SLOT_IPC_BUFFER, BUFFER_AT) != PADDR_NONE;
    good &= frame_in(ROOT_SLOT_BOOTINFO_FRAME, BUFFER_AT + PAGE) != PADDR_NONE;
    return good;
}

static bool address_space(void)
{
    return table_is(FIRST_TABLE, 3, 0) && table_is(FIRST_TABLE + 1, 2, 0) &&
           table_is(FIRST_TABLE + 2, 1, 0x400000) && table_is(FIRST_TABLE + 3, 1, 0x600000) &&
           frame_in(EXTRA_SLOT, BUFFER_AT + 2 * PAGE) != PADDR_NONE && mapped_count == 4 + 3 + 6;
}

/* The program as its file says, in frames that follow each other, zero where it says nothing. */
static bool program(void)
{
    static uint8_t image[6 * PAGE];
    paddr_t p = frame_in(FIRST_FRAME, IMAGE);
    bool good = true;

    memcpy(image + 0x10, file + 0x800, 0x1800);
    memcpy(image + 0x3000, file + FILE_BYTES - 0x10, 0x10);
    for (unsigned i = 0; i < 6; i++)
        good &= frame_in(FIRST_FRAME + i, IMAGE + i * PAGE) == p + i * PAGE;
    return good && memcmp(image, paddr_to_ptr(p), sizeof(image)) == 0;
}

static bool record_is(const char *at, word_t id, word_t length, uint8_t first)
{
    struct bootinfo_record r;

    memcpy(&r, at, sizeof(r));
    return r.id == id && r.length == length && (uint8_t)at[16] == first;
}

static bool extra(const struct bootinfo *bi)
{
    static const word_t extensions[] = { MYELIN_BOOTINFO_MAGIC, MYELIN_VERSION };
    const char *page = paddr_to_ptr(frame_in(EXTRA_SLOT, BUFFER_AT + 2 * PAGE));

    return bi->extra_bytes == PAGE && record_is(page, BOOTINFO_ID_PADDING, 32, page[16]) &&
           memcmp(page + 16, extensions, 16) == 0 &&
           record_is(page + 32, FIRST_ID, PAGE - 32 - 24, 0x5a) &&
           record_is(page + PAGE - 24, FIRST_ID + 2, 24, 0x5a);
}

static bool came_from(enum tcb_slot which, unsigned type, word_t slot)
{
    return cap_is(thread_caps[which], type) && cap_paddr(thread_caps[which]) == slot &&
           thread_caps[which].w1 == 7;
}

static bool first_thread(void)
{
    const struct tcb *t = made_thread;

    return cap_ptr(in_slot(ROOT_SLOT_TCB)) == t && strcmp(t->name, "rootserver") == 0 &&
           is_aligned(ptr_to_paddr(t), TCB_BITS) && t->ipc_buffer_uaddr == BUFFER_AT &&
           came_from(TCB_CSPACE, CAP_CNODE, ROOT_SLOT_CNODE) &&
           came_from(TCB_VSPACE, CAP_PML4, ROOT_SLOT_VSPACE) &&
           came_from(TCB_IPC_BUFFER, CAP_FRAME, ROOT_SLOT_IPC_BUFFER) &&
           made_prio == CONFIG_NUM_PRIORITIES - 1 && t->mcp == CONFIG_NUM_PRIORITIES - 1 &&
           made_ip == FIRST_VA && made_argument == BUFFER_AT + PAGE && wakes == 1 &&
           cap_ptr(in_slot(ROOT_SLOT_SCHED_CONTEXT)) == made_context &&
           cap_attr(in_slot(ROOT_SLOT_SCHED_CONTEXT)) == SCHED_CONTEXT_MIN_BITS &&
           made_slice == 3 * 1000 * CONFIG_BOOT_THREAD_TIME_SLICE;
}

/* --- untyped memory --- */

static struct untyped_desc
    pieces[2048]; /* into which all is cut, if there is room: what should be */
static unsigned piece_count;

/* The largest aligned pieces, one after the other. */
static void cut(const struct range_list *list, bool is_device)
{
    for (unsigned i = 0; i < list->count; i++)
        for (paddr_t p = list->range[i].start; p < list->range[i].end;) {
            unsigned bits = 12;

            while (bits < UNTYPED_MAX_BITS && is_aligned(p, bits + 1) &&
                   p + BIT(bits + 1) <= list->range[i].end)
                bits++;
            pieces[piece_count++] =
                (struct untyped_desc){ .paddr = p, .size_bits = bits, .is_device = is_device };
            p += BIT(bits);
        }
}

static void cut_all(void)
{
    static struct range_list list;

    piece_count = 0;
    memset(&list, 0, sizeof(list));
    ranges_add(&list, 0, info.device_end);
    for (unsigned i = 0; i < info.ram.count; i++)
        ranges_remove(&list, info.ram.range[i].start, info.ram.range[i].end);
    ranges_remove(&list, HOLE, HOLE + PAGE);
    cut(&list, true);
    list = info.ram;
    ranges_remove(&list, RAM_LOW, align_up(KERNEL_END, 12));
    for (unsigned i = 0; i < taken.count; i++)
        ranges_remove(&list, taken.range[i].start, taken.range[i].end);
    cut(&list, false);
}

/* Untyped i of the boot information is this one, and its capability says the same. */
static bool untyped_is(const struct bootinfo *bi, word_t i, const struct untyped_desc *piece)
{
    const struct untyped_desc *d = &bi->untyped_list[i];
    struct cap c = in_slot(bi->untyped.start + i);

    return d->paddr == piece->paddr && d->size_bits == piece->size_bits &&
           d->is_device == piece->is_device && cap_is(c, CAP_UNTYPED) && cap_paddr(c) == d->paddr &&
           cap_untyped_size_bits(c) == d->size_bits && cap_untyped_is_device(c) == d->is_device &&
           c.w1 == 0;
}

/* How many there are for which there is room; those of 2^least bytes and more all are. */
static bool untyped_are(const struct bootinfo *bi, word_t room)
{
    word_t count = bi->untyped.end - bi->untyped.start, at = 0, rest = 0, lost[2] = { 0, 0 };
    unsigned least = 64;
    char said_lost[200] = "";

    for (word_t larger = 0; larger <= room && least > 11;) {
        least--;
        larger = 0;
        for (unsigned i = 0; i < piece_count; i++)
            larger += pieces[i].size_bits >= least;
        if (larger <= room)
            rest = room - larger;
        else
            least++;
    }
    for (unsigned i = 0; i < piece_count; i++) {
        bool is_small = pieces[i].size_bits < least;

        if (is_small && (pieces[i].size_bits + 1 < (int)least || rest == 0)) {
            lost[pieces[i].is_device] += BIT(pieces[i].size_bits);
            continue;
        }
        rest -= is_small;
        if (at == count || !untyped_is(bi, at++, &pieces[i]))
            return false;
    }
    for (unsigned is_device = 2; is_device-- > 0;)
        if (lost[is_device] != 0)
            sprintf(said_lost + strlen(said_lost),
                    "no room for %lu KiB of %s in small pieces: nobody gets them\n",
                    (unsigned long)lost[is_device] >> 10, is_device ? "device memory" : "RAM");
    return at == count && strncmp(log_text, said_lost, strlen(said_lost)) == 0 &&
           strncmp(log_text + strlen(said_lost), "root server: ", 13) == 0;
}

/* What is given out as untyped memory is zero: all of it has been cleared, and nothing else. */
static bool is_cleared(const struct bootinfo *bi)
{
    if (ranges_contain(&cleared, RAM_LOW, RAM_LOW + 1))
        return false;
    for (word_t i = 0; i < bi->untyped.end - bi->untyped.start; i++) {
        const struct untyped_desc *d = &bi->untyped_list[i];

        if (!d->is_device && !ranges_contain(&cleared, d->paddr, d->paddr + BIT(d->size_bits)))
            return false;
    }
    return true;
}

static void all_of_it(void)
{
    const struct bootinfo *bi;
    char text[100];

    info_make();
    tap_ok(boot(), "the first program is loaded");
    bi = find_all();
    tap_ok(information(bi), "the boot information says what was made");
    tap_ok(fixed_slots(), "each fixed slot has its capability");
    tap_ok(address_space(), "the program's address space has tables and frames in order");
    tap_ok(program(), "the program is what its file says");
    tap_ok(extra(bi), "extra records fill their page, and no more");
    tap_ok(first_thread(), "the first thread");
    tap_ok(ranges_size(&taken) == (SLOT_COUNT << SLOT_BITS) + (6 + 4 + 7) * PAGE,
           "the image, its tables, and seven pages more are taken, beside the CNode");
    cut_all();
    tap_ok(untyped_are(bi, CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS) && is_cleared(bi),
           "all the rest is untyped memory, in the largest pieces there are");
    sprintf(text, "root server: entry 0x%lx, 6 frames, %lu untypeds\n", (unsigned long)FIRST_VA,
            (unsigned long)piece_count);
    tap_ok(log_is(text), "the log says so");
}

/* So many tables of the last level are made for a program of one page at va. */
static bool needs_tables(uaddr_t va, word_t count)
{
    info_make();
    header()->entry = segment(0)->vaddr = va;
    segment(2)->filesz = segment(2)->memsz = 0;
    segment(0)->filesz = segment(0)->memsz = PAGE;
    return boot() && find_all()->user_image_paging.end == FIRST_TABLE + 2 + count;
}

/* More pieces than the boot information has room for. */
static void small_pieces(unsigned count, const char *name)
{
    info_make();
    for (unsigned i = 0; i < count; i++)
        ranges_add(&info.ram, BIT(29) + i * BIT(20),
                   BIT(29) + i * BIT(20) +
                       PAGE * (i % 5 == 0   ? 5
                               : i % 3 == 0 ? 3
                                            : 2));
    bool good = boot();
    const struct bootinfo *bi = find_all();
    cut_all();
    good &= untyped_are(bi, CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS) && is_cleared(bi);
    tap_ok(good && piece_count > CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS, name);
}

/* A program of so many pages. */
static bool boot_large(word_t pages)
{
    info_make();
    ranges_add(&info.ram, BIT(30), BIT(31));
    segment(0)->filesz = segment(2)->filesz = 0;
    segment(2)->memsz = (pages - 3) * PAGE;
    return boot();
}

/* Its tables: one of the last level for each 2 MiB, or part of it. */
static word_t slots_left(word_t pages)
{
    word_t tables = (align_up(IMAGE + (pages + 3) * PAGE, 21) - align_down(IMAGE, 21)) >> 21;

    return SLOT_COUNT - ROOT_SLOT_FIRST_FREE - 2 - tables - 2 - pages;
}

static void large_programs(void)
{
    char text[100];
    word_t pages = SLOT_COUNT - 200;

    while (slots_left(pages) > 9)
        pages++;
    bool good = boot_large(pages);
    const struct bootinfo *bi = find_all();
    cut_all();
    tap_ok(good && bi->untyped.end == SLOT_COUNT && untyped_are(bi, slots_left(pages)),
           "a program that leaves few slots has the largest pieces in them");
    while (slots_left(pages) > 0)
        pages++;
    good = boot_large(pages);
    bi = find_all();
    tap_ok(good && region_is(bi->untyped, SLOT_COUNT, SLOT_COUNT) && bi->empty.start == SLOT_COUNT,
           "one that leaves none has no memory");
    good = boot_large(pages + 1);
    sprintf(text,
            "kernel: cannot boot: the root server is too big: its frames don't fit %lu slots\n",
            (unsigned long)SLOT_COUNT);
    tap_ok(!good && log_is(text), "one that does not fit is refused");
}

/* What can't be booted, and what is said then. */
static void refusals(void)
{
    info_make();
    header()->type = 3;
    tap_ok(!boot() && log_is("kernel: cannot boot: the root server (first module) is not a static "
                             "executable\n"),
           "a file that is none to run is refused");
    info_make();
    info.root_elf.end--;
    tap_ok(!boot() && strstr(log_text, "a segment is outside the file") != NULL,
           "one that is cut off, too");
    info_make();
    segment(2)->vaddr = USER_TOP - 4 * PAGE - align_up(LAST_BYTES, 12);
    segment(2)->memsz = align_up(LAST_BYTES, 12);
    bool good = !boot() && strstr(log_text, "too little memory") != NULL;
    segment(2)->memsz++;
    good &= !boot() && strstr(log_text, "outside user addresses") != NULL;
    tap_ok(good, "there have to be four pages behind the program");
    info_make();
    memset(&info.ram, 0, sizeof(info.ram));
    ranges_add(&info.ram, 0x180000, 0x208000);
    tap_ok(!boot() &&
               log_is("kernel: cannot boot: too little memory: no 4 KiB for the root task\n"),
           "too little memory: what there is no room for is said");
}

/* --- the log, and stopping --- */

/* The compiler would refuse them. */
static void (*volatile print)(const char *format, ...) = klog;

static void log_formats(void)
{
    log_clear();
    klog("%u %u %x %s %lu %lx|", 0u, 4294967295u, 0xabcdu, "text", UINT64_C(12345678901),
         UINT64_C(0xfedcba9876543210));
    tap_ok(log_is("0 4294967295 abcd text 12345678901 fedcba9876543210|"),
           "what the log can print");
    log_clear();
    klog("a%u%s%x", 1u, "", 16u);
    tap_ok(log_is("a110"), "one behind the other");
    log_clear();
    print("a%q b");
    print("c%");
    print("d%l");
    tap_ok(log_is("acd"), "a format that there is not ends the line");
}

static bool stops(const char *cause, unsigned line)
{
    if (setjmp(stopped) == 0)
        panic(cause, "some.c", line);
    return true;
}

static void panics(void)
{
    log_clear();
    backtraces = 0;
    tap_ok(stops("the first", 12) && backtraces == 1 && strcmp(panic_cause, "the first") == 0 &&
               log_is("\nkernel: panic: the first\nkernel: at some.c:12\n"),
           "a panic says why, where, and by which way");
    log_clear();
    tap_ok(stops("the next", 34) && backtraces == 1 && strcmp(panic_cause, "the first") == 0 &&
               log_is("\nkernel: panic: the next\nkernel: at some.c:34\n"),
           "one within it, the former two");
}

/* --- memory functions --- */

#define MOST 40u

static uint8_t from[2 * MOST], to[2 * MOST], want[2 * MOST];

static void start_over(void)
{
    for (unsigned i = 0; i < sizeof(from); i++) {
        from[i] = (uint8_t)(i + 1);
        to[i] = want[i] = (uint8_t)(0xff - i);
    }
}

static void memory_functions(void)
{
    bool copies = true, sets = true, compares = true;

    for (unsigned n = 0; n <= MOST; n++)
        for (unsigned at = 0; at < 9; at++) {
            start_over();
            memcpy(want + at, from + 3, n);
            copies &=
                own_memcpy(to + at, from + 3, n) == to + at && memcmp(to, want, sizeof(to)) == 0;
            start_over();
            memset(want + at, 0x1a5, n);
            sets &= own_memset(to + at, 0x1a5, n) == to + at && memcmp(to, want, sizeof(to)) == 0;
            memcpy(to + at, from, n);
            to[at + n]++;
            compares &= own_memcmp(to + at, from, n) == 0;
            for (unsigned i = 0; i < n; i++) {
                to[at + i]++;
                compares &= own_memcmp(to + at, from, n) > 0 && own_memcmp(from, to + at, n) < 0;
                to[at + i]--;
            }
        }
    tap_ok(copies, "memcpy copies so many bytes, and answers where to");
    tap_ok(sets, "memset sets so many bytes, and answers where");
    tap_ok(compares, "memcmp says which is larger, of so many bytes");
}

int main(void)
{
    file_make();
    tap_ok(header_cases(), "what a file's header may be");
    tap_ok(table_cases(), "where its program headers may be");
    tap_ok(segment_cases(), "where segments may be, in the file and in memory");
    tap_ok(entry_cases(), "where the entry point may be");
    all_of_it();
    tap_ok(needs_tables(0x5fc000, 1) && needs_tables(0x5fd000, 2),
           "tables reach up to the last of the three pages behind the image, and no further");
    small_pieces(100, "where there is no room for all pieces, the largest come first");
    small_pieces(120, "and some of the next smaller ones");
    large_programs();
    refusals();
    log_formats();
    panics();
    memory_functions();
    return tap_done();
}
