/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * New processes: fork, vfork, and clone without CLONE_THREAD. A child has a copy of its parent's
 * memory; or, with CLONE_VM, that memory itself, but for the pages of the personality: descriptors,
 * handlers and what is known of its threads are its own. Its parent waits then (CLONE_VFORK).
 */
#include <idl/heir.h>

#include "process.h"
#include "clone.h"
#include "path.h"
#include "signal.h"
#include "vectors.h"

static const unsigned long known = CLONE_VM | CLONE_VFORK | CLONE_SETTLS | CLONE_PARENT_SETTID |
                                   CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | CLONE_CLEAR_SIGHAND;

static bool has_offered(const struct handle_pair *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].server >= UNIX_SERVERS_MAX)
            return true;
    return false;
}

/*
 * Servers that are processes have to be told of the child by us: it is held until they know. One
 * that does not do its part has a child that finds nothing open there.
 */
static void child_introduce(int32_t pid, const struct handle_pair *list, size_t count)
{
    uint32_t handles[HANDLES_MAX];
    int error;

    for (uint32_t server = UNIX_SERVERS_MAX; server < UNIX_SERVERS_END; server++) {
        size_t n = handles_of(server, list, count, handles);
        if (n > 0)
            CALL_SURELY(error, heir_inherit((struct heir){ path_server(server).cap }, pid, handles,
                                            n * sizeof handles[0]));
    }
    CALL_SURELY(error, proc_launch(linux_proc(), pid));
}

/*
 * proc_fork(). All locks are held: what the child finds in its tables is whole, and the handles are
 * those of its descriptors.
 */
static __attribute__((noinline)) int fork_ask(uint64_t stack, bool lent, int32_t *pid)
{
    struct handle_pair list[HANDLES_MAX];
    size_t count = handles_list(list, false);
    bool held = has_offered(list, count);
    uint32_t how = (held ? PROC_FORK_HELD : 0) | (lent ? PROC_FORK_LENT : 0);
    int error;

    CALL_SURELY(error, proc_fork(linux_proc(), (uint32_t)linux_thread()->index, stack, how, list,
                                 count * sizeof list[0], pid));
    if (error == 0 && held)
        child_introduce(*pid, list, count);
    return error;
}

/*
 * The same, with the thread's part of the child's memory as the child wants it. Of the stack the
 * child gets what is above its vector registers: less than a page.
 */
static long fork_as(const struct clone_wish *wish)
{
    struct vectors vectors;
    struct thread_local *thread = linux_thread();
    struct linux_own *own = linux_own();
    uint64_t rsp = thread->rsp;
    int32_t pid = 0;

    vectors_save(&vectors);
    own->child_vectors = (uint64_t)(uintptr_t)&vectors;
    own->child_tid = (wish->flags & CLONE_CHILD_SETTID) != 0 ? wish->child_tid.value : 0;
    own->child_clear = (wish->flags & CLONE_CHILD_CLEARTID) != 0 ? wish->child_tid.value : 0;
    own->child_tls = wish->tls;
    own->child_has_tls = (wish->flags & CLONE_SETTLS) != 0;
    own->child_handles_none = (wish->flags & CLONE_CLEAR_SIGHAND) != 0;
    if (wish->stack != 0)
        thread->rsp = wish->stack;
    linux_locks_take();
    int error = fork_ask(own->child_vectors, (wish->flags & CLONE_VM) != 0, &pid);
    linux_locks_drop();
    thread->rsp = rsp;
    return error != 0 ? call_result(error) : pid;
}

/* No signal ends this wait: it is made again until it is over. */
static void launch_await(int32_t pid)
{
    int error;

    do {
        error = proc_launched(linux_proc(), pid);
        if (error == LINUX_EBUSY)
            linux_sleep_crowded();
    } while (error == LINUX_EBUSY || error == CALL_INTERRUPTED);
}

long fork_clone(const struct clone_wish *wish)
{
    /* Tables that both change, memory shared with a parent that goes on: not with processes. */
    if ((wish->flags & ~known) != 0 || (wish->flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM)
        return -LINUX_EINVAL;
    if (wish->signal != 0 && wish->signal != SIGCHLD)
        return -LINUX_EINVAL;
    if ((wish->flags & CLONE_SETTLS) != 0 && wish->tls >= seL4_UserTop)
        return -LINUX_EPERM;
    long pid = fork_as(wish);
    if (pid > 0 && (wish->flags & CLONE_PARENT_SETTID) != 0)
        (void)user_store32(wish->parent_tid, (uint32_t)pid);
    if (pid > 0 && (wish->flags & CLONE_VFORK) != 0)
        launch_await((int32_t)pid);
    return pid;
}

long linux_fork_complete(void)
{
    static const struct clone_wish wish = { .signal = SIGCHLD };

    return linux_is_process() ? fork_clone(&wish) : -LINUX_ENOSYS;
}

long linux_vfork_complete(void)
{
    static const struct clone_wish wish = { .flags = CLONE_VM | CLONE_VFORK, .signal = SIGCHLD };

    return linux_is_process() ? fork_clone(&wish) : -LINUX_ENOSYS;
}

/* ---- in the child ---- */

/* No other thread was copied, nor any lock's holder but the caller; signals were the parent's. */
static void state_child(struct linux_state *state, uint64_t index)
{
    struct signals *signals = &state->signals;

    linux_locks_reset();
    threads_reset(index);
    for (unsigned i = 0; i < signals->high; i++)
        signal_entry(i)->signal = 0;
    signal_queue_trim(signals);
}

/* Handlers go, as with exec: what is ignored stays. */
static void handlers_clear(struct signals *signals)
{
    for (unsigned i = 1; i < signal_actions_end(); i++)
        if (signal_action(i)->handler > SIG_IGN)
            *signal_action(i) = (struct linux_sigaction){ .handler = SIG_DFL };
    signal_children(signals);
}

long linux_child(void)
{
    struct thread_local *thread = linux_thread();
    struct linux_own *own = linux_own();

    /*
     * Behind all that are ready: who makes one child after the other is answered sooner than they
     * run, and most of its slices end in servers, where that is nobody's turn.
     */
    seL4_Yield();
    vectors_load((const struct vectors *)own->child_vectors);
    state_child(linux_state(), thread->index);
    thread->pending = 1; /* look once */
    own->sleeping = 0;
    own->bells_armed = false;
    thread->robust = 0;
    own->tid = process_mail()->pid;
    thread->clear_tid = own->child_clear;
    if (own->child_handles_none)
        handlers_clear(&linux_state()->signals);
    if (own->child_has_tls)
        linux_fs_base(own->child_tls);
    if (own->child_tid != 0)
        (void)user_store32((uaddr_t){ own->child_tid }, (uint32_t)own->tid);
    return 0;
}
