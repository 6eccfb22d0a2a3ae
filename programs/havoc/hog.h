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
