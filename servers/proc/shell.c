/* SPDX-License-Identifier: BSD-2-Clause */
#include "shell.h"

#include <ipc/message.h>
#include <string.h>

#include "image.h"
#include "namespace.h"
#include "own.h"
#include "share.h"

enum {
    RW = RIGHT_READ | RIGHT_WRITE,
    TABLES_KEPT = 16, /* of an address space; more are of a program that is spread widely */
};

static frame_t info_frame;

/* ---- what all share ---- */

static bool info_make(void)
{
    const struct process_info *from = process_info();

    if (info_frame == 0)
        info_frame = frame_take();
    if (info_frame == 0)
        return false;
    *(struct process_info *)(void *)own_bytes(info_frame) = (struct process_info){
        .magic = PROCESS_INFO_MAGIC,
        .tsc_hz = from->tsc_hz,
        .tsc_inverse = from->tsc_inverse,
        .tsc_ns = from->tsc_ns,
        .boot_time_s = from->boot_time_s,
        .thread_max = UNIX_THREADS_MAX,
        .cnode_bits = UNIX_CNODE_BITS,
        .manager = PROCESS_BY_PROC,
        .thread_slot_first = UNIX_SLOT_THREAD_FIRST,
        .name = "process",
    };
    return true;
}

/* Map a frame, which gets another user; instead of another one, if there is one. */
static bool page_share(struct space *s, uint64_t address, frame_t frame, unsigned rights)
{
    uint32_t old = pages_page(s, address) & PAGE_FRAME;

    if (old == frame)
        return true;
    frame_add_user(frame);
    if (old != 0 ? pages_replace(s, address, frame, rights) : pages_put(s, address, frame, rights))
        return true;
    frame_drop_user(frame);
    return false;
}

/* ---- making ---- */

static bool space_make(struct process *p)
{
    struct space *s = &p->space;

    if (s->vspace == 0 && !pages_open(s))
        return false;
    if (pages_page(s, PROCESS_INFO_ADDR) == 0 &&
        !(image_map(s) && (info_frame != 0 || info_make()) &&
          page_share(s, PROCESS_INFO_ADDR, info_frame, RIGHT_READ)))
        return false;
    return page_share(s, PROCESS_NAMES_ADDR, namespace_frame(p), RIGHT_READ);
}

/*
 * Thread 0 with its own time: if its last process was killed in a call, that may be with the server
 * still.
 */
static bool first_thread_make(struct process *p)
{
    if (p->thread_end == 0 || thread_at(p, 0)->tcb == 0)
        return thread_make(p, 0);
    struct thread *t = thread_at(p, 0);
    (void)seL4_SchedContext_Unbind(t->time);
    t->has_no_time = false;
    return seL4_SchedContext_Bind(t->time, t->tcb) == seL4_NoError && share_apply(p, t);
}

bool shell_make(struct process *p)
{
    if (p->cnode == 0)
        p->cnode = object_take(OBJECT_CNODE);
    return p->cnode != 0 && space_make(p) && first_thread_make(p);
}

/* ---- filling ---- */

/* A page of a child becomes a copy of its parent's. */
static bool page_fork(struct process *from, struct process *to, uint64_t at)
{
    frame_t of = pages_page(&from->space, at) & PAGE_FRAME;
    frame_t its = pages_page(&to->space, at) & PAGE_FRAME;

    if (of == 0) {
        if (its != 0)
            pages_take(&to->space, at, at + PAGE);
        return true;
    }
    if (its == 0) {
        its = frame_take_any();
        if (its == 0)
            return false;
        if (!pages_put(&to->space, at, its, RW)) {
            frame_drop_user(its);
            return false;
        }
    }
    memcpy(own_bytes(its), own_bytes(of), PAGE);
    return true;
}

static bool pages_fork(struct process *from, struct process *to, uint64_t begin, uint64_t end)
{
    for (uint64_t at = begin; at < end; at += PAGE)
        if (!page_fork(from, to, at))
            return false;
    return true;
}

bool shell_fork(struct process *from, struct process *to, unsigned thread, uint64_t stack)
{
    uint64_t top = thread_address_end(thread);
    uint64_t end = top - PROCESS_THREAD_STACK, first = stack & ~(uint64_t)(PAGE - 1);

    if (thread != 0) {
        memset(thread_at(to, 0)->page, 0, PROCESS_MAIL_OFFSET);
        pages_take(&to->space, thread_address(0) + PAGE, thread_address_end(0));
    }
    if (first < end || first >= top)
        first = end;
    return pages_fork(from, to, PROCESS_STATE_ADDR, PROCESS_STATE_ADDR + PROCESS_STATE_BYTES) &&
           pages_fork(from, to, first, top);
}

/* ---- emptying ---- */

void shell_trim(struct process *p)
{
    pages_take(&p->space, thread_address(0) + PAGE, thread_address_end(0) - PAGE);
}

/* All but the personality's state, the page of thread 0, and what a fork copies of its stack. */
void shell_empty(struct process *p)
{
    pages_take(&p->space, 0, PROCESS_SYSTEM_ADDR);
    shell_trim(p);
    (void)slots_change(p, false); /* if there is no memory it keeps all */
    pages_take(&p->space, PROCESS_SESSIONS_ADDR, PROCESS_BLOCK_ADDR + PROCESS_BLOCK_BYTES);
    if (p->space.table_count > TABLES_KEPT)
        tables_trim(&p->space, 0, PROCESS_SYSTEM_ADDR);
    tables_disown(&p->space);
}

void shell_end(struct process *p)
{
    if (p->thread_end > 0)
        thread_end(p, 0);
    p->thread_end = 0;
    pages_close(&p->space);
    if (p->cnode != 0) {
        sessions_unmint(p);
        object_give(cnode_kind(p), p->cnode);
    }
    p->cnode = 0;
    p->has_all_slots = false;
}

bool shells_shrink(void)
{
    bool any = false;

    for (unsigned i = 1; i < process_top; i++)
        if (processes[i].state == PROCESS_FREE && processes[i].space.vspace != 0) {
            shell_end(&processes[i]);
            any = true;
        }
    return any;
}

/* Its pages, but for those that others have, too: the image's, and names, if any, and one more. */
static uint64_t shell_pages(struct process *p)
{
    bool has_names = pages_page(&p->space, PROCESS_NAMES_ADDR) != 0;

    return p->space.resident - (image.bytes + PAGE - 1) / PAGE - has_names - 1;
}

static uint64_t shell_bytes(struct process *p)
{
    const struct space *s = &p->space;
    uint64_t bytes = shell_pages(p) * PAGE + object_bytes(OBJECT_SPACE) +
                     object_bytes(cnode_kind(p)) + object_bytes(OBJECT_THREAD) +
                     object_bytes(OBJECT_TIME) + object_bytes(OBJECT_NOTIFICATION);

    for (const struct chunk *c = s->chunks; c != NULL; c = c->next)
        bytes += CHUNK_CNODE_BYTES;
    for (const struct table *t = s->tables; t != NULL; t = t->next)
        bytes += object_bytes((enum object_kind)t->kind);
    return bytes;
}

uint64_t shells_bytes(void)
{
    uint64_t bytes = 0;

    for (unsigned i = 1; i < process_top; i++)
        if (processes[i].state != PROCESS_LIVE && processes[i].space.vspace != 0)
            bytes += shell_bytes(&processes[i]);
    return bytes;
}

/* Tables of a process that it has not needed yet: those before it had its number did. */
static void count_idle(const struct process *p, struct shells *out)
{
    for (const struct table *t = p->space.tables; t != NULL; t = t->next)
        if (table_is_idle(&p->space, t)) {
            out->tables++;
            out->objects[t->kind]++;
        }
}

static void count_parts(const struct space *s, struct shells *out)
{
    for (const struct chunk *c = s->chunks; c != NULL; c = c->next)
        out->chunks++;
    for (const struct table *t = s->tables; t != NULL; t = t->next) {
        out->tables++;
        out->objects[t->kind]++;
    }
}

void shells_count(struct shells *out)
{
    static const enum object_kind of_thread[] = { OBJECT_THREAD, OBJECT_TIME, OBJECT_NOTIFICATION };

    *out = (struct shells){ .frames = own_space()->resident };
    count_parts(own_space(), out);
    for (unsigned i = 1; i < process_top; i++) {
        struct process *p = &processes[i];
        if (p->state == PROCESS_LIVE)
            count_idle(p, out);
        if (p->state == PROCESS_LIVE || p->space.vspace == 0)
            continue;
        out->frames += shell_pages(p);
        count_parts(&p->space, out);
        out->objects[OBJECT_SPACE]++;
        out->objects[cnode_kind(p)] += p->cnode != 0;
        for (unsigned k = 0; k < sizeof of_thread / sizeof of_thread[0]; k++)
            out->objects[of_thread[k]] += p->thread_end > 0 && thread_at(p, 0)->tcb != 0;
    }
}
