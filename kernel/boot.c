/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The root task. Its address space, from low to high: the program as its ELF file says, whole
 * pages, no holes; then the IPC buffer, the boot information, the extra boot information, a page
 * each. Its CNode: the fixed slots, then paging structures, the page of extra boot information,
 * scheduling control, the program's frames, untyped memory.
 *
 * Everything is taken from the lowest free RAM. What is left at the end is cut into the largest
 * aligned pieces of 2^n bytes: the untyped memory, all of it zero. What isn't RAM becomes device
 * untypeds, but for the interrupt controllers' pages.
 *
 * Source: manual, "System Bootstrapping".
 */
#include "boot.h"

#include "bootinfo.h"
#include "derive.h"
#include "elf.h"
#include "kstring.h"
#include "panic.h"
#include "sched.h"
#include "schedctx.h"
#include "vspace.h"

#define PAGE_BYTES BIT(PAGE_BITS)
#define US_PER_MS 1000u

/* --- memory --- */

static struct range_list free_ram;

void boot_memory_init(const struct boot_info *info)
{
    free_ram = info->ram;
}

void boot_memory_reserve(paddr_t start, paddr_t end)
{
    ranges_remove(&free_ram, align_down(start, PAGE_BITS), align_up(end, PAGE_BITS));
}

paddr_t boot_alloc(word_t page_count, unsigned align_bits)
{
    paddr_t p = 0;

    if (!ranges_take(&free_ram, page_count << PAGE_BITS, align_bits, PHYSMAP_BYTES, &p))
        boot_fail("too little memory: no %lu KiB for the root task", page_count << PAGE_BITS >> 10);
    arch_zero(paddr_to_ptr(p), page_count << PAGE_BITS);
    return p;
}

void boot_memory_give(paddr_t start, paddr_t end)
{
    ranges_add(&free_ram, align_down(start, PAGE_BITS), align_up(end, PAGE_BITS));
}

/* --- what is being made --- */

struct root_task {
    struct slot *cnode;
    word_t next_slot;
    struct cap vspace;
    struct elf_file elf;
    /* the image ends where the IPC buffer is */
    uaddr_t image_start, ipc_buffer, bootinfo_at, extra_at, end;
    struct bootinfo *bi;
    char *extra;
};

static struct root_task root;

#define CNODE_SLOTS BIT(CONFIG_ROOT_CNODE_SIZE_BITS)

static void provide_at(word_t slot, struct cap c)
{
    slot_insert_root(&root.cnode[slot], c);
}

static void provide(struct cap c)
{
    if (root.next_slot == CNODE_SLOTS)
        boot_fail("the root server is too big: its frames don't fit %lu slots", CNODE_SLOTS);
    provide_at(root.next_slot++, c);
}

/* --- the program --- */

static void root_open(const struct boot_info *info)
{
    const struct phys_range *r = &info->root_elf;
    const char *wrong = elf_open(&root.elf, paddr_to_ptr(r->start), r->end - r->start);

    if (wrong == NULL)
        wrong =
            elf_extent(&root.elf, USER_TOP - 4 * PAGE_BYTES, &root.image_start, &root.ipc_buffer);
    if (wrong != NULL)
        boot_fail("the root server (first module) is %s", wrong);
    root.bootinfo_at = root.ipc_buffer + PAGE_BYTES;
    root.extra_at = root.bootinfo_at + PAGE_BYTES;
    root.end = root.extra_at + PAGE_BYTES;
}

static void root_copy_segments(char *image)
{
    for (unsigned i = 0; i < root.elf.segment_count; i++) {
        struct elf_segment s = elf_segment(&root.elf, i);

        if (s.type == ELF_SEGMENT_LOAD)
            memcpy(image + (s.vaddr - root.image_start), root.elf.data + s.offset, s.filesz);
    }
}

/* --- CNode and address space --- */

static void make_cnode(void)
{
    unsigned bits = CONFIG_ROOT_CNODE_SIZE_BITS + SLOT_BITS;
    paddr_t p = boot_alloc(BIT(bits - PAGE_BITS), bits);

    root.cnode = paddr_to_ptr(p);
    root.next_slot = ROOT_SLOT_FIRST_FREE;
    provide_at(ROOT_SLOT_CNODE, cap_cnode(root.cnode, CONFIG_ROOT_CNODE_SIZE_BITS, 0,
                                          WORD_BITS - CONFIG_ROOT_CNODE_SIZE_BITS));
}

/* The tables of one level for the whole program. */
static void make_tables(unsigned level)
{
    unsigned bits = level_bits(level + 1);

    for (uaddr_t va = align_down(root.image_start, bits); va < root.end; va += BIT(bits))
        provide(vspace_boot_table(root.vspace, level, boot_alloc(1, PAGE_BITS), va));
}

static void make_space(void)
{
    struct cap pool;

    vspace_boot_root(boot_alloc(1, PAGE_BITS), boot_alloc(1, PAGE_BITS), &root.vspace, &pool);
    provide_at(ROOT_SLOT_VSPACE, root.vspace);
    provide_at(ROOT_SLOT_ASID_POOL, pool);
    root.bi->user_image_paging.start = root.next_slot;
    for (unsigned level = 3; level >= 1; level--)
        make_tables(level);
    root.bi->user_image_paging.end = root.next_slot;
}

static void map_image(void)
{
    word_t pages = (root.ipc_buffer - root.image_start) >> PAGE_BITS;
    paddr_t p = boot_alloc(pages, PAGE_BITS);

    root_copy_segments(paddr_to_ptr(p));
    root.bi->user_image_frames.start = root.next_slot;
    for (word_t i = 0; i < pages; i++)
        provide(
            vspace_boot_frame(root.vspace, p + i * PAGE_BYTES, root.image_start + i * PAGE_BYTES));
    root.bi->user_image_frames.end = root.next_slot;
}

void boot_extra_record(word_t id, const void *payload, size_t payload_bytes)
{
    struct bootinfo_record header = { id, sizeof(header) + payload_bytes };
    char *out = root.extra + root.bi->extra_bytes;

    if (PAGE_BYTES - root.bi->extra_bytes < header.length)
        return;
    memcpy(out, &header, sizeof(header));
    memcpy(out + sizeof(header), payload, payload_bytes);
    root.bi->extra_bytes += header.length;
}

static void map_extra(void)
{
    /* no id of its own: root servers index tables with the public ones */
    static const word_t extensions[] = { MYELIN_BOOTINFO_MAGIC, MYELIN_VERSION };
    paddr_t p = boot_alloc(1, PAGE_BITS);

    root.extra = paddr_to_ptr(p);
    boot_extra_record(BOOTINFO_ID_PADDING, extensions, sizeof(extensions));
    arch_boot_extra();
    root.bi->extra_bi_pages.start = root.next_slot;
    provide(vspace_boot_frame(root.vspace, p, root.extra_at));
    root.bi->extra_bi_pages.end = root.next_slot;
}

static void provide_controls(void)
{
    provide_at(ROOT_SLOT_IRQ_CONTROL, cap_object(CAP_IRQ_CONTROL, NULL));
    provide_at(ROOT_SLOT_DOMAIN, cap_object(CAP_DOMAIN, NULL));
    provide_at(ROOT_SLOT_ASID_CONTROL, cap_object(CAP_ASID_CONTROL, NULL));
    provide_at(ROOT_SLOT_IO_PORT_CONTROL, cap_object(CAP_IOPORT_CONTROL, NULL));
    root.bi->sched_control.start = root.next_slot;
    for (word_t core = 0; core < CONFIG_MAX_NUM_NODES; core++)
        provide(cap_make(CAP_SCHED_CONTROL, 0, 0, core));
    root.bi->sched_control.end = root.next_slot;
}

/* --- untyped memory --- */

/* The largest aligned piece at the start of start..end. */
static unsigned piece_bits(paddr_t start, paddr_t end)
{
    unsigned bits = (unsigned)__builtin_ctzl(start | BIT(UNTYPED_MAX_BITS));

    while (start + BIT(bits) > end)
        bits--;
    return bits;
}

static void provide_untyped(paddr_t p, unsigned bits, bool is_device)
{
    root.bi->untyped_list[root.next_slot - root.bi->untyped.start] =
        (struct untyped_desc){ .paddr = p, .size_bits = (uint8_t)bits, .is_device = is_device };
    provide(cap_untyped(p, bits, is_device, 0));
}

/*
 * The list's pieces of at least 2^least bytes become untypeds, by their addresses, and *extra of
 * the next smaller ones. Answers how many the former are; without extra, that is all it does.
 */
static word_t provide_untypeds(const struct range_list *list, bool is_device, unsigned least,
                               word_t *extra)
{
    word_t lost_bytes = list->lost_bytes, count = 0;

    for (unsigned i = 0; i < list->count; i++)
        for (paddr_t p = list->range[i].start, size = 0; p < list->range[i].end; p += size) {
            unsigned bits = piece_bits(p, list->range[i].end);

            size = BIT(bits);
            count += bits >= least;
            if (extra == NULL)
                continue;
            if (bits >= least) {
                provide_untyped(p, bits, is_device);
            } else if (bits + 1 == least && *extra > 0) {
                --*extra;
                provide_untyped(p, bits, is_device);
            } else {
                lost_bytes += size;
            }
        }
    if (extra != NULL && lost_bytes != 0)
        klog("no room for %lu KiB of %s in small pieces: nobody gets them\n", lost_bytes >> 10,
             is_device ? "device memory" : "RAM");
    return count;
}

static void remove_all(struct range_list *from, const struct range_list *list)
{
    for (unsigned i = 0; i < list->count; i++)
        ranges_remove(from, list->range[i].start, list->range[i].end);
}

static void provide_memory(const struct boot_info *info)
{
    static struct range_list device;

    ranges_add(&device, 0, info->device_end);
    remove_all(&device, &info->ram);
    remove_all(&device, &info->device_holes);
    for (unsigned i = 0; i < free_ram.count; i++)
        arch_boot_clear(free_ram.range[i].start, free_ram.range[i].end);

    /* When there isn't room for all, the largest come first. */
    word_t room = min_word(CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS, CNODE_SLOTS - root.next_slot);
    word_t count;
    unsigned least = PAGE_BITS;
    while ((count = provide_untypeds(&device, true, least, NULL) +
                    provide_untypeds(&free_ram, false, least, NULL)) > room)
        least++;
    room -= count;
    root.bi->untyped.start = root.next_slot;
    provide_untypeds(&device, true, least, &room);
    provide_untypeds(&free_ram, false, least, &room);
    root.bi->untyped.end = root.next_slot;
}

/* --- the thread --- */

/* Give t's slot `which` a copy of the root CNode's capability in `from`. */
static void thread_slot(struct tcb *t, enum tcb_slot which, word_t from)
{
    struct slot *src = &root.cnode[from];
    struct cap copy = src->cap;

    ensure(slot_derive(src, src->cap, &copy) == ERR_NONE);
    ensure(tcb_set_slot(t, which, copy, src) == INV_OK);
}

static void make_thread(void)
{
    struct tcb *t = paddr_to_ptr(boot_alloc(1, TCB_BITS));
    struct sched_context *sc = paddr_to_ptr(boot_alloc(1, PAGE_BITS));

    tcb_init(t);
    memcpy(t->name, "rootserver", sizeof("rootserver"));
    provide_at(ROOT_SLOT_TCB, cap_object(CAP_TCB, t));
    provide_at(ROOT_SLOT_SCHED_CONTEXT, cap_sched_context(sc, SCHED_CONTEXT_MIN_BITS));
    thread_slot(t, TCB_CSPACE, ROOT_SLOT_CNODE);
    thread_slot(t, TCB_VSPACE, ROOT_SLOT_VSPACE);
    t->ipc_buffer_uaddr = root.ipc_buffer;
    thread_slot(t, TCB_IPC_BUFFER, ROOT_SLOT_IPC_BUFFER);
    sched_set_prio(t, PRIORITIES - 1);
    t->mcp = PRIORITIES - 1;
    arch_set_ip(t, root.elf.entry);
    arch_set_boot_argument(t, root.bootinfo_at);
    sched_context_boot(sc, t, arch_us_to_ticks((word_t)CONFIG_BOOT_THREAD_TIME_SLICE * US_PER_MS));
    t->state = THREAD_RUNNABLE;
    sched_wake(t);
}

/* --- all of it --- */

static void fill_bootinfo(void)
{
    struct bootinfo *bi = root.bi;

    bi->node_count = CONFIG_MAX_NUM_NODES;
    bi->io_pt_levels = HAS_IOMMU ? 0 : ~(word_t)0;
    bi->ipc_buffer = root.ipc_buffer;
    bi->cnode_size_bits = CONFIG_ROOT_CNODE_SIZE_BITS;
    bi->empty = (struct slot_region){ root.next_slot, CNODE_SLOTS };
}

void boot_root_task(const struct boot_info *info)
{
    root_open(info);
    make_cnode();
    paddr_t bootinfo = boot_alloc(1, PAGE_BITS);
    root.bi = paddr_to_ptr(bootinfo);
    make_space();
    provide_at(ROOT_SLOT_BOOTINFO_FRAME,
               vspace_boot_frame(root.vspace, bootinfo, root.bootinfo_at));
    provide_at(ROOT_SLOT_IPC_BUFFER,
               vspace_boot_frame(root.vspace, boot_alloc(1, PAGE_BITS), root.ipc_buffer));
    map_extra();
    provide_controls();
    map_image();
    make_thread();
    boot_memory_give(info->root_elf.start, info->root_elf.end);
    provide_memory(info);
    fill_bootinfo();
    klog("root server: entry 0x%lx, %lu frames, %lu untypeds\n", root.elf.entry,
         root.bi->user_image_frames.end - root.bi->user_image_frames.start,
         root.bi->untyped.end - root.bi->untyped.start);
}
