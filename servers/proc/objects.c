/* SPDX-License-Identifier: BSD-2-Clause */
#include "objects.h"

#include <ipc/unix.h>
#include <string.h>

#include "job.h"
#include "own.h"
#include "shell.h"

enum {
    BANK_BITS = 9,
    BANK_FRAMES = 1 << BANK_BITS,
    BANKS_MAX = 255,
    CHUNK_BITS = 6,
    CHUNK_BATCH_BITS = 5, /* CNodes made at once */
    FRAMES_MAX = BANKS_MAX * BANK_FRAMES,
    RETYPE_MAX = 256, /* objects in one call */
    TIME_BITS = 8,
    OWN_SLOTS = 128, /* slot_take() */
};

static struct cap_space space;
static struct cap_node node[CAP_SPACE_SLOTS];
static seL4_CPtr bank[BANKS_MAX]; /* CNodes */
static seL4_CPtr nursery;         /* one, where a bank's frames are made */
static seL4_CPtr lent;            /* one */

seL4_CPtr slot_take(void)
{
    static unsigned used;

    return used < OWN_SLOTS ? SLOT_FREE + used++ : 0;
}

/* ---- objects ---- */

/* How they are made: so many at once, of a size. */
static const struct {
    uint16_t type;
    uint8_t size_bits, bytes_bits, batch_bits;
} make[OBJECT_KINDS] = {
    [OBJECT_TABLE] = { seL4_X86_PageTableObject, 0, seL4_PageTableBits, 5 },
    [OBJECT_DIRECTORY] = { seL4_X86_PageDirectoryObject, 0, seL4_PageDirBits, 3 },
    [OBJECT_POINTERS] = { seL4_X86_PDPTObject, 0, seL4_PDPTBits, 3 },
    [OBJECT_SPACE] = { seL4_X64_PML4Object, 0, seL4_PML4Bits, 2 },
    [OBJECT_CNODE] = { seL4_CapTableObject, UNIX_CNODE_FEW_BITS,
                       UNIX_CNODE_FEW_BITS + seL4_SlotBits, 2 },
    [OBJECT_CNODE_ALL] = { seL4_CapTableObject, UNIX_CNODE_BITS, UNIX_CNODE_BITS + seL4_SlotBits,
                           0 },
    [OBJECT_THREAD] = { seL4_TCBObject, 0, seL4_TCBBits, 3 },
    [OBJECT_TIME] = { seL4_SchedContextObject, TIME_BITS, TIME_BITS, 3 },
    [OBJECT_NOTIFICATION] = { seL4_NotificationObject, 0, seL4_NotificationBits, 4 },
};

/* Those that nobody uses now: each knows the next, by its slot. */
static uint16_t next_spare[CAP_SPACE_SLOTS];
struct spares {
    unsigned made, count; /* `count` of them are spare */
    uint16_t first;
};
static struct spares pool[OBJECT_KINDS], chunks;

static void spare_put(struct spares *s, seL4_CPtr slot)
{
    next_spare[slot] = s->first;
    s->first = (uint16_t)slot;
    s->count++;
}

/* One of them: there is one. */
static seL4_CPtr spare_take(struct spares *s)
{
    seL4_CPtr slot = s->first;

    s->first = next_spare[slot];
    s->count--;
    return slot;
}

static bool spaces_assign(seL4_CPtr first, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (seL4_X86_ASIDPool_Assign(SLOT_ASID_POOL, first + i) != seL4_NoError)
            return false;
    return true;
}

static bool pool_fill(enum object_kind kind)
{
    seL4_CPtr first;
    unsigned batch = make[kind].batch_bits;

    if (cap_objects_make(&space, make[kind].type, make[kind].size_bits, make[kind].bytes_bits,
                         batch, &first) != seL4_NoError)
        return false;
    if (kind == OBJECT_SPACE && !spaces_assign(first, 1u << batch)) {
        (void)cap_objects_end(&space, first);
        return false;
    }
    for (unsigned i = 0; i < 1u << batch; i++)
        object_give(kind, first + i);
    pool[kind].made += 1u << batch;
    return true;
}

seL4_CPtr object_take(enum object_kind kind)
{
    if (pool[kind].count == 0 && !pool_fill(kind) && !(shells_shrink() && pool[kind].count > 0))
        return 0;
    return spare_take(&pool[kind]);
}

void object_give(enum object_kind kind, seL4_CPtr object)
{
    spare_put(&pool[kind], object);
}

unsigned object_count(enum object_kind kind)
{
    return pool[kind].made - pool[kind].count;
}

unsigned slots_count(void)
{
    return (1u << process_info()->cnode_bits) - space.slots.free;
}

seL4_CPtr object_new(seL4_Word type, unsigned bytes_bits, unsigned order)
{
    seL4_CPtr first;

    return cap_objects_make(&space, type, 0, bytes_bits, order, &first) == seL4_NoError ? first : 0;
}

void object_end(seL4_CPtr first)
{
    (void)cap_objects_end(&space, first);
}

seL4_CPtr object_cnode(unsigned bits)
{
    seL4_CPtr cnode;

    return cap_objects_make(&space, seL4_CapTableObject, bits, bits + seL4_SlotBits, 0, &cnode) ==
                   seL4_NoError
               ? cnode
               : 0;
}

/* ---- frames ---- */

/*
 * Of each frame in use how many users it has, and above that its job; of each free one the next of
 * these, with a bit if it is all zeros, as the kernel made it.
 */
static uint32_t *const state = OWN_ARRAY(OWN_FRAMES);
static frame_t first_free;
static unsigned state_page = ~0u; /* the last one that is there */
static unsigned free_count, bank_count;

enum { FRESH = 1 << 30, STATES = PAGE / sizeof(uint32_t), JOB_SHIFT = 24, USERS = 0xffffff };
_Static_assert((int)FRAMES_MAX < (int)FRESH, "a number and a bit");

static void frame_free(frame_t frame, uint32_t fresh)
{
    state[frame] = first_free | fresh;
    first_free = frame;
    free_count++;
}

static seL4_CPtr last_memory; /* of the bank that was made last */

/* With all that it maps; it is made anew another time. */
static void bank_end(unsigned n)
{
    (void)cap_untyped_give(&space, last_memory);
    (void)cap_objects_end(&space, bank[n]);
}

/*
 * Frames begin in the nursery: what their bank has are the capabilities that we map them by. If
 * there is no memory to map all of them by, everything goes back.
 */
static bool bank_make(unsigned n)
{
    const myelin_Run made = { nursery, 0, BANK_BITS, BANK_FRAMES };
    bool good = true;

    bank[n] = object_cnode(BANK_BITS);
    if (bank[n] == 0)
        return false;
    if (cap_untyped_take(&space, BANK_BITS + PAGE_BITS, &last_memory) != seL4_NoError) {
        (void)cap_objects_end(&space, bank[n]);
        return false;
    }
    for (unsigned i = 0; good && i < BANK_FRAMES; i += RETYPE_MAX)
        good = seL4_Untyped_Retype(last_memory, seL4_X86_4K, 0, nursery, 0, 0, i, RETYPE_MAX) ==
               seL4_NoError;
    good = good &&
           own_map(made, (myelin_Run){ bank[n], 0, BANK_BITS, BANK_FRAMES }, n * BANK_FRAMES + 1);
    (void)myelin_DeleteFrames(made);
    if (!good)
        bank_end(n);
    return good;
}

/* The first frame of a bank holds what is known of it, if the bank before left no room for that. */
static bool frames_make(void)
{
    static bool makes; /* what is mapped of our own may need frames: those are not there yet */

    if (makes || bank_count == BANKS_MAX || !bank_make(bank_count))
        return false;
    unsigned first = bank_count * BANK_FRAMES + 1, end = first + BANK_FRAMES;
    bool grows = state_page != end / STATES;
    makes = true;
    bool good = !grows || own_put(OWN_FRAMES, end / STATES, first);
    makes = false;
    if (!good) {
        bank_end(bank_count);
        return false;
    }
    state_page = end / STATES;
    if (grows)
        state[first++] = 1;
    for (frame_t frame = end; frame-- > first;)
        frame_free(frame, FRESH);
    bank_count++;
    return true;
}

myelin_Run frame_run(frame_t frame)
{
    return (myelin_Run){ bank[(frame - 1) / BANK_FRAMES], (frame - 1) % BANK_FRAMES, BANK_BITS, 1 };
}

static frame_t frame_unlist(bool *fresh)
{
    if (free_count == 0 && !frames_make() && !(shells_shrink() && free_count > 0))
        return 0;
    frame_t frame = first_free;
    *fresh = (state[frame] & FRESH) != 0;
    first_free = state[frame] & ~(uint32_t)FRESH;
    free_count--;
    state[frame] = 1;
    return frame;
}

frame_t frame_take_any(void)
{
    bool fresh;

    return frame_unlist(&fresh);
}

frame_t frame_take(void)
{
    bool fresh = true;
    frame_t frame = frame_unlist(&fresh);

    if (!fresh)
        memset(own_bytes(frame), 0, PAGE);
    return frame;
}

void frame_add_user(frame_t frame)
{
    state[frame]++;
}

void frame_set_job(frame_t frame, unsigned job)
{
    state[frame] = (uint32_t)job << JOB_SHIFT | 1;
}

void frame_drop_user(frame_t frame)
{
    if ((--state[frame] & USERS) != 0)
        return;
    if (state[frame] != 0)
        job_frame_ends(state[frame] >> JOB_SHIFT);
    frame_free(frame, 0);
}

bool frame_is_shared(frame_t frame)
{
    return (state[frame] & USERS) > 1;
}

unsigned frames_count(void)
{
    return bank_count * BANK_FRAMES - free_count;
}

/* ---- chunks ---- */

static bool chunks_make(void)
{
    seL4_CPtr first;

    if (chunks.made + (1u << CHUNK_BATCH_BITS) > CHUNKS_MAX ||
        cap_objects_make(&space, seL4_CapTableObject, CHUNK_BITS, CHUNK_BITS + seL4_SlotBits,
                         CHUNK_BATCH_BITS, &first) != seL4_NoError)
        return false;
    for (unsigned i = 0; i < 1u << CHUNK_BATCH_BITS; i++)
        spare_put(&chunks, first + i);
    chunks.made += 1u << CHUNK_BATCH_BITS;
    return true;
}

unsigned chunk_take(void)
{
    if (chunks.count == 0 && !chunks_make())
        return CHUNK_NONE;
    return (unsigned)spare_take(&chunks);
}

void chunk_give(unsigned chunk)
{
    spare_put(&chunks, chunk);
}

unsigned chunks_count(void)
{
    return chunks.made - chunks.count;
}

myelin_Run chunk_run(unsigned chunk, unsigned first, unsigned count)
{
    return (myelin_Run){ chunk, first, CHUNK_BITS, count };
}

/* ---- frames of files ---- */

seL4_CPtr lent_open(void)
{
    return lent = object_cnode(UNIX_CACHE_BITS);
}

myelin_Run lent_run(unsigned first, unsigned count)
{
    return (myelin_Run){ lent, first, UNIX_CACHE_BITS, count };
}

/* ---- all of it ---- */

uint64_t objects_total(void)
{
    return 1ull << process_info()->reserve_bits;
}

uint64_t object_bytes(enum object_kind kind)
{
    return 1ull << make[kind].bytes_bits;
}

uint64_t objects_free(void)
{
    uint64_t kept = (uint64_t)chunks.count << (CHUNK_BITS + seL4_SlotBits);
    /* A bank of frames takes slots, and a table to map it by. */
    enum { WITH = ((1 << (BANK_BITS + seL4_SlotBits)) >> PAGE_BITS) + 1 };
    uint64_t rest = space.free_bytes - space.free_bytes / (BANK_FRAMES + WITH) * WITH;

    for (unsigned kind = 0; kind < OBJECT_KINDS; kind++)
        kept += (uint64_t)pool[kind].count << make[kind].bytes_bits;
    return rest + kept + (uint64_t)free_count * PAGE + shells_bytes();
}

const char *objects_open(void)
{
    const struct process_info *info = process_info();

    if (info->reserve_bits == 0)
        return "needs a reserve";
    cap_space_open(&space, SLOT_CNODE, seL4_WordBits, SLOT_FREE + OWN_SLOTS, 1u << info->cnode_bits,
                   node);
    if (!cap_space_add(&space, SLOT_RESERVE, info->reserve_bits))
        return "the reserve is of no use";
    nursery = object_cnode(BANK_BITS);
    return nursery != 0 ? NULL : "no memory for frames";
}
