# SPDX-License-Identifier: BSD-2-Clause
lib-cap-src := slots.c memory.c pool.c map.c runs.c space.c check.c kernel.c
lib-cap-libs := sel4
