# SPDX-License-Identifier: BSD-2-Clause
# For programs of the C library only: portals are served by its threads.
lib-portal-src  := portal.c exception.c
lib-portal-libs := ipc sel4
