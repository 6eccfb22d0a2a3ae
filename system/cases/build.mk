# SPDX-License-Identifier: BSD-2-Clause
# The Unix-like system with programs whose answers are compared with Linux's.
system-cases-like := unix
system-cases-tree := ../default/tree tree
