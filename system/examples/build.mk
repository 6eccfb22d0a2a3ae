# SPDX-License-Identifier: BSD-2-Clause
# make run SYSTEM=examples: each example is run from the prompt.
system-examples-files := manifest
system-examples-progs := console tty memfs pipe system proc \
                         frames ceiling queue desk visit later submit ticker ticks circle \
                         chain keyboard typed shelf browse scribe lend tally survive
system-examples-root  := init
system-examples-tree  := ../default/tree
