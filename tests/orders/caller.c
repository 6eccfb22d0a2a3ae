/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * caller SERVER work|park: one call, which takes longer than this program's budget lasts, or for
 * ever.
 */
#include <string.h>

#include "orders.h"

int main(int argc, char **argv)
{
    struct orders server;

    if (argc != 3 || orders_connect(&server, argv[1]) != 0)
        return 2;
    return strcmp(argv[2], "park") == 0 ? orders_park(server) != 0
                                        : orders_work(server, ORDERS_LONG_US) != 0;
}
