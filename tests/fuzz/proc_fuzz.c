/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process server: idl/proc.capnp, and file.capnp for /proc. The first process forks another
 * one, which and whose children do what the bytes say: requests and faults of any thread, with what
 * there is in the memory that they share with the server changed in between; files that are
 * mapped lose pages; memory is refused; other servers answer at random, as far as they may. Then
 * all of them end, and everything must have been given back.
 */
#include "proc_fuzz.h"

#include <idl/proc.h>
#include <string.h>

#include "own.h"
#include "view.h"

int proc_main(int argc, char **argv);

void proc_serve_on(struct call_server *server, const struct proc_ops *table)
{
    static struct call_server loop; /* main() has it on its stack */

    loop = *server;
    server_started(&loop, table);
}

/* Of servers of files only: /proc has no loop of its own. */
void file_serve_on(struct call_server *server, const struct file_ops *table)
{
    (void)server;
    (void)table;
    abort();
}

_Noreturn int serve_clients(struct serve *serve, const struct file_ops *table)
{
    (void)serve;
    (void)table;
    abort();
}

static int dispatch(struct call *c, struct call_registers *r, const void *ops)
{
    return proc_dispatch(c, r, ops);
}

_Noreturn void model_exit(int status)
{
    fprintf(stderr, "the server has ended itself: %d\n", status);
    abort();
}

/* ---- processes and their threads ---- */

struct process *process_take(unsigned n)
{
    unsigned count = 0;

    for (unsigned i = 1; i < process_top; i++)
        count += processes[i].state == PROCESS_LIVE && processes[i].pid != 1;
    if (count == 0)
        return NULL;
    n %= count;
    for (unsigned i = 1;; i++)
        if (processes[i].state == PROCESS_LIVE && processes[i].pid != 1 && n-- == 0)
            return &processes[i];
}

static struct process *process_first(void)
{
    return process_find(1);
}

/* A thread of it that can do something; -1: none. */
static int thread_take(const struct process *p, unsigned n)
{
    unsigned count = 0;

    for (unsigned i = 0; i < p->thread_end; i++)
        count += thread_at(p, i)->runs && !model_thread(thread_at(p, i)->tcb)->is_stopped;
    if (count == 0)
        return -1;
    n %= count;
    for (unsigned i = 0;; i++)
        if (thread_at(p, i)->runs && !model_thread(thread_at(p, i)->tcb)->is_stopped && n-- == 0)
            return (int)i;
}

struct process *asking;

/* Addresses: where the process has something, and near it. */
uint64_t address_take(unsigned n)
{
    static const uint64_t some[] = { 0x400000,           0x10000,
                                     UNIX_MAP_END,       UNIX_STACK_END - PAGE,
                                     PROCESS_MAIL_ADDR,  PROCESS_STATE_ADDR,
                                     PROCESS_BLOCK_ADDR, PROCESS_SYSTEM_ADDR,
                                     0x7ffff000,         0x555500000000 };
    unsigned which = (unsigned)take_bytes(input, 1);

    if (which < 190 && asking != NULL) {
        const struct region *r = asking->regions.first;
        for (which %= asking->regions.count + 1; which > 0 && r != NULL; which--)
            r = r->next;
        if (r != NULL)
            return (n % 3 == 0 ? r->end : r->begin) + (take_bytes(input, 1) % 16 - 2) * PAGE +
                   (n % 8 == 0 ? take_bytes(input, 1) : 0);
    }
    return some[which % (sizeof some / sizeof some[0])] + take_bytes(input, 1) * PAGE;
}

/* A number of a process or thread. */
static uint64_t half(unsigned n)
{
    const struct process *p = &processes[take_bytes(input, 1) % process_top];

    if (n < 232 || p->thread_end == 0)
        return (uint32_t)p->pid;
    return (uint32_t)thread_at(p, take_bytes(input, 1) % p->thread_end)->tid;
}

static seL4_TCB tcb_of(const struct asker *a)
{
    unsigned number = UNIX_BADGE_NUMBER(a->badge);
    const struct process *p = number < process_top ? &processes[number] : &processes[0];

    return p->state == PROCESS_LIVE && p->badge == a->badge && a->thread < p->thread_end &&
                   thread_at(p, a->thread)->runs
               ? thread_at(p, a->thread)->tcb
               : 0;
}

/* While it asks it is in the personality, which made the call. */
static void begins(struct asker *a)
{
    seL4_TCB tcb = tcb_of(a);

    if (tcb == 0 || a->is_stub)
        return;
    model_thread(tcb)->asks = a;
    if ((a->badge & PROCESS_BADGE_FAULT) == 0)
        model_thread(tcb)->registers.rip = PROCESS_IMAGE_ADDR + 0x100;
}

static void ends(struct asker *a)
{
    seL4_TCB tcb = tcb_of(a);

    if (tcb != 0 && model_thread(tcb)->asks == a)
        model_thread(tcb)->asks = NULL;
}

void model_leaves(void *asks)
{
    ((struct asker *)asks)->is_gone = true;
}

/*
 * Whoever is never answered waits no more: it has ended, is stopped, or goes on elsewhere; or said
 * that it was another thread, which is.
 */
static bool may_drop(const struct asker *a)
{
    seL4_TCB tcb = tcb_of(a);

    return a->is_gone || a->is_odd || a->method == &proc_thread_exit_method_ ||
           a->method == &proc_stop_method_ || tcb == 0 || model_thread(tcb)->asks != a;
}

myelin_TCB_GetWait_t model_does(void)
{
    static const myelin_TCB_GetWait_t does[] = {
        { .kind = MYELIN_WAIT_PROCESSOR },
        { .kind = MYELIN_WAIT_SIGNAL },
        { .kind = MYELIN_WAIT_ANSWER },
        { .kind = MYELIN_WAIT_ANSWER, .flags = MYELIN_WAIT_IS_LENT },
        { .kind = MYELIN_WAIT_RECEIVER },
        { .kind = MYELIN_WAIT_PROCESSOR },
    };

    return does[input != NULL ? take_bytes(input, 1) % (sizeof does / sizeof does[0]) : 0];
}

/* ---- steps ---- */

static const struct call_method *const methods[] = {
    &proc_map_method_,
    &proc_map_method_,
    &proc_map_method_,
    &proc_unmap_method_,
    &proc_protect_method_,
    &proc_remap_method_,
    &proc_remap_method_,
    &proc_brk_method_,
    &proc_advise_method_,
    &proc_fork_method_,
    &proc_fork_method_,
    &proc_fork_method_,
    &proc_exec_method_,
    &proc_exec_method_,
    &proc_exit_method_,
    &proc_thread_start_method_,
    &proc_thread_room_method_,
    &proc_thread_room_method_,
    &proc_thread_exit_method_,
    &proc_wait_method_,
    &proc_wait_method_,
    &proc_kill_method_,
    &proc_kill_method_,
    &proc_stop_method_,
    &proc_taken_method_,
    &proc_alarm_method_,
    &proc_ids_method_,
    &proc_set_group_method_,
    &proc_set_session_method_,
    &proc_credentials_method_,
    &proc_set_credentials_method_,
    &proc_limit_method_,
    &proc_usage_method_,
    &proc_memory_method_,
    &proc_priority_method_,
    &proc_foreground_method_,
    &proc_background_method_,
    &proc_control_method_,
    &proc_disown_method_,
    &proc_bind_method_,
    &proc_unbind_method_,
    &proc_unshare_method_,
    &proc_reaper_method_,
    &proc_set_name_method_,
    &proc_root_method_,
    &proc_launched_method_,
    &proc_launch_method_,
    &proc_futex_wait_method_,
    &proc_futex_wait_method_,
    &proc_futex_cancel_method_,
    &proc_futex_wake_method_,
    &proc_futex_requeue_method_,
    &proc_find_method_,
    &proc_offer_method_,
    &proc_offer_method_,
    &proc_seal_method_,
    &proc_escrow_method_,
    &proc_escrow_method_,
    &proc_redeem_method_,
    &proc_release_method_,
    &proc_ring_method_,
    &file_read_method_,
    &file_read_method_,
    &file_write_method_,
    &file_write_method_,
    &file_open_method_,
    &file_open_method_,
    &file_open_method_,
    &file_close_method_,
    &file_stat_method_,
    &file_list_method_,
    &file_read_link_method_,
    &file_poll_method_,
    &file_status_method_,
    &file_seek_method_,
};

static const uint64_t words[] = {
    0,    1,    2,          3,       7,         0x21,      0x22,       0x32,
    0x12, 0x11, 0x122,      4096,    8192,      65536,     0x200000,   1ull << 30,
    4,    9,    17,         18,      19,        20,        64,         65,
    40,   63,   1ull << 47, 0x20000, 0x1000000, 0x8000000, 0xffffffff, ~0ull,
};

static const char *const parts[] = {
    "self/",    "1/",    "2/",       "fd",   "ctl",      "maps",   "status",    "stat",
    "0",        "1",     "cmdline",  "exe",  "cwd",      "mounts", "resources", "meminfo",
    "kill",     "stop",  "continue", "job ", "900000 ",  "3 ",     "5000",      "signal 10",
    "trace /a", "/proc", "/",        "a",    "job-kill", "comm",   "environ",   "caps",
};

/* The first thread of the first process stays what it is: all would end with it. */
static void request(unsigned n)
{
    struct process *p = process_take((unsigned)take_bytes(input, 1));
    const struct call_method *m =
        methods[take_bytes(input, 1) % (sizeof methods / sizeof methods[0])];
    int thread = p != NULL ? thread_take(p, n) : -1;
    struct call_registers r = { 0 };

    if (thread < 0)
        return;
    struct asker from = { .method = m, .badge = p->badge, .thread = (uint32_t)thread };
    unsigned how = (unsigned)take_bytes(input, 1);
    asking = p;
    give_up(from.badge, thread);
    request_make(m, &from, &r);
    asking = NULL;
    if (how >= 240) {
        from.is_odd = true;
        request_spoil(&r);
    }
    if (how == 239)
        from.badge += 1ull << 16; /* somebody who was there once, or will be */
    KNOWN(&r, sizeof r);
    KNOWN(server_buffer.msg, (r.info & 127) * sizeof server_buffer.msg[0]);
    (void)deliver(&from, &r);
}

static void program(unsigned n)
{
    struct process *p = process_take((unsigned)take_bytes(input, 1));
    int thread = p != NULL ? thread_take(p, n) : -1;

    if (thread >= 0) {
        give_up(p->badge, thread);
        program_step(p, (uint32_t)thread);
    }
}

/* Of what is mapped there is no fault, but to execute it. */
static bool can_fault(struct process *p, const struct call_registers *r)
{
    uint64_t address = r->word[seL4_VMFault_Addr];
    uint32_t page = address < 1ull << 47 ? pages_page(&p->space, address) : 0;
    uint32_t need = PAGE_MAPPED | ((r->word[seL4_VMFault_FSR] & 2) != 0 ? PAGE_WRITABLE : 0);

    return (page & need) != need || r->word[seL4_VMFault_PrefetchFault] != 0;
}

/* A fault of a thread: a message from the kernel. */
static void fault(unsigned n)
{
    struct process *p = process_take((unsigned)take_bytes(input, 1));
    int thread = p != NULL ? thread_take(p, n) : -1;

    if (thread < 0)
        return;
    struct asker from = { .badge = PROCESS_BADGE_FAULT | (uint64_t)thread << 52 | p->number };
    struct model_thread *t = model_thread(thread_at(p, thread)->tcb);
    struct call_registers r = { 0 };
    give_up(p->badge, thread);
    asking = p;
    t->registers.rip = n % 4 == 0 ? PROCESS_IMAGE_ADDR + take_bytes(input, 2) : 0x401000;
    if (n < 240) {
        r.info = CALL_INFO(seL4_Fault_VMFault, 4);
        r.word[seL4_VMFault_IP] = t->registers.rip;
        r.word[seL4_VMFault_Addr] = address_take(n);
        r.word[seL4_VMFault_PrefetchFault] = n % 16 == 1;
        r.word[seL4_VMFault_FSR] = 4 | (n & 2);
        asking = NULL;
        if (!can_fault(p, &r))
            return;
    } else {
        r.info = CALL_INFO(n % 7, 5);
        for (unsigned i = 0; i < 4; i++)
            r.word[i] = word_take();
    }
    asking = NULL;
    from.thread = (uint32_t)thread;
    (void)deliver(&from, &r);
}

static void write_anything(void *page, size_t begin, size_t end)
{
    size_t at = begin + take_bytes(input, 2) % (end - begin);
    uint64_t value = word_take();

    memcpy((char *)page + at, &value, at + sizeof value <= end ? sizeof value : end - at);
}

/* What a process can write of what the server reads. */
static void scribble(unsigned n)
{
    struct process *p = process_take((unsigned)take_bytes(input, 1));
    int thread = p != NULL ? thread_take(p, n) : -1;

    if (thread < 0)
        return;
    asking = p;
    if (n % 4 == 0) {
        write_anything(p->mail, 0, sizeof *p->mail);
    } else if (n % 4 == 1) {
        write_anything(thread_at(p, thread)->page, 0, PAGE);
    } else if (n % 4 == 2) {
        struct thread_local *local = thread_local_of(p, (unsigned)thread);
        *(n % 8 < 4 ? &local->robust : &local->clear_tid) = address_take(n) & ~7ull;
    } else {
        uint64_t at =
            PROCESS_STATE_ADDR + (take_bytes(input, 1) % (PROCESS_STATE_BYTES / PAGE)) * PAGE;
        uint32_t page = pages_page(&p->space, at);
        if (page != 0 && (page & PAGE_FILE) == 0)
            write_anything(own_bytes(page & PAGE_FRAME), 0, PAGE);
    }
    asking = NULL;
}

static void file_shrinks(unsigned n)
{
    others_shrink(n);
    if (n % 2 == 0)
        signal_give(PROCESS_SIGNAL_NOTIFY(UNIX_CUT_BIT));
}

static int wait_first(uint32_t options)
{
    const struct proc server = { SLOT_SELF };
    int32_t pid = 0;
    uint32_t status, uid, code;
    uint64_t user, kernel;

    caller = process_first()->badge;
    int e = proc_wait(server, 0, 0, options, &pid, &status, &uid, &code, &user, &kernel);
    process_first()->mail->taken = process_first()->mail->put;
    return e != 0 ? e : pid != 0 ? 0 : EAGAIN;
}

/* The first process's child, which has its own name space. */
static void fork_first(void)
{
    const struct proc server = { SLOT_SELF };
    int32_t pid;

    caller = process_first()->badge;
    if (proc_fork(server, 0, thread_address_end(0) - 64, 0, NULL, 0, &pid) != 0)
        return;
    caller = process_find(pid)->badge;
    (void)proc_unshare(server, 0x20000);
}

static void step(void)
{
    unsigned n = (unsigned)take_bytes(input, 1);

    if (n < 60)
        program(n);
    else if (n < 150)
        request(n);
    else if (n < 190)
        fault((unsigned)take_bytes(input, 1));
    else if (n < 206)
        scribble((unsigned)take_bytes(input, 1));
    else if (n < 214)
        file_shrinks(n);
    else if (n < 222)
        model_no_memory_after = (unsigned)take_bytes(input, 1) % 16 + 1;
    else if (n < 230)
        now += take_bytes(input, 4);
    else if (n < 240)
        signal_give(take_bytes(input, 4) & 0x1f0000);
    else if (n < 246)
        (void)wait_first(1 | 4);
    else if (n < 252)
        fork_first();
    else
        give_up(0, -1);
}

/* ---- the begin and the end ---- */

static int handles_kept;
static struct view_resource had[VIEW_RESOURCES_MAX];

static void begin(void)
{
    (void)view_resources(had);
    handles_kept = handles_lent;
    fork_first();
}

static void process_exits(struct process *p)
{
    struct asker from = { .method = &proc_exit_method_, .badge = p->badge };
    struct call_registers r = { .info = CALL_INFO(CALL_LABEL(PROC_ID, 8) | CALL_COUNTS(1, 0), 1) };

    (void)deliver(&from, &r);
}

/* Numbers that grow with the most that there was at once, and what the model of memfs makes up. */
static bool may_differ(const char *name)
{
    return strcmp(name, "slots") == 0 || strcmp(name, "own-pages") == 0 ||
           strcmp(name, "file-pages") == 0;
}

static void end(void)
{
    struct view_resource has[VIEW_RESOURCES_MAX];
    struct process *p;

    input = NULL;
    model_no_memory_after = 0;
    process_first()->job = process_first()->space.job = 0; /* whatever its children put it into */
    while ((p = process_take(0)) != NULL)
        process_exits(p);
    while (wait_first(1 | 4) == 0)
        continue;
    signal_give(PROCESS_SIGNAL_NOTIFY(UNIX_DROPPED_BIT));
    size_t n = view_resources(has);
    bool same = handles_lent == handles_kept;
    for (size_t i = 0; i < n; i++)
        if (has[i].count != had[i].count && !may_differ(has[i].name)) {
            fprintf(stderr, "%s: %lu, were %lu\n", has[i].name, has[i].count, had[i].count);
            same = false;
        }
    if (handles_lent != handles_kept)
        fprintf(stderr, "handles that were not closed: %d\n", handles_lent - handles_kept);
    MUST(same);
    others_forget();
}

static void results(const struct call_method *m, const uint64_t *data)
{
    if (m == &proc_escrow_method_)
        others_token(data[0]);
}

/* To faults; and to calls of portals that have ended. */
static bool answers(const struct asker *a, const struct call_registers *r)
{
    if ((a->badge & PROCESS_BADGE_FAULT) == 0)
        return false;
    MUST(r->info == 0);
    return true;
}

static uint64_t word(unsigned n)
{
    return address_take(n);
}

static const struct fuzzed_kind of_processes = {
    .dispatch = dispatch,
    .begin = begin,
    .step = step,
    .end = end,
    .word = word,
    .half = half,
    .begins = begins,
    .ends = ends,
    .may_drop = may_drop,
    .results = results,
    .answers = answers,
};

/* ---- what its manifest gives it ---- */

static const struct process_cap caps[] = {
    { .name = "memfs", .kind = PROCESS_CAP_ENDPOINT, .slot = CAP_MEMFS },
    { .name = "pipe", .kind = PROCESS_CAP_ENDPOINT, .slot = CAP_PIPE },
    { .name = "tty", .kind = PROCESS_CAP_ENDPOINT, .slot = CAP_TTY },
    { .name = "system", .kind = PROCESS_CAP_ENDPOINT, .slot = CAP_SYSTEM },
    { .kind = PROCESS_CAP_NOTIFICATION, .slot = CAP_CLOCK },
};

static void give(struct process_info *info)
{
    static const seL4_CPtr endpoints[] = { SLOT_INIT, SLOT_SERVE, CAP_MEMFS,
                                           CAP_PIPE,  CAP_TTY,    CAP_SYSTEM };

    info->cnode_bits = CNODE_BITS;
    info->reserve_bits = RESERVE_BITS;
    model_open(SLOT_CNODE, SLOT_VSPACE, CNODE_BITS, RESERVE_BITS + 2);
    for (unsigned i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++)
        (void)model_put(endpoints[i], MODEL_ENDPOINT, 0);
    (void)model_put(CAP_CLOCK, MODEL_NOTIFICATION, 0);
    (void)model_put(SLOT_RESERVE, MODEL_UNTYPED, RESERVE_BITS);
    (void)model_put(SLOT_ASID_POOL, MODEL_OTHER, 0);
    (void)model_put(SLOT_TIME_CONTROL, MODEL_OTHER, 0);
    (void)model_put(SLOT_TCB_FIRST, MODEL_THREAD, 0);
    others_open();
}

static int start(void)
{
    char *argv[] = { "proc", "/bin/sh", NULL };

    return proc_main(2, argv);
}

const struct fuzzed fuzzed = {
    .of = &of_processes,
    .main = start,
    .words = words,
    .word_count = sizeof words / sizeof words[0],
    .parts = parts,
    .part_count = sizeof parts / sizeof parts[0],
    .asked = others_asked,
    .caps = caps,
    .cap_count = sizeof caps / sizeof caps[0],
    .open = give,
};
