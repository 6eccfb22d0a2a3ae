# SPDX-License-Identifier: BSD-2-Clause
# Headers only, for C++17.
lib-frame-src  :=
lib-frame-libs := ipc sel4
