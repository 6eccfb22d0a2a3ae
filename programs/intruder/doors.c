/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a name's permissions keep from somebody, asked of the servers without the name: each line
 * says what came of it.
 */
#define _GNU_SOURCE
#include "intruder.h"

#include <errno.h>
#include <fcntl.h>
#include <ipc/process.h>
#include <ipc/unix.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of idl/file.capnp, interface 0x132, and socket.capnp, 0x136; labels as in ipc/call.h. */
#define LABEL_OF(interface, method, data, lengths)                                                 \
    ((interface) << 8 | (method) | (uint64_t)(data) << 20 | (uint64_t)(lengths) << 27)
#define LABEL(method, data, lengths) LABEL_OF(0x132ull, method, data, lengths)
#define SOCKET(method, data, lengths) LABEL_OF(0x136ull, method, data, lengths)
#define HAS_CAPACITY (1ull << 31)
#define READABLE (1ull << 62)
#define ROOT 0x80000000u
#define ROOT_PASSES 0x40000000u
/* Words of its answer: where a path leads on, and where the text of that begins. */
enum { OPENED_LEFT = 4, OPENED_TEXT = 6 };
enum { ROOTS = 160, HANDLES = 12 /* numbers to try */ };

static int error_of(uint64_t tag)
{
    return (tag >> 24 & 15) == 1 ? (int)(tag >> 12 & 0xfff) : -1;
}

/* The terminal server's device of a number, to read and write. */
static int device_ask(uint64_t number)
{
    uint64_t mr[4] = { number, O_RDWR | (uint64_t)UNIX_MEMFS << 32, 1, 0 };

    return error_of(message_ask(UNIX_SLOT_SERVER_FIRST + UNIX_TTY, LABEL(31, 3, 0) << 12 | 3, mr));
}

/* Ask memfs to open a path from a directory on: its answer, and an error or 0. */
static int open_from(uint32_t directory, const char *path, uint32_t flags, uint64_t mr[4])
{
    uint64_t *words = (uint64_t *)PROCESS_THREAD_0_ADDR + 1, bytes = strlen(path);

    mr[0] = directory | (uint64_t)flags << 32;
    mr[1] = mr[2] = 0;
    mr[3] = bytes | READABLE;
    memset(words + 4, 0, 64);
    memcpy(words + 5, path, bytes);
    return error_of(message_ask(UNIX_SLOT_SERVER_FIRST + UNIX_MEMFS,
                                (LABEL(2, 2, 0) | HAS_CAPACITY) << 12 | (5 + (bytes + 7) / 8), mr));
}

/* What memfs answers as the device of a name that is opened so. 0 and *device, or an error. */
static int open_ask(const char *path, uint32_t flags, uint64_t *device)
{
    uint64_t mr[4];
    int e = open_from(ROOT, path, flags, mr);

    *device = mr[1];
    return e;
}

/* What the pipe server says to who opens a FIFO with these words. */
static int fifo_ask(uint32_t flags, uint64_t key, uint64_t other)
{
    uint64_t *words = (uint64_t *)PROCESS_THREAD_0_ADDR + 1;
    uint64_t mr[4] = { UNIX_MEMFS | (uint64_t)flags << 32, 1, key, S_IFIFO | 0644 };

    words[4] = other;
    return error_of(message_ask(UNIX_SLOT_SERVER_FIRST + UNIX_PIPE, LABEL(30, 5, 0) << 12 | 5, mr));
}

/* Who may only read a FIFO, at the other end of which somebody is, asks to write. */
static void try_fifo(void)
{
    const uint64_t *words = (const uint64_t *)PROCESS_THREAD_0_ADDR + 1;
    uint64_t key = 0, other, none = 0;
    uint32_t writes = O_WRONLY | O_NONBLOCK;

    printf("a FIFO that others write, to write: %s\n",
           strerror(open_ask("tmp/intruder/read", O_WRONLY, &none)));
    int e = open_ask("tmp/intruder/read", O_RDONLY, &key);
    other = words[OPENED_TEXT];
    printf("to read: %s\n", e == 0 && key != 0 ? "a key" : "NO KEY");
    printf("with that: %s\n", strerror(fifo_ask(O_RDONLY | O_NONBLOCK, key, other)));
    printf("to write: %s\n", strerror(fifo_ask(writes, key, other)));
    printf("the other way round: %s\n", strerror(fifo_ask(writes, other, key)));
    printf("with half: %s\n", strerror(fifo_ask(writes, key, 0)));
    printf("both ways, and then to write: %s, %s\n",
           strerror(fifo_ask(O_RDWR | O_NONBLOCK, key, other)), strerror(fifo_ask(writes, 0, key)));
}

/* The name of a socket whose owner has ended: what others may know of it does not bind it. */
static void try_socket(void)
{
    static const char name[] = "/tmp/intruder/socket";
    uint64_t *words = (uint64_t *)PROCESS_THREAD_0_ADDR + 1, key = 0;
    uint64_t mr[4] = { SOCK_DGRAM, 0, 0, 0 };

    int e = open_ask("tmp/intruder/socket", O_RDONLY, &key);
    printf("a socket, to read: %s, %s\n", strerror(e), key == 0 ? "no key" : "ITS KEY");
    e = open_ask("tmp/intruder/socket", O_WRONLY, &key);
    printf("to write: %s\n", e == 0 && key != 0 ? "a key" : "NO KEY");
    (void)message_ask(UNIX_SLOT_SERVER_FIRST + UNIX_PIPE, SOCKET(0, 1, 0) << 12 | 1, mr);
    uint64_t bind[4] = { (uint32_t)mr[0], key, sizeof name, 0 };
    memcpy(&bind[3], name, 8);
    memset(words + 4, 0, 64);
    memcpy(words + 4, name + 8, sizeof name - 8);
    printf(
        "bound with that: %s\n",
        strerror(error_of(message_ask(UNIX_SLOT_SERVER_FIRST + UNIX_PIPE,
                                      SOCKET(2, 2, 1) << 12 | (3 + (sizeof name + 7) / 8), bind))));
    struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "/tmp/intruder/socket" };
    int out = socket(AF_UNIX, SOCK_DGRAM, 0);
    e = connect(out, (const struct sockaddr *)&to, sizeof to) == 0 ? 0 : errno;
    printf("reached by the name: %s\n", strerror(e));
    close(out);
}

/* ---- roots and directories that nobody gave us ---- */

static bool opens(uint32_t directory, const char *path)
{
    const uint64_t *words = (const uint64_t *)PROCESS_THREAD_0_ADDR + 1;
    uint64_t mr[4];
    int e = open_from(directory, path, O_RDONLY, mr);
    bool left = (words[OPENED_LEFT] & 0xff) != 0;

    return e == 0 && !left && (uint32_t)mr[0] != 0;
}

/* From how many roots, by their numbers, and handles, by theirs, a path leads to a file. */
static unsigned opened(const char *path)
{
    unsigned n = 0;

    for (uint32_t root = 0; root <= ROOTS; root++)
        n += opens(ROOT | root, path) + opens(ROOT | ROOT_PASSES | root, path);
    for (uint32_t index = 0; index < HANDLES; index++)
        for (uint32_t generation = 1; generation <= HANDLES; generation++)
            n += opens(generation << 12 | index, path);
    return n;
}

/* In a child: what is found from inside a root of its own, or outside, with rights or without. */
static void try_roots(const char *who, const char *jail, bool has_rights)
{
    static const char *const paths[] = {
        "secret",
        "../secret",
        "../../intruder/secret",
        "tmp/intruder/secret",
        "../etc/passwd",
        "../../../etc/passwd",
        "etc/passwd",
        "passwd",
    };
    unsigned n = 0;
    int out = dup(1), status;
    pid_t pid = fork();

    if (pid != 0) {
        waitpid(pid, &status, 0);
        close(out);
        return;
    }
    if (jail != NULL && (chroot(jail) != 0 || chdir("/") != 0))
        _exit(1);
    if (!has_rights)
        humble();
    dup2(out, 1);
    for (unsigned i = 0; i < sizeof paths / sizeof paths[0]; i++)
        n += opened(paths[i]);
    printf("%s: %s files of others, %s in a closed directory\n", who, n > 0 ? "some" : "no",
           opened("hidden") > 0 ? "one" : "none");
    fflush(stdout);
    _exit(0);
}

static void try_all(void)
{
    uint64_t device = 0;
    int out = dup(1);

    humble();
    dup2(out, 1);
    int e = open_ask("tmp/intruder/fifo", O_RDONLY, &device);
    printf("a FIFO of others: %s\n", strerror(e));
    device = 0;
    e = open_ask("tmp/intruder/fifo", O_PATH, &device);
    printf("its name only: %s, %s\n", strerror(e), device == 0 ? "no key" : "WITH ITS KEY");
    printf("the console: %s\n", strerror(device_ask(0x501)));
    printf("a terminal that is not there: %s\n", strerror(device_ask(0x8803)));
    try_fifo();
    try_socket();
    fflush(stdout);
}

/* ---- */

int sessions_count(void)
{
    unsigned n = 0;

    for (uint64_t slot = UNIX_SLOT_SERVER_FIRST; slot < UNIX_SLOT_THREAD_FIRST; slot++) {
        int status = 1;
        pid_t pid = fork(); /* who calls what is not there ends */
        if (pid == 0) {
            uint64_t mr[4] = { 17, 19, 0, 0 };
            uint64_t tag = message_ask(slot, LABEL_OF(0x100ull, 0, 2, 0) << 12 | 2, mr);
            _exit(error_of(tag) != 0 || mr[0] != 17 || mr[1] != 19);
        }
        n += waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    printf("%u\n", n);
    return 0;
}

/* In a child, which is no leader of a group and so can have a session of its own. */
int doors_try(void)
{
    int status = 1;

    struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "/tmp/intruder/socket" };
    int ended = socket(AF_UNIX, SOCK_DGRAM, 0);

    if (mkfifo("/tmp/intruder/fifo", 0600) != 0 || mkfifo("/tmp/intruder/read", 0644) != 0 ||
        bind(ended, (const struct sockaddr *)&name, sizeof name) != 0 ||
        chmod(name.sun_path, 0777) != 0 || open("/tmp/intruder/read", O_RDWR) < 0)
        return 1;
    close(ended);
    try_roots("user 0", NULL, true);
    try_roots("a user", NULL, false);
    try_roots("a user with a root of its own", "/tmp/intruder/jail", false);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        try_all();
        _exit(0);
    }
    return waitpid(pid, &status, 0) == pid ? status : 1;
}
