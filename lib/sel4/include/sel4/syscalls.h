/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls of the MCS interface on x86_64.
 *
 *      rdx number      rdi capability -> badge     rsi message info -> message info
 *      r10 r8 r9 r15   message words 0 to 3        r12 reply object        r13 NBSendRecv: where to send
 *
 * rcx and r11 are lost to the syscall instruction. Other kernels of this interface also lose rsp, so it is
 * parked in rbx, which costs two instructions. A program whose threads have an upcall (MYELIN_NATIVE_MARK)
 * runs on our kernel only: rsp is safe there, and rax tells its native calls from Linux ones.
 */
#pragma once

#include <sel4/functions.h>
#include <sel4/syscall.h>

#ifdef MYELIN_NATIVE_MARK
#include <myelin/extension_gen.h>
#define MYELIN_SYSCALL      "syscall"
#define MYELIN_SYSCALL_IN   , "a"(MYELIN_NATIVE)
#define MYELIN_SYSCALL_LOST "rcx", "r11", "memory"
#else
#define MYELIN_SYSCALL      "mov %%rsp, %%rbx\n\tsyscall\n\tmov %%rbx, %%rsp"
#define MYELIN_SYSCALL_IN
#define MYELIN_SYSCALL_LOST "rbx", "rcx", "r11", "memory"
#endif

/* ---- the register patterns ---- */

LIBSEL4_INLINE_FUNC void x64_sys_null(seL4_Word sys)
{
    __asm__ volatile(MYELIN_SYSCALL : : "d"(sys) MYELIN_SYSCALL_IN : "rsi", "rdi", MYELIN_SYSCALL_LOST);
}

LIBSEL4_INLINE_FUNC void x64_sys_send_null(seL4_Word sys, seL4_Word dest, seL4_Word info)
{
    __asm__ volatile(MYELIN_SYSCALL : : "d"(sys), "D"(dest), "S"(info) MYELIN_SYSCALL_IN : MYELIN_SYSCALL_LOST);
}

LIBSEL4_INLINE_FUNC void x64_sys_send(seL4_Word sys, seL4_Word dest, seL4_Word info, seL4_Word msg0, seL4_Word msg1,
                                      seL4_Word msg2, seL4_Word msg3)
{
    register seL4_Word mr0 __asm__("r10") = msg0;
    register seL4_Word mr1 __asm__("r8") = msg1;
    register seL4_Word mr2 __asm__("r9") = msg2;
    register seL4_Word mr3 __asm__("r15") = msg3;

    __asm__ volatile(MYELIN_SYSCALL
                     :
                     : "d"(sys), "D"(dest), "S"(info), "r"(mr0), "r"(mr1), "r"(mr2), "r"(mr3) MYELIN_SYSCALL_IN
                     : MYELIN_SYSCALL_LOST);
}

LIBSEL4_INLINE_FUNC void x64_sys_recv(seL4_Word sys, seL4_Word src, seL4_Word *out_badge, seL4_Word *out_info,
                                      seL4_Word *out_mr0, seL4_Word *out_mr1, seL4_Word *out_mr2, seL4_Word *out_mr3,
                                      seL4_Word reply)
{
    register seL4_Word mr0 __asm__("r10");
    register seL4_Word mr1 __asm__("r8");
    register seL4_Word mr2 __asm__("r9");
    register seL4_Word mr3 __asm__("r15");
    register seL4_Word reply_reg __asm__("r12") = reply;

    __asm__ volatile(MYELIN_SYSCALL
                     : "=D"(*out_badge), "=S"(*out_info), "=r"(mr0), "=r"(mr1), "=r"(mr2), "=r"(mr3)
                     : "d"(sys), "D"(src), "r"(reply_reg) MYELIN_SYSCALL_IN
                     : MYELIN_SYSCALL_LOST);
    *out_mr0 = mr0;
    *out_mr1 = mr1;
    *out_mr2 = mr2;
    *out_mr3 = mr3;
}

/* The same without a reply object. */
LIBSEL4_INLINE_FUNC void x64_sys_wait(seL4_Word sys, seL4_Word src, seL4_Word *out_badge, seL4_Word *out_info,
                                      seL4_Word *out_mr0, seL4_Word *out_mr1, seL4_Word *out_mr2, seL4_Word *out_mr3)
{
    register seL4_Word mr0 __asm__("r10");
    register seL4_Word mr1 __asm__("r8");
    register seL4_Word mr2 __asm__("r9");
    register seL4_Word mr3 __asm__("r15");

    __asm__ volatile(MYELIN_SYSCALL
                     : "=D"(*out_badge), "=S"(*out_info), "=r"(mr0), "=r"(mr1), "=r"(mr2), "=r"(mr3)
                     : "d"(sys), "D"(src) MYELIN_SYSCALL_IN
                     : MYELIN_SYSCALL_LOST);
    *out_mr0 = mr0;
    *out_mr1 = mr1;
    *out_mr2 = mr2;
    *out_mr3 = mr3;
}

LIBSEL4_INLINE_FUNC void x64_sys_call(seL4_Word sys, seL4_Word dest, seL4_Word *out_dest, seL4_Word info,
                                      seL4_Word *out_info, seL4_Word *in_out_mr0, seL4_Word *in_out_mr1,
                                      seL4_Word *in_out_mr2, seL4_Word *in_out_mr3)
{
    register seL4_Word mr0 __asm__("r10") = *in_out_mr0;
    register seL4_Word mr1 __asm__("r8") = *in_out_mr1;
    register seL4_Word mr2 __asm__("r9") = *in_out_mr2;
    register seL4_Word mr3 __asm__("r15") = *in_out_mr3;

    __asm__ volatile(MYELIN_SYSCALL
                     : "=D"(*out_dest), "=S"(*out_info), "+r"(mr0), "+r"(mr1), "+r"(mr2), "+r"(mr3)
                     : "d"(sys), "D"(dest), "S"(info) MYELIN_SYSCALL_IN
                     : MYELIN_SYSCALL_LOST);
    *in_out_mr0 = mr0;
    *in_out_mr1 = mr1;
    *in_out_mr2 = mr2;
    *in_out_mr3 = mr3;
}

LIBSEL4_INLINE_FUNC void x64_sys_send_recv(seL4_Word sys, seL4_Word dest, seL4_Word *out_dest, seL4_Word info,
                                           seL4_Word *out_info, seL4_Word *in_out_mr0, seL4_Word *in_out_mr1,
                                           seL4_Word *in_out_mr2, seL4_Word *in_out_mr3, seL4_Word reply)
{
    register seL4_Word mr0 __asm__("r10") = *in_out_mr0;
    register seL4_Word mr1 __asm__("r8") = *in_out_mr1;
    register seL4_Word mr2 __asm__("r9") = *in_out_mr2;
    register seL4_Word mr3 __asm__("r15") = *in_out_mr3;
    register seL4_Word reply_reg __asm__("r12") = reply;

    __asm__ volatile(MYELIN_SYSCALL
                     : "=D"(*out_dest), "=S"(*out_info), "+r"(mr0), "+r"(mr1), "+r"(mr2), "+r"(mr3)
                     : "d"(sys), "D"(dest), "S"(info), "r"(reply_reg) MYELIN_SYSCALL_IN
                     : MYELIN_SYSCALL_LOST);
    *in_out_mr0 = mr0;
    *in_out_mr1 = mr1;
    *in_out_mr2 = mr2;
    *in_out_mr3 = mr3;
}

LIBSEL4_INLINE_FUNC void x64_sys_nbsend_recv(seL4_Word sys, seL4_Word dest, seL4_Word src, seL4_Word *out_dest,
                                             seL4_Word info, seL4_Word *out_info, seL4_Word *in_out_mr0,
                                             seL4_Word *in_out_mr1, seL4_Word *in_out_mr2, seL4_Word *in_out_mr3,
                                             seL4_Word reply)
{
    register seL4_Word mr0 __asm__("r10") = *in_out_mr0;
    register seL4_Word mr1 __asm__("r8") = *in_out_mr1;
    register seL4_Word mr2 __asm__("r9") = *in_out_mr2;
    register seL4_Word mr3 __asm__("r15") = *in_out_mr3;
    register seL4_Word reply_reg __asm__("r12") = reply;
    register seL4_Word dest_reg __asm__("r13") = dest;

    __asm__ volatile(MYELIN_SYSCALL
                     : "=D"(*out_dest), "=S"(*out_info), "+r"(mr0), "+r"(mr1), "+r"(mr2), "+r"(mr3)
                     : "d"(sys), "D"(src), "S"(info), "r"(reply_reg), "r"(dest_reg) MYELIN_SYSCALL_IN
                     : MYELIN_SYSCALL_LOST);
    *in_out_mr0 = mr0;
    *in_out_mr1 = mr1;
    *in_out_mr2 = mr2;
    *in_out_mr3 = mr3;
}

/* Message words of a WithMRs call: a null pointer sends 0, and what comes back is dropped. */
#define MYELIN_MR_IN(n) seL4_Word msg##n = mr##n && seL4_MessageInfo_get_length(msgInfo) > n ? *mr##n : 0
#define MYELIN_MR_OUT(n) do { if (mr##n) { *mr##n = msg##n; } } while (0)
#define MYELIN_MRS_IN MYELIN_MR_IN(0); MYELIN_MR_IN(1); MYELIN_MR_IN(2); MYELIN_MR_IN(3)
#define MYELIN_MRS_OUT MYELIN_MR_OUT(0); MYELIN_MR_OUT(1); MYELIN_MR_OUT(2); MYELIN_MR_OUT(3)
/* Of a plain call: the IPC buffer. */
#define MYELIN_BUFFER_IN \
    seL4_Word msg0 = seL4_GetMR(0), msg1 = seL4_GetMR(1), msg2 = seL4_GetMR(2), msg3 = seL4_GetMR(3)
#define MYELIN_BUFFER_OUT \
    do { seL4_SetMR(0, msg0); seL4_SetMR(1, msg1); seL4_SetMR(2, msg2); seL4_SetMR(3, msg3); } while (0)
#define MYELIN_SENDER_OUT do { if (sender) { *sender = badge; } } while (0)

/* ---- sending ---- */

LIBSEL4_INLINE_FUNC void seL4_Send(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    x64_sys_send(seL4_SysSend, dest, msgInfo.words[0], seL4_GetMR(0), seL4_GetMR(1), seL4_GetMR(2), seL4_GetMR(3));
}

LIBSEL4_INLINE_FUNC void seL4_SendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo, seL4_Word *mr0, seL4_Word *mr1,
                                          seL4_Word *mr2, seL4_Word *mr3)
{
    x64_sys_send(seL4_SysSend, dest, msgInfo.words[0], mr0 ? *mr0 : 0, mr1 ? *mr1 : 0, mr2 ? *mr2 : 0, mr3 ? *mr3 : 0);
}

LIBSEL4_INLINE_FUNC void seL4_NBSend(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    x64_sys_send(seL4_SysNBSend, dest, msgInfo.words[0], seL4_GetMR(0), seL4_GetMR(1), seL4_GetMR(2), seL4_GetMR(3));
}

LIBSEL4_INLINE_FUNC void seL4_NBSendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo, seL4_Word *mr0, seL4_Word *mr1,
                                            seL4_Word *mr2, seL4_Word *mr3)
{
    x64_sys_send(seL4_SysNBSend, dest, msgInfo.words[0], mr0 ? *mr0 : 0, mr1 ? *mr1 : 0, mr2 ? *mr2 : 0, mr3 ? *mr3 : 0);
}

LIBSEL4_INLINE_FUNC void seL4_Signal(seL4_CPtr dest)
{
    x64_sys_send_null(seL4_SysSend, dest, 0);
}

/* ---- receiving ---- */

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t myelin_recv(seL4_Word sys, seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply)
{
    seL4_MessageInfo_t info;
    seL4_Word badge, msg0, msg1, msg2, msg3;

    x64_sys_recv(sys, src, &badge, &info.words[0], &msg0, &msg1, &msg2, &msg3, reply);
    MYELIN_BUFFER_OUT;
    MYELIN_SENDER_OUT;
    return info;
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t myelin_recv_with_mrs(seL4_Word sys, seL4_CPtr src, seL4_Word *sender,
                                                            seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
                                                            seL4_Word *mr3, seL4_CPtr reply)
{
    seL4_MessageInfo_t info;
    seL4_Word badge, msg0, msg1, msg2, msg3;

    x64_sys_recv(sys, src, &badge, &info.words[0], &msg0, &msg1, &msg2, &msg3, reply);
    MYELIN_MRS_OUT;
    MYELIN_SENDER_OUT;
    return info;
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t myelin_wait(seL4_Word sys, seL4_CPtr src, seL4_Word *sender)
{
    seL4_MessageInfo_t info;
    seL4_Word badge, msg0, msg1, msg2, msg3;

    x64_sys_wait(sys, src, &badge, &info.words[0], &msg0, &msg1, &msg2, &msg3);
    MYELIN_BUFFER_OUT;
    MYELIN_SENDER_OUT;
    return info;
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t myelin_wait_with_mrs(seL4_Word sys, seL4_CPtr src, seL4_Word *sender,
                                                            seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
                                                            seL4_Word *mr3)
{
    seL4_MessageInfo_t info;
    seL4_Word badge, msg0, msg1, msg2, msg3;

    x64_sys_wait(sys, src, &badge, &info.words[0], &msg0, &msg1, &msg2, &msg3);
    MYELIN_MRS_OUT;
    MYELIN_SENDER_OUT;
    return info;
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Recv(seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply)
{
    return myelin_recv(seL4_SysRecv, src, sender, reply);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_RecvWithMRs(seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0,
                                                        seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3, seL4_CPtr reply)
{
    return myelin_recv_with_mrs(seL4_SysRecv, src, sender, mr0, mr1, mr2, mr3, reply);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBRecv(seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply)
{
    return myelin_recv(seL4_SysNBRecv, src, sender, reply);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBRecvWithMRs(seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0,
                                                          seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3,
                                                          seL4_CPtr reply)
{
    return myelin_recv_with_mrs(seL4_SysNBRecv, src, sender, mr0, mr1, mr2, mr3, reply);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Wait(seL4_CPtr src, seL4_Word *sender)
{
    return myelin_wait(seL4_SysWait, src, sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_WaitWithMRs(seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0,
                                                        seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    return myelin_wait_with_mrs(seL4_SysWait, src, sender, mr0, mr1, mr2, mr3);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBWait(seL4_CPtr src, seL4_Word *sender)
{
    return myelin_wait(seL4_SysNBWait, src, sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBWaitWithMRs(seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0,
                                                          seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    return myelin_wait_with_mrs(seL4_SysNBWait, src, sender, mr0, mr1, mr2, mr3);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Poll(seL4_CPtr src, seL4_Word *sender)
{
    return seL4_NBWait(src, sender);
}

/* ---- both ---- */

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Call(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    seL4_MessageInfo_t info;
    seL4_Word badge;

    MYELIN_BUFFER_IN;
    x64_sys_call(seL4_SysCall, dest, &badge, msgInfo.words[0], &info.words[0], &msg0, &msg1, &msg2, &msg3);
    MYELIN_BUFFER_OUT;
    return info;
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_CallWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo, seL4_Word *mr0,
                                                        seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    seL4_MessageInfo_t info;
    seL4_Word badge;

    MYELIN_MRS_IN;
    x64_sys_call(seL4_SysCall, dest, &badge, msgInfo.words[0], &info.words[0], &msg0, &msg1, &msg2, &msg3);
    MYELIN_MRS_OUT;
    return info;
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_ReplyRecv(seL4_CPtr src, seL4_MessageInfo_t msgInfo, seL4_Word *sender,
                                                      seL4_CPtr reply)
{
    seL4_MessageInfo_t info;
    seL4_Word badge;

    MYELIN_BUFFER_IN;
    x64_sys_send_recv(seL4_SysReplyRecv, src, &badge, msgInfo.words[0], &info.words[0], &msg0, &msg1, &msg2, &msg3,
                      reply);
    MYELIN_BUFFER_OUT;
    MYELIN_SENDER_OUT;
    return info;
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_ReplyRecvWithMRs(seL4_CPtr src, seL4_MessageInfo_t msgInfo,
                                                             seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1,
                                                             seL4_Word *mr2, seL4_Word *mr3, seL4_CPtr reply)
{
    seL4_MessageInfo_t info;
    seL4_Word badge;

    MYELIN_MRS_IN;
    x64_sys_send_recv(seL4_SysReplyRecv, src, &badge, msgInfo.words[0], &info.words[0], &msg0, &msg1, &msg2, &msg3,
                      reply);
    MYELIN_MRS_OUT;
    MYELIN_SENDER_OUT;
    return info;
}

/** Send to dest if someone waits there, then receive from src with a reply object. */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBSendRecv(seL4_CPtr dest, seL4_MessageInfo_t msgInfo, seL4_CPtr src,
                                                       seL4_Word *sender, seL4_CPtr reply)
{
    seL4_MessageInfo_t info;
    seL4_Word badge;

    MYELIN_BUFFER_IN;
    x64_sys_nbsend_recv(seL4_SysNBSendRecv, dest, src, &badge, msgInfo.words[0], &info.words[0], &msg0, &msg1, &msg2,
                        &msg3, reply);
    MYELIN_BUFFER_OUT;
    MYELIN_SENDER_OUT;
    return info;
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBSendRecvWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo, seL4_CPtr src,
                                                              seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1,
                                                              seL4_Word *mr2, seL4_Word *mr3, seL4_CPtr reply)
{
    seL4_MessageInfo_t info;
    seL4_Word badge;

    MYELIN_MRS_IN;
    x64_sys_nbsend_recv(seL4_SysNBSendRecv, dest, src, &badge, msgInfo.words[0], &info.words[0], &msg0, &msg1, &msg2,
                        &msg3, reply);
    MYELIN_MRS_OUT;
    MYELIN_SENDER_OUT;
    return info;
}

/** The same without a reply object: dest travels where the reply object would. */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBSendWait(seL4_CPtr dest, seL4_MessageInfo_t msgInfo, seL4_CPtr src,
                                                       seL4_Word *sender)
{
    seL4_MessageInfo_t info;
    seL4_Word badge;

    MYELIN_BUFFER_IN;
    x64_sys_send_recv(seL4_SysNBSendWait, src, &badge, msgInfo.words[0], &info.words[0], &msg0, &msg1, &msg2, &msg3,
                      dest);
    MYELIN_BUFFER_OUT;
    MYELIN_SENDER_OUT;
    return info;
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBSendWaitWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo, seL4_CPtr src,
                                                              seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1,
                                                              seL4_Word *mr2, seL4_Word *mr3)
{
    seL4_MessageInfo_t info;
    seL4_Word badge;

    MYELIN_MRS_IN;
    x64_sys_send_recv(seL4_SysNBSendWait, src, &badge, msgInfo.words[0], &info.words[0], &msg0, &msg1, &msg2, &msg3,
                      dest);
    MYELIN_MRS_OUT;
    MYELIN_SENDER_OUT;
    return info;
}

LIBSEL4_INLINE_FUNC void seL4_Yield(void)
{
    x64_sys_null(seL4_SysYield);
}

/* ---- debugging, benchmarking, and what the configuration adds ---- */

/** A call of one argument and one result in rdi; everything else that may change is dropped. */
LIBSEL4_INLINE_FUNC seL4_Word myelin_debug_call(seL4_Word sys, seL4_Word arg)
{
    seL4_Word info, msg0 = 0, msg1 = 0, msg2 = 0, msg3 = 0;

    x64_sys_call(sys, arg, &arg, 0, &info, &msg0, &msg1, &msg2, &msg3);
    return arg;
}

#ifdef CONFIG_PRINTING
LIBSEL4_INLINE_FUNC void seL4_DebugPutChar(char c)
{
    (void)myelin_debug_call(seL4_SysDebugPutChar, (seL4_Word)(unsigned char)c);
}

LIBSEL4_INLINE_FUNC void seL4_DebugPutString(const char *str)
{
    for (; *str; str++) {
        seL4_DebugPutChar(*str);
    }
}

LIBSEL4_INLINE_FUNC void seL4_DebugDumpScheduler(void)
{
    (void)myelin_debug_call(seL4_SysDebugDumpScheduler, 0);
}
#endif

#ifdef CONFIG_DEBUG_BUILD
LIBSEL4_INLINE_FUNC void seL4_DebugHalt(void)
{
    x64_sys_null(seL4_SysDebugHalt);
}

LIBSEL4_INLINE_FUNC void seL4_DebugSnapshot(void)
{
    x64_sys_null(seL4_SysDebugSnapshot);
}

/** The kernel's number for the type of a capability; 0 if the slot is empty. */
LIBSEL4_INLINE_FUNC seL4_Uint32 seL4_DebugCapIdentify(seL4_CPtr cap)
{
    return (seL4_Uint32)myelin_debug_call(seL4_SysDebugCapIdentify, cap);
}

LIBSEL4_INLINE_FUNC void seL4_DebugNameThread(seL4_CPtr tcb, const char *name)
{
    char *to = (char *)seL4_GetIPCBuffer()->msg;

    do {
        *to++ = *name;
    } while (*name++);
    (void)myelin_debug_call(seL4_SysDebugNameThread, tcb);
}
#endif

#ifdef CONFIG_KERNEL_X86_DANGEROUS_MSR
LIBSEL4_INLINE_FUNC void seL4_X86DangerousWRMSR(seL4_Uint32 msr, seL4_Uint64 value)
{
    x64_sys_send(seL4_SysX86DangerousWRMSR, msr, 0, value, 0, 0, 0);
}

LIBSEL4_INLINE_FUNC seL4_Uint64 seL4_X86DangerousRDMSR(seL4_Uint32 msr)
{
    seL4_Word badge, info, value, msg1, msg2, msg3;

    x64_sys_wait(seL4_SysX86DangerousRDMSR, msr, &badge, &info, &value, &msg1, &msg2, &msg3);
    return value;
}
#endif

#ifdef CONFIG_ENABLE_BENCHMARKS
LIBSEL4_INLINE_FUNC seL4_Error seL4_BenchmarkResetLog(void)
{
    return (seL4_Error)myelin_debug_call(seL4_SysBenchmarkResetLog, 0);
}

LIBSEL4_INLINE_FUNC seL4_Word seL4_BenchmarkFinalizeLog(void)
{
    return myelin_debug_call(seL4_SysBenchmarkFinalizeLog, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_BenchmarkSetLogBuffer(seL4_Word frame_cptr)
{
    return (seL4_Error)myelin_debug_call(seL4_SysBenchmarkSetLogBuffer, frame_cptr);
}

LIBSEL4_INLINE_FUNC void seL4_BenchmarkNullSyscall(void)
{
    x64_sys_null(seL4_SysBenchmarkNullSyscall);
}

LIBSEL4_INLINE_FUNC void seL4_BenchmarkFlushCaches(void)
{
    x64_sys_null(seL4_SysBenchmarkFlushCaches);
}
#endif

#ifdef CONFIG_BENCHMARK_TRACK_UTILISATION
LIBSEL4_INLINE_FUNC void seL4_BenchmarkGetThreadUtilisation(seL4_Word tcb_cptr)
{
    (void)myelin_debug_call(seL4_SysBenchmarkGetThreadUtilisation, tcb_cptr);
}

LIBSEL4_INLINE_FUNC void seL4_BenchmarkResetThreadUtilisation(seL4_Word tcb_cptr)
{
    (void)myelin_debug_call(seL4_SysBenchmarkResetThreadUtilisation, tcb_cptr);
}
#endif

#ifdef CONFIG_SET_TLS_BASE_SELF
LIBSEL4_INLINE_FUNC void seL4_SetTLSBase(seL4_Word tls_base)
{
    x64_sys_send_null(seL4_SysSetTLSBase, tls_base, 0);
}
#endif
