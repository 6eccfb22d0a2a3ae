# SPDX-License-Identifier: BSD-2-Clause
# The handlers run between two instructions of the program: no vector registers, no calls into the C
# library; no red zone, as user.h calls from within a function.
lib-linux-src := entry.S user.S calls.c memory.c map.c files.c pieces.c io.c stdio.c device.c \
                 stat.c time.c process.c lock.c ids.c sched.c limits.c random.c thread.c futex.c \
                 signal.c sigcalls.c leave.c vectors.c poll.c epoll.c signalfd.c timerfd.c usage.c \
                 start.S start.c vdso.S clone.c fork.c exec.c wait.c space.c path.c open.c nodes.c \
                 rename.c look.c served.c locks.c socket.c socket_io.c socket_rights.c \
                 control.c ready.c copy.c mount.c \
                 trace.c trace_text.c trace_names.c
lib-linux-libs := idl ipc sel4
lib-linux-cflags := -mgeneral-regs-only -mno-red-zone -fno-builtin \
                    -fno-tree-loop-distribute-patterns

# The same as an image of its own, which proc maps into every process.
progs += personality
prog-personality-kind    := system
prog-personality-src     := notes.S bytes.S
prog-personality-libs    := linux
prog-personality-ldflags := -Wl,-T,lib/linux/personality.ld -Wl,-u,linux_entry -Wl,--no-relax
