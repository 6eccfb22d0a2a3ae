# SPDX-License-Identifier: BSD-2-Clause
# The default system with programs whose answers are compared with Linux's.
system-cases-like := default
system-cases-tree := ../default/tree tree
