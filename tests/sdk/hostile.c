/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests of a defined interface that no stub makes, to a server on generated code (the example
 * `shelf`): each gets an answer that says what is wrong, and the server goes on. And windows, whole
 * and with holes, as the kernel copies them.
 */
#include "peer.h"
#include "sdk.h"

#include <errno.h>
#include <fcntl.h>
#include <idl/file.h>
#include <idl/shelf.h>
#include <ipc/message.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { PAGE = 4096, ROOM = SHELF_PAGE_COUNT * PAGE, CUT = 8 };

static struct file files;
static uint32_t handle;
static char from[ROOM], to[ROOM];

/* ---- words of our own making ---- */

/* The label of an answer. */
static uint64_t ask(uint64_t label, const uint64_t *word, unsigned words, const void *window,
                    size_t bytes)
{
    struct msg m = { .label = label, .data = word, .words = words };

    if (window != NULL) {
        m.windows = 1;
        m.window[0] = (struct msg_window){ (void *)(uintptr_t)window, bytes, true, false };
    }
    return msg_call(files.cap, &m, msg_in_us(1000000)) == MSG_OK ? m.tag : ~0ul;
}

static bool is_error(uint64_t label, int error)
{
    return CALL_KIND_OF(label) == CALL_KIND_ANSWER && CALL_ERRNO_OF(label) == error;
}

/* A write of so many bytes in the message, as a stub makes it. */
static uint64_t write_label(void)
{
    return file_write_method_.label | CALL_COUNTS(2, 0) | CALL_HAS_CANCEL;
}

static void write_words(uint64_t word[CUT], size_t bytes)
{
    const uint64_t words[CUT] = { handle, 0, 0, bytes | MYELIN_WINDOW_READABLE, 1, 0x61 };

    memcpy(word, words, sizeof words);
}

static void test_lengths(void)
{
    uint64_t word[CUT];
    unsigned refused = 0;

    write_words(word, 1);
    check(is_error(ask(write_label(), word, 6, NULL, 0), 0), "hostile: words like a stub's");
    for (unsigned words = 0; words < 6; words++)
        refused += is_error(ask(write_label(), word, words, NULL, 0), EBADMSG);
    check(refused == 6, "hostile: a message cut at each word");
    word[6] = 7;
    check(is_error(ask(write_label(), word, 7, NULL, 0), E2BIG), "hostile: a word too many");
    word[5] = 0x6161;
    check(is_error(ask(write_label(), word, 6, NULL, 0), E2BIG), "hostile: padding that is none");
    refused = 0;
    for (unsigned i = 4; i < 64; i++) {
        write_words(word, 1ul << i);
        refused += i >= 62 || !is_error(ask(write_label(), word, 6, NULL, 0), 0);
    }
    check(refused == 60, "hostile: more bytes than have come");
    word[0] = 1ul << 40 | handle;
    check(is_error(ask(write_label(), word, 6, NULL, 0), E2BIG), "hostile: bits nobody knows");
    uint64_t many[4] = { handle | 1ul << 32, 65, 0, 100 };
    uint64_t label = shelf_records_method_.label | CALL_COUNTS(1, 1);
    check(is_error(ask(label, many, 4, NULL, 0), EMSGSIZE), "hostile: a list that is too long");
    many[1] = 64;
    check(is_error(ask(label, many, 4, NULL, 0), EBADMSG), "hostile: one without its elements");
}

static void test_labels(void)
{
    uint64_t word[CUT], answers = 0;

    write_words(word, 1);
    for (uint64_t method = 0; method < 256; method += 5)
        answers += ask(CALL_LABEL(FILE_ID, method), word, 0, NULL, 0) != ~0ul;
    check(answers == 52, "hostile: each method without words is answered");
    check(is_error(ask(CALL_LABEL(0x7ff, 0), word, 4, NULL, 0), ENOSYS),
          "hostile: another interface");
    check(is_error(ask(CALL_LABEL(0x131, 4), word, 1, NULL, 0), EPERM),
          "hostile: what only the manager may");
    check(is_error(ask(write_label() | CALL_COUNTS(127, 7), word, 6, NULL, 0), EBADMSG),
          "hostile: counts beyond the message");
}

static void test_handles(void)
{
    static const uint32_t forged[] = { 0, 1, 0x1000, 0xfff, 0x7fffffff, 0x80000000, ~0u };
    unsigned refused = 0;
    size_t n;

    for (unsigned i = 0; i < 7; i++)
        refused += forged[i] == handle || file_read(files, forged[i], 8, 0, to, 8, &n) == EBADF;
    for (unsigned bit = 0; bit < 32; bit++)
        refused += file_read(files, handle ^ 1u << bit, 8, 0, to, 8, &n) == EBADF;
    check(refused == 39, "hostile: forged handles");
}

/* ---- windows ---- */

static void test_copies(void)
{
    bool good = true;
    uint32_t done;
    size_t n;

    for (unsigned i = 0; i < ROOM; i++)
        from[i] = (char)(i * 13 + i / 255);
    for (size_t bytes = 0; bytes <= ROOM; bytes += bytes < 1100 ? 53 : 1777) {
        memset(to, 0, sizeof to);
        good &= file_write(files, handle, 0, from, bytes, &done) == 0 && done == bytes &&
                file_read(files, handle, (uint32_t)bytes, 0, to, bytes, &n) == 0 && n == bytes &&
                memcmp(from, to, bytes) == 0 && (bytes == ROOM || to[bytes] == 0);
    }
    check(good, "windows: every length, written and read back");
    for (size_t at = 1; at < 9; at++)
        good &= file_read(files, handle, 5000, (int64_t)at, to + at, 5000, &n) == 0 && n == 5000 &&
                memcmp(from + at, to + at, n) == 0;
    check(good, "windows: at odd places");
    check(file_read(files, handle, ROOM, 100, to, ROOM, &n) == 0 && n <= ROOM - 100,
          "windows: no more than there is");
    check(file_write(files, handle, ROOM - 5, from, ROOM, &done) == 0 && done == 5 &&
              file_read(files, handle, ROOM, ROOM - 5, to, ROOM, &n) == 0 && n == 5 &&
              memcmp(from, to, 5) == 0,
          "windows: as much as there is room for");
    check(file_write(files, handle, ROOM, from, 1, &done) == EFBIG &&
              file_write(files, handle, ROOM, from, 0, &done) == 0 && done == 0 &&
              file_read(files, handle, 9, ROOM + 100, to, 9, &n) == 0 && n == 0,
          "windows: no more than may be");
}

/* What open() was asked for is what there is. */
static void test_opens(void)
{
    static const char path[] = "/opens";
    const uint32_t root = FILE_ROOT_BIT;
    struct file_opened r, w;
    char text[1];
    uint32_t done;
    size_t n;

    check(file_open(files, root, O_WRONLY | O_CREAT | O_EXCL, 0600, path, 6, &w, text, 0, &n) ==
                  0 &&
              file_open(files, root, O_WRONLY | O_CREAT | O_EXCL, 0600, path, 6, &r, text, 0, &n) ==
                  EEXIST,
          "opens: a new file");
    check(file_open(files, root, O_RDONLY, 0, path, 6, &r, text, 0, &n) == 0 &&
              file_write(files, r.handle, 0, "text", 4, &done) == EBADF &&
              file_write(files, w.handle, 0, "text", 4, &done) == 0 &&
              file_read(files, w.handle, 4, 0, to, 4, &n) == EBADF &&
              file_read(files, r.handle, 9, 0, to, 9, &n) == 0 && n == 4,
          "opens: to read, and to write");
    check(file_close(files, w.handle) == 0 &&
              file_open(files, root, O_WRONLY | O_TRUNC, 0, path, 6, &w, text, 0, &n) == 0 &&
              file_read(files, r.handle, 9, 0, to, 9, &n) == 0 && n == 0,
          "opens: emptied");
    check(file_write(files, w.handle, 3, "x", 1, &done) == 0 &&
              file_read(files, r.handle, 9, 0, to, 9, &n) == 0 && n == 4 &&
              memcmp(to, "\0\0\0x", 4) == 0,
          "opens: what was in it is not in a hole");
    check(file_open(files, root, O_WRONLY | O_APPEND, 0, path, 6, &w, text, 0, &n) == EINVAL,
          "opens: what it can not do is refused");
}

/* So many pages, of which the rest of `all` was taken away. */
static char *pages_shrunk(unsigned left, unsigned all)
{
    char *at =
        mmap(NULL, (size_t)all * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED)
        exit(1);
    memset(at, 'w', (size_t)all * PAGE);
    (void)munmap(at + (size_t)left * PAGE, (size_t)(all - left) * PAGE);
    return at;
}

/* Whether the file begins with so many bytes of those pages, and no more. */
static bool begins_with_w(size_t bytes)
{
    size_t n, same = 0;

    if (file_read(files, handle, (uint32_t)bytes + 1, 0, to, bytes + 1, &n) != 0 || n != bytes + 1)
        return false;
    while (same < n && to[same] == 'w')
        same++;
    return same == bytes;
}

static void test_shrinking(void)
{
    uint64_t word[CUT];
    struct file_found before, after;
    char text[1];
    size_t n;

    (void)file_stat(files, handle, 0, NULL, 0, &before, text, 0, &n);
    memset(from, 'f', sizeof from);
    for (unsigned left = 0; left < 3; left++) {
        char *at = pages_shrunk(left, 3);
        write_words(word, 0);
        uint64_t label = ask(write_label(), word, 5, at, 3 * PAGE);
        check(left == 0 ? CALL_KIND_OF(label) == CALL_KIND_TOUCH
                        : is_error(label, 0) && begins_with_w(left * PAGE),
              "windows: of one that has shrunk what is there is written, or it is to be touched");
        if (left > 0)
            (void)munmap(at, (size_t)left * PAGE);
    }
    write_words(word, 0);
    check(CALL_KIND_OF(ask(write_label(), word, 5, (void *)0xffff800000000000ul, PAGE)) ==
              CALL_KIND_TOUCH,
          "windows: the kernel's memory is none of the caller's");
    word[2] = (uintptr_t)from;
    word[3] = PAGE | MYELIN_WINDOW_READABLE;
    check(is_error(ask(write_label(), word, 5, NULL, 0), EINVAL),
          "windows: one that the kernel was not told of");
    check(file_stat(files, handle, 0, NULL, 0, &after, text, 0, &n) == 0 &&
              after.bytes == before.bytes,
          "windows: the server goes on, and its file is as long as before");
}

/* ---- capabilities that go while they are used ---- */

static void *call_late(void *argument)
{
    struct session *s = argument;
    struct msg m = { .label = PEER_LATER };

    return (void *)(uintptr_t)(msg_call(s->cap, &m, MSG_FOREVER) + 1);
}

static void test_revoked(seL4_CPtr peer)
{
    struct peer_two two = { 1, 2 };
    uint64_t sum[3] = { 0, 0, 0 };
    struct session s;
    struct msg m = { .label = PEER_WITHDRAW };
    void *outcome = NULL;

    if (session_connect("peer", &s, MSG_FOREVER) != MSG_OK)
        exit(1);
    pthread_t thread = thread_start(call_late, &s);
    sleep_us(3000);
    check(msg_call(peer, &m, MSG_FOREVER) == MSG_OK, "revoked: while a call through it waits");
    m = (struct msg)MSG(PEER_ADD, two, sum);
    check(msg_call(peer, &m, MSG_FOREVER) == MSG_OK && sum[0] == 3, "revoked: others are served");
    (void)pthread_join(thread, &outcome);
    check((uintptr_t)outcome == MSG_OK + 1, "revoked: what was under way is answered");
    m = (struct msg)MSG(PEER_ADD, two, sum);
    check(msg_call(s.cap, &m, msg_in_us(1000000)) == MSG_DEAD, "revoked: there is no next call");
    session_close(&s);
}

void test_hostile(void)
{
    static const char path[] = "/hostile";
    const struct process_cap *peer = process_cap(PROCESS_CAP_ENDPOINT, "peer");
    struct file_opened opened;
    char text[1];
    size_t n;

    if (peer == NULL || file_connect(&files, "shelf") != 0 ||
        file_open(files, FILE_ROOT_BIT, O_RDWR | O_CREAT, 0600, path, strlen(path), &opened, text,
                  0, &n) != 0)
        exit(1);
    handle = opened.handle;
    test_lengths();
    test_labels();
    test_handles();
    test_copies();
    test_opens();
    test_shrinking();
    test_revoked(peer->slot);
    check(file_close(files, handle) == 0 && file_close(files, handle) == EBADF,
          "hostile: a handle is closed once");
    check(file_read(files, handle, 8, 0, to, 8, &n) == EBADF, "hostile: and read no more");
}
