/* SPDX-License-Identifier: BSD-2-Clause */
/* Read before each file of tests/prove/: Frama-C does not know this keyword, which gcc checks. */
#pragma once

#define _Static_assert(condition, text)
