/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One handler per type of object, each in that object's file, with the contract of inv_perform().
 */
#pragma once

#include "invoke.h"

enum inv_result untyped_perform(struct inv *inv);
enum inv_result cnode_perform(struct inv *inv);
/*
 * The same if it concerns neither time nor other threads; false: nothing was done, it may do so.
 */
bool cnode_perform_local(struct inv *inv, enum inv_result *r);
RARE enum inv_result tcb_perform(struct inv *inv);
RARE enum inv_result sched_context_perform(struct inv *inv);
RARE enum inv_result sched_control_perform(struct inv *inv);
RARE enum inv_result irq_control_perform(struct inv *inv);
enum inv_result irq_handler_perform(struct inv *inv);
RARE enum inv_result domain_perform(struct inv *inv);
