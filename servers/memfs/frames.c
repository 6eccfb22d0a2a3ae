/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames are in banks: CNodes of BANK_FRAMES slots, in which page n of the files' memory is slot
 * n % BANK_FRAMES of bank n / BANK_FRAMES. Our own capability space stays one of a single level,
 * which the kernel's fast paths know; so a frame comes into a slot of it to be mapped, and goes
 * back.
 */
#include "frames.h"

#include "memory.h"

#include <cap/space.h>
#include <errno.h>
#include <ipc/process.h>
#include <ipc/unix.h>
#include <myelin/extension.h>
#include <myelin/frames.h>
#include <string.h>

enum {
    SLOT_RECEIVED = SLOT_FREE,
    SLOT_CACHE,
    SLOT_MAPPED, /* for a moment */
    SLOT_EXPORTED,
    SLOTS_OWN,     /* of `space` from here on */
    BANK_BITS = 7, /* frames made at once, log2 */
    BANK_FRAMES = 1 << BANK_BITS,
    BANK_BYTES = BANK_FRAMES * MEMORY_PAGE,
    BANKS_MAX = MEMORY_PAGES_MAX / BANK_FRAMES,
    /* One bank of so many is left for the objects that name and map the others. */
    BANKS_A_SPARE = 90,
};

#define FILES_ADDR 0x100000000ul   /* in the same GiB: all of it, */
#define ARCHIVE_ADDR 0x120000000ul /* and what is not copied */

enum { SLOTS_MAX = 4096 }; /* more are not used */
static struct cap_space space;
static struct cap_node node[SLOTS_MAX];
static uint16_t bank[BANKS_MAX]; /* slots of the CNodes */

static uint64_t number_of(const void *page)
{
    return ((uint64_t)page - FILES_ADDR) / MEMORY_PAGE;
}

/* ---- making ---- */

static bool bank_make(uint64_t n)
{
    seL4_CPtr cnode, memory;

    if (cap_objects_make(&space, seL4_CapTableObject, BANK_BITS, BANK_BITS + seL4_SlotBits, 0,
                         &cnode) != seL4_NoError)
        return false;
    if (cap_untyped_take(&space, BANK_BITS + seL4_PageBits, &memory) != seL4_NoError) {
        (void)cap_objects_end(&space, cnode);
        return false;
    }
    bank[n] = (uint16_t)cnode;
    return seL4_Untyped_Retype(memory, seL4_X86_4K, 0, SLOT_CNODE, cnode, seL4_WordBits, 0,
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

static bool page_map(uint64_t n)
{
    const seL4_CPtr cnode = bank[n / BANK_FRAMES];

    return seL4_CNode_Move(SLOT_CNODE, SLOT_MAPPED, seL4_WordBits, cnode, n % BANK_FRAMES,
                           BANK_BITS) == seL4_NoError &&
           seL4_X86_Page_Map(SLOT_MAPPED, SLOT_VSPACE, FILES_ADDR + n * MEMORY_PAGE, seL4_ReadWrite,
                             (seL4_X86_VMAttributes)MYELIN_X86_EXECUTE_NEVER) == seL4_NoError &&
           seL4_CNode_Move(cnode, n % BANK_FRAMES, BANK_BITS, SLOT_CNODE, SLOT_MAPPED,
                           seL4_WordBits) == seL4_NoError;
}

static size_t bank_add(void *at)
{
    uint64_t first = number_of(at);

    if (!bank_make(first / BANK_FRAMES) || !table_make((uint64_t)at))
        return 0;
    for (unsigned i = 0; i < BANK_FRAMES; i++)
        if (!page_map(first + i))
            return 0;
    return BANK_BYTES;
}

/* ---- the archive ---- */

static uint64_t archive_pages;

const char *frames_archive(size_t *bytes)
{
    const struct process_info *info = process_info();
    const unsigned bits = info->page_bits;
    const myelin_Run from = { SLOT_PAGES, 0, bits, info->page_count };
    seL4_CPtr copies;

    *bytes = 0;
    if (info->page_count == 0 || cap_objects_make(&space, seL4_CapTableObject, bits,
                                                  bits + seL4_SlotBits, 0, &copies) != seL4_NoError)
        return NULL;
    for (uint64_t at = 0; at < info->page_count * MEMORY_PAGE; at += 1ul << seL4_LargePageBits)
        if (!table_make(ARCHIVE_ADDR + at))
            return NULL;
    myelin_RunResult r =
        myelin_ShareFrames(from,
                           (myelin_ShareTarget){ copies, 0, bits, SLOT_VSPACE, ARCHIVE_ADDR,
                                                 seL4_CanRead, MYELIN_X86_EXECUTE_NEVER, 0 },
                           seL4_PageBits);
    if (r.error != seL4_NoError || r.why != MYELIN_FRAMES_DONE)
        return NULL;
    archive_pages = info->page_count;
    *bytes = archive_pages * MEMORY_PAGE;
    return (const char *)ARCHIVE_ADDR;
}

/* Which page of it; false: none. */
static bool archive_number(const void *page, uint64_t *n)
{
    *n = ((uint64_t)page - ARCHIVE_ADDR) / MEMORY_PAGE;
    return *n < archive_pages;
}

/* What a request writes may be in the message yet: words that our own calls take are put back. */
static size_t more(void *at)
{
    enum { WORDS = 6 }; /* of seL4_Untyped_Retype */
    seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();
    seL4_Word words[WORDS], cap = buffer->caps_or_badges[0];

    memcpy(words, buffer->msg, sizeof words);
    size_t bytes = bank_add(at);
    memcpy(buffer->msg, words, sizeof words);
    buffer->caps_or_badges[0] = cap;
    return bytes;
}

/* ---- lending ---- */

/* Of the archive our own view goes, too: nobody reads the page any more. */
static void take_back(void *page)
{
    uint64_t n;

    if (archive_number(page, &n)) {
        (void)seL4_CNode_Revoke(SLOT_PAGES, n, (seL4_Uint8)process_info()->page_bits);
        return;
    }
    n = number_of(page);

    (void)seL4_CNode_Revoke(bank[n / BANK_FRAMES], n % BANK_FRAMES, BANK_BITS);
}

seL4_CPtr frames_export_slot(void)
{
    return SLOT_EXPORTED;
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
    uint64_t n;

    if (archive_number(page, &n))
        return seL4_CNode_Copy(SLOT_CACHE, slot, UNIX_CACHE_BITS, SLOT_PAGES, n,
                               (seL4_Uint8)process_info()->page_bits, seL4_CanRead) == seL4_NoError
                   ? 0
                   : EINVAL;
    n = number_of(page);
    if (seL4_CNode_Copy(SLOT_CACHE, slot, UNIX_CACHE_BITS, bank[n / BANK_FRAMES], n % BANK_FRAMES,
                        BANK_BITS, seL4_AllRights) != seL4_NoError)
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
    unsigned end = 1u << info->cnode_bits;
    cap_space_open(&space, SLOT_CNODE, seL4_WordBits, SLOTS_OWN, end < SLOTS_MAX ? end : SLOTS_MAX,
                   node);
    if (!cap_space_add(&space, SLOT_RESERVE, info->reserve_bits) ||
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
