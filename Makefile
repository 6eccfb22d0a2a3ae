# SPDX-License-Identifier: BSD-2-Clause
#
# The one entry point. `make help` lists what it does.
#
# The build is one Makefile without recursion (docs/decisions/0001-one-makefile.md). Each folder has
# a build.mk that only lists things; the forms it may use are:
#
#   kernel/build.mk              kernel-src          := main.c ...   relative to kernel/
#   kernel/arch/<a>/build.mk     kernel-arch-src     := entry.S ...  relative to kernel/arch/<a>/
#                                kernel-once         += main.c ...   those of both that run when
#                                                                    booting only: kept small
#   kernel/arch/host/build.mk    kernel-host-src     := host.c ...   the fake machine
#                                kernel-host-exclude := main.c ...   what makes no sense on it
#   kernel/test/build.mk         kernel-test-progs   := refill ...   host programs that print TAP,
#                                                                    linked with the whole core
#                                kernel-test-common  := world.c ...  linked into each of them
#   lib/<x>/build.mk             lib-<x>-src    := ...               headers in lib/<x>/include
#                                                                    (there may be no other);
#                                                                    sources end in .c, .S or .cc
#                                lib-<x>-libs   := ...               libraries that <x> needs
#                                lib-<x>-dir    := ...               where its sources are, if
#                                                                    not there
#                                lib-<x>-cflags := ...
#   <any folder>/build.mk        progs += <n>                        a program:
#                                prog-<n>-kind := musl|bare|linux    with the C library or without;
#                                                                    linux: for the machine that
#                                                                    builds, without our libraries;
#                                                 system             what lies above all programs:
#                                                                    without the C library
#                                prog-<n>-src  := ...   prog-<n>-libs    := ...
#                                prog-<n>-cflags := ... prog-<n>-ldflags := ...
#                                prog-<n>-archive := archive.S       embeds boot.cpio with .incbin;
#                                                                    linked once for each system
#   tests/<x>/build.mk           test-roots += <n>                   programs that are root servers
#                                                                    and print TAP
#                                host-progs += <n>                   a host program that prints TAP:
#                                host-<n>-src := ... host-<n>-cflags := ...   relative to the root
#                                host-<n>-ldflags := ...
#                                covering-progs += <n>   has the kernel in it: for make coverage
#   system/<s>/build.mk          system-<s>-files := manifest ...    relative to system/<s>/
#                                system-<s>-progs := console ...     what else is in the archive
#                                system-<s>-root  := init            the program that embeds it
#                                system-<s>-like  := default         files and programs are those
#                                                                    of that system
#                                system-<s>-for-tests := 1           it is only made for make test
#                                system-<s>-tree  := tree            lists of the files that it
#                                                                    begins with, root.cpio of the
#                                                                    archive (tools/mkroot --help)
#
# idl/<n>.capnp is an interface definition (docs/idl.md): build/gen/idl/<n>.h, .hpp and .c are made
# of it, which are the library idl; programs include <idl/<n>.h>. tests/idl/<n>.capnp: the same for
# a host program, in build/gen/idl-test/.
#
# Whatever depends on configuration values exists once for each configuration, in build/<config>/:
#   gen/                generated headers      kernel.elf  ELF64 with symbols
#   obj/, lib/          objects, libraries     kernel      what a boot loader takes
#   user/<program>, stripped/<program>, which archives have
#   system/<s>/boot.cpio and system/<s>/<root server>
# Objects of one list have the same flags, and these stand in a file beside them, obj/<list>.flags,
# that is written when they change: objects depend on it.
#
# Only what the goals need is read: the rules of their configurations, no tool that tools/deps would
# have to install first.

.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules --no-print-directory
# As many jobs as processors, unless the caller says otherwise.
ifeq ($(filter -j% --jobserver%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 1)
endif

.PHONY: all run test bench bench-compare bench-baseline longest longest-table check layouts gdb \
        bench-linux bench-linux-baseline soak mutants explore fuzz coverage prove iso clean help
all:

comma := ,
empty :=
space := $(empty) $(empty)

# ---------------------------------------------------------------- what the caller may choose

VARIABLES := ARCH CONFIG SYSTEM CC V T GDB EXPLAIN PROFILE KERNEL ROOTSERVER BENCH_ROOT ABI_ONLY \
             KERNEL_LTO KERNEL_OPT KERNEL_OPT_ONCE
ARCHES    := $(patsubst kernel/arch/%/kernel.ld,%,$(wildcard kernel/arch/*/kernel.ld))
CONFIGS   := $(patsubst config/%.mk,%,$(wildcard config/*.mk))
SYSTEMS   := $(patsubst system/%/build.mk,%,$(wildcard system/*/build.mk))
goals     := $(or $(MAKECMDGOALS),all)

# A machine profile (tools/qemu) brings the configuration that its images are built for.
config-of-suite        := sel4test
config-of-suite-icount := sel4test
config-of-bench        := sel4bench
config-of-test         := debug
config-of-test-pic     := debug

ARCH   ?= x86_64
SYSTEM ?= default
ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin CONFIG),undefined)
CONFIG := $(or $(config-of-$(PROFILE)),$(filter $(CONFIGS),$(PROFILE)),release)
endif
profile := $(or $(PROFILE),$(firstword $(subst -, ,$(CONFIG))))

# $(call one-of,VARIABLE,values): its value must be one of them.
one-of = $(if $(and $(filter 1,$(words $($1))),$(filter $2,$($1))),,$(error \
         $1=$($1): there is no such value; there are: $(sort $2)))

# $(call a-file,VARIABLE,usual value): the caller's value must be a file.
a-file = $(if $(shell test -f '$($1)' && echo yes),,$(error \
         $1=$($1): there is no such file; without $1= it is $2))

# Objects of two compilers are never mixed.
cc-name := $(notdir $(firstword $(CC)))
BUILD   := build$(if $(filter-out gcc,$(cc-name)),/$(cc-name))
B       := $(BUILD)/$(CONFIG)

ifneq ($(filter-out clean help,$(goals)),)
given := $(foreach o,$(subst \ ,_,$(MAKEOVERRIDES)),$(firstword $(subst =, ,$o)))
$(foreach v,$(filter-out $(VARIABLES),$(given)),\
    $(error $v=: there is no such variable; there are: $(sort $(VARIABLES))))
$(call one-of,ARCH,$(ARCHES))
$(call one-of,SYSTEM,$(SYSTEMS))
ifdef PROFILE
$(call one-of,PROFILE,$(shell tools/qemu --profiles))
endif
$(call one-of,CONFIG,$(CONFIGS))
# The two that tools/deps installs may be missing yet.
ifeq ($(filter gcc clang,$(CC)),)
$(if $(shell command -v $(firstword $(CC))),,$(error \
    CC=$(CC): there is no such compiler; gcc and clang work))
endif
endif

# ---------------------------------------------------------------- what the goals need

# Configurations whose rules are read: those of the goals by name, of files in build/, else CONFIG.
ISO_CONFIG          := $(if $(filter file,$(origin CONFIG)),generic,$(CONFIG))
BENCH_CONFIG        := sel4bench
HOST_CONFIG         := debug
TEST_CONFIGS        := release debug
TEST_ROOT_CONFIGS   := sel4test-debugapi sel4test-domains
configs-for-test    := $(TEST_CONFIGS) $(TEST_ROOT_CONFIGS) $(BENCH_CONFIG) generic
measuring           := bench bench-compare bench-baseline longest longest-table
$(foreach g,$(measuring),$(eval configs-for-$g := $(BENCH_CONFIG)))
configs-for-bench-linux := generic
configs-for-bench-linux-baseline := generic
configs-for-check   := release $(CONFIG)
configs-for-mutants := $(HOST_CONFIG)
configs-for-explore := $(HOST_CONFIG)
configs-for-coverage := $(HOST_CONFIG)
configs-for-prove   := $(HOST_CONFIG)
configs-for-soak    := release
configs-for-iso     := $(ISO_CONFIG)
configs-in-path      = $(patsubst host,$(HOST_CONFIG),$(filter $(CONFIGS) host,$(subst /, ,$1)))
configs-for          = $(or $(configs-for-$1),$(configs-in-path),$(CONFIG))
needed-configs      := $(sort $(foreach g,$(filter-out clean help,$(goals)),$(call configs-for,$g)))

# Packages (tools/deps --help): only those that the goals need, and all of them at once.
packages-for-gdb   := gdb
packages-for-iso   := iso
packages-for-test  := test
packages-for-soak  := test
packages-for-check := check
packages-for-prove := prove
package-groups := $(sort run $(filter clang,$(CC)) $(foreach g,$(goals),$(packages-for-$g)))
DEPS := build/.deps-$(subst $(space),-,$(package-groups))
# Asks dpkg only when the list is newer than the last successful look.
$(DEPS): tools/deps
	@mkdir -p $(@D)
	$(Q)tools/deps $(package-groups)
	@touch $@

# ---------------------------------------------------------------- how a command is shown

Q := $(if $(V),,@)
# $(call say,LABEL,file)
say = $(if $(V),,@printf '  %-7s %s\n' '$1' '$(patsubst $(BUILD)/%,%,$2)')

# $(call keep,file,text): the file holds this text; it is only written when it held another.
keep = $(if $(call differ,$(strip $(file <$1)),$(strip $2)),\
           $(shell mkdir -p $(dir $1))$(file >$1,$2))
differ = $(subst x$1,,x$2)$(subst x$2,,x$1)

# ---------------------------------------------------------------- flags

IS_CLANG := $(findstring clang,$(notdir $(CC)))

# What clang does not know; -fno-builtin does there what the first does for gcc.
gcc-only := -fno-tree-loop-distribute-patterns -fno-tree-pre -fno-gcse -fno-code-hoisting \
            -fno-reorder-blocks-and-partition -falign-functions=8 -falign-jumps=1 -falign-loops=1 \
            -falign-labels=1 \
            -Wlogical-op -Wduplicated-cond -no-pie
clang-only := -Wno-unused-command-line-argument -Wno-gnu-variable-sized-type-not-at-end
# $(call known,flags): those that the compiler knows
known = $(filter-out $(if $(IS_CLANG),$(gcc-only),$(clang-only)),$1)

# Paths that reproduce, wherever the tree is. In commands, not in files of flags: what was built is
# good in a copy of the tree, too. Quoted: the path may have spaces.
PREFIX_MAP := "-ffile-prefix-map=$(CURDIR)=."

WARN := -Wall -Wextra -Werror -Wshadow -Wundef -Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 \
        -Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition -Wnested-externs \
        -Wimplicit-fallthrough -Wlogical-op -Wduplicated-cond $(clang-only)

COMMON := -std=gnu11 -g -fno-strict-aliasing -fno-common -fno-stack-protector

# C++ is C++17 without what needs a run-time library, and without the standard one. To it a function
# hides the constructor of a struct of its name: no -Wshadow.
c-only   := -std=gnu11 -Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition \
            -Wnested-externs -Wshadow
CXX_ONLY := -std=gnu++17 -fno-exceptions -fno-rtti -fno-threadsafe-statics -nostdinc++ \
            -Wno-register -Wmissing-declarations

LINK := -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
        -Wl,-z,noexecstack -Wl,--fatal-warnings

# Link-time optimisation of the kernel; KERNEL_LTO= turns it off. (clang's needs its own linker.)
KERNEL_LTO ?= $(if $(IS_CLANG),,1)
kflags-x86_64 := -m64 -mcmodel=kernel -mno-red-zone -mgeneral-regs-only
# Not the first three: they move work of rare branches onto the paths that count. Otherwise these
# keep text dense: rare code stays behind its function, a short jump away; only functions are
# aligned, not what is in them; and what is copied into several callers says `inline`.
kflags-paths := -fno-tree-pre -fno-gcse -fno-code-hoisting -fno-reorder-blocks-and-partition \
                -falign-functions=8 -falign-jumps=1 -falign-loops=1 -falign-labels=1 \
                -fno-inline-functions
KERNEL_OPT      := -O2
KERNEL_OPT_ONCE := -Oz
# No jump tables: the kernel has no indirect branch that a user could train (docs/security.md).
KERNEL_CFLAGS := $(COMMON) -fno-jump-tables $(kflags-paths) -ffreestanding -fno-pic -fno-pie \
        -fno-asynchronous-unwind-tables -fno-builtin-printf $(kflags-$(ARCH)) $(WARN) \
        $(if $(KERNEL_LTO),-flto) -Ikernel -Ikernel/arch/$(ARCH) -Ilib/base/include
KERNEL_LDFLAGS := $(LINK) -Wl,--no-warn-rwx-segments -Wl,-T,kernel/arch/$(ARCH)/kernel.ld \
        $(if $(KERNEL_LTO),-flto=auto -O2)

MUSL     := /usr/lib/x86_64-linux-musl
MUSL_INC := /usr/include/x86_64-linux-musl
# The compiler's own headers (stddef.h, ...): a file with the flag, as it may not be installed yet.
CC_INC   := $(BUILD)/.compiler.flags

# Programs of the four kinds: flags, libraries that each needs, objects before and behind its own.
USER_CFLAGS := $(COMMON) -O2 -fno-pic -fno-pie -fno-asynchronous-unwind-tables \
               -ffunction-sections -fdata-sections $(WARN)
USER_LDFLAGS := $(LINK) -Wl,-z,separate-code -Wl,--gc-sections
kinds := bare musl linux system
cflags-bare  := -ffreestanding -nostdinc @$(CC_INC)
cflags-musl  := -DMYELIN_NATIVE_MARK=1 -nostdinc -isystem $(MUSL_INC) @$(CC_INC)
cflags-linux := -nostdinc -isystem $(MUSL_INC) @$(CC_INC)
# No address of it fits 32 bits; its threads have an upcall, its vector registers are the program's.
cflags-system := -DMYELIN_NATIVE_MARK=1 -ffreestanding -nostdinc @$(CC_INC) -fpie \
                 -fvisibility=hidden -mgeneral-regs-only -fno-builtin \
                 -fno-tree-loop-distribute-patterns
libs-musl    := idl ipc sel4
circular     := -Wl,--start-group
end-circular := -Wl,--end-group
before-musl  := $(MUSL)/crt1.o $(MUSL)/crti.o
behind-musl  := -L$(MUSL) -lc -lgcc $(MUSL)/crtn.o
before-linux := $(before-musl)
behind-linux := $(behind-musl)

HOST_CFLAGS := $(COMMON) -O1 -fno-omit-frame-pointer $(WARN) -DMYELIN_HOST=1 \
        -Ilib/base/include -fsanitize=address,undefined -fno-sanitize-recover=all

# ---------------------------------------------------------------- interface definitions

IDL          := $(filter-out myelin,$(patsubst idl/%.capnp,%,$(wildcard idl/*.capnp)))
IDL_TEST     := $(patsubst tests/idl/%.capnp,%,$(wildcard tests/idl/*.capnp))
IDL_HEADERS  := $(IDL:%=build/gen/idl/%.h) $(IDL_TEST:%=build/gen/idl-test/idl/%.h)
IDL_LAYOUTS  := $(IDL:%=build/gen/idl/%.layout)
idl-files     = $(foreach n,$2,$(addprefix $1/$n,.h .c .hpp .layout))
CAPNPC       := build/tools/capnpc-myelin

# $(call capnp,folder,schemas)
capnp = $(Q)mkdir -p $1 && capnp compile -Iidl '-o$(CURDIR)/$(CAPNPC):$1' \
        --src-prefix=$(patsubst %/,%,$(dir $(firstword $2))) $2

# Another interface leaves the files of the others as old as they are, and what uses them. (The
# empty command has make look at their age, with -n and -q, too.)
IDL_FILES := $(call idl-files,build/gen/idl,$(IDL))
$(IDL_FILES): build/gen/idl/.stamp
	+@:
build/gen/idl/.stamp: $(wildcard idl/*.capnp) $(CAPNPC) \
        $(if $(filter-out $(wildcard $(IDL_FILES)),$(IDL_FILES)),missing)
	$(call say,IDL,$(IDL))
	$(call capnp,build/gen/idl.new,$(wildcard idl/*.capnp))
	@mkdir -p $(@D)
	$(Q)for f in build/gen/idl.new/*; do cmp -s $$f $(@D)/$${f##*/} || mv $$f $(@D); done
	@rm -r build/gen/idl.new
	@touch $@
.PHONY: missing

# Each for itself: old and new definitions of the same interface.
define idl-test-rules
$(call idl-files,build/gen/idl-test/idl,$1) &: tests/idl/$1.capnp idl/myelin.capnp $(CAPNPC)
	$$(call say,IDL,$1)
	$$(call capnp,build/gen/idl-test/idl,tests/idl/$1.capnp)
endef
$(foreach n,$(IDL_TEST),$(eval $(call idl-test-rules,$n)))

TOOL_CXX   := g++ -std=c++17 -O1 -Wall -Wextra -Werror
IDL_TOOL   := $(patsubst tools/idl/%.cc,build/tools/idl/%.o,$(wildcard tools/idl/*.cc))
$(IDL_TOOL): build/tools/idl/%.o: tools/idl/%.cc $(wildcard tools/idl/*.h) | $(DEPS)
	$(call say,TOOL,$@)
	@mkdir -p $(@D)
	$(Q)$(TOOL_CXX) -c -o $@ $<
$(CAPNPC): $(IDL_TOOL)
	$(call say,TOOL,$@)
	$(Q)g++ -o $@ $(IDL_TOOL) -lcapnp -lkj

# ---------------------------------------------------------------- what the folders list

libs       := $(patsubst lib/%/build.mk,%,$(wildcard lib/*/build.mk))
progs      :=
host-progs :=
test-roots :=
-include kernel/build.mk kernel/arch/$(ARCH)/build.mk kernel/arch/host/build.mk kernel/test/build.mk

# $(call include-list,build.mk): include it, and remember the folder of the programs it adds
define include-list
include $1
$$(foreach p,$$(filter-out $(progs),$$(progs)),$$(eval prog-$$p-dir := $(1:/build.mk=)))
endef
$(foreach f,$(wildcard lib/*/build.mk servers/*/build.mk drivers/*/*/build.mk programs/*/build.mk \
                       tests/*/build.mk bench/*/build.mk system/*/build.mk),\
    $(eval $(call include-list,$f)))

$(foreach s,$(SYSTEMS),$(if $(system-$s-like),$(foreach v,files progs root,\
    $(eval system-$s-$v := $(system-$(system-$s-like)-$v)))))
# Whatever runs has the personality, which is one of them.
$(foreach s,$(SYSTEMS),$(eval system-$s-progs += personality))
$(foreach s,$(SYSTEMS),$(foreach p,$(filter-out $(progs),$(system-$s-root) $(system-$s-progs)),\
    $(error system/$s/build.mk: there is no program $p; there are: $(sort $(progs)))))

# libraries that are not headers only
archives := $(foreach l,$(libs),$(if $(lib-$l-src),$l))
# $(call with-libs,libraries): these and all that they need
one-step  = $(sort $1 $(foreach l,$1,$(lib-$l-libs)))
with-libs = $(if $(filter-out $1,$(one-step)),$(call with-libs,$(one-step)),$1)
libs-of   = $(call with-libs,$(sort $(prog-$2-libs) $(libs-$(prog-$2-kind))))
incs      = $(patsubst %,-Ilib/%/include,$1)

# ---------------------------------------------------------------- rules of one configuration

# In these templates, and in what they use without arguments (gen, libs-of, archived, ...), $1 is
# the configuration and $2 the library, program, system or list of objects.

# The generated headers of a configuration; host programs use those of one of them.
gen  = $(BUILD)/$(if $(filter host,$1),$(HOST_CONFIG),$1)/gen
all-objects :=

# $(call objects,config,list,folder/,sources,flags): rules for build/<config>/obj/<list>/<source>.o,
# each from <folder>/<source>, with the flags in build/<config>/obj/<list>.flags (of C++, .cc: in
# <list>.cxx)
define objects
$(call keep,$(BUILD)/$1/obj/$2.flags,$(call known,$5))
all-objects += $(patsubst %,$(BUILD)/$1/obj/$2/%.o,$4)
$(call object-rule,$1,$2,$3,$(filter-out %.cc,$4),flags)
$(if $(filter %.cc,$4),$(call keep,$(BUILD)/$1/obj/$2.cxx,\
    $(call known,$(filter-out $(c-only),$5) $(CXX_ONLY))))
$(call object-rule,$1,$2,$3,$(filter %.cc,$4),cxx)
endef

# $(call object-rule,config,list,folder/,sources,end of the name of the file with the flags)
object-rule = $(if $4,$(eval $(call object-rule-of,$1,$2,$3,$4,$5)))
define object-rule-of
$(patsubst %,$(BUILD)/$1/obj/$2/%.o,$4): $(BUILD)/$1/obj/$2/%.o: $3% $(BUILD)/$1/obj/$2.$5 \
        $(CC_INC) $(gen)/.stamp | $(DEPS) $(if $(filter kernel%,$2),,$(IDL_HEADERS))
	$$(call say,$$(if $$(filter %.S,$$<),AS,CC),$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) @$(BUILD)/$1/obj/$2.$5 $(PREFIX_MAP) -MMD -MP -MF $$@.d -c -o $$@ $$<
endef

# $(call kernel-object,config,source)
kernel-object = $(BUILD)/$1/obj/$(if $(filter $(kernel-once),$2),kernel-once,kernel)/$2.o
kernel-all   := $(kernel-src) $(addprefix arch/$(ARCH)/,$(kernel-arch-src))

# $(call kernel-rules,config)
define kernel-rules
$(gen)/.stamp: config/$1.mk tools/abi.py $(wildcard tools/interface/*.py abi/*) | $(DEPS)
	$$(call say,GEN,$$(@D))
	@mkdir -p $$(@D)
	$$(Q)/usr/bin/python3 tools/abi.py --config $$< --out $$(@D)
	@touch $$@

$(call objects,$1,kernel,kernel/,$(filter-out $(kernel-once),$(kernel-all)),\
    $(KERNEL_CFLAGS) $(KERNEL_OPT) -I$(BUILD)/$1 -I$(gen))
$(call objects,$1,kernel-once,kernel/,$(kernel-once),\
    $(KERNEL_CFLAGS) $(KERNEL_OPT_ONCE) -I$(BUILD)/$1 -I$(gen))

# Structure offsets for assembly: offsets.c prints lines "->NAME value" into its assembly output. A
# name with small letters becomes a symbol, so that .irp can make it from a register's.
$(foreach s,$(filter %.S,$(kernel-all)),$(call kernel-object,$1,$s)): $(gen)/offsets.h
$(gen)/offsets.h: $(BUILD)/$1/obj/kernel/offsets.s
	$$(Q)sed -n -e 's/^[[:space:]]*->\([A-Z0-9_]*\)  *\$$$$*\(-*[0-9]*\).*/#define \1 \2/p' \
	    -e 's/^[[:space:]]*->\([A-Za-z0-9_]*\) *\$$$$*\(-*[0-9]*\).*/\1 = \2/p' $$< >$$@

$(BUILD)/$1/obj/kernel/offsets.s: kernel/arch/$(ARCH)/offsets.c $(BUILD)/$1/obj/kernel.flags \
        $(CC_INC) $(gen)/.stamp | $(DEPS)
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) @$(BUILD)/$1/obj/kernel.flags $(PREFIX_MAP) -fno-lto -g0 \
	    $(if $(IS_CLANG),-fno-integrated-as) -MMD -MP -MF $$@.d -MT $$@ -S -o $$@ $$<
all-objects += $(BUILD)/$1/obj/kernel/offsets.s

$(call keep,$(BUILD)/$1/kernel.link,$(call known,$(KERNEL_LDFLAGS)) \
    $(foreach s,$(kernel-all),$(call kernel-object,$1,$s)))
$(BUILD)/$1/kernel.elf: $(foreach s,$(kernel-all),$(call kernel-object,$1,$s)) \
        $(BUILD)/$1/kernel.link kernel/arch/$(ARCH)/kernel.ld
	$$(call say,LD,$$@)
	$$(Q)$$(CC) @$(BUILD)/$1/kernel.link $(PREFIX_MAP) -Wl,-Map,$$@.map -o $$@

# The multiboot loaders of QEMU and others take a 32-bit container only.
$(BUILD)/$1/kernel: $(BUILD)/$1/kernel.elf
	$$(call say,OBJCOPY,$$@)
	$$(Q)objcopy -S -O elf32-i386 $$< $$@
endef

# $(call user-objects,config,list,folder,sources,kind,libraries,flags)
define user-objects
$(call objects,$1,$2,$3/,$4,\
    $(USER_CFLAGS) $(cflags-$5) -I$3 $(call incs,$6) -I$(gen) -I$(gen)/user -Ibuild/gen $7)
endef

# $(call lib-rules,config,library,kind)
lib-objects = $(patsubst %,$(BUILD)/$1/obj/lib-$2-$3/%.o,$(lib-$2-src))
define lib-rules
$(call user-objects,$1,lib-$2-$3,$(or $(lib-$2-dir),lib/$2),$(lib-$2-src),$3,\
    $(call with-libs,$2),$(lib-$2-cflags))

$(call keep,$(BUILD)/$1/lib/$3/lib$2.objects,$(lib-objects))
$(BUILD)/$1/lib/$3/lib$2.a: $(lib-objects) $(BUILD)/$1/lib/$3/lib$2.objects
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && ar rcsD $$@ @$(BUILD)/$1/lib/$3/lib$2.objects
endef

# The personality's tables of system calls
# $(call linux-rules,config)
define linux-rules
$(gen)/linux_calls.h: lib/linux/calls.tsv tools/linux-calls | $(DEPS)
	@mkdir -p $$(@D)
	$$(Q)tools/linux-calls --header $$@
$(gen)/linux_trace.h: lib/linux/calls.tsv tools/linux-calls | $(DEPS)
	@mkdir -p $$(@D)
	$$(Q)tools/linux-calls --trace $$@
$(foreach k,$(kinds),$(patsubst %,$(BUILD)/$1/obj/lib-linux-$k/%.o,$(lib-linux-src))): \
        $(gen)/linux_calls.h $(gen)/linux_trace.h
endef

# $(call link,program,file,objects,libraries): rule for the linked program
define link
$(call keep,$2.link,$(call known,$(USER_LDFLAGS)) $(ldflags-$(prog-$1-kind)) $(prog-$1-ldflags) \
    $(before-$(prog-$1-kind)) $3 $(circular) $4 $(behind-$(prog-$1-kind)) $(end-circular))
$2: $3 $4 $2.link
	$$(call say,LD,$$@)
	$$(Q)$$(CC) @$2.link -o $$@
endef
libs-in  = $(foreach l,$(filter $(archives),$(libs-of)),$(BUILD)/$1/lib/$(prog-$2-kind)/lib$l.a)
objs-in  = $(patsubst %,$(BUILD)/$1/obj/prog-$2/%.o,$(prog-$2-src))

# In archives programs are without symbols, which are most of them.
define strip-rules
$(BUILD)/$1/stripped/%: $(BUILD)/$1/user/% | $(DEPS)
	@mkdir -p $$(@D)
	$$(Q)objcopy -S $$< $$@
endef

# $(call prog-rules,config,program)
define prog-rules
$(if $(filter $(kinds),$(prog-$2-kind)),,$(error \
    $(prog-$2-dir)/build.mk: prog-$2-kind must be one of: $(kinds)))
$(call user-objects,$1,prog-$2,$(prog-$2-dir),$(prog-$2-src),$(prog-$2-kind),$(libs-of),\
    $(prog-$2-cflags))
$(if $(prog-$2-archive),,$(call link,$2,$(BUILD)/$1/user/$2,$(objs-in),$(libs-in)))
endef

system-dir = system/$(or $(system-$2-like),$2)
archived = $(addprefix $(system-dir)/,$(system-$2-files)) \
           $(addprefix $(BUILD)/$1/stripped/,$(system-$2-progs)) \
           $(if $(system-$2-tree),$(BUILD)/$1/system/$2/root.cpio)

# $(call tree-needs,list,programs): what a list of files takes its files from
tree-needs = $(shell sed -nE -e 's,^file +[^ ]+ +[^ ]+ +([^ ]+).*,$(dir $1)\1,p' \
    -e 's,^program +[^ ]+ +[^ ]+ +([^ ]+).*,$2/\1,p' \
    -e 's,^debian +[^ ]+ +[^ ]+ +([^/ ]+)/.*,build/debian/\1/.package,p' $1)
trees-of   = $(addprefix system/$2/,$(system-$2-tree))

# $(call tree-rules,config,system)
define tree-rules
$(call keep,$(BUILD)/$1/system/$2/root.lists,$(trees-of))
$(BUILD)/$1/system/$2/root.cpio: $(trees-of) $(BUILD)/$1/system/$2/root.lists tools/mkroot \
        tools/newc.py $(sort $(foreach t,$(trees-of),$(call tree-needs,$t,$(BUILD)/$1/stripped))) \
        | $(DEPS)
	$$(call say,CPIO,$$@)
	$$(Q)tools/mkroot -o $$@ --align 4096 --programs $(BUILD)/$1/stripped $(trees-of)
endef

# Packages of Debian, unpacked
build/debian/%/.package: | $(DEPS)
	$(Q)tools/debian $*
build/debian/linux-image/.package: | $(DEPS)
	$(Q)tools/debian --from linux-image-cloud-amd64 linux-image
# A program in Rust, made with Debian's compiler, in the place of a package
rust-packages := rustc libstd-rust-dev libstd-rust-1.63
build/debian/rust/.package: tests/system/rust/try.rs \
        $(rust-packages:%=build/debian/%/.package) | $(DEPS)
	$(call say,RUSTC,$@)
	@mkdir -p $(@D)
	$(Q)LD_LIBRARY_PATH=build/debian/libstd-rust-1.63/usr/lib/x86_64-linux-gnu \
	    build/debian/rustc/usr/bin/rustc --sysroot build/debian/libstd-rust-dev/usr \
	    -O -C target-feature=+crt-static -C strip=symbols -o $(@D)/try $<
	$(Q)touch $@

# $(call system-rules,config,system,root server)
define system-rules
$(call keep,$(BUILD)/$1/system/$2/boot.files,\
    $(system-$2-files) $(system-$2-progs) $(if $(system-$2-tree),root.cpio))
$(BUILD)/$1/system/$2/boot.cpio: $(archived) $(BUILD)/$1/system/$2/boot.files \
        tools/mkarchive tools/newc.py build/tools/manifest | $(DEPS)
	$$(call say,CPIO,$$@)
	$(if $(filter manifest,$(system-$2-files)),$$(Q)build/tools/manifest \
	    $(system-dir)/manifest \
	    $(system-$2-files) $(system-$2-progs))
	$$(Q)tools/mkarchive -o $$@ $(archived)

$(call user-objects,$1,system-$2,$(prog-$3-dir),$(prog-$3-archive),$(prog-$3-kind),,\
    -Wa$(comma)-I$(BUILD)/$1/system/$2)
$(BUILD)/$1/obj/system-$2/$(prog-$3-archive).o: $(BUILD)/$1/system/$2/boot.cpio

$(call link,$3,$(BUILD)/$1/system/$2/$3,$(call objs-in,$1,$3) \
    $(BUILD)/$1/obj/system-$2/$(prog-$3-archive).o,$(call libs-in,$1,$3))
endef

ifneq ($(needed-configs),)
$(call keep,$(BUILD)/.compiler,$(CC))
endif
$(CC_INC): $(BUILD)/.compiler | $(DEPS)
	$(Q)echo "-isystem $$($(CC) -print-file-name=include)" > $@

$(foreach c,$(needed-configs),\
    $(eval $(call kernel-rules,$c))\
    $(eval $(call linux-rules,$c))\
    $(eval $(call strip-rules,$c))\
    $(foreach l,$(archives),$(foreach k,$(kinds),$(eval $(call lib-rules,$c,$l,$k))))\
    $(foreach p,$(progs),$(eval $(call prog-rules,$c,$p)))\
    $(foreach s,$(SYSTEMS),$(eval $(call system-rules,$c,$s,$(system-$s-root)))\
        $(if $(system-$s-tree),$(eval $(call tree-rules,$c,$s)))))

# $(call root-of,config,system): the file of a system's root server
root-of = $(BUILD)/$1/system/$2/$(system-$2-root)
# $(call parts-of,config,system): what boots it
parts-of = $(BUILD)/$1/kernel $(root-of)
# $(call everything,config): kernel, programs and systems of one configuration
everything = $(BUILD)/$1/kernel \
             $(foreach p,$(progs),$(if $(prog-$p-archive),,$(BUILD)/$1/user/$p)) \
             $(foreach s,$(filter-out $(test-systems),$(SYSTEMS)),$(call root-of,$1,$s))
test-systems = $(foreach s,$(SYSTEMS),$(if $(system-$s-for-tests),$s))

# ---------------------------------------------------------------- host programs

# The core with a fake architecture layer and sanitizers, configured as the debug kernel is.
host-core    := $(filter-out $(kernel-host-exclude),$(kernel-src)) \
                $(addprefix arch/host/,$(kernel-host-src)) $(addprefix test/,$(kernel-test-common))
HOST_TESTS   := $(addprefix $(BUILD)/host/,$(kernel-test-progs) $(host-progs))

# $(call host-link,program,objects)
define host-link
$(call keep,$(BUILD)/host/$1.link,\
    $(call known,$(HOST_CFLAGS)) $(host-$1-ldflags) $(patsubst %,$(BUILD)/host/obj/%.o,$2))
$(BUILD)/host/$1: $(patsubst %,$(BUILD)/host/obj/%.o,$2) $(BUILD)/host/$1.link
	$$(call say,LD,$$@)
	$$(Q)$$(CC) @$(BUILD)/host/$1.link -o $$@
endef

# $(call host-rules,program)
define host-rules
$(call objects,host,$1,,$(host-$1-src),\
    $(HOST_CFLAGS) $(host-$1-cflags) -I$(BUILD)/$(HOST_CONFIG) -I$(call gen,host))
$(call host-link,$1,$(addprefix $1/,$(host-$1-src)))
endef

ifneq ($(filter $(HOST_CONFIG),$(needed-configs)),)
$(eval $(call objects,host,kernel,kernel/,$(host-core) $(patsubst %,test/%.c,$(kernel-test-progs)),\
    $(HOST_CFLAGS) -Ikernel -Ikernel/arch/host -Ikernel/test -I$(BUILD)/$(HOST_CONFIG) \
    -I$(call gen,host)))
$(foreach p,$(kernel-test-progs),\
    $(eval $(call host-link,$p,$(addprefix kernel/,test/$p.c $(host-core)))))
$(foreach p,$(host-progs),$(eval $(call host-rules,$p)))
endif

# Tools in C: init's parser of manifests, for the rule that makes an archive; QEMU plug-ins
TOOL_CC  := gcc -std=gnu11 -O2 -Wall -Wextra -Werror
MANIFEST := tools/manifest.c servers/init/manifest.c servers/init/text.c
PLUGINS  := $(patsubst tools/qemu-plugins/%.c,build/tools/%.so,$(wildcard tools/qemu-plugins/*.c))
build/tools/manifest: $(MANIFEST) servers/init/manifest.h servers/init/text.h | $(DEPS)
	$(call say,TOOL,$@)
	@mkdir -p $(@D)
	$(Q)$(TOOL_CC) -Iservers/init -Ilib/base/include -o $@ $(MANIFEST)
build/tools/%.so: tools/qemu-plugins/%.c $(wildcard tools/qemu-plugins/*.h) | $(DEPS)
	$(call say,TOOL,$@)
	@mkdir -p $(@D)
	$(Q)$(TOOL_CC) -fPIC -shared -fvisibility=hidden -o $@ $<

# What each object was made from.
-include $(wildcard $(all-objects:=.d))

# ---------------------------------------------------------------- targets

all: $(call everything,$(CONFIG)) $(BUILD)/compile_commands.json

ifneq ($(filter all check $(BUILD)/compile_commands.json,$(goals)),)
$(call keep,$(BUILD)/.commands-of,$(CONFIG))
endif
$(BUILD)/compile_commands.json: $(call everything,$(CONFIG)) $(BUILD)/.commands-of \
        tools/compile-commands
	$(Q)tools/compile-commands $(BUILD) $(CONFIG) host > $@
	@test -n '$(IS_CLANG)' || ln -sf $@ compile_commands.json

# A kernel or root server named by the caller is taken as it is.
OUR_KERNEL := $(B)/kernel
OUR_ROOT   := $(call root-of,$(CONFIG),$(SYSTEM))
KERNEL     ?= $(OUR_KERNEL)
ROOTSERVER ?= $(OUR_ROOT)
ours        = $(filter $(OUR_KERNEL) $(OUR_ROOT),$(KERNEL) $(ROOTSERVER))
machine     = --profile $(profile) --kernel '$(KERNEL)' --root '$(ROOTSERVER)'
ifneq ($(filter run gdb bench-compare,$(goals)),)
$(if $(filter $(OUR_KERNEL),$(KERNEL)),,$(call a-file,KERNEL,$(OUR_KERNEL)))
$(if $(filter $(OUR_ROOT),$(ROOTSERVER)),,$(call a-file,ROOTSERVER,$(OUR_ROOT)))
endif
ifneq ($(filter bench-compare,$(goals)),)
$(if $(filter file,$(origin KERNEL)),$(error bench-compare needs KERNEL=path of the other kernel))
endif

run: $(ours) | $(DEPS)
	@tools/qemu $(if $(GDB),--gdb) $(machine)

gdb: $(ours) | $(DEPS)
	@tools/debug $(machine) --symbols $(B)/kernel.elf

BENCH_KERNEL := $(BUILD)/$(BENCH_CONFIG)/kernel
BENCH_ROOT   ?= $(BUILD)/$(BENCH_CONFIG)/user/bench
LONGEST_ROOT := $(BUILD)/$(BENCH_CONFIG)/user/longest
measure       = --kernel $(BENCH_KERNEL) --symbols $(BENCH_KERNEL).elf --root

# T=name: tests by name; T=name:case: of these, the cases that have that in their name
TEST = MYELIN_BUILD=$(BUILD) MYELIN_TEST_ROOTS='$(test-roots)' \
       MYELIN_HOST_TESTS='$(notdir $(HOST_TESTS))' tools/test $(if $(T),--filter '$(T)')
ifneq ($(filter test,$(goals)),)
$(if $(T),$(if $(shell $(TEST) --list),,$(error T=$(T): no test has that in its name)))
endif
test: $(foreach c,$(TEST_CONFIGS),$(call everything,$c)) \
      $(foreach c,$(TEST_ROOT_CONFIGS),\
          $(BUILD)/$c/kernel $(addprefix $(BUILD)/$c/user/,$(test-roots))) \
      $(HOST_TESTS) $(PLUGINS) $(CAPNPC) $(BENCH_KERNEL) $(LONGEST_ROOT) \
      $(call parts-of,generic,default) $(foreach s,$(test-systems),$(call root-of,release,$s)) \
      | $(DEPS)
	@$(TEST) $(if $(V),--verbose)

# make bench EXPLAIN=row: where the instructions of one row go, instead of all rows and curves.
bench: $(BENCH_KERNEL) $(BENCH_ROOT) $(PLUGINS) | $(DEPS)
	@tools/bench $(measure) $(BENCH_ROOT) $(if $(EXPLAIN),--explain '$(EXPLAIN)',\
	    --json build/bench.json --pictures build/bench --baseline bench/baseline.json \
	    --bounds bench/bounds.json)

# make bench-compare KERNEL=path [ROOTSERVER=path]: ours first, then the other kernel, on the same
# root server.
bench-compare: $(BENCH_KERNEL) $(BENCH_ROOT) $(PLUGINS) | $(DEPS)
	@tools/bench --kernel $(BENCH_KERNEL) --compare '$(KERNEL)' \
	    --root '$(if $(filter file,$(origin ROOTSERVER)),$(BENCH_ROOT),$(ROOTSERVER))'

# The figures as they are now become those to compare with, and those that docs/performance.md
# shows: in a commit that says why.
bench-baseline: $(BENCH_KERNEL) $(BENCH_ROOT) $(PLUGINS) | $(DEPS)
	@tools/bench $(measure) $(BENCH_ROOT) --json bench/baseline.json --document

# The same programs on Linux and on ours, in one run; the processor is one that generic kernels are
# for.
bench-linux-parts := $(BUILD)/generic/stripped/linuxbench build/debian/linux-image/.package \
                     build/debian/busybox-static/.package build/tools/count.so \
                     $(call parts-of,generic,default)
bench-linux-run = tools/bench-linux --linux build/debian/linux-image/boot/vmlinuz-* \
                  --programs $(BUILD)/generic/stripped --plugin build/tools/count.so \
                  --kernel $(word 5,$^) --root $(word 6,$^)
bench-linux: $(bench-linux-parts) | $(DEPS)
	@$(bench-linux-run) --json build/bench-linux.json --baseline bench/linux-baseline.json

# As bench-baseline.
bench-linux-baseline: $(bench-linux-parts) | $(DEPS)
	@$(bench-linux-run) --json bench/linux-baseline.json --document

# An hour of emulated time in which random programs compute and are killed, as are servers.
soak: $(BUILD)/release/kernel $(call root-of,release,debian) | $(DEPS)
	@MYELIN_BUILD=$(BUILD) MYELIN_SOAK_S=$${MYELIN_SOAK_S:-3600} tests/system/soak.t

# How long the kernel runs at a stretch; EXPLAIN=operation: where its instructions go.
longest: $(BENCH_KERNEL) $(LONGEST_ROOT) $(PLUGINS) | $(DEPS)
	@tools/longest $(measure) $(LONGEST_ROOT) $(if $(EXPLAIN),--explain '$(EXPLAIN)')

# The same, and the table of docs/worst-case.md.
longest-table: $(BENCH_KERNEL) $(LONGEST_ROOT) $(PLUGINS) | $(DEPS)
	@tools/longest $(measure) $(LONGEST_ROOT) --document

# Faults put into the kernel one at a time, and what notices them; T=name: of those with that name.
mutants: $(HOST_TESTS) $(BUILD)/$(HOST_CONFIG)/kernel \
         $(addprefix $(BUILD)/$(HOST_CONFIG)/user/,$(test-roots)) | $(DEPS)
	@tools/mutants --build $(BUILD) $(T) --write

# Which lines and branches of the kernel tests reach, in build/coverage/ and in docs/assurance.md.
coverage: $(BUILD)/$(HOST_CONFIG)/kernel $(BUILD)/$(HOST_CONFIG)/user/abi-tests \
          build/tools/reached.so | $(DEPS)
	@tools/coverage --build $(BUILD) --document $(kernel-test-progs) $(covering-progs)

# Contracts of small functions (tests/prove/); T=name: of that file only.
prove: $(BUILD)/$(HOST_CONFIG)/gen/.stamp | $(DEPS)
	@tools/prove --build $(BUILD) $(T)

# A short while for each target, the same inputs each time; others, and longer: tests/fuzz/run.
fuzz:
	@tests/fuzz/run same $(T)

# All states of small systems; T=name: of this one only.
explore: $(BUILD)/host/explore $(BUILD)/host/explore-domains
	@for e in $^; do $$e --all $(if $(T),--only '$(T)') || exit; done

# New interfaces, and compatible changes of old ones, into idl/*.layout.
layouts: $(IDL_LAYOUTS)
	@tools/idl-layout --write $(IDL_LAYOUTS)

check: $(call everything,release) $(BUILD)/compile_commands.json | $(DEPS)
	@tools/check

ISO       := $(BUILD)/myelin.iso
ISO_PARTS := $(call parts-of,$(ISO_CONFIG),$(SYSTEM))
ifneq ($(filter iso $(ISO),$(goals)),)
$(call keep,$(ISO).parts,$(ISO_PARTS))
endif
iso: $(ISO)
$(ISO): $(ISO_PARTS) $(ISO).parts boot/grub.cfg tools/mkiso | $(DEPS)
	$(call say,ISO,$@)
	$(Q)tools/mkiso -o $@ --kernel $(word 1,$^) --root $(word 2,$^) --grub boot/grub.cfg

clean:
	rm -rf build compile_commands.json

define HELP
make [all]           build the kernel and all programs into build/<CONFIG>/
make run             boot in QEMU, console on this terminal (leave with Ctrl-A x)
make test            build and run every test; T=name those whose name has "name" in it,
                     T=name:case of these the cases that have "case" in theirs
make bench           count instructions of the kernel paths: table here, build/bench.json, curves
                     in build/bench/; EXPLAIN=row shows where those of a row go, by function
make bench-compare   the same root server on our kernel and on KERNEL=path, with ratios
make bench-baseline  make the figures of now those that CI compares with and documents show
make bench-linux     count what system calls, processes and scripts cost here and on Linux (a kernel
                     of Debian's, in the same QEMU): table here, build/bench-linux.json
make bench-linux-baseline  make the figures of now those to compare with
make soak            an hour of random programs, kills and restarts leaves nothing
                     behind; MYELIN_SOAK_S=N seconds instead, MYELIN_SEED=N another choice
make longest         the longest stretches of the kernel without a preemption point, by operation;
                     EXPLAIN=operation shows where the instructions of one go
make longest-table   make the figures of now the ones in docs/worst-case.md
make mutants         put faults into the kernel, one at a time; all must be noticed; T=name
make coverage        lines and branches of the kernel that tests reach: build/coverage/, and the
                     table of docs/assurance.md
make prove           prove contracts of small functions with Frama-C; T=name those of that file
make fuzz            random bytes for the core, what boots it, dispatch, servers: two minutes;
                     T=name that only
make explore         visit all states of small systems; T=name that system only
make check           lint: headers, documents, lists, clang build, cppcheck
make layouts         write idl/*.layout for new interfaces and compatible changes
make gdb             boot under the debugger, stopped at entry, symbols loaded
make iso             build/myelin.iso, bootable from BIOS and UEFI on any x86_64 processor
make clean           remove build/

CONFIG=$(CONFIG) of: $(sort $(CONFIGS))
SYSTEM=$(SYSTEM) of: $(sort $(SYSTEMS))
ARCH=$(ARCH) of: $(ARCHES)
CC=$(CC) (gcc, clang)
V=1 shows commands;  GDB=1 makes run wait for a debugger;  KERNEL_LTO= no link-time optimisation
KERNEL=path ROOTSERVER=path PROFILE=name: run any kernel and root server (tools/qemu --help lists
                     profiles)
endef
help:
	@:$(info $(HELP))
