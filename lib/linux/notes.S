/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notes of the image for whoever maps it into processes: enum process_note. Those of the entry of
 * system calls and of what touches the program's memory stand with these.
 */
#define __ASSEMBLER__ 1
#include <ipc/process.h>

/* Owner "Myelin", a type and addresses. */
        .macro  note type, addresses:vararg
        .long   7
        .long   2f - 1f
        .long   \type
        .asciz  "Myelin"
        .balign 4
1:      .quad   \addresses
2:
        .endm

        .section .note.myelin, "a", @note
        .balign 4
        note    PROCESS_NOTE_FIXUPS, linux_fixups_begin, linux_fixups_end
        note    PROCESS_NOTE_FIXUP, call_touch_begin, call_touch_end, call_touch_failed
        /* struct unix_entries */
        note    PROCESS_NOTE_ENTRIES, linux_start_entry, linux_child_entry, \
                                      linux_interrupt_entry, linux_fault_entry, \
                                      linux_thread_entry, linux_call_entry
        note    PROCESS_NOTE_SELDOM, linux_trace_begin, linux_trace_end
        note    PROCESS_NOTE_RESTART, linux_return, linux_return_end, linux_return_again
        note    PROCESS_NOTE_RESTART, linux_resume_begin, linux_resume_end, linux_resume_again

        .section .note.GNU-stack, "", @progbits
