/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads lines and says what it got, until ^D; or why it could not read on. A reader to try the
 * console with.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    static char line[512];
    unsigned count = 0;

    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        printf("line %u has %zu characters: %s\n", ++count, strlen(line), line);
    }
    if (ferror(stdin))
        printf("cannot read after %u lines: %s\n", count, strerror(errno));
    else
        printf("end after %u lines\n", count);
    return ferror(stdin) != 0;
}
