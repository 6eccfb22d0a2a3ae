# SPDX-License-Identifier: BSD-2-Clause
#
# The one entry point. `make help` lists what it does.
#
# The build is one Makefile without recursion. Each folder has a build.mk that only lists things;
# the forms it may use are:
#
#   kernel/build.mk              kernel-src      := main.c ...      relative to kernel/
#   kernel/arch/<a>/build.mk     kernel-arch-src := entry.S ...     relative to kernel/arch/<a>/
#                                kernel-once     += main.c ...      those of both that run when booting only: kept small
#   kernel/test/build.mk         kernel-test-progs := refill ...    one host program each (refill.c with a main
#                                                                   that prints TAP), linked with the whole core
#                                kernel-test-common := tap.c ...    linked into each of them
#                                kernel-host-exclude := main.c ...  core files that make no sense on the host
#   lib/<x>/build.mk             lib-<x>-src := ...                 relative to lib/<x>/; headers in lib/<x>/include
#                                lib-<x>-libs := ...                libraries that <x> needs
#                                lib-<x>-cflags := ...
#   <program folder>/build.mk    prog-<n>-src := ...  prog-<n>-libs := ...  prog-<n>-kind := musl|bare
#                                prog-<n>-cflags := ...  prog-<n>-ldflags := ...
#                                prog-<n>-archive := archive.S      source that embeds boot.cpio with .incbin; the
#                                                                   program is then linked once for each system
#   tests/<x>/build.mk           test-roots += <n>                  programs that are root servers and print TAP
#                                host-<n>-src := ... host-<n>-cflags    a host program that prints TAP, from sources
#                                                                       anywhere (relative to the root), sanitized
#   system/<s>/build.mk          system-<s>-files := manifest ...   relative to system/<s>/
#                                system-<s>-progs := console ...    programs that go into the archive
#                                system-<s>-root  := init           the program that embeds the archive
#
# Everything that depends on configuration values exists once per configuration in build/<config>/:
#   gen/       generated headers         kernel.elf  ELF64 with symbols    kernel   what a boot loader takes
#   user/<n>   programs                  system/<s>/boot.cpio and system/<s>/<root>; user/<root> is the default system's
#
# Works before anything is installed: nothing below runs a tool that tools/deps would install while this file is read.

# A machine profile (tools/qemu) brings the configuration that its images are built for.
config-of-suite        := sel4test
config-of-suite-icount := sel4test
config-of-bench        := sel4bench
config-of-test         := debug
config-of-test-pic     := debug
ifeq ($(origin CONFIG),undefined)
CONFIG := $(or $(config-of-$(PROFILE)),$(PROFILE),release)
endif
ARCH   ?= x86_64
SYSTEM ?= default
ifeq ($(origin CC),default)
CC := gcc
endif

# Objects of two compilers are never mixed.
BUILD   := build$(if $(filter-out gcc,$(notdir $(CC))),/$(notdir $(CC)))
CONFIGS := $(patsubst config/%.mk,%,$(wildcard config/*.mk))
B       := $(BUILD)/$(CONFIG)

.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules --no-print-directory
# As many jobs as processors, unless the caller says otherwise.
ifeq ($(filter -j% --jobserver%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 1)
endif

.PHONY: all run test bench bench-compare bench-baseline check gdb iso clean help FORCE
all:

# ---------------------------------------------------------------------------------------- how a command is shown

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$1' '$(patsubst $(BUILD)/%,%,$2)')
comma := ,
empty :=
space := $(empty) $(empty)

# Flags that clang does not know; -fno-builtin does there what the first one does for gcc.
GCC_ONLY  := -fno-tree-loop-distribute-patterns
flags-for = $(if $(IS_CLANG),$(filter-out $(GCC_ONLY),$1),$1)

# $(call compile,label,flags): compile $< to $@, note the dependencies and the command for compile_commands.json.
define compile
$(call say,$1,$@)
@mkdir -p $(@D) && printf '%s\n' '{"directory": "$(CURDIR)"$(comma) "file": "$<"$(comma) "command": "$(subst ',\u0027,$(subst ",\",$(subst \,\\,$(CC) $(call flags-for,$2) -c -o $@ $<)))"}' > $@.json
$(Q)$(CC) $(call flags-for,$2) -MMD -MP -MF $@.d -c -o $@ $<
endef

# ---------------------------------------------------------------------------------------- flags

IS_CLANG := $(findstring clang,$(notdir $(CC)))

WARN := -Wall -Wextra -Werror -Wshadow -Wundef -Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 \
        -Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition -Wnested-externs -Wimplicit-fallthrough \
        $(if $(IS_CLANG),-Wno-unused-command-line-argument -Wno-gnu-variable-sized-type-not-at-end,-Wlogical-op -Wduplicated-cond)

COMMON := -std=gnu11 -g -fno-strict-aliasing -fno-common -fno-stack-protector -ffile-prefix-map=$(CURDIR)=.

# Link-time optimisation of the kernel; KERNEL_LTO= turns it off. (clang's needs a linker of its own.)
KERNEL_LTO ?= $(if $(IS_CLANG),,1)
kflags-x86_64 := -m64 -mcmodel=kernel -mno-red-zone -mgeneral-regs-only
# Not the first three: they move work of rare branches onto the paths that count. Otherwise these keep text dense: rare code
# stays behind its function, a short jump away, and functions are aligned, not what is in them.
kflags-paths := $(if $(IS_CLANG),,-fno-tree-pre -fno-gcse -fno-code-hoisting -fno-reorder-blocks-and-partition \
                -falign-jumps=1 -falign-loops=1 -falign-labels=1)
# No jump tables: the kernel has no indirect branch that a user could train (docs/security.md).
KERNEL_OPT := -O2
KERNEL_OPT_ONCE := -Oz
KERNEL_CFLAGS = $(COMMON) $(KERNEL_OPT) -fno-jump-tables $(kflags-paths) -ffreestanding -fno-pic -fno-pie -fno-asynchronous-unwind-tables -fno-builtin-printf \
        $(kflags-$(ARCH)) $(WARN) $(if $(KERNEL_LTO),-flto) -Ikernel -Ikernel/arch/$(ARCH)
KERNEL_LDFLAGS := -nostdlib -static $(if $(IS_CLANG),,-no-pie) -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack \
        -Wl,--no-warn-rwx-segments -Wl,--fatal-warnings $(if $(KERNEL_LTO),-flto=auto -O2 -ffile-prefix-map=$(CURDIR)=.)

# The compiler's own headers (stddef.h, ...), asked for when the first program is compiled.
cc-include = $(eval cc-include := $(shell $(CC) -print-file-name=include))$(cc-include)
MUSL     := /usr/lib/x86_64-linux-musl
MUSL_INC := /usr/include/x86_64-linux-musl

USER_CFLAGS := $(COMMON) -O2 -fno-pic -fno-pie -fno-asynchronous-unwind-tables $(WARN)
user-cflags-bare = -ffreestanding -nostdinc -isystem $(cc-include)
user-cflags-musl = -DMYELIN_NATIVE_MARK=1 -nostdinc -isystem $(MUSL_INC) -isystem $(cc-include)
USER_LDFLAGS := -nostdlib -static $(if $(IS_CLANG),,-no-pie) -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,separate-code \
        -Wl,-z,noexecstack -Wl,--fatal-warnings -Wl,--gc-sections
user-crt0-bare :=
user-crt1-bare :=
user-crt0-musl := $(MUSL)/crt1.o $(MUSL)/crti.o
user-crt1-musl := -L$(MUSL) -lc -lgcc $(MUSL)/crtn.o

HOST_CFLAGS := $(COMMON) -O1 -fno-omit-frame-pointer $(WARN) -DMYELIN_HOST=1 \
        -fsanitize=address,undefined -fno-sanitize-recover=all

# A change of compiler or flags rebuilds; nothing else does.
FLAGS_TEXT  := $(strip $(CC) $(KERNEL_CFLAGS) $(KERNEL_OPT_ONCE) $(KERNEL_LDFLAGS) $(USER_CFLAGS) $(USER_LDFLAGS) $(HOST_CFLAGS))
FLAGS_STAMP := $(BUILD)/.flags
ifneq ($(MAKECMDGOALS),clean)
ifneq ($(MAKECMDGOALS),help)
ifneq ($(strip $(file <$(FLAGS_STAMP))),$(FLAGS_TEXT))
$(shell mkdir -p $(BUILD))
$(file >$(FLAGS_STAMP),$(FLAGS_TEXT))
endif
endif
endif

# ---------------------------------------------------------------------------------------- packages

# Asks dpkg only when the list is newer than the last successful look.
DEPS := build/.deps
$(DEPS): tools/deps
	@mkdir -p $(@D)
	$(Q)tools/deps
	@touch $@

# ---------------------------------------------------------------------------------------- what the folders list

-include kernel/build.mk kernel/arch/$(ARCH)/build.mk kernel/test/build.mk

BUILD_MKS := $(wildcard lib/*/build.mk servers/*/build.mk drivers/*/build.mk drivers/*/*/build.mk \
                        programs/*/build.mk tests/*/build.mk bench/*/build.mk system/*/build.mk)

# Include one list and remember which folder its names come from.
# $(call known,kind): names for which <kind>-<name>-src (or -files) is set so far
known = $(patsubst $1-%-$2,%,$(filter $1-%-$2,$(.VARIABLES)))
define include-list
include $1
$$(foreach n,$$(filter-out $$(LIBS),$$(call known,lib,src)),$$(eval lib-$$n-dir := $(patsubst %/build.mk,%,$1))$$(eval LIBS += $$n))
$$(foreach n,$$(filter-out $$(PROGS),$$(call known,prog,src)),$$(eval prog-$$n-dir := $(patsubst %/build.mk,%,$1))$$(eval PROGS += $$n))
$$(foreach n,$$(filter-out $$(HOSTPROGS),$$(call known,host,src)),$$(eval HOSTPROGS += $$n))
$$(foreach n,$$(filter-out $$(SYSTEMS),$$(call known,system,files)),$$(eval system-$$n-dir := $(patsubst %/build.mk,%,$1))$$(eval SYSTEMS += $$n))
endef
LIBS :=
PROGS :=
SYSTEMS :=
HOSTPROGS :=
test-roots :=
$(foreach f,$(BUILD_MKS),$(eval $(call include-list,$f)))
LIBS    := $(sort $(LIBS))
PROGS   := $(sort $(PROGS))
SYSTEMS := $(sort $(SYSTEMS))

# A library and all it needs, four levels deep.
lib-step    = $(sort $1 $(foreach l,$1,$(lib-$l-libs)))
lib-closure = $(call lib-step,$(call lib-step,$(call lib-step,$(call lib-step,$1))))
lib-incs    = $(foreach l,$(call lib-closure,$1),-Ilib/$l/include)

# ---------------------------------------------------------------------------------------- rules of one configuration

# $(call kernel-rules,config)
define kernel-rules
$1-kobjs := $(patsubst %,$(BUILD)/$1/obj/kernel/%.o,$(kernel-src) $(addprefix arch/$(ARCH)/,$(kernel-arch-src)))
$(patsubst %,$(BUILD)/$1/obj/kernel/%.o,$(kernel-once)): KERNEL_OPT := $$(KERNEL_OPT_ONCE)

$(BUILD)/$1/gen/.stamp: config/$1.mk $(wildcard config/*.mk) tools/abi.py $(shell find abi -type f 2>/dev/null) | $(DEPS)
	$$(call say,GEN,$(BUILD)/$1/gen)
	@mkdir -p $$(@D)
	$$(Q)/usr/bin/python3 tools/abi.py --config config/$1.mk --out $(BUILD)/$1/gen
	@touch $$@

$(BUILD)/$1/obj/kernel/%.c.o: kernel/%.c $(BUILD)/$1/gen/.stamp $(FLAGS_STAMP) kernel/build.mk kernel/arch/$(ARCH)/build.mk | $(DEPS)
	$$(call compile,CC,$$(KERNEL_CFLAGS) -I$(BUILD)/$1 -I$(BUILD)/$1/gen)

$(BUILD)/$1/obj/kernel/%.S.o: kernel/%.S $(BUILD)/$1/gen/.stamp $(BUILD)/$1/gen/offsets.h $(FLAGS_STAMP) | $(DEPS)
	$$(call compile,AS,$$(KERNEL_CFLAGS) -I$(BUILD)/$1 -I$(BUILD)/$1/gen)

# Structure offsets for assembly: offsets.c prints lines "->NAME value" into its assembly output.
$(BUILD)/$1/obj/kernel/offsets.s: kernel/arch/$(ARCH)/offsets.c $(BUILD)/$1/gen/.stamp $(FLAGS_STAMP) | $(DEPS)
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(filter-out -flto -g,$$(KERNEL_CFLAGS)) $(if $(IS_CLANG),-fno-integrated-as) -I$(BUILD)/$1 -I$(BUILD)/$1/gen -MMD -MP -MF $$@.d -MT $$@ -S -o $$@ $$<

$(BUILD)/$1/gen/offsets.h: $(BUILD)/$1/obj/kernel/offsets.s
	$$(Q)sed -n 's/^[[:space:]]*->\([A-Za-z0-9_]*\)[[:space:]]*\$$$$*\(-*[0-9]*\).*/#define \1 \2/p' $$< > $$@

$(BUILD)/$1/kernel.elf: $$($1-kobjs) kernel/arch/$(ARCH)/kernel.ld
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(KERNEL_LDFLAGS) -Wl,-T,kernel/arch/$(ARCH)/kernel.ld -Wl,-Map,$$@.map -o $$@ $$($1-kobjs)

# The multiboot loaders of QEMU and others take a 32-bit container only.
$(BUILD)/$1/kernel: $(BUILD)/$1/kernel.elf
	$$(call say,OBJCOPY,$$@)
	$$(Q)objcopy -S -O elf32-i386 $$< $$@
endef

# $(call lib-rules,config,library,kind)
define lib-rules
$(BUILD)/$1/obj/lib-$2-$3/%.o: lib/$2/% $(BUILD)/$1/gen/.stamp $(FLAGS_STAMP) | $(DEPS)
	$$(call compile,CC,$$(USER_CFLAGS) $$(user-cflags-$3) $(call lib-incs,$2) -Ilib/$2 -I$(BUILD)/$1/gen -I$(BUILD)/$1/gen/user $(lib-$2-cflags))

$(BUILD)/$1/lib/$3/lib$2.a: $(patsubst %,$(BUILD)/$1/obj/lib-$2-$3/%.o,$(lib-$2-src))
	$$(call say,AR,$$@)
	@mkdir -p $$(@D); rm -f $$@
	$$(Q)ar rcsD $$@ $$(filter %.o,$$^)
endef

# $(call link-rule,config,program,output,more objects)
define link-rule
$3: $(patsubst %,$(BUILD)/$1/obj/prog-$2/%.o,$(prog-$2-src)) $4 $(foreach l,$(call lib-closure,$(prog-$2-libs)),$(BUILD)/$1/lib/$(prog-$2-kind)/lib$l.a)
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(USER_LDFLAGS) $(prog-$2-ldflags) -o $$@ $(user-crt0-$(prog-$2-kind)) $$(filter %.o,$$^) \
	    -Wl,--start-group $$(filter %.a,$$^) $(user-crt1-$(prog-$2-kind)) -Wl,--end-group
endef

# $(call prog-rules,config,program)
define prog-rules
$(if $(filter bare musl,$(prog-$2-kind)),,$(error $(prog-$2-dir)/build.mk: prog-$2-kind must be bare or musl))
$(BUILD)/$1/obj/prog-$2/%.o: $(prog-$2-dir)/% $(BUILD)/$1/gen/.stamp $(FLAGS_STAMP) | $(DEPS)
	$$(call compile,CC,$$(USER_CFLAGS) $$(user-cflags-$(prog-$2-kind)) -I$(prog-$2-dir) $(call lib-incs,$(prog-$2-libs)) -I$(BUILD)/$1/gen -I$(BUILD)/$1/gen/user $(prog-$2-cflags))

$(if $(prog-$2-archive),,$(call link-rule,$1,$2,$(BUILD)/$1/user/$2))
endef

# $(call system-rules,config,system)
define system-rules
$(BUILD)/$1/system/$2/boot.cpio: $(addprefix $(system-$2-dir)/,$(system-$2-files)) $(addprefix $(BUILD)/$1/user/,$(system-$2-progs)) $(system-$2-dir)/build.mk tools/mkarchive | $(DEPS)
	$$(call say,CPIO,$$@)
	@mkdir -p $$(@D)
	$$(Q)tools/mkarchive -o $$@ $$(filter-out %/build.mk tools/%,$$^)

$(BUILD)/$1/obj/system-$2/%.o: $(prog-$(system-$2-root)-dir)/% $(BUILD)/$1/system/$2/boot.cpio $(FLAGS_STAMP) | $(DEPS)
	$$(call compile,AS,$$(USER_CFLAGS) $$(user-cflags-$(prog-$(system-$2-root)-kind)) -Wa$$(comma)-I$(BUILD)/$1/system/$2)

$(call link-rule,$1,$(system-$2-root),$(BUILD)/$1/system/$2/$(system-$2-root),$(patsubst %,$(BUILD)/$1/obj/system-$2/%.o,$(prog-$(system-$2-root)-archive)))
endef

KINDS := bare musl
$(foreach c,$(CONFIGS),$(eval $(call kernel-rules,$c)))
$(foreach c,$(CONFIGS),$(foreach l,$(LIBS),$(foreach k,$(KINDS),$(eval $(call lib-rules,$c,$l,$k)))))
$(foreach c,$(CONFIGS),$(foreach p,$(PROGS),$(eval $(call prog-rules,$c,$p))))
$(foreach c,$(CONFIGS),$(foreach s,$(SYSTEMS),$(eval $(call system-rules,$c,$s))))

# The default system's root server also stands among the programs.
ROOT := $(or $(system-$(SYSTEM)-root),init)
define root-link
$(BUILD)/$1/user/$(ROOT): $(BUILD)/$1/system/$(SYSTEM)/$(ROOT)
	$$(Q)mkdir -p $$(@D) && cp $$< $$@
endef
$(if $(filter $(SYSTEM),$(SYSTEMS)),$(foreach c,$(CONFIGS),$(eval $(call root-link,$c))))

# $(call everything,config): kernel, programs and systems of one configuration
plain-progs = $(foreach p,$(PROGS),$(if $(prog-$p-archive),,$p))
everything  = $(if $(kernel-src),$(BUILD)/$1/kernel) $(addprefix $(BUILD)/$1/user/,$(plain-progs)) \
              $(foreach s,$(SYSTEMS),$(BUILD)/$1/system/$s/$(system-$s-root)) \
              $(if $(filter $(SYSTEM),$(SYSTEMS)),$(BUILD)/$1/user/$(ROOT))

# ---------------------------------------------------------------------------------------- host unit tests

# The core with a fake architecture layer and sanitizers, configured as the debug kernel is.
HOST_CONFIG := $(or $(filter debug,$(CONFIGS)),$(firstword $(CONFIGS)))
-include kernel/arch/host/build.mk
HOST_OBJS  := $(patsubst %,$(BUILD)/host/obj/%.o,$(filter-out $(kernel-host-exclude),$(kernel-src)) \
              $(addprefix arch/host/,$(kernel-host-src)) $(addprefix test/,$(kernel-test-common)))
KERNEL_TESTS := $(addprefix $(BUILD)/host/,$(kernel-test-progs))
HOST_TESTS   := $(KERNEL_TESTS) $(addprefix $(BUILD)/host/,$(HOSTPROGS))

$(BUILD)/host/obj/%.o: kernel/% $(BUILD)/$(HOST_CONFIG)/gen/.stamp $(FLAGS_STAMP) | $(DEPS)
	$(call compile,HOSTCC,$(HOST_CFLAGS) -Ikernel -Ikernel/arch/host -Ikernel/test -I$(BUILD)/$(HOST_CONFIG) -I$(BUILD)/$(HOST_CONFIG)/gen)

$(KERNEL_TESTS): $(BUILD)/host/%: $(BUILD)/host/obj/test/%.c.o $(HOST_OBJS)
	$(call say,HOSTLD,$@)
	$(Q)$(CC) $(HOST_CFLAGS) -o $@ $^

# Other host programs: $(call host-rules,program)
define host-rules
$(BUILD)/host/obj/$1/%.o: % $(BUILD)/$(HOST_CONFIG)/gen/.stamp $(FLAGS_STAMP) | $(DEPS)
	$$(call compile,HOSTCC,$$(HOST_CFLAGS) $(host-$1-cflags) -I$(BUILD)/$(HOST_CONFIG) -I$(BUILD)/$(HOST_CONFIG)/gen)

$(BUILD)/host/$1: $(patsubst %,$(BUILD)/host/obj/$1/%.o,$(host-$1-src))
	$$(call say,HOSTLD,$$@)
	$$(Q)$$(CC) $$(HOST_CFLAGS) -o $$@ $$^
endef
$(foreach h,$(HOSTPROGS),$(eval $(call host-rules,$h)))

# ---------------------------------------------------------------------------------------- QEMU plug-ins

PLUGINS := $(patsubst tools/qemu-plugins/%.c,build/tools/%.so,$(wildcard tools/qemu-plugins/*.c))
build/tools/%.so: tools/qemu-plugins/%.c $(wildcard tools/qemu-plugins/*.h) | $(DEPS)
	$(call say,PLUGIN,$@)
	@mkdir -p $(@D)
	$(Q)gcc -std=gnu11 -O2 -Wall -Wextra -Werror -fPIC -shared -fvisibility=hidden -o $@ $<

# ---------------------------------------------------------------------------------------- targets

ifneq ($(filter-out clean help iso,$(or $(MAKECMDGOALS),all)),)
ifeq ($(filter $(CONFIG),$(CONFIGS)),)
$(error CONFIG=$(CONFIG): there is no config/$(CONFIG).mk; there are: $(CONFIGS))
endif
endif

ALL := $(call everything,$(CONFIG))
all: $(ALL) $(BUILD)/compile_commands.json

# One entry per object, written by the rule that compiled it.
$(BUILD)/compile_commands.json: $(ALL)
	$(Q){ echo '['; find $(B)/obj $(wildcard $(BUILD)/host/obj) -name '*.o.json' -exec cat {} + | \
	    awk -F'"' '(getline line < $$8) >= 0 { close($$8); print last; last = $$0 "," } END { sub(/,$$/, "", last); print last }'; echo ']'; } > $@
	@test -n '$(IS_CLANG)' || ln -sf build/compile_commands.json compile_commands.json

PROFILE    ?= $(CONFIG)
KERNEL     ?= $(B)/kernel
ROOTSERVER ?= $(B)/user/$(ROOT)

# A kernel or root server named on the command line is taken as it is.
BOOT_PAIR = $(foreach v,KERNEL ROOTSERVER,$(if $(filter file,$(origin $v)),$($v)))

run: $(BOOT_PAIR) | $(DEPS)
	@tools/qemu --profile $(PROFILE) $(if $(GDB),--gdb) --kernel $(KERNEL) --root $(ROOTSERVER)

gdb: $(BOOT_PAIR) | $(DEPS)
	@tools/debug --profile $(PROFILE) --kernel $(KERNEL) --symbols $(B)/kernel.elf --root $(ROOTSERVER)

TEST_CONFIGS := $(filter release debug,$(CONFIGS))
TEST_ROOTS   := $(foreach c,sel4test-debugapi sel4test-domains,$(addprefix $(BUILD)/$c/,kernel $(addprefix user/,$(test-roots))))
test: $(foreach c,$(TEST_CONFIGS),$(call everything,$c)) $(TEST_ROOTS) $(HOST_TESTS) $(PLUGINS) | $(DEPS)
	@MYELIN_BUILD=$(BUILD) MYELIN_TEST_ROOTS="$(test-roots)" tools/test $(if $(T),--filter '$(T)') $(if $(V),--verbose)

BENCH_ROOT ?= $(BUILD)/sel4bench/user/bench
BENCH_CONFIG := sel4bench
BENCH_KERNEL := $(BUILD)/$(BENCH_CONFIG)/kernel
BENCH_RUN = tools/bench --kernel $(BENCH_KERNEL) --symbols $(BENCH_KERNEL).elf --root $(BENCH_ROOT)
# make bench EXPLAIN=row: where the instructions of one row go, instead of all rows and curves.
bench: $(BENCH_KERNEL) $(BENCH_ROOT) $(PLUGINS) | $(DEPS)
	@$(BENCH_RUN) $(if $(EXPLAIN),--explain '$(EXPLAIN)',--json build/bench.json --pictures build/bench --baseline bench/baseline.json)

# make bench-compare KERNEL=path [ROOTSERVER=path]: ours first, then the other kernel, on the same root server.
bench-compare: $(BENCH_KERNEL) $(if $(filter file,$(origin ROOTSERVER)),$(BENCH_ROOT)) $(PLUGINS) | $(DEPS)
	$(if $(filter file,$(origin KERNEL)),$(error bench-compare needs KERNEL=path of the other kernel))
	@tools/bench --kernel $(BENCH_KERNEL) --compare $(KERNEL) \
	    --root $(if $(filter file,$(origin ROOTSERVER)),$(BENCH_ROOT),$(ROOTSERVER))

# The figures as they are now become those to compare with, and those that docs/performance.md shows: in a commit
# that says why.
bench-baseline: $(BENCH_KERNEL) $(BENCH_ROOT) $(PLUGINS) | $(DEPS)
	@$(BENCH_RUN) --json bench/baseline.json --document

check: $(call everything,release) $(BUILD)/compile_commands.json | $(DEPS)
	@tools/check

iso: build/myelin.iso
build/myelin.iso: $(BUILD)/release/kernel $(BUILD)/release/user/$(ROOT) boot/grub.cfg tools/mkiso | $(DEPS)
	$(call say,ISO,$@)
	$(Q)tools/mkiso -o $@ --kernel $(word 1,$^) --root $(word 2,$^) --grub boot/grub.cfg

clean:
	rm -rf build compile_commands.json

help:
	@echo 'make [all]           build the kernel and all programs into build/$$CONFIG/'
	@echo 'make run             boot in QEMU, console on this terminal (leave with Ctrl-A x)'
	@echo 'make test            build and run every test; T=name runs those whose name has "name" in it'
	@echo 'make bench           count instructions of the kernel paths: table here, build/bench.json, curves in build/bench/'
	@echo 'make bench EXPLAIN=row  where the instructions of one row go, by source function'
	@echo 'make bench-compare   the same root server on our kernel and on KERNEL=path, with ratios'
	@echo 'make bench-baseline  make the figures of now the ones that CI compares with and docs/performance.md shows'
	@echo 'make check           lint: headers, documents, lists, clang build, cppcheck'
	@echo 'make gdb             boot under the debugger, stopped at entry, symbols loaded'
	@echo 'make iso             build/myelin.iso, bootable from BIOS and UEFI'
	@echo 'make clean           remove build/'
	@echo
	@echo 'CONFIG=$(CONFIG) of: $(CONFIGS);  SYSTEM=$(SYSTEM) of: $(SYSTEMS);  ARCH=$(ARCH);  CC=$(CC) (gcc, clang)'
	@echo 'V=1 shows commands;  GDB=1 makes run wait for a debugger;  KERNEL_LTO= no link-time optimisation'
	@echo 'KERNEL=path ROOTSERVER=path PROFILE=name: run any kernel and root server (tools/qemu --help lists profiles)'

-include $(foreach c,$(CONFIGS) host,$(shell find $(BUILD)/$c/obj -name '*.d' 2>/dev/null))
