/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands on a program's stack when it starts.
 */
#pragma once

#include <stdint.h>

#include "elf.h"

/**
 * Fill the top page of a stack.
 *
 * @param page     the page, zeroed, where we can write it
 * @param end      address just after it in the program's space
 * @param args     words separated by spaces
 * @return the stack pointer to start with, 16-byte aligned, at argc
 * Source: System V ABI, AMD64 supplement, 3.4.1
 */
uint64_t stack_fill(void *page, uint64_t end, const char *program, const char *args,
                    const struct elf_program *elf);

/** Two words no component can foresee better than the processor's cycle counter allows. */
void stack_random(uint64_t word[2]);
