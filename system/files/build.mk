# SPDX-License-Identifier: BSD-2-Clause
# For tests/system/files.t.
system-files-files := manifest
system-files-progs := memfs files-test files-tree
system-files-root  := init
system-files-tree  := tree
