/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The capability space has two levels, so that each frame has a name: slot << 12 | n of the first
 * level, with slot 0 for what init gave and one more for each bank of frames.
 */
#include "frames.h"

#include "memory.h"

#include <cap/space.h>
#include <errno.h>
#include <ipc/process.h>
#include <ipc/unix.h>
#include <myelin/extension.h>

enum {
    SLOT_RECEIVED = SLOT_FREE,
    SLOT_CACHE,
    SLOTS_OWN, /* of `space` from here on */
    FIRST_BITS = 9,
    LEVEL_BITS = 12,
    BANK_BITS = 8, /* frames made at once, log2 */
    BANK_FRAMES = 1 << BANK_BITS,
    BANK_BYTES = BANK_FRAMES * MEMORY_PAGE,
    BANKS_MAX = MEMORY_PAGES_MAX / BANK_FRAMES,
    /* One bank of so many is left for the objects that name and map the others. */
    BANKS_A_SPARE = 64,
};
_Static_assert(BANKS_MAX < 1 << FIRST_BITS, "a slot for each");

#define FILES_ADDR 0x100000000ul /* in the same GiB: all of it */

static struct cap_space space;
static seL4_CPtr first_level;

/* A CNode in a slot of the first level, with a guard, so that LEVEL_BITS bits name one of its. */
static bool level_put(seL4_Word slot, seL4_CPtr cnode, unsigned bits)
{
    return seL4_CNode_Mint(first_level, slot, FIRST_BITS, SLOT_CNODE, cnode, seL4_WordBits,
                           seL4_AllRights,
                           seL4_CNode_CapData_new(0, LEVEL_BITS - bits).words[0]) == seL4_NoError;
}

static bool levels_open(void)
{
    seL4_Word guard = seL4_CNode_CapData_new(0, seL4_WordBits - FIRST_BITS - LEVEL_BITS).words[0];

    return cap_objects_make(&space, seL4_CapTableObject, FIRST_BITS, FIRST_BITS + seL4_SlotBits, 0,
                            &first_level) == seL4_NoError &&
           level_put(0, SLOT_CNODE, process_info()->cnode_bits) &&
           seL4_TCB_SetSpace(SLOT_TCB_FIRST, SLOT_FAULT_FIRST, first_level, guard, SLOT_VSPACE,
                             0) == seL4_NoError;
}

static seL4_Word index_of(const void *page)
{
    uint64_t n = ((uint64_t)page - FILES_ADDR) / MEMORY_PAGE;

    return (n / BANK_FRAMES + 1) << LEVEL_BITS | n % BANK_FRAMES;
}

/* ---- making ---- */

static bool bank_make(unsigned bank)
{
    seL4_CPtr cnode, memory;

    if (cap_objects_make(&space, seL4_CapTableObject, BANK_BITS, BANK_BITS + seL4_SlotBits, 0,
                         &cnode) != seL4_NoError)
        return false;
    if (cap_untyped_take(&space, BANK_BITS + seL4_PageBits, &memory) != seL4_NoError) {
        (void)cap_objects_end(&space, cnode);
        return false;
    }
    return level_put(bank + 1, cnode, BANK_BITS) &&
           seL4_Untyped_Retype(memory, seL4_X86_4K, 0, first_level, bank + 1, FIRST_BITS, 0,
                               BANK_FRAMES) == seL4_NoError;
}

/* The table for an address, which may be there already. */
static bool table_make(uint64_t address)
{
    seL4_CPtr table;

    if (address % (1ul << seL4_LargePageBits) != 0)
        return true;
    return cap_objects_make(&space, seL4_X86_PageTableObject, 0, seL4_PageTableBits, 0, &table) ==
               seL4_NoError &&
           seL4_X86_PageTable_Map(table, SLOT_VSPACE, address, seL4_X86_Default_VMAttributes) ==
               seL4_NoError;
}

static size_t more(void *at)
{
    uint64_t address = (uint64_t)at;

    if (!bank_make((unsigned)((address - FILES_ADDR) / BANK_BYTES)) || !table_make(address))
        return 0;
    for (unsigned i = 0; i < BANK_FRAMES; i++) {
        char *page = (char *)at + i * (size_t)MEMORY_PAGE;
        if (seL4_X86_Page_Map(index_of(page), SLOT_VSPACE, (seL4_Word)page, seL4_ReadWrite,
                              (seL4_X86_VMAttributes)MYELIN_X86_EXECUTE_NEVER) != seL4_NoError)
            return 0;
    }
    return BANK_BYTES;
}

/* ---- lending ---- */

static void take_back(void *page)
{
    (void)seL4_CNode_Revoke(first_level, index_of(page), FIRST_BITS + LEVEL_BITS);
}

seL4_CPtr frames_receive_slot(void)
{
    return SLOT_RECEIVED;
}

int frames_attach(void)
{
    (void)seL4_CNode_Delete(SLOT_CNODE, SLOT_CACHE, seL4_WordBits); /* of a manager before */
    return seL4_CNode_Move(SLOT_CNODE, SLOT_CACHE, seL4_WordBits, SLOT_CNODE, SLOT_RECEIVED,
                           seL4_WordBits) == seL4_NoError
               ? 0
               : EINVAL;
}

int frames_lend(const void *page, seL4_Word slot)
{
    if (seL4_CNode_Copy(SLOT_CACHE, slot, UNIX_CACHE_BITS, first_level, index_of(page),
                        FIRST_BITS + LEVEL_BITS, seL4_AllRights) != seL4_NoError)
        return EINVAL;
    memory_lend(page);
    return 0;
}

const char *frames_open(void)
{
    static const struct memory_source source = { more, take_back };
    const struct process_info *info = process_info();
    uint64_t banks = (1ull << info->reserve_bits) / BANK_BYTES;
    seL4_CPtr directory;

    if (info->reserve_bits == 0)
        return "it needs a reserve";
    cap_space_open(&space, SLOT_CNODE, seL4_WordBits, SLOTS_OWN, 1u << info->cnode_bits);
    if (!cap_space_add(&space, SLOT_RESERVE, info->reserve_bits) || !levels_open() ||
        cap_objects_make(&space, seL4_X86_PageDirectoryObject, 0, seL4_PageDirBits, 0,
                         &directory) != seL4_NoError ||
        seL4_X86_PageDirectory_Map(directory, SLOT_VSPACE, FILES_ADDR,
                                   seL4_X86_Default_VMAttributes) != seL4_NoError)
        return "the reserve is of no use";
    banks -= (banks + BANKS_A_SPARE - 1) / BANKS_A_SPARE;
    banks = banks < BANKS_MAX ? banks : BANKS_MAX;
    memory_open((void *)FILES_ADDR, banks * BANK_BYTES, &source);
    return NULL;
}
