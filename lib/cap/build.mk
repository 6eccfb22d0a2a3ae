# SPDX-License-Identifier: BSD-2-Clause
lib-cap-src := slots.c memory.c pool.c map.c
lib-cap-libs := sel4
