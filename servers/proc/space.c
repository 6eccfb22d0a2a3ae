/* SPDX-License-Identifier: BSD-2-Clause */
#include "space.h"

#include <ipc/unix.h>
#include <myelin/extension.h>
#include <string.h>

#include "array.h"
#include "job.h"
#include "own.h"

enum { READ = 1, WRITE = 2, EXECUTE = 4 };

/*
 * Pages of a chunk that has none but of files, which can't be written, as text is: most chunks of
 * most processes share this, which nobody writes.
 */
#define LENT (PAGE_FILE | PAGE_MAPPED)
#define LENT_4 LENT, LENT, LENT, LENT
#define LENT_16 LENT_4, LENT_4, LENT_4, LENT_4
static uint32_t all_lent[CHUNK_PAGES] = { LENT_16, LENT_16, LENT_16, LENT_16 };
enum { CHUNK_BYTES = CHUNK_PAGES * PAGE, HOT_MAX = 16 /* in a chunk */ };

/* What the attribute of pages that may not be executed is called by the kernel's extensions. */
#define DATA ((seL4_Word)MYELIN_X86_EXECUTE_NEVER)

/* Chunks, what is known of their pages, and tables: our own pages take all of these, too. */
enum { CHUNKS_EARLY = 8, CHUNKS_LEAST = 4, TABLES_EARLY = 32, TABLES_LEAST = 16 };
static struct chunk chunk_early[CHUNKS_EARLY];
static uint32_t page_early[CHUNKS_EARLY][CHUNK_PAGES];
static struct table table_early[TABLES_EARLY];
static struct array chunk_array = ARRAY(OWN_CHUNKS, chunk_early, CHUNKS_LEAST);
static struct array page_array = ARRAY(OWN_PAGES, page_early, CHUNKS_LEAST);
static struct array table_array = ARRAY(OWN_TABLES, table_early, TABLES_LEAST);
static unsigned tables_in_use;

static struct chunk *chunk_new(void)
{
    array_grow(&chunk_array);
    return array_get(&chunk_array);
}

static struct table *table_new(void)
{
    struct table *t = array_get(&table_array);

    tables_in_use += t != NULL;
    return t;
}

static void table_free(struct table *t)
{
    array_put(&table_array, t);
    tables_in_use--;
}

unsigned tables_count(void)
{
    return tables_in_use;
}

static seL4_CapRights_t rights_of(unsigned rights)
{
    return (rights & WRITE) != 0 ? seL4_ReadWrite : seL4_CanRead;
}

static seL4_Word attributes_of(unsigned rights)
{
    return (rights & EXECUTE) != 0 ? 0 : DATA;
}

/* ---- tables ---- */

static seL4_Error table_map(enum object_kind kind, seL4_CPtr table, seL4_CPtr vspace,
                            uint64_t address)
{
    switch (kind) {
    case OBJECT_TABLE: return seL4_X86_PageTable_Map(table, vspace, address, 0);
    case OBJECT_DIRECTORY: return seL4_X86_PageDirectory_Map(table, vspace, address, 0);
    default: return seL4_X86_PDPT_Map(table, vspace, address, 0);
    }
}

static void table_unmap(const struct table *t)
{
    switch (t->kind) {
    case OBJECT_TABLE: (void)seL4_X86_PageTable_Unmap(t->object); break;
    case OBJECT_DIRECTORY: (void)seL4_X86_PageDirectory_Unmap(t->object); break;
    default: (void)seL4_X86_PDPT_Unmap(t->object); break;
    }
}

/* Make the table that a run of pages lacks. */
static bool table_add(struct space *s, uint64_t address, seL4_Word bits)
{
    enum object_kind kind = bits == 21   ? OBJECT_TABLE
                            : bits == 30 ? OBJECT_DIRECTORY
                                         : OBJECT_POINTERS;
    uint8_t job = address < PROCESS_SYSTEM_ADDR ? s->job : JOB_NONE;
    if (!job_part_begins(job))
        return false;
    struct table *t = table_new();
    seL4_CPtr object = t != NULL ? object_take(kind) : 0;

    if (object != 0 && table_map(kind, object, s->vspace, address) == seL4_NoError) {
        *t = (struct table){ s->tables, address, (uint16_t)object, (uint8_t)kind, job };
        s->tables = t; /* the lowest level first: that is the order in which they go */
        s->table_count++;
        array_grow(&table_array); /* between two tables: it may take some of the same space */
        return true;
    }
    if (object != 0)
        object_give(kind, object);
    if (t != NULL)
        table_free(t);
    job_part_ends(job);
    return false;
}

/* Map a run of frames, with whatever tables that takes. */
static myelin_RunResult run_share(struct space *s, myelin_Run from, myelin_Run to, uint64_t address,
                                  unsigned rights, seL4_Word flags)
{
    myelin_RunResult r = { .why = MYELIN_FRAMES_DONE };
    seL4_Word done = 0;

    while (done < from.count) {
        myelin_Run rest = { from.root, from.index + done, from.depth, from.count - done };
        myelin_ShareTarget target = {
            to.root,           to.index + done,       to.depth, s->vspace, address + done * PAGE,
            rights_of(rights), attributes_of(rights), flags,
        };

        r = myelin_ShareFrames(rest, target, PAGE_BITS);
        done += r.done;
        if (r.error != seL4_NoError)
            break;
        if (done < from.count &&
            (r.why != MYELIN_FRAMES_NO_TABLE || !table_add(s, address + done * PAGE, r.table_bits)))
            break;
    }
    r.done = done;
    return r;
}

/* ---- chunks ---- */

bool pages_open(struct space *s)
{
    *s = (struct space){ .vspace = object_take(OBJECT_SPACE), .job = s->job };
    return s->vspace != 0;
}

static bool chunk_has(const struct chunk *c, uint64_t address)
{
    return address - c->base < CHUNK_BYTES;
}

struct chunk *pages_chunk(struct space *s, uint64_t address)
{
    if (s->last != NULL && chunk_has(s->last, address))
        return s->last;
    for (struct chunk *c = s->chunks; c != NULL && c->base <= address; c = c->next)
        if (chunk_has(c, address))
            return s->last = c;
    return NULL;
}

/* The same, and if there is none, a new one. */
static struct chunk *chunk_at(struct space *s, uint64_t address)
{
    struct chunk *c = pages_chunk(s, address), **link = &s->chunks;

    if (c != NULL)
        return c;
    uint8_t job = address < PROCESS_SYSTEM_ADDR ? s->job : JOB_NONE;
    if (!job_part_begins(job))
        return NULL;
    c = chunk_new();
    unsigned number = c != NULL ? chunk_take() : CHUNK_NONE;
    if (number == CHUNK_NONE) {
        job_part_ends(job);
        if (c != NULL)
            array_put(&chunk_array, c);
        return NULL;
    }
    while (*link != NULL && (*link)->base < address)
        link = &(*link)->next;
    *c = (struct chunk){
        .next = *link,
        .base = address & ~(uint64_t)(CHUNK_BYTES - 1),
        .number = number,
        .job = job,
        .page = all_lent,
    };
    *link = c;
    return s->last = c;
}

static struct chunk *chunk_own_new(struct chunk *c)
{
    array_grow(&page_array);
    uint32_t *page = array_get(&page_array);
    if (page == NULL)
        return NULL;
    if (c->there != 0)
        memcpy(page, all_lent, sizeof all_lent);
    c->page = page;
    return c;
}

/* The same, of which any page may be set; NULL: no memory. */
static inline struct chunk *chunk_own(struct chunk *c)
{
    return c == NULL || c->page != all_lent ? c : chunk_own_new(c);
}

static void page_set(struct chunk *c, unsigned n, uint32_t page)
{
    if (c->page != all_lent)
        c->page[n] = page;
}

static void chunk_free(struct chunk *c)
{
    job_part_ends(c->job);
    chunk_give(c->number);
    if (c->page != all_lent)
        array_put(&page_array, c->page);
    array_put(&chunk_array, c);
}

/* Those that have lost their last page go. */
static void chunks_trim(struct space *s)
{
    for (struct chunk **link = &s->chunks; *link != NULL;) {
        struct chunk *c = *link;
        if (c->there != 0) {
            link = &c->next;
            continue;
        }
        *link = c->next;
        chunk_free(c);
    }
    s->last = NULL;
}

/* One that may have got none goes (NULL: none does); others may be about to get their first. */
static void chunk_trim(struct space *s, struct chunk *c)
{
    struct chunk **link = &s->chunks;

    if (c == NULL || c->there != 0)
        return;
    while (*link != c)
        link = &(*link)->next;
    *link = c->next;
    chunk_free(c);
    s->last = NULL;
}

/* Pages of a chunk as bits: one, and those from `first` on before `end`. */
static inline uint64_t bit_of(unsigned n)
{
    return 1ull << n;
}

static inline uint64_t bits_of(unsigned first, unsigned end)
{
    return first >= end ? 0 : (~0ull >> (CHUNK_PAGES - (end - first))) << first;
}

static unsigned page_in(const struct chunk *c, uint64_t address)
{
    return (unsigned)((address - c->base) / PAGE);
}

uint32_t pages_page(struct space *s, uint64_t address)
{
    struct chunk *c = pages_chunk(s, address);

    return c != NULL ? chunk_page(c, page_in(c, address)) : 0;
}

/* ---- pages ---- */

static bool page_map(struct space *s, struct chunk *c, unsigned n, unsigned rights)
{
    frame_t frame = c->page[n] & PAGE_FRAME;

    if (run_share(s, frame_run(frame), chunk_run(c->number, n, 1), c->base + n * (uint64_t)PAGE,
                  rights, 0)
            .done != 1)
        return false;
    c->page[n] |= PAGE_MAPPED | ((rights & WRITE) != 0 ? PAGE_WRITABLE : 0);
    return true;
}

static void page_unmap(struct chunk *c, unsigned n)
{
    if ((c->page[n] & PAGE_MAPPED) == 0)
        return;
    (void)myelin_DeleteFrames(chunk_run(c->number, n, 1));
    page_set(c, n, c->page[n] & ~(uint32_t)(PAGE_MAPPED | PAGE_WRITABLE));
}

/* It is mapped no more, and is not there either. */
static void page_forget(struct space *s, struct chunk *c, unsigned n)
{
    if ((c->page[n] & PAGE_FILE) == 0)
        frame_drop_user(c->page[n] & PAGE_FRAME);
    c->there &= ~bit_of(n);
    s->resident--;
}

static void page_drop(struct space *s, struct chunk *c, unsigned n)
{
    page_unmap(c, n);
    page_forget(s, c, n);
}

bool pages_put(struct space *s, uint64_t address, frame_t frame, unsigned rights)
{
    struct chunk *c = chunk_at(s, address);

    if (chunk_own(c) == NULL) {
        chunk_trim(s, c);
        return false;
    }
    unsigned n = page_in(c, address);
    c->page[n] = frame;
    if (rights != 0 && !page_map(s, c, n, rights)) {
        chunk_trim(s, c);
        return false;
    }
    c->there |= bit_of(n);
    s->resident++;
    return true;
}

myelin_RunResult pages_put_file(struct space *s, uint64_t address, myelin_Run from, unsigned rights)
{
    struct chunk *c = chunk_at(s, address);

    if (c == NULL || ((rights & WRITE) != 0 && chunk_own(c) == NULL)) {
        chunk_trim(s, c);
        return (myelin_RunResult){ .why = MYELIN_FRAMES_NO_TABLE };
    }
    unsigned n = page_in(c, address);
    if (from.count > CHUNK_PAGES - n)
        from.count = CHUNK_PAGES - n;
    myelin_RunResult r =
        run_share(s, from, chunk_run(c->number, n, (unsigned)from.count), address, rights, 0);
    for (unsigned i = n; i < n + r.done; i++)
        page_set(c, i, PAGE_FILE | PAGE_MAPPED | ((rights & WRITE) != 0 ? PAGE_WRITABLE : 0));
    c->there |= bits_of(n, n + (unsigned)r.done);
    s->resident += r.done;
    chunk_trim(s, c);
    return r;
}

bool pages_map_run(struct space *s, myelin_Run from, myelin_Run to, uint64_t address,
                   unsigned rights)
{
    return run_share(s, from, to, address, rights, 0).done == from.count;
}

myelin_Run pages_slot(struct space *s, uint64_t address)
{
    struct chunk *c = pages_chunk(s, address);

    return chunk_run(c->number, page_in(c, address), 1);
}

void pages_keep(struct space *s, uint64_t address)
{
    struct chunk *c = pages_chunk(s, address);

    c->page[page_in(c, address)] |= PAGE_KEPT;
}

void pages_heat(struct space *s, uint64_t address)
{
    struct chunk *c = pages_chunk(s, address);

    c->page[page_in(c, address)] |= PAGE_HOT;
}

/* Call a function for those pages of each chunk that are there and in a range. */
typedef void chunk_visit(struct space *s, struct chunk *c, uint64_t pages);

static void chunks_visit(struct space *s, uint64_t from, uint64_t to, chunk_visit *visit)
{
    for (struct chunk *c = s->chunks; c != NULL && c->base < to; c = c->next) {
        if (c->base + CHUNK_BYTES <= from)
            continue;
        unsigned first = from > c->base ? page_in(c, from) : 0;
        unsigned end = to - c->base < CHUNK_BYTES ? page_in(c, to) : CHUNK_PAGES;
        uint64_t pages = c->there & bits_of(first, end);
        if (pages != 0)
            visit(s, c, pages);
    }
}

/* Slots that are empty count as done: one call for all. */
static void visit_unmap(struct space *s, struct chunk *c, uint64_t pages)
{
    uint64_t mapped = 0;

    for (uint64_t left = pages; left != 0; left &= left - 1) {
        unsigned n = (unsigned)__builtin_ctzll(left);
        if ((c->page[n] & PAGE_MAPPED) != 0)
            mapped |= bit_of(n);
    }
    if (mapped == 0)
        return;
    unsigned first = (unsigned)__builtin_ctzll(mapped);
    unsigned count = CHUNK_PAGES - (unsigned)__builtin_clzll(mapped) - first;
    (void)myelin_DeleteFrames(chunk_run(c->number, first, count));
    for (uint64_t left = mapped; left != 0; left &= left - 1) {
        unsigned n = (unsigned)__builtin_ctzll(left);
        if ((c->page[n] & PAGE_FILE) != 0)
            page_forget(s, c, n);
        else
            c->page[n] &= ~(uint32_t)(PAGE_MAPPED | PAGE_WRITABLE);
    }
}

static void visit_take(struct space *s, struct chunk *c, uint64_t pages)
{
    visit_unmap(s, c, pages);
    for (uint64_t left = pages & c->there; left != 0; left &= left - 1)
        page_drop(s, c, (unsigned)__builtin_ctzll(left));
}

/* SPC-4: pages of a space are about to be not what they were. */
static void mirrors_take(struct space *s, uint64_t from, uint64_t to)
{
    if (to > PROCESS_SYSTEM_ADDR)
        to = PROCESS_SYSTEM_ADDR;
    for (struct space *m = s->mirrors; m != NULL && from < to; m = m->next_mirror) {
        chunks_visit(m, from, to, visit_take);
        chunks_trim(m);
    }
}

bool pages_map(struct space *s, uint64_t address, unsigned rights)
{
    struct chunk *c = pages_chunk(s, address);
    unsigned n = page_in(c, address);

    if ((c->page[n] & PAGE_MAPPED) != 0 && (rights & WRITE) != 0 &&
        (c->page[n] & PAGE_WRITABLE) == 0 &&
        myelin_ProtectFrames(chunk_run(c->number, n, 1), rights_of(rights)).done == 1) {
        /* whether it may be executed has not changed: pages whose rights do are unmapped */
        c->page[n] |= PAGE_WRITABLE;
        return true;
    }
    mirrors_take(s, address, address + PAGE);
    page_unmap(c, n);
    return rights == 0 || page_map(s, c, n, rights);
}

bool pages_replace(struct space *s, uint64_t address, frame_t frame, unsigned rights)
{
    struct chunk *c = pages_chunk(s, address);
    unsigned n = page_in(c, address);
    uint32_t old = c->page[n];

    if (chunk_own(c) == NULL)
        return false;
    mirrors_take(s, address, address + PAGE);
    page_unmap(c, n);
    c->page[n] = frame;
    if (rights == 0 || page_map(s, c, n, rights)) {
        if ((old & PAGE_FILE) == 0)
            frame_drop_user(old & PAGE_FRAME);
        return true;
    }
    c->page[n] = old & ~(uint32_t)(PAGE_MAPPED | PAGE_WRITABLE); /* mapped when it is touched */
    if ((old & PAGE_FILE) != 0)
        page_drop(s, c, n);
    return false;
}

void pages_unmap(struct space *s, uint64_t from, uint64_t to)
{
    mirrors_take(s, from, to);
    chunks_visit(s, from, to, visit_unmap);
    chunks_trim(s);
}

void pages_take(struct space *s, uint64_t from, uint64_t to)
{
    mirrors_take(s, from, to);
    chunks_visit(s, from, to, visit_take);
    chunks_trim(s);
}

/* ---- sharing ---- */

/* How many pages from n on are mapped, one after the other, and not hot if that matters. */
static unsigned run_length(const struct chunk *c, unsigned n, unsigned end, uint32_t hot)
{
    unsigned first = n;

    while (n < end && (chunk_page(c, n) & (PAGE_MAPPED | PAGE_KEPT | hot)) == PAGE_MAPPED)
        n++;
    return n - first;
}

static void page_copy(struct space *to, struct chunk *c, unsigned n, uint32_t page, uint32_t flags)
{
    if ((page & PAGE_FILE) == 0)
        frame_add_user(page & PAGE_FRAME);
    page_set(c, n, (page & (PAGE_FRAME | PAGE_FILE)) | flags);
    c->there |= bit_of(n);
    to->resident++;
}

/* `to` gets a page of its own, with what page n of a chunk has. False: no memory. */
static bool hot_copy(struct space *to, const struct chunk *c, unsigned n, unsigned rights)
{
    uint64_t at = c->base + n * (uint64_t)PAGE;
    frame_t frame = job_frame(to->job, frame_take_any);

    if (frame == 0)
        return false;
    memcpy(own_bytes(frame), own_bytes(c->page[n] & PAGE_FRAME), PAGE);
    if (!pages_put(to, at, frame, rights)) {
        frame_drop_user(frame);
        return false;
    }
    pages_heat(to, at);
    return true;
}

static bool is_hot(const struct chunk *c, unsigned n)
{
    enum { HOT = PAGE_MAPPED | PAGE_WRITABLE | PAGE_HOT };

    return (c->page[n] & (HOT | PAGE_FILE)) == HOT;
}

/* Where pages of another space's chunk are to be, if there is memory for that. */
static struct chunk *chunk_like(struct space *s, const struct chunk *like, unsigned rights)
{
    struct chunk *c = chunk_at(s, like->base);
    bool is_lent = like->page == all_lent && (rights & WRITE) == 0;

    return is_lent || chunk_own(c) != NULL ? c : NULL;
}

static bool chunk_share(struct space *from, struct space *to, struct chunk *c, unsigned n,
                        unsigned end, unsigned rights, bool private)
{
    unsigned all_rights = rights, hot = 0;
    struct chunk *copy = NULL;

    if (private)
        rights &= ~(unsigned)WRITE;

    for (;;) {
        uint64_t left = c->there & bits_of(n, end);
        if (left == 0)
            return true;
        n = (unsigned)__builtin_ctzll(left);
        if ((c->page[n] & PAGE_KEPT) != 0) {
            n++;
            continue;
        }
        if (private && hot < HOT_MAX && is_hot(c, n)) {
            if (!hot_copy(to, c, n, all_rights))
                return false;
            hot++;
            n++;
            continue;
        }
        if (copy == NULL && (copy = chunk_like(to, c, rights)) == NULL)
            return false;
        unsigned length = run_length(c, n, end, private && hot < HOT_MAX ? PAGE_HOT : 0);
        if (length == 0 && (c->page[n] & PAGE_MAPPED) != 0)
            length = 1;    /* hot, but nobody has written it since */
        if (length == 0) { /* there, but mapped nowhere */
            page_copy(to, copy, n, c->page[n], 0);
            n++;
            continue;
        }
        seL4_Word done = run_share(to, chunk_run(c->number, n, length),
                                   chunk_run(copy->number, n, length), c->base + n * (uint64_t)PAGE,
                                   rights, private ? MYELIN_SHARE_PROTECT_SOURCE : 0)
                             .done;
        for (unsigned i = n; i < n + done; i++) {
            if (private)
                page_set(c, i, c->page[i] & ~(uint32_t)PAGE_WRITABLE);
            page_copy(to, copy, i, c->page[i],
                      PAGE_MAPPED | ((rights & WRITE) != 0 ? PAGE_WRITABLE : 0));
        }
        n += (unsigned)done;
        if (done == length)
            continue;
        if ((c->page[n] & PAGE_FILE) == 0)
            return false;
        page_drop(from, c, n); /* its file has lost it; or else both find it again */
    }
}

bool pages_share(struct space *from, struct space *to, uint64_t first, uint64_t end,
                 unsigned rights, bool private)
{
    if (private)
        mirrors_take(from, first, end);
    for (struct chunk *c = from->chunks; c != NULL && c->base < end; c = c->next) {
        if (c->base + CHUNK_BYTES <= first)
            continue;
        unsigned n = first > c->base ? page_in(c, first) : 0;
        unsigned stop = end - c->base < CHUNK_BYTES ? page_in(c, end) : CHUNK_PAGES;
        if (!chunk_share(from, to, c, n, stop, rights, private))
            return false;
    }
    return true;
}

bool pages_move(struct space *s, uint64_t from, uint64_t to, uint64_t bytes)
{
    for (uint64_t at = 0; at < bytes; at += PAGE) { /* all chunks first: then nothing can fail */
        if (pages_page(s, from + at) != 0 && chunk_own(chunk_at(s, to + at)) == NULL) {
            chunks_trim(s);
            return false;
        }
    }
    mirrors_take(s, from, from + bytes);
    for (uint64_t at = 0; at < bytes; at += PAGE) {
        struct chunk *c = pages_chunk(s, from + at);
        unsigned n = c != NULL ? page_in(c, from + at) : 0;
        if (c == NULL || chunk_page(c, n) == 0)
            continue;
        if ((c->page[n] & PAGE_FILE) != 0) {
            page_drop(s, c, n);
            continue;
        }
        struct chunk *new = pages_chunk(s, to + at);
        unsigned to_n = page_in(new, to + at);
        page_unmap(c, n);
        new->page[to_n] = c->page[n];
        new->there |= bit_of(to_n);
        c->there &= ~bit_of(n);
    }
    chunks_trim(s);
    return true;
}

/* Whether no page is where a table leads to. */
bool table_is_idle(const struct space *s, const struct table *t)
{
    unsigned bits = t->kind == OBJECT_TABLE ? 21 : t->kind == OBJECT_DIRECTORY ? 30 : 39;
    uint64_t base = t->address >> bits << bits;

    for (const struct chunk *c = s->chunks; c != NULL; c = c->next)
        if (c->base >= base && c->base - base < 1ull << bits)
            return false;
    return true;
}

void tables_trim(struct space *s, uint64_t from, uint64_t to)
{
    for (struct table **link = &s->tables; *link != NULL;) {
        struct table *t = *link;
        if (t->address < from || t->address >= to || !table_is_idle(s, t)) {
            link = &t->next;
            continue;
        }
        *link = t->next;
        s->table_count--;
        table_unmap(t);
        object_give(t->kind, t->object);
        job_part_ends(t->job);
        table_free(t);
    }
}

void tables_disown(struct space *s)
{
    for (struct table *t = s->tables; t != NULL; t = t->next) {
        job_part_ends(t->job);
        t->job = JOB_NONE;
    }
}

void pages_close(struct space *s)
{
    pages_take(s, 0, ~0ull);
    tables_trim(s, 0, ~0ull);
    if (s->vspace != 0)
        object_give(OBJECT_SPACE, s->vspace);
    s->vspace = 0;
}
