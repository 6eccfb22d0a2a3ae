# SPDX-License-Identifier: BSD-2-Clause
# For programs of the C library only: what lies at PROCESS_SHARED_ADDR is theirs.
lib-shm-src  := shm.c map.c pool.c keep.c
lib-shm-libs := cap ipc sel4 sync
