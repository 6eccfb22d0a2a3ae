/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include <stdbool.h>

/**
 * Make files of a kind in a folder until there are no more to be had, and say why.
 *
 * @param what  contents, output (what is written is that of the program), sparse, files, links,
 *              hard, directories, memfd, mapped
 * @return the program's: 0: for a quota; 1; 2: there is no such kind
 */
int fill(const char *what, const char *folder);
