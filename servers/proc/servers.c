/* SPDX-License-Identifier: BSD-2-Clause */
#include "servers.h"

#include <errno.h>
#include <idl/file.h>
#include <idl/init.h>
#include <idl/session.h>
#include <ipc/message.h>
#include <ipc/tty.h>
#include <myelin/portal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "credentials.h"
#include "job.h"
#include "limit.h"
#include "objects.h"
#include "offers.h"
#include "process.h"
#include "procfs.h"
#include "terminal.h"

static const char *const name[UNIX_SERVERS_MAX] = {
    [UNIX_MEMFS] = "memfs",
    [UNIX_PIPE] = "pipe",
    [UNIX_TTY] = "tty",
    [UNIX_SYSTEM] = "system",
};

static struct {
    seL4_CPtr whole;  /* its endpoint, to mint from; 0: the system has no such server */
    seL4_CPtr manage; /* our own badge */
} server[UNIX_SERVERS_MAX];

/*
 * All they know of processes' threads: a CNode of CNodes, one for each number of a process that was
 * ever used.
 */
static seL4_CPtr bells;
enum { BELLS_EACH_BITS = 6, BELLS_NUMBER_BITS = UNIX_BELLS_BITS - BELLS_EACH_BITS };
_Static_assert(UNIX_BELL(1, 0) == 1 << BELLS_EACH_BITS, "the second level");

static struct session session_of(unsigned n)
{
    return (struct session){ server[n].manage };
}

const char *server_name(unsigned n)
{
    const char *is = n == UNIX_PROC ? "proc" : n < UNIX_SERVERS_MAX ? name[n] : offer_name(n);

    return is != NULL ? is : "?";
}

seL4_CPtr server_cap(unsigned n)
{
    return n < UNIX_SERVERS_MAX ? server[n].manage : 0;
}

/* A capability to one as its manager that capabilities can be given with, for a moment; 0: none. */
static seL4_CPtr grant_open(unsigned n)
{
    static seL4_CPtr grant;

    if (grant == 0)
        grant = slot_take();
    if (grant == 0 ||
        seL4_CNode_Mint(SLOT_CNODE, grant, seL4_WordBits, SLOT_CNODE, server[n].whole,
                        seL4_WordBits, seL4_AllRights, UNIX_BADGE_MANAGER) != seL4_NoError)
        return 0;
    return grant;
}

static void grant_close(seL4_CPtr grant)
{
    (void)seL4_CNode_Delete(SLOT_CNODE, grant, seL4_WordBits);
}

/* Those that need none refuse them. */
static bool bells_give(unsigned n)
{
    seL4_CPtr grant = grant_open(n);

    if (grant == 0)
        return false;
    int e = session_attach((struct session){ grant }, (struct service){ bells });
    grant_close(grant);
    return e == 0 || e == EINVAL;
}

bool server_lends(seL4_CPtr slots)
{
    seL4_CPtr grant = grant_open(UNIX_MEMFS);

    if (grant == 0)
        return false;
    int e = file_cache_frames((struct file){ grant }, (struct service){ slots });
    grant_close(grant);
    return e == 0;
}

static bool server_open(unsigned n, seL4_CPtr slot)
{
    uint64_t c, d;

    /* While it starts, init keeps us waiting; then its endpoint is in the slot (CMP-2). */
    while (service_ping((struct service){ slot }, 0, 0, &c, &d) == CALL_DEAD)
        seL4_Yield();
    server[n].whole = slot;
    server[n].manage = slot_take();
    return server[n].manage != 0 &&
           seL4_CNode_Mint(SLOT_CNODE, server[n].manage, seL4_WordBits, SLOT_CNODE, slot,
                           seL4_WordBits, myelin_CallOnly(), UNIX_BADGE_MANAGER) == seL4_NoError &&
           bells_give(n);
}

/* Give up one session. ENOENT: the server does not know it. */
static int session_finish(unsigned n, uint64_t badge)
{
    uint32_t more = 1;
    int e = 0;

    while (e == 0 && more != 0)
        e = session_end(session_of(n), badge, &more);
    return e;
}

/*
 * If this is not our first life, servers know processes of the last one: theirs end here, since
 * whoever begins under a number ends who had it before.
 */
static void sessions_sweep(unsigned n)
{
    for (unsigned number = 1; number < UNIX_PROCESSES_MAX; number++) {
        uint64_t badge = UNIX_BADGE(number, process_generation());
        if (session_begin(session_of(n), badge) == 0)
            (void)session_finish(n, badge);
    }
}

static bool is_first_life(void)
{
    struct init_component own;

    return init_component((struct init){ SLOT_INIT }, process_info()->id, &own) == 0 &&
           own.starts == 1;
}

const char *servers_open(void)
{
    bool sweeps = !is_first_life();

    bells = object_cnode(BELLS_NUMBER_BITS);
    if (bells == 0)
        return "memory for bells";
    for (unsigned n = 1; n < UNIX_SERVERS_MAX; n++) {
        const struct process_cap *cap =
            name[n] != NULL ? process_cap(PROCESS_CAP_ENDPOINT, name[n]) : NULL;
        if (cap != NULL && !server_open(n, cap->slot))
            return name[n];
        if (cap != NULL && sweeps) {
            sessions_sweep(n);
            (void)session_unpin(session_of(n), 0, 0);
        }
    }
    return server[UNIX_MEMFS].manage != 0 ? NULL : name[UNIX_MEMFS];
}

static seL4_Word slot_of(unsigned number)
{
    return number == UNIX_PROC ? (seL4_Word)SLOT_INIT : unix_server_slot(number);
}

bool sessions_mint(const struct process *p)
{
    for (unsigned n = 0; n < UNIX_SERVERS_MAX; n++) {
        seL4_CPtr from = n == UNIX_PROC ? (seL4_CPtr)SLOT_SERVE : server[n].whole;
        if (from != 0 &&
            seL4_CNode_Mint(p->cnode, slot_of(n), cnode_bits(p), SLOT_CNODE, from, seL4_WordBits,
                            myelin_CallOnly(), p->badge) != seL4_NoError)
            return false;
    }
    return true;
}

void sessions_unmint(const struct process *p)
{
    for (unsigned n = 0; n < UNIX_SERVERS_MAX; n++)
        if (n == UNIX_PROC || server[n].whole != 0)
            (void)seL4_CNode_Delete(p->cnode, slot_of(n), cnode_bits(p));
}

/* ---- what happens in all of them; of the process server's own, whose files are /proc ---- */

static void sessions_end_before(uint64_t badge, unsigned end)
{
    while (serve_session_end(&procfs()->sessions, badge))
        continue;
    for (unsigned n = 1; n < end; n++)
        if (server[n].manage != 0)
            (void)session_finish(n, badge);
}

int sessions_begin(uint64_t badge)
{
    int own = serve_session_begin(&procfs()->sessions, badge);

    if (own != 0)
        return own;
    for (unsigned n = 1; n < UNIX_SERVERS_MAX; n++) {
        int e = server[n].manage != 0 ? session_begin(session_of(n), badge) : 0;
        if (e != 0) {
            sessions_end_before(badge, n);
            return e > 0 ? e : EIO;
        }
    }
    return 0;
}

/* Those of a list that are of one server, by themselves. */
static size_t handles_of(unsigned n, const uint32_t (*list)[2], size_t count, uint32_t *out)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        if (list[i][0] == n)
            out[found++] = list[i][1];
    return found;
}

static int attributes_tell(unsigned n, const struct process *p)
{
    const struct credentials *c = credentials_of(p);
    struct session_attributes a = {
        .session = p->badge,
        .pid = p->pid,
        .group = p->group,
        .sid = p->disowned ? 0 : p->session, /* to the terminal server it is in no session */
        .uid = c->id.euid,
        .gid = c->id.egid,
        .bytes_max = limit_of(p, RLIMIT_FSIZE),
        .job = p->job,
        .outer = job_outermost(p->job),
    };

    return session_attributes(session_of(n), &a, c->groups, c->group_count);
}

/* Whoever waits with poll() asks again: who was to ring has gone. */
static void bells_ring(const struct process *p)
{
    for (unsigned i = 0; i < p->thread_end; i++)
        if (thread_at(p, i)->runs && thread_at(p, i)->bell != 0)
            seL4_Signal(thread_at(p, i)->bell);
}

/*
 * A server that init has started again knows nobody: all have a session there, and nothing open.
 * Without their files there is nothing to go on with.
 */
static void sessions_again(unsigned n)
{
    if (n == UNIX_MEMFS) {
        puts("files are those of the start again, so processes have to be");
        exit(1);
    }
    (void)bells_give(n);
    for (unsigned i = 1; i < process_top; i++)
        if (processes[i].state == PROCESS_LIVE &&
            session_begin(session_of(n), processes[i].badge) == 0)
            (void)attributes_tell(n, &processes[i]);
    if (n == UNIX_TTY)
        terminal_again();
    for (unsigned i = 1; i < process_top; i++)
        if (processes[i].state == PROCESS_LIVE)
            bells_ring(&processes[i]);
}

void sessions_look(void)
{
    const struct process *first = process_find(1);

    for (unsigned n = 1; n < UNIX_SERVERS_MAX && first != NULL; n++)
        if (server[n].manage != 0 && attributes_tell(n, first) == ENOENT)
            sessions_again(n);
}

/* A child's session with one server. One that does not run is no reason not to fork. */
static int session_inherit(unsigned n, uint64_t parent, const struct process *child,
                           const uint32_t *handles, size_t count)
{
    int e = session_fork(session_of(n), parent, child->badge, handles, count * sizeof *handles,
                         child->pid);

    if (e != ESRCH)
        return e != CALL_DEAD ? e : 0;
    sessions_again(n); /* the child is among them */
    return 0;
}

int sessions_fork(uint64_t parent, const struct process *child, const uint32_t (*list)[2],
                  size_t count)
{
    static uint32_t own[PROCESS_HANDLES_MAX];
    size_t handles = handles_of(UNIX_PROC, list, count, own);
    int e = serve_session_fork(&procfs()->sessions, parent, child->badge, own, handles, child->pid);

    if (e != 0)
        return e;
    for (unsigned n = 1; n < UNIX_SERVERS_MAX; n++) {
        handles = handles_of(n, list, count, own);
        e = server[n].manage != 0 ? session_inherit(n, parent, child, own, handles) : 0;
        if (e != 0) {
            sessions_end_before(child->badge, n);
            return e > 0 ? e : EIO;
        }
    }
    return 0;
}

void sessions_keep(uint64_t badge, const uint32_t (*list)[2], size_t count)
{
    static uint32_t own[PROCESS_HANDLES_MAX];
    size_t handles = handles_of(UNIX_PROC, list, count, own);

    (void)serve_session_keep(&procfs()->sessions, badge, own, handles);
    for (unsigned n = 1; n < UNIX_SERVERS_MAX; n++) {
        handles = handles_of(n, list, count, own);
        if (server[n].manage != 0)
            (void)session_keep(session_of(n), badge, own, handles * sizeof *own);
    }
}

void sessions_end(uint64_t badge)
{
    sessions_end_before(badge, 1); /* our own */
    for (unsigned n = 1; n < UNIX_SERVERS_MAX; n++)
        if (server[n].manage != 0 && session_finish(n, badge) == ENOENT) {
            sessions_again(n);
            (void)session_finish(n, badge); /* it is among them */
        }
}

void sessions_attributes(const struct process *p)
{
    struct serve_session *own = serve_session_find(&procfs()->sessions, p->badge);

    if (own != NULL) {
        own->pid = p->pid;
        own->uid = credentials_of(p)->id.euid;
        serve_session_outer(own, job_outermost(p->job));
    }
    for (unsigned n = 1; n < UNIX_SERVERS_MAX; n++)
        if (server[n].manage != 0)
            (void)attributes_tell(n, p);
    offers_tell(p);
}

static bool bells_make(unsigned number)
{
    static bool has[UNIX_PROCESSES_MAX];

    if (!has[number]) {
        seL4_CPtr each = object_cnode(BELLS_EACH_BITS);
        has[number] =
            each != 0 && seL4_CNode_Copy(bells, number, BELLS_NUMBER_BITS, SLOT_CNODE, each,
                                         seL4_WordBits, seL4_AllRights) == seL4_NoError;
    }
    return has[number];
}

bool server_bell(unsigned number, unsigned thread, seL4_CPtr bell)
{
    if (!bells_make(number))
        return false;
    (void)seL4_CNode_Delete(bells, UNIX_BELL(number, thread), UNIX_BELLS_BITS);
    return bell == 0 ||
           seL4_CNode_Copy(bells, UNIX_BELL(number, thread), UNIX_BELLS_BITS, SLOT_CNODE, bell,
                           seL4_WordBits, seL4_CanWrite) == seL4_NoError;
}

int server_quota(unsigned job, unsigned in, uint64_t bytes)
{
    return session_quota(session_of(UNIX_MEMFS), job, in, bytes);
}

uint64_t server_quota_used(unsigned job)
{
    uint64_t bytes = 0;

    (void)session_used(session_of(UNIX_MEMFS), job, &bytes);
    return bytes;
}

void server_memory(uint64_t *total, uint64_t *free)
{
    struct file_statfs s = { 0 };

    (void)file_statfs((struct file){ server[UNIX_MEMFS].manage }, FILE_ROOT_BIT, &s);
    *total = s.blocks * s.block_bytes;
    *free = s.free * s.block_bytes;
}

bool server_has_handle(uint64_t badge, unsigned n, uint32_t handle)
{
    uint32_t lent;

    if (n >= UNIX_SERVERS_MAX || server[n].manage == 0 ||
        session_lend(session_of(n), badge, handle, &lent) != 0)
        return false;
    (void)file_close((struct file){ server[n].manage }, lent);
    return true;
}

/* ---- the terminal server ---- */

static int terminal_ask(uint32_t handle, uint32_t request, uint64_t argument, uint64_t *value)
{
    struct file tty = { server[UNIX_TTY].manage };
    size_t none;

    return tty.cap == 0
               ? ENODEV
               : file_control(tty, handle, request, argument, "", 0, value, NULL, 0, &none);
}

void server_terminal_owner(uint32_t terminal, int32_t session, int32_t group)
{
    uint64_t value;

    (void)terminal_ask(terminal, TTY_OWNER, (uint64_t)(uint32_t)session << 32 | (uint32_t)group,
                       &value);
}

void server_terminal_hang_up(uint32_t terminal)
{
    uint64_t value;

    (void)terminal_ask(terminal, TTY_HANGUP, 0, &value);
}

bool server_terminal_which(uint64_t badge, uint32_t handle, uint32_t *terminal)
{
    uint64_t value = 0;
    int e = terminal_ask(handle, TTY_WHICH, badge, &value);

    *terminal = (uint32_t)value;
    return e == 0;
}

bool server_terminal_event(uint32_t *signal, int32_t *group)
{
    uint64_t value;

    if (terminal_ask(0, TTY_EVENT, 0, &value) != 0)
        return false;
    *signal = (uint32_t)value;
    *group = (int32_t)(value >> 32);
    return true;
}
