/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames of files, as the process server borrows them; and whoever else would like to. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <ipc/cap.h>
#include <ipc/process.h>
#include <unistd.h>

enum { PAGE = 4096, SLOTS = 1 << UNIX_CACHE_BITS };

#define AT 0x38000000ul /* nothing is in these 2 MiB */

#define OWNER UNIX_BADGE(6, 1) /* whose handle it is */

static struct file owner;
static seL4_CPtr slots;

struct lent {
    uint64_t node, pages;
    uint32_t rights;
};

static int borrow(uint32_t handle, uint64_t page, uint64_t first, uint32_t count, uint32_t slot,
                  struct lent *l)
{
    return file_map(manager_files(), OWNER, handle, page, first, count, slot, 0, &l->node,
                    &l->rights, &l->pages);
}

/* A copy of what is in a slot, in one of our own; 0: nothing is. */
static seL4_CPtr slot_copy(uint32_t slot)
{
    seL4_CPtr own = cap_slot();

    return seL4_CNode_Copy(SLOT_CNODE, own, seL4_WordBits, slots, slot, UNIX_CACHE_BITS,
                           seL4_AllRights) == seL4_NoError
               ? own
               : 0;
}

static bool is_empty(uint32_t slot)
{
    return slot_copy(slot) == 0;
}

static void slot_empty(uint32_t slot)
{
    (void)seL4_CNode_Delete(slots, slot, UNIX_CACHE_BITS);
}

/* Map what is in a slot of ours. */
static bool see(seL4_CPtr frame)
{
    return seL4_X86_Page_Map(frame, SLOT_VSPACE, AT, seL4_ReadWrite,
                             seL4_X86_Default_VMAttributes) == seL4_NoError;
}

static bool table_make(void)
{
    seL4_CPtr table;

    return cap_create(seL4_X86_PageTableObject, 0, &table) == seL4_NoError &&
           seL4_X86_PageTable_Map(table, SLOT_VSPACE, AT, seL4_X86_Default_VMAttributes) ==
               seL4_NoError;
}

static void refused(uint32_t handle)
{
    const struct file other = process_begin(5, 1);
    struct lent l;

    check(file_map(other, OWNER, handle, 0, 0, 1, 0, 0, &l.node, &l.rights, &l.pages) == EPERM,
          "map: a process may not");
    check(file_cache_frames(other, (struct service){ slots }) != 0,
          "map: nor give slots to put frames into");
    check(file_map(manager_files(), UNIX_BADGE(9, 9), handle, 0, 0, 1, 0, 0, &l.node, &l.rights,
                   &l.pages) == EBADF,
          "map: of nobody's handle");
    check(borrow(handle ^ 0x40000, 0, 0, 1, 0, &l) == EBADF, "map: of no handle");
    uint32_t dir = open_handle(owner, "/tmp", O_RDONLY | O_DIRECTORY, 0);
    check(borrow(dir, 0, 0, 1, 0, &l) == ENODEV, "map: of a directory");
    check(borrow(handle, 0, 0, 65, 0, &l) == EINVAL, "map: of too many pages");
    check(borrow(handle, 4, 4, 2, SLOTS - 1, &l) == 0 && l.pages == 1,
          "map: where there is no slot nothing is lent");
    slot_empty(SLOTS - 1);
    check(borrow(handle, ~0ul, ~0ul - 3, 8, 0, &l) == EINVAL &&
              borrow(handle, 1ul << 60, 1ul << 60, 8, 0, &l) == 0 && l.pages == 0 && is_empty(0),
          "map: of pages that no file can have");
    (void)file_close(owner, dir);
    uint32_t more = 1;
    while (more != 0 && session_end(manager(), UNIX_BADGE(5, 1), &more) == 0)
        continue;
}

static void lends(uint32_t handle)
{
    const struct file f = owner;
    volatile char *at = (volatile char *)AT;
    char got[4];
    uint32_t done;
    struct lent l;
    size_t n;

    (void)file_write(f, handle, PAGE, "abc", 3, &done);
    check(borrow(handle, 3, 0, 16, 16, &l) == 0 && l.pages == 0x1a && l.rights == 3 && l.node != 0,
          "map: pages that are there, and the one that is wanted");
    check(is_empty(16) && is_empty(18), "map: of a hole nothing is in its slot");
    check(borrow(handle, 1, 0, 16, 16, &l) == 0 && l.pages == 0,
          "map: what is in a slot stays there");
    seL4_CPtr frame = slot_copy(17);
    check(table_make() && see(frame) && at[0] == 'a' && at[2] == 'c',
          "map: the frame has what the file has");
    at[1] = 'x';
    check(file_read(f, handle, 3, PAGE, got, 3, &n) == 0 && got[1] == 'x',
          "map: what is written there is read");
    check(file_write(f, handle, PAGE + 2, "y", 1, &done) == 0 && at[2] == 'y',
          "map: and the other way round");
    check(file_truncate(f, handle, PAGE + 1) == 0 && see(frame) && at[0] == 'a' && at[1] == 0,
          "map: a file that ends in the page has zeros behind its end");
    check(file_truncate(f, handle, PAGE) == 0 && !see(frame) && is_empty(17) && is_empty(19),
          "map: a page that was cut off is nobody's");
    check(borrow(handle, 1, 0, 16, 32, &l) == 0 && l.pages == 0, "map: nothing is behind the end");
}

static uint64_t free_blocks(void)
{
    struct file_statfs s;

    return file_statfs(manager_files(), ROOT, &s) == 0 ? s.free : 0;
}

void test_maps(void)
{
    const struct file f = owner = process_begin(6, 1);
    uint64_t before = free_blocks();
    uint32_t handle = open_handle(f, "/tmp/mapped", O_RDWR | O_CREAT, 0600), more = 1;
    struct lent l;
    seL4_CPtr grant;

    check(cap_create(seL4_CapTableObject, UNIX_CACHE_BITS, &slots) == seL4_NoError &&
              (grant = mint_granting()) != 0 &&
              file_cache_frames((struct file){ grant }, (struct service){ slots }) == 0,
          "map: slots are given");
    (void)file_truncate(f, handle, 6 * PAGE);
    refused(handle);
    lends(handle);
    (void)file_truncate(f, handle, 4 * PAGE);
    check(borrow(handle, 3, 3, 1, 48, &l) == 0 && l.pages == 1 && !is_empty(48),
          "map: lent once more");
    check(remove_at(f, "/tmp/mapped", 0) == 0 && !is_empty(48), "map: without a name it stays");
    check(file_close(f, handle) == 0 && is_empty(48), "map: when it is closed it is gone");
    while (more != 0 && session_end(manager(), OWNER, &more) == 0)
        continue;
    check(free_blocks() == before, "map: all memory is free again");
}
