# SPDX-License-Identifier: BSD-2-Clause
host-init-manifest-src    := tests/unit/manifest.c servers/init/manifest.c servers/init/text.c
host-init-manifest-cflags := -Iservers/init
host-init-files-src       := tests/unit/files.c servers/init/archive.c servers/init/elf.c servers/init/text.c
host-init-files-cflags    := -Iservers/init
