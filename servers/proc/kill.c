/* SPDX-License-Identifier: BSD-2-Clause */
#include "kill.h"

#include <base/tsc.h>
#include <errno.h>
#include <idl/proc.h>
#include <ipc/process.h>
#include <myelin/extension.h>
#include <myelin/ipc.h>

#include "clock.h"
#include "credentials.h"
#include "group.h"
#include "image.h"
#include "wait.h"

enum { KILL_PROCESS, KILL_GROUP, KILL_ALL, KILL_THREAD };

/* ---- letting a thread look ---- */

static bool registers_read(seL4_TCB tcb, seL4_UserContext *r)
{
    return seL4_TCB_ReadRegisters(tcb, 0, 0, sizeof *r / sizeof(seL4_Word), r) == seL4_NoError;
}

/* It runs the program: it goes on in the personality, and later where it was. */
static void thread_redirect(struct process *p, unsigned index, uint64_t rip, uint64_t to)
{
    struct thread *t = thread_at(p, index);
    seL4_UserContext r;

    if (to == image.entry.interrupt)
        thread_local_of(p, index)->resume = rip;
    if (!registers_read(t->tcb, &r))
        return;
    r.rip = to;
    (void)seL4_TCB_WriteRegisters(t->tcb, 0, 0, sizeof r / sizeof(seL4_Word), &r);
}

/* It is in the personality: it is to look before it leaves that, or goes on waiting. */
static void thread_hint(struct process *p, unsigned index, uint64_t rip)
{
    uint64_t again = image_restart(rip);

    thread_local_of(p, index)->pending = 1;
    if (again != 0)
        thread_redirect(p, index, rip, again);
    (void)myelin_TCB_Interrupt(thread_at(p, index)->tcb);
}

/* A native program's own wait: it goes on where it is, and looks. */
static bool is_waiting(const struct thread *t)
{
    myelin_TCB_GetWait_t wait = myelin_TCB_GetWait(t->tcb);

    return wait.error == seL4_NoError && wait.kind >= MYELIN_WAIT_MESSAGE;
}

static void thread_look(struct process *p, unsigned index)
{
    const struct thread *t = thread_at(p, index);
    seL4_UserContext r;

    if (!t->runs || !registers_read(t->tcb, &r))
        return;
    if (image_has(r.rip) || is_waiting(t))
        thread_hint(p, index, r.rip);
    else
        thread_redirect(p, index, r.rip, image.entry.interrupt);
}

/* Which thread: the one it is for, or all (0), of which the first that may takes it: SGN-1. */
static void process_look(struct process *p, uint32_t tid)
{
    if (p->stopped)
        return;
    for (unsigned i = 0; i < p->thread_end; i++)
        if (tid == 0 || thread_at(p, i)->tid == (int32_t)tid)
            thread_look(p, i);
}

/* ---- the mail ---- */

/* The entry that was put `before` others, if it was not taken: NULL. */
static struct unix_signal *mail_entry(struct process *p, unsigned before)
{
    struct process_mail *m = p->mail;
    uint64_t there = m->put - __atomic_load_n(&m->taken, __ATOMIC_ACQUIRE);

    /* What the process writes is not believed further than that. */
    if (before >= there || before >= UNIX_MAIL_SIGNALS)
        return NULL;
    return &m->signal[(m->put - 1 - before) % UNIX_MAIL_SIGNALS];
}

static bool mail_has(struct process *p, uint32_t signal, uint32_t thread)
{
    const struct unix_signal *s;

    for (unsigned i = 0; (s = mail_entry(p, i)) != NULL; i++)
        if (s->signal == signal && s->thread == thread)
            return true;
    return false;
}

static bool is_stop(uint32_t signal)
{
    return signal >= SIGNAL_STOP && signal <= SIGNAL_TERMINAL_OUT;
}

static uint32_t stop_bit(uint32_t signal)
{
    return 1u << (signal - SIGNAL_STOP);
}

/* SGN-2, SGN-3. An entry without a signal is nothing to its reader. */
static void mail_drop_opposite(struct process *p, uint32_t signal)
{
    struct unix_signal *s;

    if (is_stop(signal))
        p->stops_due |= stop_bit(signal);
    else if (signal == SIGNAL_CONTINUE)
        p->stops_due = 0;
    else
        return;
    for (unsigned i = 0; (s = mail_entry(p, i)) != NULL; i++)
        if (signal == SIGNAL_CONTINUE ? is_stop(s->signal) : s->signal == SIGNAL_CONTINUE)
            __atomic_store_n(&s->signal, 0, __ATOMIC_RELAXED);
}

/* When to look again whether what is in the mail was taken. */
static uint64_t kill_look_time(void)
{
    enum { LOOKS_PER_S = 100 };

    return tsc_read() + process_info()->tsc_hz / LOOKS_PER_S;
}

int kill_post(struct process *p, const struct unix_signal *s)
{
    enum { REALTIME = 32 };
    struct process_mail *m = p->mail;

    if (p->state != PROCESS_LIVE)
        return 0;
    mail_drop_opposite(p, s->signal);
    if (s->signal < REALTIME && mail_has(p, s->signal, s->thread)) {
        process_look(p, s->thread);
        return 0;
    }
    /* What the process writes is not believed further than that. */
    uint64_t there = m->put - __atomic_load_n(&m->taken, __ATOMIC_ACQUIRE);
    if (there >= UNIX_MAIL_SIGNALS)
        return EAGAIN;
    m->signal[m->put % UNIX_MAIL_SIGNALS] = *s;
    __atomic_store_n(&m->put, m->put + 1, __ATOMIC_RELEASE);
    process_look(p, s->thread);
    clock_set(CLOCK_LOOK, kill_look_time());
    return 0;
}

void kill_look_again(void)
{
    bool any = false;

    for (unsigned i = 1; i < process_top; i++) {
        struct process *p = &processes[i];
        if (p->state != PROCESS_LIVE || p->stopped ||
            p->mail->put == __atomic_load_n(&p->mail->taken, __ATOMIC_ACQUIRE))
            continue;
        process_look(p, 0);
        any = true;
    }
    if (any)
        clock_set(CLOCK_LOOK, kill_look_time());
}

/* ---- stopping ---- */

static void thread_suspend(struct thread *t)
{
    (void)seL4_TCB_Suspend(t->tcb);
    t->suspended = true;
}

static void threads_suspend(struct process *p)
{
    for (unsigned i = 0; i < p->thread_end; i++) {
        struct thread *t = thread_at(p, i);
        seL4_UserContext r;
        if (!t->runs || !registers_read(t->tcb, &r))
            continue;
        /* One that is in a call would make it again: it stops itself, now that it waits no more. */
        if (image_has(r.rip))
            thread_hint(p, i, r.rip);
        else
            thread_suspend(t);
    }
}

static void process_stop(struct process *p, uint32_t signal)
{
    if (p->stopped)
        return;
    p->stopped = true;
    p->stop_signal = signal;
    p->stop_news = true;
    p->continue_news = false;
    __atomic_store_n(&p->mail->stopped, 1, __ATOMIC_RELEASE);
    threads_suspend(p);
    wait_changed(p);
}

static void process_continue(struct process *p)
{
    if (!p->stopped)
        return;
    p->stopped = false;
    p->stop_news = false;
    p->continue_news = true;
    __atomic_store_n(&p->mail->stopped, 0, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < p->thread_end; i++) {
        struct thread *t = thread_at(p, i);
        if (t->suspended) /* one that waits would make its call once more */
            (void)seL4_TCB_Resume(t->tcb);
        t->suspended = false;
    }
    if (p->mail->put != __atomic_load_n(&p->mail->taken, __ATOMIC_ACQUIRE))
        process_look(p, 0);
    wait_changed(p);
}

/* Whether the default action of a signal is not to stop the process after all. */
static bool stop_is_void(struct process *p, uint32_t signal)
{
    return !is_stop(signal) || (p->stops_due & stop_bit(signal)) == 0 ||
           group_is_orphaned(p->group, NULL);
}

int kill_stop(struct process *p, uint32_t signal, unsigned thread)
{
    if (signal > SIGNALS || thread >= p->thread_end || !thread_at(p, thread)->runs)
        return EINVAL;
    if (!p->stopped) {
        if (stop_is_void(p, signal))
            return 0;
        p->stops_due &= ~stop_bit(signal);
        process_stop(p, signal);
    }
    thread_suspend(thread_at(p, thread)); /* its call is made again when it is resumed */
    return CALL_LATER;
}

/* ---- kill(2) ---- */

static int signal_do(struct process *to, const struct unix_signal *s)
{
    if (s->signal == SIGNAL_KILL) {
        process_end(to, SIGNAL_KILL);
        return 0;
    }
    if (s->signal == SIGNAL_STOP) {
        process_stop(to, SIGNAL_STOP);
        return 0;
    }
    if (s->signal == SIGNAL_CONTINUE)
        process_continue(to);
    return kill_post(to, s);
}

static int signal_one(struct process *from, struct process *to, const struct unix_signal *s)
{
    if (s->signal > SIGNALS)
        return EINVAL;
    if (to->state == PROCESS_LIVE && !credentials_may_signal(from, to, s->signal))
        return EPERM;
    if (to->pid == 1 && (s->signal == SIGNAL_KILL || s->signal == SIGNAL_STOP))
        return 0; /* the first one does not take what it can't refuse: kill(2), Notes */
    return s->signal == 0 || to->state != PROCESS_LIVE ? 0 : signal_do(to, s);
}

void kill_group(int32_t group, uint32_t signal)
{
    const struct unix_signal s = { .signal = signal, .code = 0x80 /* SI_KERNEL */ };

    for (unsigned i = 1; i < process_top; i++)
        if (processes[i].state == PROCESS_LIVE && processes[i].group == group)
            (void)signal_do(&processes[i], &s);
}

/* A process also goes by the numbers of its threads. */
static bool is_meant(const struct process *from, const struct process *to, uint32_t kind,
                     int32_t id, int32_t tid)
{
    if (to->state == PROCESS_FREE)
        return false;
    if (kind == KILL_GROUP)
        return to->group == (id != 0 ? id : from->group);
    if (kind == KILL_ALL)
        return to != from && to->pid != 1;
    if (kind == KILL_THREAD)
        return (id == 0 || to->pid == id) && to->state == PROCESS_LIVE && thread_of(to, tid) >= 0;
    return to->pid == id || thread_of(to, id) >= 0;
}

int kill_send(struct process *from, uint32_t kind, int32_t id, int32_t thread, uint32_t signal,
              int32_t code, uint64_t value)
{
    const struct unix_signal s = {
        .signal = signal,
        .thread = kind == KILL_THREAD ? (uint32_t)thread : 0,
        .code = code,
        .fields = { (uint32_t)from->pid | (uint64_t)credentials_of(from)->id.ruid << 32, value },
    };
    int result = ESRCH;
    bool self = false;

    if (kind > KILL_THREAD)
        return EINVAL;
    for (unsigned i = 1; i < process_top; i++) {
        struct process *to = &processes[i];
        if (!is_meant(from, to, kind, id, thread))
            continue;
        if (to == from) { /* last: it may be its end */
            self = true;
            continue;
        }
        int e = signal_one(from, to, &s);
        if (result != 0)
            result = e;
    }
    if (self)
        result = signal_one(from, from, &s);
    return result;
}

/* ---- faults ---- */

void fault_end(struct process *p, unsigned thread, uint32_t status)
{
    enum { EXIT = 8 }; /* Proc.exit */
    seL4_UserContext r = {
        .rip = image.entry.call,
        .rflags = 0x202,
        .rax = MYELIN_NATIVE,
        .rdx = (seL4_Word)MYELIN_SYS_CALL,
        .rdi = SLOT_INIT,
        .rsi = CALL_INFO(CALL_LABEL(PROC_ID, EXIT) | CALL_COUNTS(1, 0), 1),
        .r10 = status,
        .r14 = MYELIN_NEVER,
        .gs_base = thread_address(thread),
    };

    (void)seL4_TCB_WriteRegisters(thread_at(p, thread)->tcb, 0, 0, sizeof r / sizeof(seL4_Word),
                                  &r);
}

void fault_signal(struct process *p, unsigned index, uint64_t label, const uint64_t *words)
{
    struct thread *t = thread_at(p, index);
    struct process_fault *f = (struct process_fault *)((char *)t->page + THREAD_FAULT_OFFSET);
    seL4_UserContext r;

    if (!registers_read(t->tcb, &r))
        return;
    if (image_has(r.rip)) { /* the personality itself: nothing that could go on */
        fault_end(p, index, 11);
        return;
    }
    bool memory = label == seL4_Fault_VMFault || label == PROCESS_FAULT_FILE;
    f->label = label;
    f->address = words[memory ? seL4_VMFault_Addr : seL4_UserException_Number];
    f->code = words[memory ? seL4_VMFault_FSR : seL4_UserException_Code];
    const uint64_t all[18] = { r.rip, r.rsp, r.rflags, r.rax, r.rbx, r.rcx, r.rdx, r.rsi, r.rdi,
                               r.rbp, r.r8,  r.r9,     r.r10, r.r11, r.r12, r.r13, r.r14, r.r15 };
    for (unsigned i = 0; i < 18; i++)
        f->registers[i] = all[i];
    r.rip = image.entry.fault;
    r.rsp = thread_address_end(index);
    (void)seL4_TCB_WriteRegisters(t->tcb, 0, 0, sizeof r / sizeof(seL4_Word), &r);
}
