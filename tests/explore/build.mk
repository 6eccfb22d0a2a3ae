# SPDX-License-Identifier: BSD-2-Clause
# A random walk over kernel entries, with the whole core on the fake machine.
# Each step that tests/spec/ says something about is compared with that.
host-progs += walk walk-one
specification := $(addprefix tests/spec/,cap.c untyped.c message.c thread.c time.c tcb.c window.c \
                 portal.c lend.c outcome.c irq.c domain.c step.c names.c take.c \
                 lockstep.c)
host-walk-src    := $(addprefix tests/explore/,walk.c universe.c universe_requests.c \
                    universe_messages.c extended.c compare.c) $(specification) \
                    kernel/test/world.c kernel/test/audit.c kernel/arch/host/host.c \
                    $(addprefix kernel/,$(filter-out $(kernel-host-exclude),$(kernel-src)))
host-walk-cflags := -Ikernel -Ikernel/arch/host -Ikernel/test -Itests/explore \
                    -Itests/spec
# The same with one domain only: paths that such a kernel alone takes.
host-walk-one-src    := $(host-walk-src)
host-walk-one-cflags := $(host-walk-cflags) -DHOST_ONE_DOMAIN
# All states of small systems; compiled for speed, without the sanitizers.
host-progs += explore explore-domains
host-explore-src    := $(addprefix tests/explore/,search.c space.c space_caps.c space_time.c \
                       space_mixed.c op.c snapshot.c compare.c) \
                       $(addprefix kernel/test/,world.c audit.c cases.c) \
                       $(filter-out tests/explore/%.c kernel/test/%.c,$(host-walk-src))
host-explore-cflags := $(host-walk-cflags) -DHOST_ONE_DOMAIN -DSPEC_SMALL -O3 -march=native -flto \
                       -fno-sanitize=all -Wno-maybe-uninitialized
host-explore-ldflags := -fno-sanitize=all -O3 -march=native -flto
# ... with several domains.
host-explore-domains-src     := $(host-explore-src)
host-explore-domains-cflags  := $(filter-out -DHOST_ONE_DOMAIN,$(host-explore-cflags))
host-explore-domains-ldflags := $(host-explore-ldflags)
covering-progs += walk walk-one explore
