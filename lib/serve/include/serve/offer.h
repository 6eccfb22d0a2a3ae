/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Servers that are processes: programs that anybody starts at the prompt. To their clients they are
 * like all servers; nobody waits for them but who asks them.
 *
 *     int main(int argc, char **argv)
 *     {
 *         int e = serve_offer(&server, "name");
 *         if (e == 0)
 *             e = serve_mount(&server, argv[1]);
 *         return e == 0 ? serve_files(&server, &ops) : ipc_perror(argv[1], e);
 *     }
 *
 * A handler may make any call, but what a request holds stays the same only until it returns.
 * While it is away with a request the other clients wait: a client that waits for another one of
 * the same server has to be avoided, or it waits for ever.
 */
#pragma once

#include <serve/serve.h>

/* st_dev of what a process serves: this, and struct serve.number. */
enum { SERVE_DEVICE_FIRST = 40 };

/**
 * The calling thread serves from now on, under a name of 1 to 15 bytes.
 * @return 0; EINVAL: it is no process, or no such name can be; EEXIST, EBUSY, ENFILE, ENOMEM:
 *         idl/proc.capnp, offer
 */
int serve_offer(struct serve *serve, const char *name);

/** Mount what is served on a directory. @return 0; an errno of mount(2): EPERM, ENOENT, .. */
int serve_mount(const struct serve *serve, const char *directory);

/** The loop of serve_files() in a process. @return EINVAL: it has not offered anything */
int serve_clients(struct serve *serve, const struct file_ops *ops);
