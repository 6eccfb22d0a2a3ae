/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults, and its function for that refuses: init has to hear of it as if there were none. */
#include <portal/exception.h>
#include <stdio.h>

static bool refuse(struct exception *e, void *unused)
{
    (void)unused;
    printf("asked about 0x%lx\n", e->address);
    return false;
}

int main(void)
{
    static struct exception_portal portal = { .registers = EXCEPTION_IP };
    volatile int *volatile nowhere = (volatile int *)32;

    setvbuf(stdout, NULL, _IOLBF, 256);
    if (exception_portal_create(&portal, refuse, NULL) == seL4_NoError &&
        exception_portal_catch(&portal, 0) == seL4_NoError)
        *nowhere = 1;
    puts("went on");
    return 1;
}
