/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answering: the loop in which init spends its life.
 */
#pragma once

_Noreturn void serve(void);
