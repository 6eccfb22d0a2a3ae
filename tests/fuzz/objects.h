/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Included before everything that a server under the fuzzer consists of which makes kernel objects
 * itself: objects.c is its kernel. Memory, capabilities, page tables and threads are as the real
 * kernel has them, for what these servers ask; a request that is no refusal that they can expect
 * (memory that is not there, a table or frame that is missing) ends the run.
 *
 * Frames are pages of one file; what the server maps into its own address space is there.
 */
#pragma once

#define file_handle host_file_handle /* idl/file.capnp has one, too */
#include <fcntl.h>
#undef file_handle

#include <base/tsc.h>
#include <ipc/process.h>
#include <myelin/extension.h>
#include <myelin/frames.h>
#include <myelin/ipc.h>
#include <myelin/portal.h>
#include <sel4/sel4.h>
#include <stdbool.h>

/* ---- what a server asks ---- */

seL4_Error model_retype(seL4_CPtr untyped, seL4_Word type, seL4_Word size_bits, seL4_CNode root,
                        seL4_Word index, seL4_Word depth, seL4_Word offset, seL4_Word count);
seL4_Error model_delete(seL4_CNode root, seL4_Word index, seL4_Word depth);
seL4_Error model_revoke(seL4_CNode root, seL4_Word index, seL4_Word depth);
seL4_Error model_mint(seL4_CNode root, seL4_Word index, seL4_Word depth, seL4_CNode from_root,
                      seL4_Word from_index, seL4_Word from_depth, seL4_CapRights_t rights,
                      seL4_Word badge);
seL4_Error model_copy(seL4_CNode root, seL4_Word index, seL4_Word depth, seL4_CNode from_root,
                      seL4_Word from_index, seL4_Word from_depth, seL4_CapRights_t rights);
seL4_Error model_move(seL4_CNode root, seL4_Word index, seL4_Word depth, seL4_CNode from_root,
                      seL4_Word from_index, seL4_Word from_depth);

myelin_RunResult model_share(myelin_Run from, myelin_ShareTarget to, seL4_Word bits);
myelin_RunResult model_protect(myelin_Run run, seL4_CapRights_t rights);
myelin_RunResult model_delete_frames(myelin_Run run);
seL4_Error model_page_map(seL4_CPtr frame, seL4_CPtr space, seL4_Word address);
seL4_Error model_page_unmap(seL4_CPtr frame);
seL4_Error model_assign(seL4_CPtr pool, seL4_CPtr space);
seL4_Error model_table_map(seL4_CPtr table, seL4_CPtr space, seL4_Word address, seL4_Word how);
seL4_Error model_table_unmap(seL4_CPtr table);

seL4_Error model_write_registers(seL4_TCB tcb, seL4_Bool resume, seL4_Uint8 flags, seL4_Word count,
                                 const seL4_UserContext *registers);
seL4_Error model_read_registers(seL4_TCB tcb, seL4_Bool suspend, seL4_Uint8 flags, seL4_Word count,
                                seL4_UserContext *registers);
seL4_Error model_suspend(seL4_TCB tcb);
seL4_Error model_resume(seL4_TCB tcb);
seL4_Error model_configure(seL4_TCB tcb, seL4_CNode cnode, seL4_Word guard, seL4_CPtr space,
                           seL4_Word data, seL4_Word buffer, seL4_CPtr frame);
seL4_Error model_set_space(seL4_TCB tcb, seL4_CPtr fault, seL4_CNode cnode, seL4_Word guard,
                           seL4_CPtr space, seL4_Word data);
seL4_Error model_set_sched(seL4_TCB tcb, seL4_TCB authority, seL4_Word mcp, seL4_Word priority,
                           seL4_CPtr context, seL4_CPtr fault);
seL4_Error model_bind_notification(seL4_TCB tcb, seL4_CPtr notification);
seL4_Error model_unbind_notification(seL4_TCB tcb);
seL4_Error model_serve(seL4_TCB tcb, seL4_CPtr portal);
seL4_Error model_of_thread(seL4_TCB tcb, seL4_Word what);
myelin_TCB_GetWait_t model_wait(seL4_TCB tcb);
seL4_Error model_time(seL4_CPtr control, seL4_CPtr context);
seL4_Error model_bind(seL4_CPtr context, seL4_CPtr to);
seL4_Error model_unbind_object(seL4_CPtr context, seL4_CPtr from);
seL4_Error model_unbind(seL4_CPtr context);
seL4_SchedContext_Consumed_t model_consumed(seL4_CPtr context);
void model_signal(seL4_CPtr notification);
void model_poll(seL4_CPtr notification);
void model_answer(seL4_CPtr reply);
seL4_Error model_make_other(seL4_CPtr slot);
extern seL4_Word model_missing; /* which table a page was not mapped for */
uint64_t fake_tsc(void);
_Noreturn void model_exit(int status);

#define seL4_Untyped_Retype model_retype
#define seL4_CNode_Delete model_delete
#define seL4_CNode_Revoke model_revoke
#define seL4_CNode_Mint model_mint
#define seL4_CNode_Copy model_copy
#define seL4_CNode_Move model_move
#define myelin_ShareFrames model_share
#define myelin_ProtectFrames model_protect
#define myelin_DeleteFrames model_delete_frames
#define seL4_X86_Page_Map(frame, space, address, rights, how) model_page_map(frame, space, address)
#define seL4_X86_Page_Unmap model_page_unmap
#define seL4_MappingFailedLookupLevel() model_missing
#define seL4_X86_ASIDPool_Assign model_assign
#define seL4_X86_PageTable_Map model_table_map
#define seL4_X86_PageDirectory_Map model_table_map
#define seL4_X86_PDPT_Map model_table_map
#define seL4_X86_PageTable_Unmap model_table_unmap
#define seL4_X86_PageDirectory_Unmap model_table_unmap
#define seL4_X86_PDPT_Unmap model_table_unmap
#define seL4_TCB_WriteRegisters model_write_registers
#define seL4_TCB_ReadRegisters model_read_registers
#define seL4_TCB_Suspend model_suspend
#define seL4_TCB_Resume model_resume
#define seL4_TCB_Configure model_configure
#define seL4_TCB_SetSpace model_set_space
#define seL4_TCB_SetSchedParams model_set_sched
#define seL4_TCB_BindNotification model_bind_notification
#define seL4_TCB_UnbindNotification model_unbind_notification
#define myelin_TCB_Serve model_serve
#define myelin_TCB_ServeNone(tcb) model_serve(tcb, 0)
#define myelin_TCB_Interrupt(tcb) model_of_thread(tcb, 0)
#define myelin_TCB_SetExtensions model_of_thread
#define myelin_TCB_SetUpcall model_of_thread
#define myelin_TCB_GetWait model_wait
#define seL4_SchedControl_ConfigureFlags(control, context, budget, period, refills, badge, flags)  \
    model_time(control, context)
#define seL4_SchedContext_Bind model_bind
#define seL4_SchedContext_Unbind model_unbind
#define seL4_SchedContext_UnbindObject model_unbind_object
#define seL4_SchedContext_Consumed model_consumed
#define seL4_TCB_SetTimeoutEndpoint(tcb, cap) model_of_thread(tcb, cap)
#define seL4_TCB_SetTLSBase(tcb, base) seL4_NoError
#define seL4_SendWithMRs(reply, info, a, b, c, d) model_answer(reply)
#define seL4_IRQControl_GetIOAPIC(control, root, slot, ...) model_make_other(slot)
#define seL4_IRQControl_Get(control, irq, root, slot, depth) model_make_other(slot)
#define seL4_IRQHandler_SetNotification(handler, notification) seL4_NoError
#define seL4_IRQHandler_Ack(handler) seL4_NoError
#define seL4_X86_IOPortControl_Issue(control, first, last, root, slot, depth) model_make_other(slot)
#define seL4_X86_IOPort_In8(port, number) ((seL4_X86_IOPort_In8_t){ 0, 0x20 })
#define seL4_X86_IOPort_Out8(port, number, value) seL4_NoError
#define seL4_Signal model_signal
#define seL4_Poll(notification, badge) model_poll(notification)
#define seL4_NBRecv(endpoint, badge, reply) model_look(endpoint, badge)
#define seL4_NBWait model_look
#define tsc_read() fake_tsc()
#define seL4_Yield() model_exit(0)
#define exit model_exit

/* ---- what a target does with it ---- */

/** The kinds of objects that it makes itself, and what is of none of them. */
enum model_kind {
    MODEL_UNTYPED,
    MODEL_ENDPOINT,
    MODEL_NOTIFICATION,
    MODEL_REPLY,
    MODEL_CNODE,
    MODEL_THREAD,
    MODEL_CONTEXT,
    MODEL_FRAME,
    MODEL_TABLE, /* page table, directory, pointers: `bits` is what an entry covers */
    MODEL_SPACE,
    MODEL_PORTAL,
    MODEL_OTHER,
};

struct model_object;

/**
 * Begin: memory for 2^memory_bits bytes; a capability space of 2^bits slots, which is in slot
 * `slots` of itself, and the address space in slot `space`.
 */
void model_open(seL4_CPtr slots, seL4_CPtr space, unsigned bits, unsigned memory_bits);

/** Put a new object into an empty slot of it; untyped memory is of the whole. */
struct model_object *model_put(seL4_CPtr slot, enum model_kind kind, unsigned bits);

/** A frame of the target's own at an address of all memory, which stays. */
struct model_object *model_frame(uint64_t at);

/** How many objects are made of untyped memory. */
unsigned model_children(seL4_CPtr untyped);

/** The object in a slot of the server's capability space; NULL: the slot is empty. */
struct model_object *model_at(seL4_CPtr slot);

/** Which retype is refused for want of memory, counted from the next one on; 0: none. */
extern unsigned model_no_memory_after;

/** A capability to one of the target's own frames in a run's slot. False: that is not empty. */
bool model_lend(myelin_Run to, struct model_object *frame);

/** All capabilities to an object go but the one that it was put with. */
void model_revoke_object(struct model_object *object);

/** What a frame of the target's has. */
void *model_bytes(const struct model_object *frame);

/** What a thread is about, for the target; and its registers. */
struct model_thread {
    void *asks; /* whom it waits for an answer from; NULL: it does not wait */
    seL4_UserContext registers;
    bool is_stopped, is_placed;
};
struct model_thread *model_thread(seL4_TCB tcb);

/** The target: a thread waits for no answer any more. */
void model_leaves(void *asks);

/** The target: who waits at an endpoint, or what a notification has; 0: nobody, nothing. */
void model_look(seL4_CPtr at, seL4_Word *badge);

/** The target: of a thread that waits for nothing of ours, what it does. */
myelin_TCB_GetWait_t model_does(void);
