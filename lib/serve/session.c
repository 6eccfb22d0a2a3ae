/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles are index | generation << 12; a slot's generation changes when it is closed, so that an
 * old number does not lead to what came in its place. Bit 31 is left to roots (idl/file.capnp).
 */
#include <errno.h>
#include <ipc/unix.h>
#include <serve/session.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { GENERATION_MAX = 0x7ffff };

/*
 * Tables have 4 slots, 8, .. 64, then 256, 512, 1024: whole pages, mapped as such, since the
 * allocator would take several times as many, and a server's heap is small.
 */
enum { SLOTS_FIRST = 4, SLOTS_SMALL = 64, SLOTS_PAGE = 256 };
_Static_assert(SLOTS_PAGE * sizeof(struct serve_slot) == 4096, "a page");
_Static_assert(SERVE_HANDLES_MAX <= 1 << SERVE_INDEX_BITS, "a handle's index");
struct serve_session serve_manager, serve_process[SERVE_PROCESSES_MAX],
    serve_client[SERVE_CLIENTS_MAX];
struct serve_export serve_exports[SERVE_EXPORTS_MAX];

_Static_assert((int)SERVE_PROCESSES_MAX == (int)UNIX_PROCESSES_MAX, "numbers of processes");

/* ---- handles ---- */

static uint32_t handle_of(const struct serve_session *s, uint32_t index)
{
    return s->slot[index].generation << SERVE_INDEX_BITS | index;
}

static size_t tables_room = SIZE_MAX, tables, tables_of[UNIX_JOBS_MAX]; /* bytes */

void serve_tables_room(size_t bytes)
{
    tables_room = bytes;
}

static uint32_t slots_behind(uint32_t slots)
{
    return slots == 0 ? SLOTS_FIRST : slots == SLOTS_SMALL ? SLOTS_PAGE : slots * 2;
}

/* What it takes of the heap: the allocator rounds up, by a quarter at most, and has its head. */
static size_t table_cost(uint32_t slots)
{
    size_t bytes = slots * sizeof(struct serve_slot);

    return slots == 0 || slots >= SLOTS_PAGE ? bytes : bytes / 4 * 5 + 16;
}

static void table_free(struct serve_slot *table, uint32_t slots)
{
    if (slots >= SLOTS_PAGE)
        (void)munmap(table, slots * sizeof *table);
    else
        free(table);
}

/* A larger one instead, whose new slots have anything in them; NULL: there is no memory. */
static struct serve_slot *table_more(struct serve_slot *old, uint32_t slots, uint32_t more)
{
    if (more < SLOTS_PAGE)
        return realloc(old, more * sizeof *old);
    struct serve_slot *table = mmap(NULL, more * sizeof *table, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (table == MAP_FAILED)
        return NULL;
    if (slots > 0)
        memcpy(table, old, slots * sizeof *table);
    table_free(old, slots);
    return table;
}

static void charge(uint32_t job, size_t bytes)
{
    tables += bytes;
    tables_of[job] += bytes;
}

void serve_session_outer(struct serve_session *session, uint32_t outer)
{
    charge(session->outer, -table_cost(session->slots));
    session->outer = outer;
    charge(outer, table_cost(session->slots));
}

/* Whether a job may have so many bytes more, of a table with so many slots. SERVE-3. */
static bool share_allows(uint32_t job, size_t more, uint32_t slots)
{
    size_t room = slots > SERVE_SLOTS_FEW ? tables_room / 4 * 3 : tables_room;

    return serve_share_allows(job, tables_of[job] + more, tables - tables_of[0] + more, room);
}

/* Room for `slots` handles; those that are new are free. */
static bool table_grow(struct serve_session *s, uint32_t slots)
{
    size_t more = table_cost(slots) - table_cost(s->slots);
    struct serve_slot *table =
        share_allows(s->outer, more, slots) ? table_more(s->slot, s->slots, slots) : NULL;

    if (table == NULL)
        return false;
    charge(s->outer, more);
    s->slot = table;
    for (; s->slots < slots; s->slots++)
        table[s->slots] = (struct serve_slot){ .generation = 1 };
    return true;
}

int serve_handle_new(struct serve_session *session, struct serve_file *file, uint32_t *handle)
{
    uint32_t index = session->free_from;

    while (index < session->slots && session->slot[index].file != NULL)
        index++;
    if (index == session->slots) {
        if (session->slots >= SERVE_HANDLES_MAX || session->is_export)
            return EMFILE;
        if (!table_grow(session, slots_behind(session->slots)))
            return ENFILE;
    }
    session->free_from = index + 1;
    session->open++;
    session->slot[index].file = file;
    file->users++;
    *handle = handle_of(session, index);
    return 0;
}

/* A description has a user less. */
static void file_drop(struct serve_table *table, struct serve_file *file)
{
    if (file != NULL && --file->users == 0)
        table->closed(file);
}

static void slot_close(struct serve_table *table, struct serve_session *s, struct serve_slot *slot)
{
    struct serve_file *file = slot->file;

    slot->file = NULL;
    slot->generation = slot->generation == GENERATION_MAX ? 1 : slot->generation + 1;
    if (s->free_from > slot - s->slot)
        s->free_from = (uint32_t)(slot - s->slot);
    s->open--;
    if (table->lets_go != NULL)
        table->lets_go(s, file);
    file_drop(table, file);
}

int serve_handle_close(struct serve_table *table, struct serve_session *session, uint32_t handle)
{
    struct serve_slot *slot = serve_slot_find(session, handle);

    if (session->is_export)
        return serve_export_close(table, session, handle);
    if (slot == NULL)
        return EBADF;
    slot_close(table, session, slot);
    return 0;
}

/* ---- sessions ---- */

/* Of a component, made at its first call. */
static struct serve_session *client_find(uint64_t badge)
{
    struct serve_session *spare = NULL;

    for (unsigned i = 0; i < SERVE_CLIENTS_MAX; i++) {
        struct serve_session *s = &serve_client[i];
        if (s->badge == badge)
            return s;
        if (s->badge == 0 && spare == NULL)
            spare = s;
    }
    if (spare != NULL)
        *spare = (struct serve_session){ .badge = badge, .bytes_max = ~0ull };
    return spare;
}

struct serve_session *serve_session_other(struct serve_table *table, uint64_t badge)
{
    if (badge == UNIX_BADGE_MANAGER) {
        serve_manager.badge = badge;
        return &serve_manager;
    }
    if (table->comes != NULL && UNIX_BADGE_GENERATION(badge) != 0 && badge < UNIX_BADGE_MANAGER)
        return table->comes(table, badge) ? &serve_process[UNIX_BADGE_NUMBER(badge)] : NULL;
    if ((badge & UNIX_BADGE_EXPORT) != 0)
        return serve_export_find(badge);
    /* What manifests give has no generation, which processes' badges have. */
    if (table->takes_clients && badge != 0 && UNIX_BADGE_GENERATION(badge) == 0)
        return client_find(badge);
    return NULL;
}

/* One that has begun, of a process. */
static struct serve_session *process_find(uint64_t badge)
{
    unsigned number = UNIX_BADGE_NUMBER(badge);

    if (badge == 0 || number >= SERVE_PROCESSES_MAX || serve_process[number].badge != badge)
        return NULL;
    return &serve_process[number];
}

int serve_session_begin(struct serve_table *table, uint64_t badge)
{
    unsigned number = UNIX_BADGE_NUMBER(badge);

    if (number >= SERVE_PROCESSES_MAX || UNIX_BADGE_GENERATION(badge) == 0 ||
        badge >= UNIX_BADGE_MANAGER)
        return EINVAL;
    if (serve_process[number].badge == badge)
        return EAGAIN;
    /* The manager has been started again, and has not seen the end of one of its last life. */
    while (serve_process[number].badge != 0)
        (void)serve_session_end(table, serve_process[number].badge);
    serve_process[number] = (struct serve_session){ .badge = badge, .bytes_max = ~0ull };
    return 0;
}

/* The child's table: those of the list that are open, and the rest free. */
static void table_copy(struct serve_session *to, const struct serve_session *from,
                       const uint32_t *handles, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct serve_slot *slot = serve_slot_find(from, handles[i]);
        struct serve_slot *its = slot != NULL ? &to->slot[slot - from->slot] : NULL;
        if (its == NULL || its->file != NULL)
            continue; /* not open, or listed twice */
        its->file = slot->file;
        its->file->users++;
        to->open++;
    }
    for (uint32_t i = 0; i < to->slots; i++)
        to->slot[i].generation = from->slot[i].generation;
}

/* Room for what a child is to have: not for all that its parent had open at some time. */
static uint32_t slots_for(const struct serve_session *from, const uint32_t *handles, size_t count)
{
    uint32_t needed = 0, slots = SLOTS_FIRST;

    for (size_t i = 0; i < count; i++) {
        const struct serve_slot *slot = serve_slot_find(from, handles[i]);
        if (slot != NULL && slot - from->slot >= needed)
            needed = (uint32_t)(slot - from->slot) + 1;
    }
    while (slots < needed)
        slots = slots_behind(slots);
    return needed > 0 ? slots : 0;
}

int serve_session_fork(struct serve_table *table, uint64_t parent, uint64_t child,
                       const uint32_t *handles, size_t count, int32_t pid)
{
    const struct serve_session *from = process_find(parent);

    if (from == NULL)
        return ESRCH;
    if (UNIX_BADGE_NUMBER(child) == UNIX_BADGE_NUMBER(parent))
        return EAGAIN; /* it would end its parent's */
    int e = serve_session_begin(table, child);
    if (e != 0)
        return e;
    struct serve_session *to = process_find(child);
    to->outer = from->outer;
    uint32_t slots = slots_for(from, handles, count);
    if (slots > 0 && !table_grow(to, slots)) {
        to->badge = 0;
        return ENOMEM;
    }
    table_copy(to, from, handles, count);
    to->pid = pid;
    memcpy(&to->group, &from->group, /* all that it acts for, and its root */
           offsetof(struct serve_session, slot) - offsetof(struct serve_session, group));
    if (to->root != NULL)
        to->root->users++;
    if (table->forked != NULL)
        table->forked(parent, child);
    return 0;
}

int serve_session_root(struct serve_table *table, uint64_t badge, uint32_t handle)
{
    struct serve_session *s = process_find(badge);
    struct serve_file *before = s != NULL ? s->root : NULL;
    const struct serve_slot *slot = s != NULL ? serve_slot_find(s, handle) : NULL;

    if (slot == NULL)
        return s == NULL ? ESRCH : EBADF;
    s->root = slot->file;
    s->root->users++;
    file_drop(table, before);
    return 0;
}

int serve_session_keep(struct serve_table *table, uint64_t badge, const uint32_t *handles,
                       size_t count)
{
    struct serve_session *s = process_find(badge);
    uint64_t listed[SERVE_HANDLES_MAX / 64] = { 0 };

    if (s == NULL)
        return ESRCH;
    serve_exports_end(table, badge);
    for (size_t i = 0; i < count; i++) {
        struct serve_slot *slot = serve_slot_find(s, handles[i]);
        if (slot != NULL)
            listed[(slot - s->slot) / 64] |= 1ull << (slot - s->slot) % 64;
    }
    for (uint32_t i = 0; i < s->slots; i++) {
        struct serve_slot *slot = &s->slot[i];
        if (slot->file != NULL && (listed[i / 64] >> i % 64 & 1) == 0)
            slot_close(table, s, slot);
    }
    return 0;
}

static struct serve_session *any_find(uint64_t badge)
{
    struct serve_session *s = process_find(badge);

    for (unsigned i = 0; i < SERVE_CLIENTS_MAX && s == NULL && badge != 0; i++)
        if (serve_client[i].badge == badge)
            s = &serve_client[i];
    return s;
}

bool serve_session_end(struct serve_table *table, uint64_t badge)
{
    struct serve_session *s = any_find(badge);
    unsigned closed = 0;

    if (s == NULL)
        return false;
    serve_exports_end(table, badge);
    if (table->ending != NULL)
        table->ending(s);
    for (uint32_t i = s->slots; i-- > 0 && closed < SERVE_END_PIECE && s->open > 0;) {
        if (s->slot[i].file == NULL)
            continue;
        slot_close(table, s, &s->slot[i]);
        closed++;
    }
    if (s->open > 0)
        return true;
    file_drop(table, s->root);
    table_free(s->slot, s->slots);
    charge(s->outer, -table_cost(s->slots));
    *s = (struct serve_session){ 0 };
    return false;
}

bool serve_is_in_group(const struct serve_session *session, uint32_t gid)
{
    if (session->gid == gid)
        return true;
    for (uint32_t i = 0; i < session->group_count; i++)
        if (session->groups[i] == gid)
            return true;
    return false;
}
