# SPDX-License-Identifier: BSD-2-Clause
# Examples of the kernel's extensions: root servers that say in TAP what they have shown.
# tests/system/examples.t runs them.
progs += example-windows example-deferred example-deadline example-interrupt example-death \
         example-call-only example-helping example-snapshot
prog-example-windows-src   := windows.c example.c
prog-example-deferred-src  := deferred.c example.c
prog-example-deadline-src  := deadline.c example.c
prog-example-interrupt-src := interrupt.c example.c
prog-example-death-src     := death.c example.c
prog-example-call-only-src := call_only.c example.c
prog-example-helping-src   := helping.c example.c
prog-example-snapshot-src  := snapshot.c example.c

prog-example-windows-kind   := bare
prog-example-deferred-kind  := bare
prog-example-deadline-kind  := bare
prog-example-interrupt-kind := bare
prog-example-death-kind     := bare
prog-example-call-only-kind := bare
prog-example-helping-kind   := bare
prog-example-snapshot-kind  := bare

prog-example-windows-libs   := rt sel4
prog-example-deferred-libs  := rt sel4
prog-example-deadline-libs  := rt sel4
prog-example-interrupt-libs := rt sel4
prog-example-death-libs     := rt sel4
prog-example-call-only-libs := rt sel4
prog-example-helping-libs   := rt sel4
prog-example-snapshot-libs  := rt sel4

# Examples of what programs link, as components: system/examples has them at its prompt.
# tests/system/components.t runs them.
progs += frames ceiling queue desk visit later submit ticker ticks circle chain keyboard typed
progs += shelf browse scribe lend tally survive
prog-frames-kind  := musl
prog-ceiling-kind := musl
prog-queue-kind   := musl
prog-desk-kind    := musl
prog-visit-kind   := musl
prog-later-kind   := musl
prog-submit-kind  := musl

prog-frames-src  := components/frames.cc
prog-ceiling-src := components/ceiling.c
prog-queue-src   := components/queue.c
prog-desk-src    := components/desk.c
prog-visit-src   := components/visit.c
prog-later-src   := components/later.c
prog-submit-src  := components/submit.c

prog-frames-libs  := frame portal
prog-ceiling-libs := portal
prog-queue-libs   := channel
prog-desk-libs    := shm
prog-visit-libs   := portal shm
prog-later-libs   := ipc
prog-submit-libs  := portal shm

prog-ticker-kind := musl
prog-ticker-src  := components/ticker.c
prog-ticker-libs := driver
prog-ticks-kind  := musl
prog-ticks-src   := components/ticks.c

prog-circle-kind   := musl
prog-circle-src    := components/circle.c
prog-circle-libs   := portal
prog-chain-kind    := musl
prog-chain-src     := components/chain.c
prog-chain-libs    := portal
prog-keyboard-kind := musl
prog-keyboard-src  := components/keyboard.c
prog-keyboard-libs := driver idl
prog-typed-kind    := musl
prog-typed-src     := components/typed.c
prog-typed-libs    := idl
prog-shelf-kind    := musl
prog-shelf-src     := $(addprefix components/shelf/,shelf.c shelf_names.c shelf_data.c shelf_lend.c)
prog-shelf-libs    := idl serve shm
prog-browse-kind   := musl
prog-browse-src    := components/browse.c
prog-browse-libs   := idl shm
prog-scribe-kind   := musl
prog-scribe-src    := components/scribe.c
prog-scribe-libs   := idl
prog-lend-kind     := musl
prog-lend-src      := components/lend.c
prog-lend-libs     := idl
prog-tally-kind    := musl
prog-tally-src     := components/tally.c
prog-tally-libs    := ipc
prog-survive-kind  := musl
prog-survive-src   := components/survive.c
prog-survive-libs  := ipc
