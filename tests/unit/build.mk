# SPDX-License-Identifier: BSD-2-Clause
host-init-manifest-src    := tests/unit/manifest.c servers/init/manifest.c servers/init/text.c
host-init-manifest-cflags := -Iservers/init
host-init-files-src       := tests/unit/files.c servers/init/archive.c servers/init/elf.c servers/init/text.c
host-init-files-cflags    := -Iservers/init

# The x86_64 files that need no core: it is played by the test.
host-x86-vspace-src    := kernel/test/vspace_test.c $(addprefix kernel/arch/x86_64/,arch_object.c asid.c ioport.c irq_control.c vspace.c)
host-x86-vspace-cflags := -Ikernel/test/x86_64 -Ikernel -Ikernel/arch/x86_64
