/* SPDX-License-Identifier: BSD-2-Clause */
#include "signal.h"

#include <idl/init.h>

#include "process.h"

static bool is_ignored(unsigned signal)
{
    uint64_t handler = signal_action(signal)->handler;

    return handler == SIG_IGN || (handler == SIG_DFL && signal_default(signal) == 'i');
}

char signal_default(unsigned signal)
{
    switch (signal) {
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH: return 'i';
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU: return 's';
    default: return 'e';
    }
}

/* Tell a thread that something is queued for it: SIG-1. */
static void thread_tell(uint64_t index)
{
    struct thread_local *thread =
        (struct thread_local *)(process_thread_address(index) + THREAD_LOCAL_OFFSET);

    /* sequentially consistent, both: see signal_sleep() */
    __atomic_store_n(&thread->pending, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&linux_own_of(index)->sleeping, __ATOMIC_SEQ_CST) != 0)
        seL4_Signal(linux_bell(index));
}

/* A signal to the process goes to one who does not block it; all others look for nothing. */
static void threads_tell(int thread)
{
    uint64_t told = thread < 0 ? ~0ull : 1ull << thread;

    for (told &= threads_running(); told != 0; told &= told - 1)
        thread_tell((uint64_t)__builtin_ctzll(told));
}

void signal_look_again(void)
{
    threads_tell(-1);
}

/* A free entry of the queue, or one of the same signal when one is enough; NULL: none. */
static struct queued_signal *queue_slot(struct signals *signals, unsigned signal, uint32_t thread)
{
    unsigned slot = signals->high;

    for (unsigned i = signals->high; i-- > 0;) {
        struct queued_signal *q = signal_entry(i);
        if (q->signal == signal && q->thread == thread && signal < SIGNAL_REALTIME)
            return q;
        if (q->signal == 0)
            slot = i;
    }
    if (slot == LINUX_QUEUED)
        return NULL;
    if (slot == signals->high)
        signals->high++;
    return signal_entry(slot);
}

void signal_queue_trim(struct signals *signals)
{
    uint64_t there = 0;

    while (signals->high > 0 && signal_entry(signals->high - 1)->signal == 0)
        signals->high--;
    for (unsigned i = 0; i < signals->high; i++)
        if (signal_entry(i)->signal != 0)
            there |= signal_bit(signal_entry(i)->signal);
    __atomic_store_n(&signals->there, there, __ATOMIC_RELAXED);
}

/* Throw away what is queued of a set, with the lock held. */
static void queue_drop(struct signals *signals, uint64_t set)
{
    for (unsigned i = 0; i < signals->high; i++) {
        struct queued_signal *q = signal_entry(i);
        if (q->signal != 0 && (set & signal_bit(q->signal)) != 0)
            q->signal = 0;
    }
    signal_queue_trim(signals);
}

static uint64_t stopping(void)
{
    return signal_bit(SIGSTOP) | signal_bit(SIGTSTP) | signal_bit(SIGTTIN) | signal_bit(SIGTTOU);
}

/* SIGCONT and the signals that stop: what comes is instead of what was there of the others. */
static void queue_drop_opposite(struct signals *signals, unsigned signal)
{
    if (signal == SIGCONT)
        queue_drop(signals, stopping());
    else if ((signal_bit(signal) & stopping()) != 0)
        queue_drop(signals, signal_bit(SIGCONT));
}

/*
 * Put one into the queue, with the lock held; -EAGAIN: it is full. What is there once already is
 * not queued twice.
 */
static long queue_put(struct signals *signals, uint32_t whose, unsigned signal,
                      const struct linux_siginfo *info)
{
    struct queued_signal *q = queue_slot(signals, signal, whose);

    if (q == NULL)
        return -LINUX_EAGAIN;
    if (q->signal == 0)
        *q = (struct queued_signal){ .signal = signal,
                                     .thread = whose,
                                     .order = signals->sent++,
                                     .code = info->code,
                                     .error = info->error,
                                     .fields = { info->fields[0], info->fields[1],
                                                 info->fields[2] } };
    __atomic_store_n(&signals->there, signals->there | signal_bit(signal), __ATOMIC_RELAXED);
    return 0;
}

/* Whether proc has put something there. Acquire: it fills in an entry before it raises `put`. */
static bool mail_there(void)
{
    struct process_mail *mail = process_mail();

    return linux_is_process() && mail->taken != __atomic_load_n(&mail->put, __ATOMIC_ACQUIRE);
}

/*
 * Whether nothing of a set is queued for anybody, without the lock: of what is queued while we
 * look, we are told afterwards (SIG-1).
 */
static bool nothing_there(const struct signals *signals, uint64_t set)
{
    return (__atomic_load_n(&signals->there, __ATOMIC_RELAXED) & set) == 0 && !mail_there();
}

/*
 * Take what proc has put into the mail, with the lock held. What is ignored is thrown away, unless
 * it is blocked: then it may still be wanted. What finds no room stays there.
 */
static void mail_take(struct signals *signals)
{
    struct process_mail *mail = process_mail();

    while (mail_there()) {
        const struct unix_signal *m = &mail->signal[mail->taken % UNIX_MAIL_SIGNALS];
        struct linux_siginfo info = { .signal = (int32_t)m->signal,
                                      .code = m->code,
                                      .error = m->error,
                                      .fields = { m->fields[0], m->fields[1], m->fields[2] } };
        int thread = m->thread == 0 ? -1 : thread_find((int)m->thread);
        bool is_signal = m->signal > 0 && m->signal <= LINUX_SIGNALS; /* SGN-2: 0 is none */
        if (is_signal)
            queue_drop_opposite(signals, m->signal);
        if (m->signal == UNIX_SIGNAL_TRACE)
            linux_state()->trace_asked = true;
        bool dropped = !is_signal || (m->thread != 0 && thread < 0) ||
                       (is_ignored(m->signal) && (linux_own()->mask & signal_bit(m->signal)) == 0);
        if (!dropped && queue_put(signals, (uint32_t)(thread + 1), m->signal, &info) != 0)
            return;
        /* release: the entry is proc's again */
        __atomic_store_n(&mail->taken, mail->taken + 1, __ATOMIC_RELEASE);
    }
}

long signal_send(int thread, unsigned signal, const struct linux_siginfo *info)
{
    struct signals *signals = &linux_state()->signals;
    uint32_t whose = (uint32_t)(thread + 1);
    long error = 0;

    if (!linux_is_process() && signal_default(signal) == 's' &&
        signal_action(signal)->handler == SIG_DFL)
        return -LINUX_ENOSYS;
    linux_lock_take(&signals->lock);
    queue_drop_opposite(signals, signal);
    error = queue_put(signals, whose, signal, info);
    linux_lock_drop(&signals->lock);
    if (error == 0)
        threads_tell(thread);
    return error;
}

/* Whether an entry is for the calling thread and in the set. */
static bool is_mine(const struct queued_signal *q, uint64_t set)
{
    return q->signal != 0 && (q->thread == 0 || q->thread == linux_thread()->index + 1) &&
           (set & signal_bit(q->signal)) != 0;
}

bool signal_take(uint64_t set, struct linux_siginfo *info)
{
    struct signals *signals = &linux_state()->signals;
    struct queued_signal *best = NULL;

    if (nothing_there(signals, set))
        return false;
    linux_lock_take(&signals->lock);
    if (mail_there())
        mail_take(signals);
    for (unsigned i = 0; i < signals->high; i++) {
        struct queued_signal *q = signal_entry(i);
        if (is_mine(q, set) && (best == NULL || q->signal < best->signal ||
                                (q->signal == best->signal && q->order < best->order)))
            best = q;
    }
    if (best != NULL) {
        *info = (struct linux_siginfo){ .signal = (int32_t)best->signal,
                                        .error = best->error,
                                        .code = best->code,
                                        .fields = { best->fields[0], best->fields[1],
                                                    best->fields[2] } };
        best->signal = 0;
        signal_queue_trim(signals);
    }
    linux_lock_drop(&signals->lock);
    return best != NULL;
}

uint64_t signal_queued(void)
{
    struct signals *signals = &linux_state()->signals;
    uint64_t set = 0;

    if (nothing_there(signals, ~0ull))
        return 0;
    linux_lock_take(&signals->lock);
    if (mail_there())
        mail_take(signals);
    for (unsigned i = 0; i < signals->high; i++)
        if (is_mine(signal_entry(i), ~0ull))
            set |= signal_bit(signal_entry(i)->signal);
    linux_lock_drop(&signals->lock);
    return set;
}

/* A signal that is queued and not blocked, whose default action is to stop; 0: there is none. */
static unsigned signal_stopping(void)
{
    uint64_t set = ~linux_own()->mask & stopping();

    if (nothing_there(&linux_state()->signals, set))
        return 0;
    set &= signal_queued();
    for (unsigned signal = SIGSTOP; set != 0 && signal <= SIGTTOU; signal++)
        if ((set & signal_bit(signal)) != 0 &&
            linux_state()->signals.action[signal].handler == SIG_DFL)
            return signal;
    return 0;
}

void signal_stops(void)
{
    struct linux_siginfo info;

    for (;;) {
        unsigned signal = signal_stopping();
        if (signal == 0 && !process_is_stopped())
            return;
        if (signal == 0 || signal_take(signal_bit(signal), &info))
            process_stop(signal);
    }
}

bool signal_is_deaf(unsigned signal)
{
    return (linux_own()->mask & signal_bit(signal)) != 0 || is_ignored(signal);
}

void signal_children(const struct signals *signals)
{
    const struct linux_sigaction *action = &signals->action[SIGCHLD];
    uint32_t children = 0;

    if ((action->flags & SA_NOCLDSTOP) != 0)
        children |= UNIX_CHILDREN_NOT_STOPPED;
    if ((action->flags & SA_NOCLDWAIT) != 0 || action->handler == SIG_IGN)
        children |= UNIX_CHILDREN_NOT_KEPT;
    if (linux_is_process())
        __atomic_store_n(&process_mail()->children, children, __ATOMIC_RELAXED);
}

bool signal_due(void)
{
    signal_stops();
    uint64_t set = ~linux_own()->mask;

    set &= nothing_there(&linux_state()->signals, set) ? 0 : signal_queued();
    if (linux_state()->trace_asked)
        return true; /* the call is made again then */
    for (unsigned signal = 1; set != 0; signal++, set >>= 1)
        if ((set & 1) != 0 && !is_ignored(signal))
            return true;
    return false;
}

void signal_forget(unsigned signal)
{
    struct signals *signals = &linux_state()->signals;

    linux_lock_take(&signals->lock);
    queue_drop(signals, signal_bit(signal));
    linux_lock_drop(&signals->lock);
}

void signal_faults(bool back)
{
    if (linux_is_process())
        return; /* proc always comes back */
    (void)init_fault_entry((struct init){ SLOT_INIT },
                           back ? (uint64_t)(uintptr_t)linux_fault_entry : 0);
}

void signal_thread_begin(uint64_t index)
{
    *linux_own_of(index) = (struct linux_own){ .mask = linux_own()->mask };
}

void signal_thread_end(void)
{
    struct signals *signals = &linux_state()->signals;

    linux_lock_take(&signals->lock);
    for (unsigned i = 0; i < signals->high; i++)
        if (signal_entry(i)->thread == linux_thread()->index + 1)
            signal_entry(i)->signal = 0;
    signal_queue_trim(signals);
    linux_lock_drop(&signals->lock);
}

void signal_mask_swap(uint64_t mask)
{
    struct linux_own *own = linux_own();

    own->mask_after = own->mask;
    own->mask_swapped = true;
    signal_mask_set(mask);
    linux_thread()->pending = 1; /* leave.c puts the mask back */
}

bool signal_sleep(uint64_t set, const uint64_t *deadline_ns)
{
    struct linux_own *own = linux_own();
    bool there;

    /* sequentially consistent; pairs with thread_tell() */
    __atomic_store_n(&own->sleeping, 1, __ATOMIC_SEQ_CST);
    for (;;) {
        there = (signal_queued() & set) != 0 || signal_due();
        if (there || (deadline_ns != NULL && linux_now_ns() >= *deadline_ns))
            break;
        linux_sleep(deadline_ns);
    }
    __atomic_store_n(&own->sleeping, 0, __ATOMIC_SEQ_CST);
    return there;
}

void linux_sleep(const uint64_t *deadline_ns)
{
    linux_sleep_till(deadline_ns == NULL ? MYELIN_NEVER : linux_ticks(*deadline_ns));
}

void linux_sleep_crowded(void)
{
    enum { CROWDED_NS = 10000000 };
    uint64_t until_ns = linux_now_ns() + CROWDED_NS;

    linux_sleep(&until_ns);
}

/* ---- the alternate stack ---- */

static bool is_on_stack(const struct linux_own *own, uint64_t rsp)
{
    return own->stack_bytes > 0 && (own->stack_flags & SS_AUTODISARM) == 0 && rsp > own->stack &&
           rsp - own->stack <= own->stack_bytes;
}

struct linux_stack signal_stack(const struct linux_own *own, uint64_t rsp)
{
    uint32_t state = own->stack_bytes == 0 ? SS_DISABLE : is_on_stack(own, rsp) ? SS_ONSTACK : 0;

    return (struct linux_stack){ own->stack, own->stack_flags | state, 0, own->stack_bytes };
}

void signal_stack_set(struct linux_own *own, const struct linux_stack *stack)
{
    bool off = (stack->flags & SS_DISABLE) != 0;

    own->stack = off ? 0 : stack->at;
    own->stack_bytes = off ? 0 : stack->bytes;
    own->stack_flags = stack->flags & SS_AUTODISARM;
}
