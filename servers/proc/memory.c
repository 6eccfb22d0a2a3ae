/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory.h"

#include <errno.h>
#include <sys/resource.h>
#include <string.h>

#include "backing.h"
#include "job.h"
#include "lend.h"
#include "limit.h"
#include "own.h"

enum {
    MAP_SHARED = 1,
    MAP_PRIVATE = 2,
    MAP_SHARED_VALIDATE = 3,
    MAP_TYPE = 15,
    MAP_FIXED = 0x10,
    MAP_ANONYMOUS = 0x20,
    MAP_GROWSDOWN = 0x100,
    MAP_LOCKED = 0x2000,
    MAP_NORESERVE = 0x4000,
    MAP_POPULATE = 0x8000,
    MAP_NONBLOCK = 0x10000,
    MAP_STACK = 0x20000,
    MAP_FIXED_NOREPLACE = 0x100000,
    MAP_IGNORED = 0x800 | 0x1000, /* DENYWRITE, EXECUTABLE: Linux looks at neither */
    MAP_KNOWN = MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_LOCKED | MAP_NORESERVE |
                MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | MAP_FIXED_NOREPLACE | MAP_IGNORED,
};

#define LEAST_ADDRESS 0x10000ul
#define STACK_GAP 0x100000ul /* below a stack that grows nothing else begins */

static uint64_t page_up(uint64_t bytes)
{
    return (bytes + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

/* A range that programs may have: aligned, not empty, below the system. */
static bool range_is_users(uint64_t address, uint64_t bytes)
{
    return address % PAGE == 0 && bytes != 0 && bytes <= PROCESS_SYSTEM_ADDR &&
           address <= PROCESS_SYSTEM_ADDR - bytes;
}

/* ---- mapping ---- */

/* Whether a process may have so many bytes more in the place of those in a range, if any. */
static bool may_have(const struct process *p, uint64_t bytes, unsigned rights, bool shared,
                     uint64_t replaced, uint64_t replaced_end)
{
    bool data = !shared && (rights & RIGHT_WRITE) != 0;
    uint64_t less = region_bytes(&p->regions, replaced, replaced_end, data);

    return bytes <= less || limit_allows(p, bytes - less, data);
}

static int place_find(struct process *p, uint64_t address, uint64_t bytes, uint32_t flags,
                      uint64_t *at)
{
    if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0) {
        if (!range_is_users(address, bytes))
            return address % PAGE != 0 ? EINVAL : ENOMEM;
        if (address < LEAST_ADDRESS)
            return EPERM;
        *at = address;
        if ((flags & MAP_FIXED_NOREPLACE) != 0)
            return region_is_free(&p->regions, address, address + bytes) ? 0 : EEXIST;
        return memory_unmap(p, address, bytes);
    }
    address = page_up(address);
    if (address >= LEAST_ADDRESS && range_is_users(address, bytes) &&
        address + bytes <= UNIX_MAP_END && region_is_free(&p->regions, address, address + bytes)) {
        *at = address;
        return 0;
    }
    *at = region_find(&p->regions, bytes, LEAST_ADDRESS, UNIX_MAP_END);
    return *at != 0 ? 0 : ENOMEM;
}

int memory_map(struct process *p, uint64_t address, uint64_t bytes, uint32_t rights, uint32_t flags,
               struct backing *file, uint64_t offset, uint64_t *at)
{
    bool shared = (flags & MAP_TYPE) != MAP_PRIVATE;
    unsigned need = BACKING_READ | (shared && (rights & RIGHT_WRITE) != 0 ? BACKING_WRITE : 0);

    p = memory_of(p);
    bytes = page_up(bytes);
    if (bytes == 0)
        return ENOMEM; /* it was, before it was rounded */
    if ((flags & MAP_TYPE) == MAP_SHARED_VALIDATE && (flags & ~(uint32_t)MAP_KNOWN) != 0)
        return EOPNOTSUPP;
    if (file != NULL && (backing_rights(file) & need) != need)
        return EACCES;
    bool sealed = shared && file != NULL && (backing_rights(file) & BACKING_SEALED) != 0;
    if (sealed && (rights & RIGHT_WRITE) != 0)
        return EPERM;
    bool fixed = (flags & MAP_FIXED) != 0 && range_is_users(address, bytes);
    if (!job_allows_regions(p, JOB_REGIONS_AT_ONCE) ||
        !may_have(p, bytes, rights, shared, fixed ? address : 0, fixed ? address + bytes : 0))
        return ENOMEM;
    int e = place_find(p, address, bytes, flags, at);
    if (e != 0)
        return e;
    bool is_fixed =
        sealed || (shared && file != NULL && (backing_rights(file) & BACKING_WRITE) == 0);
    struct region r = {
        .begin = *at,
        .end = *at + bytes,
        .offset = offset,
        .file_bytes = file != NULL ? bytes : 0,
        .file = file,
        .rights = (uint8_t)(rights & RIGHT_ALL),
        .flags = (uint8_t)((shared ? REGION_SHARED : 0) | (is_fixed ? REGION_READ : 0) |
                           ((flags & MAP_GROWSDOWN) != 0 ? REGION_GROWS : 0)),
    };
    return region_add(&p->regions, r) != NULL ? 0 : ENOMEM;
}

int memory_unmap(struct process *p, uint64_t address, uint64_t bytes)
{
    p = memory_of(p);
    bytes = page_up(bytes);
    if (!range_is_users(address, bytes))
        return EINVAL;
    if (region_is_free(&p->regions, address, address + bytes))
        return 0;
    if (!job_allows_regions(p, JOB_REGIONS_AT_ONCE) || !region_split(&p->regions, address) ||
        !region_split(&p->regions, address + bytes))
        return ENOMEM;
    pages_take(&p->space, address, address + bytes);
    region_remove(&p->regions, address, address + bytes);
    return 0;
}

/* Whether there is no hole. */
static bool range_is_whole(struct process *p, uint64_t begin, uint64_t end)
{
    while (begin < end) {
        const struct region *r = region_of(&p->regions, begin);
        if (r == NULL)
            return false;
        begin = r->end;
    }
    return true;
}

int memory_protect(struct process *p, uint64_t address, uint64_t bytes, uint64_t rights)
{
    uint64_t end = address + page_up(bytes);

    p = memory_of(p);
    if (!range_is_users(address, end - address))
        return ENOMEM;
    if (!range_is_whole(p, address, end) || !job_allows_regions(p, JOB_REGIONS_AT_ONCE) ||
        !region_split(&p->regions, address) || !region_split(&p->regions, end))
        return ENOMEM;
    for (struct region *r = region_from(&p->regions, address); r != NULL && r->begin < end;
         r = r->next)
        if ((rights & RIGHT_WRITE) != 0 && (r->flags & REGION_READ) != 0)
            return EACCES;
    for (struct region *r = region_from(&p->regions, address); r != NULL && r->begin < end;
         r = r->next)
        r->rights = (uint8_t)(rights & RIGHT_ALL);
    pages_unmap(&p->space, address, end); /* as they are touched they come back */
    return 0;
}

static int map_grow(struct process *p, struct region *r, uint64_t from, uint64_t to)
{
    struct region more = *r;

    if (to > PROCESS_SYSTEM_ADDR || !region_is_free(&p->regions, from, to))
        return ENOMEM;
    more.begin = from;
    more.end = to;
    more.offset = r->offset + (from - r->begin);
    more.file_bytes = r->file_bytes == r->end - r->begin ? to - from : 0;
    return region_add(&p->regions, more) != NULL ? 0 : ENOMEM;
}

static int map_move(struct process *p, uint64_t address, uint64_t bytes, uint64_t new_bytes,
                    uint64_t to)
{
    struct region r = *region_of(&p->regions, address);

    r.offset += address - r.begin;
    r.file_bytes = r.file_bytes > address - r.begin ? r.file_bytes - (address - r.begin) : 0;
    if (r.file_bytes == r.end - address) /* all of it comes from the file: what is new as well */
        r.file_bytes = new_bytes;
    r.begin = to;
    r.end = to + new_bytes;
    if (region_add(&p->regions, r) == NULL)
        return ENOMEM;
    uint64_t kept = bytes < new_bytes ? bytes : new_bytes;
    if (!pages_move(&p->space, address, to, kept)) {
        (void)memory_unmap(p, to, new_bytes);
        return ENOMEM;
    }
    return memory_unmap(p, address, bytes);
}

int memory_remap(struct process *p, uint64_t address, uint64_t bytes, uint64_t new_bytes,
                 uint32_t flags, uint64_t new_address, uint64_t *at)
{
    enum { MAYMOVE = 1, FIXED = 2 };
    struct region *r = region_of(&memory_of(p)->regions, address);
    int e;

    p = memory_of(p);
    bytes = page_up(bytes);
    new_bytes = page_up(new_bytes);
    if (!range_is_users(address, bytes) || !range_is_users(0, new_bytes))
        return EINVAL;
    if (r == NULL || (r->flags & REGION_SYSTEM) != 0 || address + bytes > r->end)
        return EFAULT;
    if (new_bytes > bytes &&
        !may_have(p, new_bytes - bytes, r->rights, (r->flags & REGION_SHARED) != 0, 0, 0))
        return ENOMEM;
    *at = address;
    if ((flags & FIXED) != 0) {
        if (!range_is_users(new_address, new_bytes) ||
            (new_address < address + bytes && address < new_address + new_bytes))
            return EINVAL;
        e = memory_unmap(p, new_address, new_bytes);
        *at = new_address;
        return e != 0 ? e : map_move(p, address, bytes, new_bytes, new_address);
    }
    if (new_bytes <= bytes)
        return new_bytes < bytes ? memory_unmap(p, address + new_bytes, bytes - new_bytes) : 0;
    if (address + bytes == r->end && map_grow(p, r, address + bytes, address + new_bytes) == 0)
        return 0;
    if ((flags & MAYMOVE) == 0)
        return ENOMEM;
    *at = region_find(&p->regions, new_bytes, LEAST_ADDRESS, UNIX_MAP_END);
    return *at != 0 ? map_move(p, address, bytes, new_bytes, *at) : ENOMEM;
}

void memory_brk(struct process *p, uint64_t end, uint64_t *now)
{
    uint64_t old = page_up(memory_of(p)->brk), new = page_up(end);

    p = memory_of(p);
    *now = p->brk;
    if (end < p->brk_base || end >= UNIX_MAP_END)
        return;
    if (new < old && memory_unmap(p, new, old - new) != 0)
        return;
    if (new > old) {
        struct region heap = {
            .begin = old,
            .end = new,
            .rights = RIGHT_READ | RIGHT_WRITE,
            .flags = REGION_HEAP,
        };
        if (!region_is_free(&p->regions, old, new + PAGE) || !limit_allows(p, new - old, true) ||
            region_add(&p->regions, heap) == NULL)
            return;
    }
    *now = p->brk = end;
}

int memory_advise(struct process *p, uint64_t address, uint64_t bytes, uint64_t advice)
{
    enum { DONTNEED = 4, FREE = 8 };
    uint64_t end = address + page_up(bytes);

    p = memory_of(p);
    if (!range_is_users(address, end - address))
        return EINVAL;
    if (!range_is_whole(p, address, end))
        return ENOMEM;
    if (advice != DONTNEED && advice != FREE)
        return 0;
    for (struct region *r = region_from(&p->regions, address); r != NULL && r->begin < end;
         r = r->next)
        if ((r->flags & REGION_SHARED) == 0)
            pages_take(&p->space, r->begin > address ? r->begin : address,
                       r->end < end ? r->end : end);
    return 0;
}

/* ---- faults ---- */

/* A stack grows to a page below it, as far as its limit, and not up to what lies below. */
static struct region *stack_grow(struct process *p, uint64_t page)
{
    struct region *r = region_from(&p->regions, page);

    if (r == NULL || (r->flags & REGION_GROWS) == 0 || r->end - page > limit_of(p, RLIMIT_STACK) ||
        !limit_allows(p, r->begin - page, false))
        return NULL;
    uint64_t least = page > STACK_GAP ? page - STACK_GAP : 0;
    if (!region_is_free(&p->regions, least, r->begin))
        return NULL;
    p->regions.bytes += r->begin - page;
    r->begin = page;
    return r;
}

/* How much of a page of a region comes from its file. */
static size_t bytes_of_file(const struct region *r, uint64_t at)
{
    if (r->file_bytes <= at)
        return 0;
    return r->file_bytes - at < PAGE ? (size_t)(r->file_bytes - at) : PAGE;
}

/* With which rights a page may be mapped now: no writing to what others have, too. */
static unsigned rights_now(const struct region *r, uint32_t page)
{
    bool own = (r->flags & REGION_SHARED) != 0 ||
               ((page & PAGE_FILE) == 0 && !frame_is_shared(page & PAGE_FRAME));

    return own ? r->rights : r->rights & ~(unsigned)RIGHT_WRITE;
}

static bool page_enter(struct process *p, const struct region *r, uint64_t page, frame_t frame)
{
    if (pages_put(&p->space, page, frame, rights_now(r, frame)))
        return true;
    frame_drop_user(frame);
    return false;
}

/* ---- pages of files ---- */

/* What a page of a file that could not be had means. */
static enum fault_kind file_error(int e)
{
    return e == ENOMEM ? FAULT_MEMORY : FAULT_FILE;
}

/* Pages around one that are at hand: they will be asked for, too. */
static void pages_around(struct process *p, const struct region *r, uint64_t page, unsigned slot)
{
    uint64_t before = cache_before(slot), end = page + cache_behind(slot) * (uint64_t)PAGE;
    uint64_t at = page - r->begin > before * PAGE ? page - before * PAGE : r->begin;
    uint64_t file_end = r->begin + r->file_bytes / PAGE * PAGE; /* whole pages of it */

    slot -= (unsigned)((page - at) / PAGE);
    for (end = end < file_end ? end : file_end; at < end; at += PAGE, slot++) {
        unsigned count = 0;
        while (at + count * (uint64_t)PAGE < end &&
               pages_page(&p->space, at + count * (uint64_t)PAGE) == 0)
            count++;
        if (count == 0)
            continue;
        myelin_RunResult put =
            pages_put_file(&p->space, at, lent_run(slot, count), rights_now(r, PAGE_FILE));
        if (put.done == 0)
            return;
        at += (put.done - 1) * PAGE;
        slot += (unsigned)put.done - 1;
    }
}

/* A page as the file has it. */
static enum fault_kind file_page_map(struct process *p, const struct region *r, uint64_t page,
                                     unsigned slot, bool alone)
{
    myelin_RunResult put =
        pages_put_file(&p->space, page, lent_run(slot, 1), rights_now(r, PAGE_FILE));

    if (put.done == 1 && !alone)
        pages_around(p, r, page, slot);
    if (put.done == 0 && put.why == MYELIN_FRAMES_NO_FRAME)
        cache_forget(slot);
    else if (put.done == 0)
        return FAULT_MEMORY;
    return FAULT_SERVED;
}

/* A frame of the process's own with so much of a page, and zeros; 0: no memory, or no page. */
static frame_t frame_filled(unsigned job, const char *from, size_t bytes)
{
    frame_t copy = from != NULL ? job_frame(job, frame_take_any) : 0;

    if (copy != 0) {
        memcpy(own_bytes(copy), from, bytes);
        memset(own_bytes(copy) + bytes, 0, PAGE - bytes);
    }
    return copy;
}

/* The same of a page that memfs has lent us. */
static frame_t lent_filled(unsigned job, myelin_Run page, size_t bytes, bool *is_gone)
{
    frame_t copy = frame_filled(job, own_window(page, is_gone), bytes);

    own_window_close();
    return copy;
}

/* The process's own copy of a page. */
static enum fault_kind file_page_copy(struct process *p, const struct region *r, uint64_t page,
                                      unsigned slot, size_t want)
{
    bool is_gone;
    frame_t copy = lent_filled(p->job, lent_run(slot, 1), want, &is_gone);

    if (is_gone) {
        cache_forget(slot);
        return FAULT_SERVED;
    }
    if (copy == 0)
        return FAULT_MEMORY;
    return page_enter(p, r, page, copy) ? FAULT_SERVED : FAULT_MEMORY;
}

/* Where nothing is yet. If what was found is gone at once, the page is touched again. */
static enum fault_kind file_page_new(struct process *p, const struct region *r, uint64_t page,
                                     size_t want, unsigned right)
{
    bool private = (r->flags & REGION_SHARED) == 0;
    unsigned slot;
    int e =
        cache_page(backing_file(r->file), (r->offset + (page - r->begin)) / PAGE, p->job, &slot);

    if (e != 0)
        return file_error(e);
    return private && (right == RIGHT_WRITE || want < PAGE)
               ? file_page_copy(p, r, page, slot, want)
               : file_page_map(p, r, page, slot, right == RIGHT_WRITE);
}

/* ---- what a fault finds ---- */

static enum fault_kind page_new(struct process *p, const struct region *r, uint64_t page,
                                unsigned right)
{
    size_t want = r->file != NULL ? bytes_of_file(r, page - r->begin) : 0;

    if (want != 0)
        return file_page_new(p, r, page, want, right);
    frame_t frame = job_frame(job_of_page(p, page), frame_take);
    return frame != 0 && page_enter(p, r, page, frame) ? FAULT_SERVED : FAULT_MEMORY;
}

/* What others have, too, is written to. */
static enum fault_kind page_copy(struct process *p, const struct region *r, uint64_t at,
                                 uint32_t page)
{
    unsigned job = job_of_page(p, at);
    bool is_gone = false, is_file = (page & PAGE_FILE) != 0;
    frame_t copy = is_file ? lent_filled(job, pages_slot(&p->space, at), PAGE, &is_gone)
                           : frame_filled(job, own_bytes(page & PAGE_FRAME), PAGE);

    if (is_gone) {
        pages_take(&p->space, at, at + PAGE);
        return page_new(p, r, at, RIGHT_WRITE);
    }
    if (copy != 0 && pages_replace(&p->space, at, copy, r->rights))
        return FAULT_SERVED;
    if (copy != 0)
        frame_drop_user(copy);
    return FAULT_MEMORY;
}

enum fault_kind memory_fault(struct process *p, uint64_t address, unsigned right)
{
    return p->lender != NULL && address < PROCESS_SYSTEM_ADDR
               ? lent_fault(p, address & ~(uint64_t)(PAGE - 1), right)
               : own_fault(p, address, right);
}

enum fault_kind own_fault(struct process *p, uint64_t address, unsigned right)
{
    uint64_t at = address & ~(uint64_t)(PAGE - 1);
    struct region *r = region_of(&p->regions, at);

    if (r == NULL && (r = stack_grow(p, at)) == NULL)
        return FAULT_NO_REGION;
    if ((r->rights & right) == 0)
        return FAULT_RIGHTS;
    p->faults++;
    uint32_t page = pages_page(&p->space, at);
    if (page == 0)
        return page_new(p, r, at, right);
    unsigned rights = rights_now(r, page);
    enum fault_kind k;
    if (right == RIGHT_WRITE && (rights & RIGHT_WRITE) == 0)
        k = page_copy(p, r, at, page);
    else if ((page & PAGE_FILE) == 0)
        k = pages_map(&p->space, at, rights) ? FAULT_SERVED : FAULT_MEMORY;
    else {
        pages_take(&p->space, at, at + PAGE); /* the file has lost it */
        return page_new(p, r, at, right);
    }
    if (right == RIGHT_WRITE && k == FAULT_SERVED)
        pages_heat(&p->space, at);
    return k;
}

bool memory_populate_shared(struct process *p)
{
    for (struct region *r = p->regions.first; r != NULL; r = r->next) {
        if ((r->flags & (REGION_SHARED | REGION_SYSTEM)) != REGION_SHARED || r->file != NULL)
            continue;
        for (uint64_t at = r->begin; at < r->end; at += PAGE)
            if (pages_page(&p->space, at) == 0 && page_new(p, r, at, RIGHT_READ) != FAULT_SERVED)
                return false;
    }
    return true;
}

size_t memory_peek(struct process *p, uint64_t address, void *to, size_t bytes)
{
    size_t done = 0;

    while (done < bytes) {
        uint64_t at = address + done;
        size_t in = at % PAGE, part = PAGE - in < bytes - done ? PAGE - in : bytes - done;
        struct space *s = at < PROCESS_SYSTEM_ADDR ? &memory_of(p)->space : &p->space;
        char *from = pages_page(s, at) != 0 ? own_page(s, at) : NULL;
        if (from == NULL)
            break;
        memcpy((char *)to + done, from + in, part);
        own_window_close();
        done += part;
    }
    return done;
}
