/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client of the pager: writes to pages nobody gave it, and checks what it finds there.
 *
 *   paged [PAGES [beyond|told]]    beyond: then touch memory that the pager does not serve; told:
 *                                  let a system call touch some that it serves, and some that not
 */
#include <errno.h>
#include <ipc/process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { PAGE = 4096 };

static volatile unsigned long *page_word(unsigned long page)
{
    return (volatile unsigned long *)(PROCESS_PAGED_ADDR + page * PAGE);
}

/* Number of pages that were not zero at first or did not keep what was written. */
static unsigned long pages_try(unsigned long pages)
{
    unsigned long wrong = 0;

    for (unsigned long i = 0; i < pages; i++) {
        wrong += *page_word(i) != 0;
        *page_word(i) = i + 1;
    }
    for (unsigned long i = 0; i < pages; i++)
        wrong += *page_word(i) != i + 1;
    return wrong;
}

int main(int argc, char **argv)
{
    unsigned long pages = argc > 1 ? strtoul(argv[1], NULL, 10) : 8;
    unsigned long wrong = pages_try(pages);

    printf("%lu pages on demand, %lu wrong\n", pages, wrong);
    if (argc > 2 && strcmp(argv[2], "told") == 0) {
        /* a page that the pager gives when the call touches it, and one that it has not */
        printf("%ld bytes of what comes\n", (long)getrandom((void *)page_word(pages), 8, 0));
        long n = getrandom((void *)page_word(PROCESS_PAGED_SIZE / PAGE), 8, 0);
        printf("of what does not: %s\n", n == -1 && errno == EFAULT ? "EFAULT" : "something else");
    }
    if (argc > 2 && strcmp(argv[2], "beyond") == 0)
        *page_word(PROCESS_PAGED_SIZE / PAGE) = 1;
    return wrong != 0;
}
