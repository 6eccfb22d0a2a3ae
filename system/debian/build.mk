# SPDX-License-Identifier: BSD-2-Clause
# The default system with more programs of Debian, and the scripts that try them.
system-debian-like := default
system-debian-tree := ../default/tree ../cases/tree tree ../../tests/system/scripts/tree
# Its packages are only fetched for tests.
system-debian-for-tests := 1
