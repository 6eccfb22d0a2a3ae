/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values of a defined interface and the words of its messages. docs/idl.md says where what lies:
 *
 *   data words | cancel word | capacity word | length words | tails, each in whole words
 *
 * What came from the other side is in the IPC buffer, where nobody else can change it: it is
 * checked once and used in place. No length is believed before it is compared with the message's.
 */
#include "copy.h"
#include <ipc/call.h>

static unsigned words_for(size_t bytes)
{
    return (unsigned)((bytes + 7) / 8);
}

/*
 * The place of the n-th word before the tails: with windows, message registers (4 - 2k) to 3 are
 * set aside.
 */
static unsigned place(const struct call_words *m, unsigned n)
{
    return n < 4 - 2 * m->windows ? n : n + 2 * m->windows;
}

/* Where tails begin: never on both sides of the registers set aside. */
static unsigned tails_begin(const struct call_words *m, unsigned n)
{
    unsigned begin = place(m, n);

    return m->windows > 0 && begin < 4 ? 4 : begin;
}

static bool has_length(const struct call_item_shape *s, bool is_request)
{
    switch ((enum call_kind)s->kind) {
    case CALL_TEXT:
    case CALL_DATA:
    case CALL_LIST:
    case CALL_STRUCTS:
    case CALL_STRUCT: return !is_request || s->window == 0;
    case CALL_HANDLE: return true;
    default: return false;
    }
}

static bool is_capability(const struct call_item_shape *s)
{
    return s->kind == CALL_OWN || s->kind == CALL_FOREIGN;
}

/* Where a window's words are: its address, then its length. */
static unsigned window_place(const struct call_words *m, unsigned window)
{
    return 4 - 2 * m->windows + 2 * (window - 1);
}

struct call_words call_words_of(uint64_t info, unsigned windows, seL4_IPCBuffer *buf)
{
    uint64_t label = info >> 12;

    return (struct call_words){
        .word = buf->msg,
        .length = (unsigned)(info & 127),
        .windows = windows,
        .data = CALL_DATA_OF(label),
        .lengths = CALL_LENGTHS_OF(label),
        .has_cancel = (label & CALL_HAS_CANCEL) != 0,
        .has_capacity = (label & CALL_HAS_CAPACITY) != 0,
        .caps = (unsigned)(info >> 7 & 3),
        .caps_unwrapped = (unsigned)(info >> 9 & 7),
        .cap_or_badge = buf->caps_or_badges,
    };
}

/* ---- encoding ---- */

/* Bytes of a fixed text before its first zero: what follows them does not go out. */
static size_t text_bytes(const char *text, size_t most)
{
    size_t n = 0;

    while (n < most && text[n] != '\0')
        n++;
    return n;
}

/* The bytes of an item's tail. */
static size_t tail_bytes(const struct call_item_shape *s, const struct call_item *item)
{
    switch ((enum call_kind)s->kind) {
    case CALL_TEXT: return item->count > 0 ? item->count + 1 : 0;
    case CALL_FIXED_TEXT:
    case CALL_FIXED_DATA: return s->max;
    default: return item->count * s->size;
    }
}

static bool is_too_long(const struct call_item_shape *s, const struct call_item *item)
{
    switch ((enum call_kind)s->kind) {
    case CALL_TEXT:
    case CALL_DATA:
    case CALL_LIST:
    case CALL_STRUCTS: return item->count > s->max;
    case CALL_FIXED_TEXT: return text_bytes(item->data, s->max) == s->max;
    default: return false;
    }
}

static uint64_t length_word(const struct call_item_shape *s, const struct call_item *item)
{
    if (s->kind == CALL_STRUCTS || s->kind == CALL_STRUCT)
        return item->count | (uint64_t)(s->size / 8) << 32;
    return item->count;
}

unsigned call_tail_put_some(uint64_t *at, const void *from, size_t bytes)
{
    if (bytes % 8 != 0)
        at[bytes / 8] = 0;
    call_bytes_copy(at, from, bytes);
    return words_for(bytes);
}

void call_tail_take_some(void *to, const uint64_t *at, size_t bytes)
{
    call_bytes_copy(to, at, bytes);
}

/* The bytes of an item that has any, at the words from `at` on; the padding is zeroed. */
static void tail_put(uint64_t *at, const struct call_item_shape *s, const struct call_item *item)
{
    size_t bytes = tail_bytes(s, item), real = bytes;
    unsigned words = words_for(bytes);

    if (s->kind == CALL_TEXT)
        real = item->count;
    else if (s->kind == CALL_FIXED_TEXT)
        real = text_bytes(item->data, bytes - 1);
    for (unsigned i = (unsigned)(real / 8); i < words; i++)
        at[i] = 0;
    call_bytes_copy(at, item->data, real);
    if (s->record != NULL && s->record->defaults != NULL)
        for (unsigned i = 0; i < words; i++)
            at[i] ^= s->record->defaults[i % s->record->words];
}

/* Elements of a result that there is room for: a text's zero is none. */
static size_t room_of(const struct call_item_shape *s, const struct call_item *item)
{
    return s->kind == CALL_TEXT ? item->room - 1 : item->room;
}

/* An item of a request that goes through a window, or could have: its two words. */
static bool window_put(struct call_words *m, const struct call_item_shape *s,
                       const struct call_item *item, bool is_result)
{
    uint64_t *word = &m->word[window_place(m, s->window)];
    size_t bytes = is_result ? room_of(s, item) : item->count;
    bool is_real = bytes > s->max;

    word[0] = is_real ? (uintptr_t)item->data : 0;
    word[1] = bytes | (is_result ? MYELIN_WINDOW_WRITABLE : MYELIN_WINDOW_READABLE);
    return is_real;
}

/* How an item of an answer whose window the handler has filled says so. */
static bool is_in_window(const struct call_item_shape *s, const struct call_item *item)
{
    return s->window != 0 && item->data == NULL && item->count != 0;
}

/*
 * The words before the tails; gives the place of the first tail's. That they fit is known since the
 * interface was generated.
 */
static unsigned head_put(struct call_words *m, const struct call_message *shape,
                         const uint64_t *data, const struct call_item *item, const uint64_t *hidden,
                         bool is_request)
{
    unsigned n = 0;

    m->data = shape->data.words;
    m->lengths = 0;
    for (unsigned i = 0; i < m->data; i++)
        m->word[place(m, n++)] =
            data[i] ^ (shape->data.defaults != NULL ? shape->data.defaults[i] : 0);
    if (m->has_cancel)
        m->word[place(m, n++)] = hidden[0];
    if (m->has_capacity)
        m->word[place(m, n++)] = hidden[1];
    for (unsigned i = 0; i < shape->items; i++) {
        const struct call_item_shape *s = &shape->item[i];
        if (!has_length(s, is_request))
            continue;
        m->word[place(m, n++)] = length_word(s, &item[i]) |
                                 (!is_request && is_in_window(s, &item[i]) ? CALL_IN_WINDOW : 0);
        m->lengths++;
    }
    unsigned at = tails_begin(m, n);
    while (m->windows > 0 && n < 4 - 2 * m->windows)
        m->word[n++] = 0; /* registers left over */
    return at;
}

int call_encode(struct call_words *m, const struct call_message *shape, const uint64_t *data,
                const struct call_item *item, uint64_t cancel, uint64_t capacity, bool is_request)
{
    const uint64_t hidden[2] = { cancel, capacity };
    unsigned at = head_put(m, shape, data, item, hidden, is_request);

    m->caps = 0;
    for (unsigned i = 0; i < shape->items; i++) {
        const struct call_item_shape *s = &shape->item[i];
        if (is_capability(s)) {
            m->cap_or_badge[m->caps++] = item[i].count;
            continue;
        }
        if (s->kind == CALL_HANDLE)
            continue;
        if (s->window != 0 &&
            (is_request ? window_put(m, s, &item[i], false) : is_in_window(s, &item[i])))
            continue;
        if (is_too_long(s, &item[i]))
            return EMSGSIZE;
        unsigned words = words_for(tail_bytes(s, &item[i]));
        if (words > CALL_WORDS_MAX - at)
            return EMSGSIZE;
        if (words > 0)
            tail_put(&m->word[at], s, &item[i]);
        at += words;
    }
    m->length = at;
    return 0;
}

uint64_t call_capacity(const struct call_message *answer, const struct call_item *item)
{
    uint64_t capacity = 0;
    unsigned shift = 0;

    for (unsigned i = 0; i < answer->items; i++) {
        const struct call_item_shape *s = &answer->item[i];
        if (s->window != 0 || s->kind > CALL_STRUCTS)
            continue;
        capacity |= call_capacity_of(room_of(s, &item[i]), s->max) << shift;
        shift += 16;
    }
    return capacity;
}

bool call_windows_put(struct call_words *m, const struct call_message *answer,
                      const struct call_item *item)
{
    bool is_real = false;

    for (unsigned i = 0; i < answer->items; i++)
        if (answer->item[i].window != 0 && window_put(m, &answer->item[i], &item[i], true))
            is_real = true;
    for (unsigned w = 0; w < m->windows; w++)
        if (m->word[window_place(m, w + 1)] != 0)
            is_real = true;
    return is_real;
}

/* ---- decoding ---- */

/* The decoding of one message. */
struct reader {
    const struct call_words *m;
    bool is_request; /* what is not known is refused, not passed over */
    unsigned length; /* the next length word, by number */
    unsigned at;     /* the next tail's first word */
    unsigned caps;   /* taken so far */
};

static unsigned words_before_lengths(const struct call_words *m)
{
    return m->data + m->has_cancel + m->has_capacity;
}

static int reader_open(struct reader *r, const struct call_words *m, bool is_request)
{
    unsigned words = words_before_lengths(m) + m->lengths;
    unsigned end = tails_begin(m, words);

    *r = (struct reader){ .m = m, .is_request = is_request, .at = end };
    if (m->length > CALL_WORDS_MAX)
        return EBADMSG;
    /* Tails begin behind the registers set aside, of which all must be there. */
    return end > m->length ? EBADMSG : 0;
}

static int data_take(const struct reader *r, const struct call_record *shape, uint64_t *data)
{
    const struct call_words *m = r->m;

    for (unsigned i = 0; i < shape->words; i++) {
        data[i] = i < m->data ? m->word[place(m, i)] : 0;
        if (r->is_request && shape->known != NULL && (data[i] & ~shape->known[i]) != 0)
            return E2BIG;
        data[i] ^= shape->defaults != NULL ? shape->defaults[i] : 0;
    }
    for (unsigned i = shape->words; r->is_request && i < m->data; i++)
        if (m->word[place(m, i)] != 0)
            return E2BIG;
    return r->is_request && shape->is_known != NULL && !shape->is_known(data) ? EINVAL : 0;
}

/* The next length word; 0 when the other side does not know the item. */
static uint64_t length_take(struct reader *r)
{
    unsigned n = words_before_lengths(r->m) + r->length;

    return r->length++ < r->m->lengths ? r->m->word[place(r->m, n)] : 0;
}

/* The words of a tail, or NULL: so many have not come. */
static uint64_t *tail_take(struct reader *r, size_t words)
{
    uint64_t *at = &r->m->word[r->at];

    if (words > r->m->length - r->at)
        return NULL;
    r->at += (unsigned)words;
    return at;
}

/* Are the bytes behind the last one, up to the word's end, zero? */
static bool is_padded(const uint64_t *at, size_t bytes)
{
    return bytes % 8 == 0 || at[bytes / 8] >> bytes % 8 * 8 == 0;
}

static bool has_zero(const char *text, size_t bytes)
{
    return text_bytes(text, bytes) != bytes;
}

/* What terminates a text without bytes, and is where items of none are. */
static const uint64_t nothing[CALL_WORDS_MAX];

/* Text, data and numbers, where they lie in the message. */
static int bytes_take(struct reader *r, const struct call_item_shape *s, uint64_t count,
                      struct call_item *item)
{
    bool is_text = s->kind == CALL_TEXT;

    if (count > CALL_WORDS_MAX * 8 || (s->window == 0 && count > s->max))
        return EMSGSIZE;
    size_t bytes = count * (is_text ? 1 : s->size);
    uint64_t *at = tail_take(r, words_for(is_text && bytes > 0 ? bytes + 1 : bytes));
    if (at == NULL)
        return EBADMSG;
    *item = (struct call_item){ .data = bytes > 0 ? at : (void *)nothing, .count = count };
    if (bytes == 0)
        return 0;
    if (r->is_request && bytes % 8 != 0 && !is_padded(at, bytes))
        return E2BIG;
    if (!is_text)
        return 0;
    if (((const char *)at)[bytes] != '\0')
        return EBADMSG;
    return has_zero((const char *)at, bytes) ? EINVAL : 0;
}

static int fixed_take(struct reader *r, const struct call_item_shape *s, struct call_item *item)
{
    /* One who does not know of it sends nothing. */
    uint64_t *at = r->at < r->m->length ? tail_take(r, words_for(s->max)) : (uint64_t *)nothing;

    if (at == NULL)
        return EBADMSG;
    *item = (struct call_item){ .data = at, .count = at == nothing ? 0 : s->max };
    if (at == nothing)
        return 0;
    if (r->is_request && !is_padded(at, s->max))
        return E2BIG;
    return s->kind == CALL_FIXED_TEXT && ((const char *)at)[s->max - 1] != '\0' ? EINVAL : 0;
}

/*
 * A struct as sent, `sent` words long, as this side knows it: `to` may be where it is, unless it
 * grows.
 */
static int struct_take(const struct reader *r, const struct call_record *shape, uint64_t *to,
                       const uint64_t *from, unsigned sent)
{
    for (unsigned i = shape->words; r->is_request && i < sent; i++)
        if (from[i] != 0)
            return E2BIG;
    for (unsigned i = 0; i < shape->words; i++) {
        uint64_t word = i < sent ? from[i] : 0;
        if (r->is_request && shape->known != NULL && (word & ~shape->known[i]) != 0)
            return E2BIG;
        to[i] = word ^ (shape->defaults != NULL ? shape->defaults[i] : 0);
    }
    return r->is_request && shape->is_known != NULL && !shape->is_known(to) ? EINVAL : 0;
}

/* One struct or a list of them: in place if it is as long as here, else into *scratch. */
static int structs_take(struct reader *r, const struct call_item_shape *s, uint64_t length,
                        struct call_item *item, uint64_t **scratch, size_t room)
{
    uint64_t count = length & 0xffffffff, sent = length >> 32;
    const struct call_record *shape = s->record;

    if (count > room)
        return EMSGSIZE;
    if (sent > CALL_WORDS_MAX)
        return EBADMSG;
    uint64_t *from = tail_take(r, count * sent);
    if (from == NULL)
        return EBADMSG;
    bool is_copied = *scratch != NULL && sent != shape->words;
    uint64_t *to = *scratch != NULL && !is_copied ? from : *scratch;
    if (is_copied)
        *scratch += count * shape->words;
    else if (*scratch == NULL)
        to = item->data;
    for (uint64_t i = 0; i < count; i++) {
        int e = struct_take(r, shape, to + i * shape->words, from + i * sent, (unsigned)sent);
        if (e != 0)
            return e;
    }
    item->data = count > 0 ? to : (void *)nothing;
    item->count = count;
    return 0;
}

static int capability_take(struct reader *r, const struct call_item_shape *s,
                           struct call_item *item)
{
    unsigned n = r->caps++;
    bool is_badge = (r->m->caps_unwrapped >> n & 1) != 0;

    *item = (struct call_item){ 0 };
    if (n >= r->m->caps || is_badge != (s->kind == CALL_OWN))
        return EINVAL;
    item->count = is_badge ? r->m->cap_or_badge[n] : 1;
    return 0;
}

/* A parameter that may go through a window. */
static int window_take(struct reader *r, const struct call_item_shape *s, struct call_item *item)
{
    const uint64_t *word = &r->m->word[window_place(r->m, s->window)];
    uint64_t bytes = CALL_WINDOW_BYTES(word[1]);

    if (word[0] == 0)
        return bytes_take(r, s, bytes, item);
    *item = (struct call_item){
        .count = bytes,
        .window = (uint8_t)(s->window | (s->kind == CALL_TEXT ? CALL_WINDOW_TEXT : 0)),
    };
    return 0;
}

static int item_take(struct reader *r, const struct call_item_shape *s, struct call_item *item,
                     uint64_t **scratch)
{
    switch ((enum call_kind)s->kind) {
    case CALL_TEXT:
    case CALL_DATA:
    case CALL_LIST:
        if (s->window != 0)
            return window_take(r, s, item);
        return bytes_take(r, s, length_take(r), item);
    case CALL_STRUCTS: return structs_take(r, s, length_take(r), item, scratch, s->max);
    case CALL_STRUCT:
        *item = (struct call_item){ 0 };
        uint64_t length = length_take(r);
        /* One who does not know of it sends none, which is one of defaults. */
        return structs_take(r, s, length == 0 ? 1 : length, item, scratch, 1);
    case CALL_FIXED_TEXT:
    case CALL_FIXED_DATA: return fixed_take(r, s, item);
    case CALL_HANDLE: *item = (struct call_item){ .count = length_take(r) }; return 0;
    default: return capability_take(r, s, item);
    }
}

/* Is all that came known here, or zero? */
static int rest_check(const struct reader *r)
{
    const struct call_words *m = r->m;

    for (unsigned i = r->length; i < m->lengths; i++)
        if (m->word[place(m, words_before_lengths(m) + i)] != 0)
            return E2BIG;
    for (unsigned i = r->at; i < m->length; i++)
        if (m->word[i] != 0)
            return E2BIG;
    return m->caps > r->caps ? E2BIG : 0;
}

int call_decode_request(const struct call_words *m, const struct call_message *shape,
                        uint64_t *data, struct call_item *item, uint64_t *scratch, uint64_t *hidden)
{
    uint64_t none = 0;
    struct reader r;
    int e = reader_open(&r, m, true);

    scratch = scratch != NULL ? scratch : &none;
    if (e == 0)
        e = data_take(&r, &shape->data, data);
    if (e != 0)
        return e;
    hidden[0] = m->has_cancel ? m->word[place(m, m->data)] : 0;
    hidden[1] = m->has_capacity ? m->word[place(m, m->data + m->has_cancel)] : 0;
    for (unsigned i = 0; i < shape->items; i++) {
        e = item_take(&r, &shape->item[i], &item[i], &scratch);
        if (e != 0)
            return e;
    }
    return rest_check(&r);
}

/* ---- answers, as a stub takes them ---- */

/* Bytes or numbers, into memory of the caller's. */
static int bytes_fetch(struct reader *r, const struct call_item_shape *s, struct call_item *item)
{
    uint64_t length = length_take(r);
    struct call_item came;

    bool is_text = s->kind == CALL_TEXT,
         is_there = s->window != 0 && (length & CALL_IN_WINDOW) != 0;
    if (is_there)
        length &= ~CALL_IN_WINDOW;
    if (length > room_of(s, item) || (!is_there && bytes_take(r, s, length, &came) != 0))
        return EPROTO;
    size_t bytes = length * (is_text ? 1 : s->size);
    if (!is_there)
        call_bytes_copy(item->data, came.data, bytes);
    else if (is_text && has_zero(item->data, bytes))
        return EPROTO;
    if (is_text)
        ((char *)item->data)[bytes] = '\0';
    item->count = length;
    return 0;
}

static int fixed_fetch(struct reader *r, const struct call_item_shape *s, struct call_item *item)
{
    struct call_item came;

    if (fixed_take(r, s, &came) != 0)
        return EPROTO;
    call_bytes_copy(item->data, came.data, came.count);
    for (size_t i = came.count; i < s->max; i++)
        ((char *)item->data)[i] = 0;
    return 0;
}

static int item_fetch(struct reader *r, const struct call_item_shape *s, struct call_item *item)
{
    uint64_t *no_scratch = NULL;

    switch ((enum call_kind)s->kind) {
    case CALL_TEXT:
    case CALL_DATA:
    case CALL_LIST: return bytes_fetch(r, s, item);
    case CALL_STRUCTS:
        return structs_take(r, s, length_take(r), item, &no_scratch, item->room) ? EPROTO : 0;
    case CALL_STRUCT: {
        uint64_t length = length_take(r);
        return structs_take(r, s, length == 0 ? 1 : length, item, &no_scratch, 1) ? EPROTO : 0;
    }
    case CALL_FIXED_TEXT:
    case CALL_FIXED_DATA: return fixed_fetch(r, s, item);
    case CALL_HANDLE: item->count = length_take(r); return 0;
    default: return capability_take(r, s, item) ? EPROTO : 0;
    }
}

int call_decode_answer(const struct call_words *m, const struct call_message *shape, uint64_t *data,
                       struct call_item *item)
{
    struct reader r;

    if (reader_open(&r, m, false) != 0)
        return EPROTO;
    (void)data_take(&r, &shape->data, data);
    for (unsigned i = 0; i < shape->items; i++)
        if (item_fetch(&r, &shape->item[i], &item[i]) != 0)
            return EPROTO;
    return 0;
}
