/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fcat FILE..: files on standard output, by the protocol of files alone: a native program asks the
 * server itself, in the session that its process has, and needs no call of Linux for that. Names
 * are absolute, and lead through no link.
 */
#include <idl/file.h>
#include <ipc/message.h>
#include <ipc/process.h>
#include <ipc/unix.h>
#include <stdio.h>
#include <string.h>

/* The server of a name and the root there; how long the prefix is, -1: none. */
static int server_find(const char *name, struct file *server, uint32_t *root)
{
    const struct process_names *names = (const struct process_names *)PROCESS_NAMES_ADDR;
    uint64_t changes;
    int found;

    do {
        changes = __atomic_load_n(&names->changes, __ATOMIC_ACQUIRE);
        const uint8_t *at = names->entry;
        found = -1;
        for (uint64_t i = 0; i < names->count && found < 0; i++) {
            uint16_t bytes, number;
            memcpy(&bytes, at, 2);
            memcpy(&number, at + 2, 2);
            memcpy(root, at + 4, 4);
            at += UNIX_NAME_HEAD;
            if (strncmp(name, (const char *)at, bytes) == 0 &&
                (name[bytes] == '/' || name[bytes] == '\0'))
                found = bytes;
            server->cap =
                number == UNIX_PROC ? (seL4_CPtr)SLOT_INIT : unix_server_slot((unsigned)number);
            at += bytes;
        }
    } while (changes % 2 != 0 || changes != __atomic_load_n(&names->changes, __ATOMIC_ACQUIRE));
    return found;
}

static int copy(const char *name)
{
    static char piece[8192];
    struct file server = { 0 };
    struct file_opened opened;
    char text[600];
    size_t n = 0, text_bytes;
    uint32_t root = 0;
    int prefix = server_find(name, &server, &root);

    if (prefix < 0)
        return ENOENT;
    name += prefix;
    int e = file_open(server, FILE_ROOT_BIT | root, 0, 0, name, strlen(name), &opened, text,
                      sizeof text, &text_bytes);
    if (e == 0 && opened.handle == 0)
        e = ENOENT;
    if (e != 0)
        return e;
    do {
        e = file_read(server, opened.handle, sizeof piece, -1, piece, sizeof piece, &n);
        if (e == 0)
            (void)fwrite(piece, 1, n, stdout);
    } while (e == 0 && n > 0);
    (void)file_close(server, opened.handle);
    return e;
}

int main(int argc, char **argv)
{
    int failed = 0;

    for (int i = 1; i < argc; i++) {
        int e = copy(argv[i]);
        if (e != 0)
            failed = ipc_perror(argv[i], e);
    }
    return failed;
}
