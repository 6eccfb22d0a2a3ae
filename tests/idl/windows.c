/* SPDX-License-Identifier: BSD-2-Clause */
/* Data of any length: in the message while it fits, else through a window, with the same result. */
#include "transport.h"

static const struct all all = { CAP_ALL };

enum { LONG = 70000, INLINE_WRITE = 896, INLINE_READ = 944 };
enum { INLINE_TELL = 927, INLINE_RECITE = 951 }; /* texts, without the zero */

static char out[LONG] __attribute__((aligned(4096)));
static char in[LONG] __attribute__((aligned(4096)));

static void fill(void)
{
    for (size_t i = 0; i < LONG; i++)
        out[i] = (char)(i * 7 + i / 256);
    memset(in, 0, sizeof in);
}

static bool write_read(size_t n)
{
    uint64_t done = 0;
    size_t bytes = 0;

    memset(in, 0, n + 8);
    return all_write(all, 0, out, n, &done) == 0 && done == n &&
           all_read(all, n, in, n, &bytes) == 0 && bytes == n && memcmp(in, out, n) == 0 &&
           (n == LONG || in[n] == 0);
}

static void lengths(void)
{
    bool good = true, reserved = true;

    transport_reset();
    fill();
    for (size_t n = 0; n <= 1100; n++) {
        good &= write_read(n);
        reserved &= (transport.request.info & 127) >= 4;
    }
    test_ok(good, "every length around what fits into a message");
    test_ok(reserved, "the registers of a window are always set aside");
    test_ok(write_read(4096) && write_read(LONG), "pages");
    size_t bytes;
    (void)all_read(all, 8, in, 8, &bytes);
    test_ok(transport.request.word[2] == 0 && (transport.request.info >> 9 & 7) == 0,
            "what fits needs no window");
    (void)all_read(all, 8, in, LONG, &bytes);
    test_ok(transport.request.word[2] == (uint64_t)in && (transport.request.info >> 9 & 7) == 1 &&
                bytes == 8 && (transport.answer.info & 127) == 2,
            "little comes in the message although there is a window");
}

static void refusals(void)
{
    size_t bytes = 0;
    uint64_t done = 0;

    transport_reset();
    test_ok(all_read(all, 100, in, 99, &bytes) == EMSGSIZE,
            "more than there is room, in a message");
    test_ok(all_read(all, 2001, in, 2000, &bytes) == EMSGSIZE, "the same by window");
    transport.window_gone = true;
    test_ok(all_write(all, 0, out, 5000, &done) == EIO, "a caller that is gone in the middle");
}

/* The caller says that it has a window without an address, of any length. */
static void window_claim(struct message *m)
{
    m->word[2] = 0;
    m->word[3] = MYELIN_WINDOW_WRITABLE | 1ul << 40;
}

/* What goes into the answer is no longer than an answer. */
static void claims(void)
{
    enum { INLINE_COPY = 952 };
    size_t bytes = 0;

    transport_reset();
    fill();
    transport.on_request = window_claim;
    test_ok(all_copy_out(all, INLINE_COPY, in, LONG, &bytes) == 0 && bytes == INLINE_COPY &&
                memcmp(in, out, INLINE_COPY) == 0,
            "a window without an address is room for what the answer holds");
    test_ok(all_copy_out(all, INLINE_COPY + 1, in, LONG, &bytes) == EINVAL &&
                all_copy_out(all, LONG, in, LONG, &bytes) == EINVAL,
            "... and for no more, whatever length the caller says");
}

static void pieces(void)
{
    size_t bytes = 0;
    uint64_t done;

    transport_reset();
    fill();
    transport.copy_limit = 1000;
    test_ok(write_read(50000), "copies that stop for interrupts go on");
    for (size_t n = 10; n <= 6000; n += 1198)
        if (all_copy_out(all, n, in, 8000, &bytes) != 0 || bytes != n || memcmp(in, out, n) != 0)
            bytes = LONG;
    test_ok(bytes != LONG, "a handler writes a window in pieces");
    memset(in, 0, 100);
    test_ok(all_copy_out(all, 50, in, 60, &bytes) == 0 && bytes == 50 && memcmp(in, out, 50) == 0,
            "and what fits goes into the answer");
    test_ok(all_copy_out(all, 61, in, 60, &bytes) == EINVAL, "not beyond the window");
    memset(out, 'q', 64);
    test_ok(all_write(all, 1, out, 600, &done) == 0,
            "a handler may lose the message after reading");
}

static void two(void)
{
    uint64_t n = 0;
    size_t bytes = 0;
    bool good = true;

    transport_reset();
    fill();
    for (size_t length = 0; length <= 3000; length += length < 20 ? 1 : 97) {
        memset(in, 0, length);
        good &= all_both(all, 1, 20, 300, out, length, "ninechars", in, LONG, &bytes, &n) == 0 &&
                n == 330 && bytes == length && memcmp(in, out, length) == 0;
        memset(in, 0, length);
        good &= all_both(all, 1, 20, 300, out, length, "", in, length, &bytes, &n) == 0 &&
                n == 321 && bytes == length && memcmp(in, out, length) == 0;
    }
    test_ok(good, "a window each way, with numbers and a text");
}

static void touching(void)
{
    uint64_t done = 0;
    size_t bytes = 0;

    transport_reset();
    fill();
    transport.missing = out + 8192;
    test_ok(all_write(all, 0, out, 20000, &done) == 0 && done == 20000 && transport.touches > 0 &&
                transport.calls == 2,
            "a page that is not there is touched, and the call made again");
    transport.missing = in + 4096;
    test_ok(all_read(all, 20000, in, 20000, &bytes) == 0 && transport.missing == NULL,
            "the same where the server writes");
    transport_reset();
    transport.missing = out + 4096;
    transport.touch_fails = true;
    test_ok(all_write(all, 0, out, 20000, &done) == EFAULT, "memory that does not exist");
    transport_reset();
    transport.missing = out + 4096;
    transport.touch_helps = false;
    test_ok(all_write(all, 0, out, 20000, &done) == EFAULT &&
                transport.calls <= CALL_TOUCHES_MAX + 2,
            "touching that does not help ends");
}

/* A server that always says "touch", of whatever window and place. */
static uint64_t claimed_window, claimed_done;
static void always_touch(struct message *m)
{
    m->info = CALL_INFO(CALL_KIND_TOUCH << 12, 2);
    m->word[0] = claimed_window;
    m->word[1] = claimed_done;
}

static void hostile(void)
{
    uint64_t done = 0, sum;
    bool good = true;

    transport_reset();
    transport.on_answer = always_touch;
    for (claimed_window = 0; claimed_window < 4; claimed_window++)
        for (claimed_done = 0; claimed_done < 8000; claimed_done += 1999) {
            transport.touches = 0;
            good &= all_write(all, 0, out, 5000, &done) == EFAULT && transport.touches < 100;
        }
    claimed_window = 1, claimed_done = ~0ul;
    good &= all_write(all, 0, out, 5000, &done) == EFAULT;
    test_ok(good, "endless touches of any place end");
    test_ok(all_add(all, 1, 2, &sum) == EFAULT, "of a method without windows, too");
}

static bool is_same(const struct message *a, const struct message *b)
{
    return a->info == b->info && memcmp(a->word, b->word, (a->info & 127) * 8) == 0;
}

/* Do the tables make the same words of a request as its stub did? */
static bool request_is(const struct call_method *method, const uint64_t *data,
                       struct call_item *item, struct call_item *result)
{
    struct message stubs = transport.request;
    uint64_t got[4];

    return call_request(all.cap, CALL_NEVER, method, data, item, got, result) == 0 &&
           is_same(&stubs, &transport.request);
}

/* Take a request that was changed so that only the tables can: its answer is the same. */
static struct message as_before;
static bool is_odd;

static void make_odd(struct message *m)
{
    if (is_odd) /* a word more, which is 0: of a newer client */
        m->word[m->info++ & 127] = 0;
}

static void direct(void)
{
    char back[100];
    uint64_t n = 0;
    uint32_t b = 0;
    size_t bytes = 0;
    bool good = true, same = true;

    transport_reset();
    fill();
    for (size_t length = 0; length <= 2000; length += length < 1000 ? 7 : 500) {
        const uint64_t offset = length;
        struct call_item item = { out, length, 0, 0 }, result = { in, 0, length, 0 };
        good &= all_write(all, offset, out, length, &n) == 0 &&
                request_is(&all_write_method_, &offset, &item, NULL);
        good &= all_read(all, offset, in, length, &bytes) == 0 &&
                request_is(&all_read_method_, &offset, NULL, &result);
    }
    for (size_t length = 0; length <= 100; length++) {
        const uint64_t a = 5;
        struct call_item item = { out, length, 0, 0 }, result = { back, 0, 100, 0 };
        good &= all_blob(all, 5, out, length, back, 100, &bytes, &b) == 0 &&
                request_is(&all_blob_method_, &a, &item, &result);
    }
    test_ok(good, "stubs without tables send the words that tables say");
    good = true;
    transport.on_request = make_odd;
    for (size_t length = 0; length <= 100; length++) {
        is_odd = false;
        good &= all_blob(all, 5, out, length, back, 100, &bytes, &b) == 0;
        as_before = transport.answer;
        is_odd = true;
        good &= all_blob(all, 5, out, length, back, 100, &bytes, &b) == 0 && bytes == length;
        same &= is_same(&as_before, &transport.answer);
    }
    for (size_t length = 0; length <= 900; length += 50) {
        is_odd = false;
        good &= all_read(all, length, in, 1500, &bytes) == 0;
        as_before = transport.answer;
        is_odd = true;
        good &= all_read(all, length, in, 1500, &bytes) == 0 && bytes == length;
        same &= is_same(&as_before, &transport.answer);
    }
    test_ok(good, "what such a server does not expect is taken by tables");
    test_ok(same, "and answered with the same words");
}

/* ---- texts ---- */

static void texts_fill(void)
{
    for (size_t i = 0; i < LONG; i++)
        out[i] = (char)('a' + (i * 7 + i / 256) % 26);
    out[LONG - 1] = '\0';
    memset(in, 'x', sizeof in);
}

/* The first `n` bytes as a text, sent and given back; `room` for the answer. */
static int text_echo(size_t n, size_t room, uint64_t pieces)
{
    char was = out[n];

    out[n] = '\0';
    memset(in, 'x', n + 8);
    int e = all_echo(all, out, pieces, in, room);
    out[n] = was;
    return e;
}

static bool text_came(size_t n)
{
    return memcmp(in, out, n) == 0 && in[n] == '\0' && in[n + 1] == 'x';
}

static void text_lengths(void)
{
    bool same = true, pieces = true, full = true, reserved = true;

    transport_reset();
    texts_fill();
    for (size_t n = 0; n <= 1100; n++) {
        same &= text_echo(n, n + 100, 0) == 0 && text_came(n);
        reserved &= (transport.request.info & 127) >= 4;
        pieces &= text_echo(n, n + 1, 3) == 0 && text_came(n);
        full &= n == 0 || (text_echo(n, n, 0) == EMSGSIZE && text_echo(n, n, 3) == EINVAL);
    }
    test_ok(same, "text: every length around what fits into a message");
    test_ok(pieces, "text: the same written in pieces, where there is just room for it");
    test_ok(full, "text: without room for the zero");
    test_ok(reserved, "text: the registers of windows are set aside");
    test_ok(text_echo(4096, 4097, 0) == 0 && text_came(4096) &&
                text_echo(LONG - 10, LONG, 7) == 0 && text_came(LONG - 10),
            "text: pages");
    test_ok(all_echo(all, "a", 0, in, 0) == EINVAL, "text: no room at all");
}

/* The last one that fits into a message, and one more; behind text_lengths(). */
static void text_limits(void)
{
    uint64_t length = 0;

    test_ok(all_recite(all, INLINE_RECITE, in, LONG) == 0 && strlen(in) == INLINE_RECITE &&
                (transport.answer.info & 127) == CALL_WORDS_MAX,
            "text: as long as fits into an answer");
    test_ok(all_recite(all, INLINE_RECITE + 1, in, LONG) == 0 && strlen(in) == INLINE_RECITE + 1 &&
                (transport.answer.info & 127) == 1,
            "text: a byte more is written into the window");
    out[INLINE_TELL] = '\0';
    test_ok(all_tell(all, out, LONG, &length) == 0 && length == INLINE_TELL &&
                transport.request.word[2] == 0 && (transport.request.info & 127) == CALL_WORDS_MAX,
            "text: as long as fits into a request");
    test_ok(all_recite(all, INLINE_RECITE, in, LONG) == EPROTO &&
                all_recite(all, INLINE_RECITE + 1, in, LONG) == EPROTO,
            "text: an answer with a zero in it, in the message and in the window");
    out[INLINE_TELL] = 'a', out[INLINE_TELL + 1] = '\0';
    test_ok(all_tell(all, out, LONG, &length) == 0 && length == INLINE_TELL + 1 &&
                transport.request.word[2] == (uint64_t)out && (transport.request.info & 127) == 4,
            "text: a byte more goes through the window");
}

static void text_parts(void)
{
    uint64_t length = 0;

    transport_reset();
    texts_fill();
    out[3000] = '\0';
    test_ok(all_tell(all, out, 3001, &length) == 0 && length == 3000 &&
                all_tell(all, out, 3000, &length) == EMSGSIZE,
            "text: longer than the server's room");
    test_ok(all_part(all, out, 2990, 10) == 0 && memcmp(seen.text, out + 2990, 11) == 0 &&
                all_part(all, out, 2991, 10) == EINVAL,
            "text: a part of one, within its length");
    transport.copy_limit = 100;
    test_ok(all_tell(all, out, 3001, &length) == 0 && length == 3000,
            "text: copies that stop for interrupts go on");
    transport.copy_limit = 0;
    transport.missing = out;
    test_ok(all_tell(all, out, 3001, &length) == 0 && transport.touches > 0 && length == 3000,
            "text: a page that is not there is touched");
    transport.window_gone = true;
    test_ok(all_tell(all, out, 3001, &length) == EIO, "text: a caller that is gone in the middle");
}

/* What a text in the caller's memory becomes on its way. */
static size_t zero_at;
static void text_shrinks(struct message *m)
{
    (void)m;
    out[zero_at] = '\0';
}

/* What is said of its length. */
static uint64_t claim;
static void text_claims(struct message *m)
{
    m->word[3] = claim | MYELIN_WINDOW_READABLE;
}

static void text_in_window(struct message *m)
{
    m->info = CALL_INFO(CALL_KIND_ANSWER << 12 | CALL_COUNTS(0, 1), 1);
    m->word[0] = CALL_IN_WINDOW | claim;
}

/* Ask with a text of `n` bytes of which `length` is said. */
static int tell_claimed(size_t n, uint64_t length, uint64_t *told)
{
    texts_fill();
    out[n] = '\0';
    claim = length;
    return all_tell(all, out, 5000, told);
}

static void text_shrinking(void)
{
    uint64_t length;
    bool good = true;

    transport_reset();
    transport.on_request = text_shrinks;
    for (zero_at = 0; zero_at < 3000; zero_at += 1 + zero_at / 4)
        good &= tell_claimed(3000, 0, &length) == EINVAL;
    test_ok(good, "text: one that shrinks in its window has a zero in it");
    zero_at = 1000;
    texts_fill();
    test_ok(all_part(all, out, 990, 10) == 0, "text: a part before that zero has none");
    texts_fill();
    test_ok(all_part(all, out, 991, 10) == EINVAL, "text: one that reaches it has");
}

static void text_claimed(void)
{
    uint64_t length = 0;

    transport_reset();
    transport.on_request = text_claims;
    test_ok(tell_claimed(3000, 4000, &length) == EINVAL, "text: a window longer than its text");
    test_ok(tell_claimed(3000, 2000, &length) == 0 && length == 2000,
            "text: one that does not end in its window ends with that");
    test_ok(tell_claimed(3000, ~0ul >> 2, &length) == EMSGSIZE, "text: a window of all memory");
    test_ok(tell_claimed(100, 101, &length) == EINVAL, "text: in the message, a zero in it");
    test_ok(tell_claimed(100, 96, &length) == EBADMSG && tell_claimed(100, 99, &length) == E2BIG,
            "text: in the message, none behind it");
    test_ok(tell_claimed(100, 960, &length) == EBADMSG, "text: longer than the message");
    test_ok(tell_claimed(100, 961, &length) == EMSGSIZE, "text: longer than any message");
    transport.on_request = NULL;
    transport.on_answer = text_in_window;
    texts_fill();
    claim = 2000;
    test_ok(all_recite(all, 1, in, 2000) == EPROTO, "text: more in the window than it has");
    test_ok(all_recite(all, 1, in, 2001) == 0 && strlen(in) == 2000,
            "text: what a server says is there ends there");
    claim = 2001; /* over the zero that the last answer left */
    test_ok(all_recite(all, 1, in, 3000) == EPROTO, "text: it says so, and there is a zero in it");
}

void test_windows(void)
{
    text_lengths();
    text_limits();
    text_parts();
    text_shrinking();
    text_claimed();
    lengths();
    direct();
    refusals();
    claims();
    pieces();
    two();
    touching();
    hostile();
}
