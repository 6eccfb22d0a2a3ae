/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Threads as the C library makes them, and the futex it waits on. Thread objects are init's: it made as many as the
 * manifest allows and starts one on request. A waiting thread sleeps on a notification of its own, so that waking it
 * is one signal; who waits for what is a table here.
 *
 * FTX-1: an entry is removed under the lock, before its thread is signalled: one wake reaches one thread once.
 */
#include <ipc/init.h>

#include "personality.h"

static struct {
    struct linux_lock lock;
    const uint32_t *word[PROCESS_THREADS_MAX];  /* what thread i waits on, or NULL */
    bool running[PROCESS_THREADS_MAX];          /* thread i > 0 was started and has not ended */
} threads;

static seL4_CPtr thread_notification(uint64_t index)
{
    return SLOT_THREAD_FIRST + index;
}

/* Wake up to `count` threads that wait on `word`; returns how many. */
static long futex_wake(const uint32_t *word, long count)
{
    long woken = 0;

    linux_lock_take(&threads.lock);
    for (uint64_t i = 0; i < PROCESS_THREADS_MAX && woken < count; i++)
        if (threads.word[i] == word) {
            threads.word[i] = NULL;             /* FTX-1 */
            seL4_Signal(thread_notification(i));
            woken++;
        }
    linux_lock_drop(&threads.lock);
    return woken;
}

/* Wake up to `count` threads that wait on `word` and let up to `moved` others wait on `other` instead. */
static long futex_requeue(const uint32_t *word, long count, long moved, const uint32_t *other)
{
    long woken = futex_wake(word, count), n = 0;

    linux_lock_take(&threads.lock);
    for (uint64_t i = 0; i < PROCESS_THREADS_MAX && n < moved; i++)
        if (threads.word[i] == word) {
            threads.word[i] = other;
            n++;
        }
    linux_lock_drop(&threads.lock);
    return woken + n;
}

/* With a time limit there is no one to wake us but ourselves: look, give the rest of the budget away, look again. */
static long futex_sleep_until(uint64_t index, uint64_t deadline_ns)
{
    while (__atomic_load_n(&threads.word[index], __ATOMIC_ACQUIRE) != NULL) {
        if (linux_now_ns() >= deadline_ns) {
            linux_lock_take(&threads.lock);
            bool still = threads.word[index] != NULL;
            threads.word[index] = NULL;
            linux_lock_drop(&threads.lock);
            if (still)
                return -LINUX_ETIMEDOUT;
            break;
        }
        seL4_Yield();
    }
    seL4_WaitWithMRs(thread_notification(index), NULL, NULL, NULL, NULL, NULL);     /* the signal of that wake */
    return 0;
}

static long futex_wait(const uint32_t *word, uint32_t value, const struct linux_timespec *limit)
{
    uint64_t index = linux_thread()->index;
    uint64_t deadline_ns = 0;

    if (limit != NULL)
        deadline_ns = linux_now_ns() + (uint64_t)limit->seconds * 1000000000u + (uint64_t)limit->nanoseconds;

    linux_lock_take(&threads.lock);
    if (__atomic_load_n(word, __ATOMIC_SEQ_CST) != value) {
        linux_lock_drop(&threads.lock);
        return -LINUX_EAGAIN;
    }
    threads.word[index] = word;
    linux_lock_drop(&threads.lock);

    if (limit != NULL)
        return futex_sleep_until(index, deadline_ns);
    seL4_WaitWithMRs(thread_notification(index), NULL, NULL, NULL, NULL, NULL);
    return 0;
}

long linux_futex(long a0, long a1, long a2, long a3, long a4, long a5)
{
    enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1, FUTEX_REQUEUE = 3, FUTEX_PRIVATE = 128 };

    (void)a5;
    switch (a1 & ~FUTEX_PRIVATE) {
    case FUTEX_WAIT:    return futex_wait((const uint32_t *)a0, (uint32_t)a2, (const struct linux_timespec *)a3);
    case FUTEX_WAKE:    return futex_wake((const uint32_t *)a0, a2);
    case FUTEX_REQUEUE: return futex_requeue((const uint32_t *)a0, a2, a3, (const uint32_t *)a4);
    default:            return -LINUX_ENOSYS;
    }
}

long linux_set_tid_address(long a0, long a1, long a2, long a3, long a4, long a5)
{
    linux_thread()->clear_tid = (uint64_t)a0;
    return linux_gettid(a0, a1, a2, a3, a4, a5);
}

static struct thread_local *thread_page(uint64_t index)
{
    return (struct thread_local *)(PROCESS_THREADS_ADDR + index * PROCESS_THREAD_STEP + THREAD_LOCAL_OFFSET);
}

/* Reserve a thread that does not run; 0 when all do. */
static uint64_t thread_reserve(void)
{
    uint64_t found = 0;

    linux_lock_take(&threads.lock);
    for (uint64_t i = 1; i < process_info()->thread_max && found == 0; i++)
        if (!threads.running[i])
            found = i;
    if (found != 0)
        threads.running[found] = true;
    linux_lock_drop(&threads.lock);
    return found;
}

/* Where entry.S saved the caller's registers, as offsets from the frame. */
enum { FRAME_RBP = 0, FRAME_RIP = -1, FRAME_RDI = -3, FRAME_RSI = -4, FRAME_RDX = -5, FRAME_R8 = -6, FRAME_R9 = -7,
       FRAME_R10 = -8 };

/* The new thread continues after the caller's `syscall` with the caller's registers. */
static void thread_fill(struct thread_local *to, const struct thread_local *from)
{
    const uint64_t *frame = (const uint64_t *)from->frame;
    const uint64_t start[14] = {
        frame[FRAME_RIP], frame[FRAME_RDI], frame[FRAME_RSI], frame[FRAME_RDX], frame[FRAME_R8], frame[FRAME_R9],
        frame[FRAME_R10], frame[FRAME_RBP],
        from->kept[0], from->kept[1], from->kept[2], from->kept[3], from->kept[4], 0,
    };

    for (int i = 0; i < 14; i++)
        to->start[i] = start[i];
}

long linux_clone(long a0, long a1, long a2, long a3, long a4, long a5)
{
    enum { CLONE_VM = 0x100, CLONE_THREAD = 0x10000, CLONE_SETTLS = 0x80000, CLONE_PARENT_SETTID = 0x100000,
           CLONE_CHILD_CLEARTID = 0x200000 };
    const long needed = CLONE_VM | CLONE_THREAD | CLONE_SETTLS;

    (void)a5;
    if ((a0 & needed) != needed)
        return -LINUX_ENOSYS;           /* a new process is the business of init */
    uint64_t index = thread_reserve();
    if (index == 0)
        return -LINUX_EAGAIN;

    struct thread_local *thread = thread_page(index);
    thread_fill(thread, linux_thread());
    thread->clear_tid = (a0 & CLONE_CHILD_CLEARTID) != 0 ? (uint64_t)a3 : 0;
    thread->fs_base = (uint64_t)a4;
    long tid = (long)(process_info()->id + 1 + 256 * index);
    if ((a0 & CLONE_PARENT_SETTID) != 0)
        *(uint32_t *)a2 = (uint32_t)tid;

    seL4_IPCBuffer *buf = ipc_buffer();
    buf->msg[0] = index;
    buf->msg[1] = (uint64_t)(uintptr_t)linux_thread_entry;
    buf->msg[2] = (uint64_t)a1;
    buf->msg[3] = (uint64_t)a4;
    if (ipc_call(buf, SLOT_INIT, INIT_THREAD_START, 4, NULL) == IPC_OK)
        return tid;
    threads.running[index] = false;
    return -LINUX_EAGAIN;
}

/* The end of one thread; runs on the thread page, see entry.S. */
static _Noreturn void thread_end(struct thread_local *thread)
{
    uint64_t index = thread->index;

    if (thread->clear_tid != 0) {
        uint32_t *word = (uint32_t *)thread->clear_tid;
        __atomic_store_n(word, 0, __ATOMIC_SEQ_CST);
        (void)futex_wake(word, 1);
    }
    /* init takes the thread away before it can be started again: the flag may drop first, it then finds BUSY. */
    __atomic_store_n(&threads.running[index], false, __ATOMIC_RELEASE);
    for (;;) {
        seL4_Word which = index;
        (void)seL4_CallWithMRs(SLOT_INIT, seL4_MessageInfo_new(INIT_THREAD_EXIT, 0, 0, 1), &which, NULL, NULL, NULL);
    }
}

long linux_exit(long a0, long a1, long a2, long a3, long a4, long a5)
{
    struct thread_local *thread = linux_thread();

    if (thread->index == 0)
        return linux_exit_group(a0, a1, a2, a3, a4, a5);
    thread_end(thread);
}
