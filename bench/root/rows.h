/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of the table: ROW(identifier, what is measured). The identifier is the stable name in
 * build/bench.json, its position the number in the marks. New rows go at the end.
 */
#pragma once

#define ROWS(ROW)                                                                                  \
    ROW(call_reply_0w, "call, reply and receive, other address space, passive server")             \
    ROW(call_reply_10w, "the same with ten message words each way")                                \
    ROW(call_reply_64w, "the same with 64 words")                                                  \
    ROW(call_reply_120w, "the same with 120 words")                                                \
    ROW(call_cap, "call with one capability transferred, reply without")                           \
    ROW(send_wake, "send to a waiting thread of higher priority, until that runs")                 \
    ROW(signal_wake, "signal to a waiting thread of higher priority, until that runs")             \
    ROW(signal_low_prio, "signal that makes a thread of lower priority ready: no switch")          \
    ROW(signal_no_switch, "signal nobody waits for")                                               \
    ROW(wait_pending, "wait on a notification that is already signalled")                          \
    ROW(fault_roundtrip, "invalid opcode to a handler in another address space, and back")         \
    ROW(fault_syscall, "unknown system call to such a handler, and back")                          \
    ROW(fault_map_page, "page fault; the handler maps a page; and back")                           \
    ROW(irq_to_user, "timer interrupt during user code to the thread that waits for it")           \
    ROW(yield, "to another thread of the same priority and address space")                         \
    ROW(null_syscall, "non-blocking send to an empty slot: in, found to be nothing, out")          \
    ROW(linux_upcall, "Linux system call to an empty handler in the same address space, and back") \
    ROW(map_4k, "map a frame where the page table is there")                                       \
    ROW(unmap_4k, "take the mapping away")                                                         \
    ROW(protect_4k, "map it again where it is, read-only")                                         \
    ROW(retype_small, "make one notification from untyped memory")                                 \
    ROW(delete_small, "delete its last capability")                                                \
    ROW(cap_copy, "copy a capability")                                                             \
    ROW(call_active_10w, "call_reply_10w, the server on time of its own")                          \
    ROW(call_reply_fpu, "call_reply_0w between threads that may use the FPU, and don't")           \
    ROW(reply_cap, "call without, reply with one capability transferred")                          \
    ROW(recv_sender, "receive from a waiting sender of lower priority: no switch")                 \
    ROW(recv_bound_pending,                                                                        \
        "receive on an endpoint when the bound notification is already signalled")                 \
    ROW(nb_recv_empty, "non-blocking receive on an endpoint with nobody")                          \
    ROW(nb_wait_empty, "poll a notification without a signal")                                     \
    ROW(nb_send_nobody, "non-blocking send to an endpoint with nobody")                            \
    ROW(wait_block,                                                                                \
        "wait on a notification without a signal, until a thread of lower priority runs")          \
    ROW(signal_stale_tag, "signal_no_switch, \"unwrapped\" left in the tag by another message")    \
    ROW(signal_stale_caps, "the same, and three capabilities counted there")                       \
    ROW(copy_64b, "copy 64 bytes out of a caller's window")                                        \
    ROW(copy_4k, "the same with a page")                                                           \
    ROW(copy_64k, "the same with 16 pages")                                                        \
    ROW(copy_4k_unaligned, "the same with a page's bytes from and to the middles of pages")        \
    ROW(recv_block, "receive on an endpoint with nobody, until a thread of lower priority runs")   \
    ROW(recv_owing, "the same by a passive server that owes an answer and gives its time back")    \
    ROW(defer_and_answer, "the same, then another call, and on its time the answer that is owed")  \
    ROW(wait_and_signal, "wait for the signal of a thread of lower priority, until it is there")   \
    ROW(wait_deadline_far, "the same with a deadline that does not come")                          \
    ROW(sleep, "wait until a deadline comes, with nothing else to run")                            \
    ROW(call_deadline, "call_reply_0w with a deadline that does not come")                         \
    ROW(interrupt_wait, "interrupt a waiting thread of higher priority, until that runs")          \
    ROW(help_one, "call a server that has no time left, until it goes on with the caller's")       \
    ROW(help_chain_4, "the same with a server that waits for a server, and so on, four in all")    \
    ROW(semaphore_free, "semaphore up and down, nobody waits: no system call")                     \
    ROW(semaphore_wake, "up that wakes a thread of higher priority, until that waits again")       \
    ROW(channel_send, "send 64 bytes to a waiting receiver of higher priority, until it waits")    \
    ROW(channel_batch_16, "the same with 16 messages in one batch")                                \
    ROW(shm_setup_16, "make 16 frames, map them, and read-only in another address space")          \
    ROW(delete_mapped_frame, "delete a frame's last capability, which has a mapping")              \
    ROW(share_1, "share a frame and write-protect its source: one call for one page")              \
    ROW(share_17, "the same for 17 pages")                                                         \
    ROW(protect_run_1, "change the rights of a run of one mapped frame")                           \
    ROW(protect_run_17, "the same for 17")                                                         \
    ROW(take_1, "unmap and delete a run of one frame")                                             \
    ROW(take_17, "the same for 17")                                                                \
    ROW(zero_4k, "fill a frame with zeros")                                                        \
    ROW(copy_frame_4k, "copy a frame to another")                                                  \
    ROW(call_bare_2w,                                                                              \
        "call with two words and back, server on time of its own: system calls only")              \
    ROW(call_stub_2w, "the same by a generated stub, to a server without generated dispatch")      \
    ROW(call_defined_2w, "the same by a generated stub and generated dispatch")                    \
    ROW(call_bound_0w, "call_reply_0w to a server with a bound notification that has time")        \
    ROW(signal_bound, "signal to such a server, of higher priority, until it waits again")         \
    ROW(irq_sets_timer, "irq_to_user to a thread for whose timeslice the timer has to be set")     \
    ROW(signal_other_space, "signal_wake to a thread of another address space")

#define ROW_NUMBER(name, what) ROW_##name,
enum row { ROWS(ROW_NUMBER) ROW_COUNT };
