# SPDX-License-Identifier: BSD-2-Clause
# The system of processes with more programs of Debian, and the scripts that try them.
system-debian-like := unix
system-debian-tree := ../default/tree tree ../../tests/system/scripts/tree
# Its packages are only fetched for tests.
system-debian-for-tests := 1
