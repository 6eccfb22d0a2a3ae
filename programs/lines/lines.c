/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads lines and says what it got, until ^D. A reader to try the console with.
 */
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
    printf("end after %u lines\n", count);
    return 0;
}
