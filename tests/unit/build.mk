# SPDX-License-Identifier: BSD-2-Clause
host-progs += init-manifest init-files x86-vspace x86-timer x86-firmware
host-init-manifest-src    := tests/unit/manifest.c servers/init/manifest.c servers/init/text.c
host-init-manifest-cflags := -Iservers/init
host-init-files-src       := tests/unit/files.c \
                             $(addprefix servers/init/,archive.c elf.c text.c)
host-init-files-cflags    := -Iservers/init -Ilib/ipc/include

# The x86_64 files that need no core: it is played by the test.
host-x86-vspace-src    := kernel/test/vspace_test.c kernel/refusal.c \
                          $(addprefix kernel/arch/x86_64/,\
                              arch_object.c asid.c frames.c ioport.c irq_control.c vspace.c)
host-x86-vspace-cflags := -Ikernel/test/x86_64 -Ikernel -Ikernel/arch/x86_64

host-x86-timer-src     := kernel/test/timer_test.c
host-x86-timer-cflags  := -I. -Ikernel -Ikernel/arch/x86_64
host-x86-firmware-src    := kernel/test/firmware_test.c
host-x86-firmware-cflags := -I. -Ikernel -Ikernel/arch/x86_64
# The root task's memory and capabilities, and what the kernel uses before there are any.
host-progs += x86-boot
host-x86-boot-src    := kernel/test/boot_test.c \
                        $(addprefix kernel/,boot.c elf.c ranges.c klog.c panic.c)
host-x86-boot-cflags := -I. -Ikernel/test/x86_64 -Ikernel -Ikernel/arch/x86_64
covering-progs += x86-vspace x86-timer x86-firmware x86-boot

# A driver, the test playing the device.
host-progs += uart
host-uart-src    := tests/unit/uart.c drivers/console/uart16550/uart.c \
                    lib/console/region.c
host-uart-cflags := -Idrivers/console/uart16550 -Ilib/console/include -Ilib/driver/include \
                    -Ilib/ipc/include -Ilib/sel4/include -I$(BUILD)/$(HOST_CONFIG)/gen/user

# The allocators of lib/cap, the test playing the kernel.
host-progs += cap-space
host-cap-space-src    := tests/unit/cap_space.c lib/cap/runs.c lib/cap/space.c lib/cap/check.c
host-cap-space-cflags := -Ilib/cap -Ilib/cap/include -Ilib/sel4/include \
                         -I$(BUILD)/$(HOST_CONFIG)/gen/user

# Stepped through and counted: as programs are compiled, without the sanitizers.
host-progs += frames
host-frames-src    := tests/unit/frames.cc
host-frames-cflags := -O2 -fomit-frame-pointer -fno-sanitize=all -DMYELIN_NATIVE_MARK=1 \
                      -Ilib/frame/include -Ilib/ipc/include -Ilib/sel4/include \
                      -I$(BUILD)/$(HOST_CONFIG)/gen/user

# The rings of channels, without a kernel.
host-progs += ring
host-ring-src    := tests/unit/ring.c lib/channel/ring.c
host-ring-cflags := -Ilib/channel/include

# What /proc shows, the test playing the rest of the process server.
host-progs += procfs
host-procfs-src    := tests/unit/procfs.c $(addprefix servers/proc/procfs_,out.c text.c tree.c) \
                      $(addprefix lib/serve/,export.c session.c tree_walk.c)
host-procfs-cflags := -iquote servers/proc -Ilib/serve/include -Ilib/ipc/include \
                      -Ilib/sel4/include -I$(BUILD)/$(HOST_CONFIG)/gen/user -I$(BUILD)/gen

# Name spaces.
host-progs += names
host-names-src    := tests/unit/names.c servers/proc/names.c
host-names-cflags := -iquote servers/proc -Ilib/ipc/include

# The line discipline of terminals, by itself and compared with the host's; a pipe's ring.
host-progs += line line-walk pipe
tty-line             := $(addprefix servers/tty/,line.c line_edit.c line_output.c)
host-line-src        := tests/unit/line.c $(tty-line)
host-line-cflags     := -Iservers/tty -D_GNU_SOURCE
host-line-walk-src    := tests/unit/line_walk.c $(tty-line)
host-line-walk-cflags := -Iservers/tty -D_GNU_SOURCE
host-pipe-src        := tests/unit/pipe.c servers/pipe/pipe.c
host-pipe-cflags     := -Iservers/pipe -Ilib/serve/include

# A process's mappings.
host-progs += regions
host-regions-src    := tests/unit/regions.c servers/proc/region.c servers/proc/array.c
host-regions-cflags := -iquote servers/proc -Ilib/ipc/include -Ilib/cap/include -Ilib/sel4/include \
                       -I$(BUILD)/$(HOST_CONFIG)/gen/user

# Groups, sessions and the terminal, the test playing the rest of the process server.
host-progs += terminal
host-terminal-src    := tests/unit/terminal.c $(addprefix servers/proc/,group.c terminal.c)
host-terminal-cflags := -iquote servers/proc -Ilib/ipc/include -Ilib/cap/include \
                        -Ilib/sel4/include -I$(BUILD)/$(HOST_CONFIG)/gen/user -I$(BUILD)/gen

# Who waits for what becomes ready, in servers of files.
host-progs += bells
host-bells-src    := tests/unit/bells.c lib/serve/bell.c
host-bells-cflags := -Ilib/serve/include

# Sets of files to wait for, the test playing the files.
host-progs += epoll
host-epoll-src    := tests/unit/epoll.c servers/pipe/epoll.c lib/serve/bell.c
host-epoll-cflags := -iquote servers/pipe -Ilib/serve/include -Ilib/ipc/include \
                     -Ilib/sel4/include -I$(BUILD)/$(HOST_CONFIG)/gen/user -I$(BUILD)/gen

# Sessions and handles of servers of files, without messages.
host-progs += serve
host-serve-src    := tests/unit/serve.c lib/serve/session.c lib/serve/export.c
host-serve-cflags := -Ilib/serve/include -Ilib/ipc/include -Ilib/sel4/include \
                     -I$(BUILD)/$(HOST_CONFIG)/gen/user

# The pages of files in memory, the test playing who maps them.
host-progs += memory
host-memory-src    := tests/unit/memory.c $(addprefix servers/memfs/,memory.c quota.c data.c)
host-memory-cflags := -Iservers/memfs -Ilib/ipc/include

# Locks of files, without who waits.
host-progs += file-locks
host-file-locks-src    := tests/unit/locks.c \
                          $(addprefix servers/memfs/,lock.c memory.c quota.c data.c)
host-file-locks-cflags := -Iservers/memfs -Ilib/ipc/include -Ilib/serve/include

# Numbers that keep a secret.
host-progs += secret
host-secret-src := tests/unit/secret.c
