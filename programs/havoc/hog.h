/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

/**
 * Hold as much of something as there is, in as many processes as it takes, and say how much.
 *
 * @param what  see hog.c
 * @param user  whom it acts for
 * @return only if there is no such kind: 2
 */
int hog(const char *what, int user);

/**
 * Have one of each kind, in a process of its own that executes a program then, and say which there
 * was none of.
 *
 * @param user  as above
 * @return 0; 1: not all; 2
 */
int hog_one_of_each(int user);
