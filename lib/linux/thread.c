/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads as the C library makes them. Thread objects are init's, which made as many as the
 * manifest allows and starts one on request; or proc's, which makes them.
 */
#include <idl/init.h>

#include "clone.h"
#include "process.h"
#include "signal.h"
#include "trace.h"
#include "vectors.h"

_Noreturn void linux_thread_begin(void);

int thread_find(int tid)
{
    for (uint64_t left = threads_running(); left != 0; left &= left - 1) {
        int index = __builtin_ctzll(left);
        if (thread_tid((uint64_t)index) == tid)
            return index;
    }
    return -1;
}

/* That a thread runs, or no more. */
static void thread_enter(uint64_t index)
{
    __atomic_fetch_or(&linux_state()->threads.running, 1ull << index, __ATOMIC_RELAXED);
}

static void thread_leave(uint64_t index)
{
    __atomic_fetch_and(&linux_state()->threads.running, ~(1ull << index), __ATOMIC_RELEASE);
}

long linux_set_tid_address(uaddr_t tid)
{
    linux_thread()->clear_tid = tid.value;
    return linux_gettid();
}

static struct thread_local *thread_page(uint64_t index)
{
    return (struct thread_local *)(process_thread_address(index) + THREAD_LOCAL_OFFSET);
}

/* Reserve a thread that does not run; 0 when all do. */
static uint64_t thread_reserve(void)
{
    struct threads *threads = &linux_state()->threads;
    uint64_t found = 0;

    if (linux_is_process()) {
        uint32_t room = 0;
        int32_t tid = 0;
        int error;
        CALL_SURELY(error, proc_thread_room(linux_proc(), &room, &tid));
        if (error != 0)
            return 0;
        signal_thread_begin(room);
        linux_own_of(room)->tid = tid;
        thread_enter(room);
        return room;
    }
    linux_lock_take(&threads->lock);
    uint64_t free = ~threads_running(); /* 0 runs */
    if (free != 0 && (uint64_t)__builtin_ctzll(free) < thread_max()) {
        found = (uint64_t)__builtin_ctzll(free);
        signal_thread_begin(found);
        thread_enter(found);
    }
    linux_lock_drop(&threads->lock);
    return found;
}

/* The new thread continues after the caller's `syscall` with the caller's registers. */
static void begin_fill(struct thread_begin *to, const struct linux_frame *from, uint64_t rsp)
{
    vectors_save(&to->vectors);
    to->context = (struct linux_context){
        .r15 = from->r15,
        .r14 = from->r14,
        .r13 = from->r13,
        .r12 = from->r12,
        .rbx = from->rbx,
        .rbp = from->rbp,
        .r10 = from->r10,
        .r9 = from->r9,
        .r8 = from->r8,
        .rdx = from->rdx,
        .rsi = from->rsi,
        .rdi = from->rdi,
        .rcx = from->rip,
        .r11 = from->flags,
        .rip = from->rip,
        .rsp = rsp != 0 ? rsp : linux_thread()->rsp,
        .flags = from->flags,
    };
}

_Noreturn void linux_thread_begin(void)
{
    const struct thread_begin *begin = thread_begin_of(linux_thread()->index);
    struct linux_context context = begin->context; /* what signals find is put below it */

    vectors_load(&begin->vectors);
    linux_resume(&context);
}

/* What a thread shares with its maker, without exception; the rest says where its number goes. */
enum {
    CLONE_NEEDED = CLONE_VM | CLONE_FS_OR_FILES | CLONE_SIGHAND | CLONE_THREAD,
    CLONE_KNOWN = CLONE_NEEDED | CLONE_SETTLS | CLONE_SYSVSEM | CLONE_PARENT_SETTID |
                  CLONE_CHILD_CLEARTID | CLONE_DETACHED | CLONE_CHILD_SETTID,
};

static bool thread_start(uint64_t index, uint64_t fs)
{
    uint64_t rsp = (uint64_t)(uintptr_t)thread_begin_of(index); /* an address, for init; not used */

    if (linux_is_process()) {
        int32_t tid;
        int error;
        CALL_SURELY(error, proc_thread_start(linux_proc(), (uint64_t)(uintptr_t)linux_thread_entry,
                                             rsp, fs, (uint32_t)index, &tid));
        return error == 0;
    }
    return init_thread_start((struct init){ SLOT_INIT }, index,
                             (uint64_t)(uintptr_t)linux_thread_entry, rsp, fs) == 0;
}

long thread_clone(const struct clone_wish *wish)
{
    unsigned long flags = wish->flags;
    uint64_t tls = (flags & CLONE_SETTLS) != 0 ? wish->tls : linux_thread()->fs_base;

    if ((flags & CLONE_NEEDED) != CLONE_NEEDED || (flags & ~(unsigned long)CLONE_KNOWN) != 0)
        return linux_is_process() ? -LINUX_EINVAL : -LINUX_ENOSYS; /* a process, or half of one */
    if (tls >= seL4_UserTop)
        return -LINUX_EPERM;
    uint64_t index = thread_reserve();
    if (index == 0)
        return -LINUX_EAGAIN;

    struct thread_local *thread = thread_page(index);
    uint32_t tid = (uint32_t)thread_tid(index);
    begin_fill(thread_begin_of(index), linux_frame(), wish->stack);
    thread->pending = 0;
    thread->clear_tid = (flags & CLONE_CHILD_CLEARTID) != 0 ? wish->child_tid.value : 0;
    thread->robust = 0;
    trace_thread(thread, trace_is_on());
    thread->fs_base = tls;
    if ((flags & CLONE_PARENT_SETTID) != 0)
        (void)user_store32(wish->parent_tid, tid);
    if ((flags & CLONE_CHILD_SETTID) != 0)
        (void)user_store32(wish->child_tid, tid);
    if (thread_start(index, tls))
        return tid;
    thread_leave(index);
    return -LINUX_EAGAIN;
}

/* ---- locks of a thread that ends: the list is the program's, and may be anything ---- */

/* Linux's struct robust_list_head. */
struct robust_head {
    uint64_t first;
    int64_t offset; /* from an entry to its futex word */
    uint64_t pending;
};

long linux_set_robust_list(uaddr_t head, size_t bytes)
{
    if (bytes != sizeof(struct robust_head))
        return -LINUX_EINVAL;
    linux_thread()->robust = head.value;
    return 0;
}

long linux_get_robust_list(int pid, uaddr_t head, uaddr_t bytes)
{
    static const uint64_t size = sizeof(struct robust_head);
    int thread = pid == 0 ? (int)linux_thread()->index : thread_find(pid);

    if (thread < 0)
        return -LINUX_ESRCH;
    return user_put(bytes, &size, sizeof size) &&
                   user_put(head, &thread_page((uint64_t)thread)->robust, 8)
               ? 0
               : -LINUX_EFAULT;
}

/* A lock of a thread that is gone: whoever gets it is told. */
static void lock_release(uint64_t word, uint32_t tid)
{
    enum { TID_MASK = 0x3fffffff };
    const uint32_t waiters = 0x80000000, owner_died = 0x40000000;
    uaddr_t at = { word };
    uint32_t now;

    if (word % 4 != 0 || !user_load32(&now, at))
        return;
    for (uint32_t before = ~now; before != now;) {
        if ((now & TID_MASK) != tid)
            return;
        before = now;
        if (!user_exchange32(at, &now, (now & waiters) | owner_died))
            return;
    }
    if ((now & waiters) != 0)
        futex_wake_any(word);
}

static void robust_release(uint64_t index)
{
    enum { ENTRIES_MAX = 2048 };
    struct robust_head head;
    uint32_t tid = (uint32_t)thread_tid(index);
    uint64_t list = linux_thread()->robust;

    if (list == 0 || !user_get(&head, (uaddr_t){ list }, sizeof head))
        return;
    uint64_t entry = head.first;
    for (unsigned i = 0; i < ENTRIES_MAX && (entry & ~1ull) != list; i++) {
        uint64_t next;
        bool more = user_get(&next, (uaddr_t){ entry & ~1ull }, sizeof next);
        if (entry != head.pending)
            lock_release((entry & ~1ull) + (uint64_t)head.offset, tid);
        if (!more)
            break;
        entry = next;
    }
    if (head.pending != 0)
        lock_release((head.pending & ~1ull) + (uint64_t)head.offset, tid);
}

/* The end of one thread. */
static _Noreturn void thread_end(struct thread_local *thread, int status)
{
    uint64_t index = thread->index;

    signal_thread_end();
    robust_release(index);
    if (thread->clear_tid != 0 && user_store32((uaddr_t){ thread->clear_tid }, 0))
        futex_wake_any(thread->clear_tid);
    /*
     * init takes the thread away before it can be started again: the flag may drop first, it then
     * finds BUSY; proc gives its number out again only when it has been told.
     */
    thread_leave(index);
    for (;;)
        if (linux_is_process())
            (void)proc_thread_exit(linux_proc(), (uint32_t)index, ((uint32_t)status & 0xff) << 8);
        else
            (void)init_thread_exit((struct init){ SLOT_INIT }, index);
}

long linux_exit(int status)
{
    struct thread_local *thread = linux_thread();

    if (thread->index == 0 && !linux_is_process())
        return linux_exit_group(status);
    thread_end(thread, status);
}

long linux_sched_yield(void)
{
    seL4_Yield();
    return 0;
}
