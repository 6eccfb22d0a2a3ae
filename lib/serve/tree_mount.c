/* SPDX-License-Identifier: BSD-2-Clause */
#include "tree_priv.h"

#include <serve/offer.h>

int tree_mount(const struct tree *tree, const char *name, const char *directory)
{
    struct serve *serve = tree_open(tree);
    int e = serve_offer(serve, name);

    if (e == 0 && tree->device == 0)
        tree_device_set((uint16_t)(SERVE_DEVICE_FIRST + serve->number));
    if (e == 0)
        e = serve_mount(serve, directory);
    return e == 0 ? serve_files(serve, &tree_ops) : e;
}
