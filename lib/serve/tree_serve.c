/* SPDX-License-Identifier: BSD-2-Clause */
/* By itself, since who links this has a capability space that ipc/cap.h shares out. */
#include "tree_priv.h"

#include <ipc/cap.h>

int tree_serve(const struct tree *tree)
{
    struct serve *serve = tree_open(tree);

    serve->sessions.takes_clients = true;
    serve->export_slot = cap_slot();
    return serve_files(serve, &tree_ops);
}
