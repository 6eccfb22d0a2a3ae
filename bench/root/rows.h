/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The rows of the table: ROW(identifier, what is measured). The identifier is the stable name in build/bench.json,
 * its position the number in the marks. New rows go at the end.
 */
#pragma once

#define ROWS(ROW)                                                                                                  \
    ROW(call_reply_0w, "call, reply and receive, other address space, passive server")                            \
    ROW(call_reply_10w, "the same with ten message words each way")                                               \
    ROW(call_reply_64w, "the same with 64 words")                                                                 \
    ROW(call_reply_120w, "the same with 120 words")                                                               \
    ROW(call_cap, "call with one capability transferred, reply without")                                          \
    ROW(send_wake, "send to a waiting thread of higher priority, until that runs")                                \
    ROW(signal_wake, "signal to a waiting thread of higher priority, until that runs")                            \
    ROW(signal_low_prio, "signal that makes a thread of lower priority ready: no switch")                         \
    ROW(signal_no_switch, "signal nobody waits for")                                                              \
    ROW(wait_pending, "wait on a notification that is already signalled")                                         \
    ROW(fault_roundtrip, "invalid opcode to a handler in another address space, and back")                        \
    ROW(fault_syscall, "unknown system call to such a handler, and back")                                         \
    ROW(fault_map_page, "page fault; the handler maps a page; and back")                                          \
    ROW(irq_to_user, "timer interrupt during user code to the thread that waits for it")                          \
    ROW(yield, "to another thread of the same priority and address space")                                        \
    ROW(null_syscall, "non-blocking send to an empty slot: in, found to be nothing, out")                         \
    ROW(linux_upcall, "Linux system call to an empty handler in the same address space, and back")                \
    ROW(map_4k, "map a frame where the page table is there")                                                      \
    ROW(unmap_4k, "take the mapping away")                                                                        \
    ROW(protect_4k, "map it again where it is, read-only")                                                        \
    ROW(retype_small, "make one notification from untyped memory")                                                \
    ROW(delete_small, "delete its last capability")                                                               \
    ROW(cap_copy, "copy a capability")                                                                            \
    ROW(call_active_10w, "call_reply_10w, the server on time of its own")                                         \
    ROW(call_reply_fpu, "call_reply_0w between threads that may use the FPU, and don't")                          \
    ROW(reply_cap, "call without, reply with one capability transferred")                                         \
    ROW(recv_sender, "receive from a waiting sender of lower priority: no switch")                                \
    ROW(recv_bound_pending, "receive on an endpoint when the bound notification is already signalled")            \
    ROW(nb_recv_empty, "non-blocking receive on an endpoint with nobody")                                         \
    ROW(nb_wait_empty, "poll a notification without a signal")                                                    \
    ROW(nb_send_nobody, "non-blocking send to an endpoint with nobody")                                           \
    ROW(wait_block, "wait on a notification without a signal, until a thread of lower priority runs")

#define ROW_NUMBER(name, what) ROW_##name,
enum row { ROWS(ROW_NUMBER) ROW_COUNT };
