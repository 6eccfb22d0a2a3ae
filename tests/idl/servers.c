/* SPDX-License-Identifier: BSD-2-Clause */
/* Handlers: each gives back what it was given, changed a little, so that a mix-up shows. */
#include "transport.h"

static int do_nothing(struct call *c)
{
    seen.badge = c->badge;
    return 0;
}

static int do_add(struct call *c, uint64_t a, uint64_t b, uint64_t *sum)
{
    (void)c;
    seen.handled++;
    if (a == 1000)
        return (int)b; /* an error that the test chooses */
    *sum = a + b;
    return 0;
}

static int do_small(struct call *c, uint8_t a, int16_t b, bool flag, bool d, enum color color,
                    uint32_t *a2, int64_t *b2, bool *c2)
{
    (void)c;
    seen.handled++;
    *a2 = a + 1u;
    *b2 = b - 1;
    *c2 = !flag && d && color == COLOR_DARK_BLUE;
    return 0;
}

static int do_floats(struct call *c, float a, double b, double *product)
{
    (void)c;
    *product = (double)a * b;
    return 0;
}

static int do_five(struct call *c, uint64_t a, uint64_t b, uint64_t d, uint64_t e, uint64_t f,
                   uint64_t *sum)
{
    (void)c;
    *sum = a + 10 * b + 100 * d + 1000 * e + 10000 * f;
    return 0;
}

/* Not all of what there is to say, if so asked. */
static int do_many(struct call *c, uint64_t first, bool all, struct many *out)
{
    (void)c;
    if (first == 1000)
        return ENOENT;
    out->a = first;
    if (!all)
        return 0;
    out->b = (uint32_t)first + 1;
    out->c = (uint32_t)first + 2;
    out->d = first + 3;
    out->e = first + 4;
    out->f = first + 5;
    out->g = first + 6;
    return 0;
}

static int do_say(struct call *c, const char *text, struct call_item *back)
{
    (void)c;
    if (text[0] == '!') { /* longer than anybody takes */
        static const char long_text[] = "0123456789012345678901234567890123456789012345678901";
        call_text(back, long_text);
        return 0;
    }
    back->count = (size_t)snprintf(back->data, 40, "<%s>", text);
    return 0;
}

static int do_blob(struct call *c, uint32_t a, const void *data, size_t bytes,
                   struct call_item *back, uint32_t *b)
{
    (void)c;
    seen.data_bytes = bytes;
    for (size_t i = 0; i < bytes; i++)
        ((char *)back->data)[i] = (char)(((const char *)data)[i] + 1);
    back->count = bytes;
    *b = a + (uint32_t)bytes;
    return 0;
}

static int do_list(struct call *c, const uint16_t *numbers, size_t count, struct call_item *sums)
{
    uint32_t sum = 0;

    (void)c;
    for (size_t i = 0; i < count; i++) {
        sum += numbers[i];
        ((uint32_t *)sums->data)[i] = sum;
    }
    sums->count = count;
    return 0;
}

static int do_points(struct call *c, const struct point *from, size_t count,
                     const struct point *one, struct call_item *to, struct point *last)
{
    struct point *out = to->data;

    (void)c;
    for (size_t i = 0; i < count; i++) {
        out[i] = from[i];
        out[i].x = (int32_t)((uint32_t)from[i].x + 1); /* any number may come */
    }
    to->count = count;
    *last = *one;
    last->y = (int32_t)((uint32_t)one->y * 2);
    return 0;
}

static int do_shape(struct call *c, const struct shape *in, struct shape *out)
{
    (void)c;
    seen.handled++;
    *out = *in;
    out->area = in->area + 1;
    return 0;
}

static int do_info(struct call *c, const struct info *in, const char *note, struct back *out,
                   struct call_item *remark)
{
    (void)c;
    out->size = in->size + 1;
    out->used = in->used + 2;
    memcpy(out->name, in->name, sizeof out->name);
    memcpy(out->id, in->id, sizeof out->id);
    call_text(remark, note);
    return 0;
}

static char kept[70000]; /* what was written */

static int do_write(struct call *c, uint64_t offset, const struct call_item *data, uint64_t *done)
{
    seen.data_bytes = data->count;
    if (data->count > sizeof kept)
        return ENOSPC;
    if (offset == 1) { /* another call first: what is in the message is gone then */
        seL4_IPCBuffer *buf = c->buf;
        char early[64];
        int e = call_read(c, data, 0, early, data->count < 64 ? data->count : 64);
        for (unsigned i = 4; i < CALL_WORDS_MAX; i++)
            buf->msg[i] = STALE;
        memcpy(kept, early, sizeof early);
        return e;
    }
    int e = call_read(c, data, 0, kept, data->count);
    if (e != 0)
        return e;
    *done = data->count;
    return 0;
}

/* The offset says how many bytes. */
static int do_read(struct call *c, uint64_t offset, struct call_item *data)
{
    (void)c;
    seen.handled++;
    call_data(data, kept, offset);
    return 0;
}

static int do_copy_out(struct call *c, uint64_t bytes, struct call_item *data)
{
    size_t half = bytes / 2;
    int e = call_write(c, data, 0, kept, half);

    if (e == 0)
        e = call_write(c, data, half, kept + half, bytes - half);
    data->count = bytes;
    return e;
}

static int do_both(struct call *c, uint64_t a, uint64_t b, uint64_t d, const struct call_item *from,
                   const char *name, struct call_item *to, uint64_t *n)
{
    int e = call_read(c, from, 0, kept, from->count);

    if (e != 0)
        return e;
    call_data(to, kept, from->count);
    *n = a + b + d + strlen(name);
    return 0;
}

static int do_open(struct call *c, const char *name, struct all_handle *file)
{
    (void)c;
    file->number = strlen(name);
    return 0;
}

static int do_close(struct call *c, struct all_handle file)
{
    seen.cancel = c->cancel;
    return file.number == 5 ? 0 : EBADF;
}

static int do_adopt(struct call *c, uint64_t own, uint64_t *badge)
{
    (void)c;
    seen.handled++;
    *badge = own;
    return 0;
}

static int do_take(struct call *c, seL4_CPtr cap, uint64_t *n)
{
    (void)c;
    *n = cap;
    return 0;
}

static int do_give(struct call *c, seL4_CPtr *cap)
{
    (void)c;
    *cap = CAP_FOREIGN;
    return 0;
}

static int do_again(struct call *c, uint64_t n, uint64_t *n2)
{
    (void)c;
    *n2 = n + 1;
    return 0;
}

static int do_later(struct call *c, uint64_t n, struct call_item *text, uint64_t *n2)
{
    (void)text;
    (void)n2;
    seen.a = n;
    return call_later(c, &seen.later);
}

static int do_fixed(struct call *c, const char *name, const void *id, char *back)
{
    (void)c;
    seen.a = ((const uint8_t *)id)[2];
    memcpy(back, name, 8);
    return 0;
}

static int do_tell(struct call *c, const struct call_item *text, uint64_t room, uint64_t *length)
{
    int e = call_read_text(c, text, kept, room < sizeof kept ? room : sizeof kept);

    *length = strlen(kept);
    return e;
}

static int do_part(struct call *c, const struct call_item *text, uint64_t offset, uint64_t bytes)
{
    char to[64] = "";
    int e = bytes < sizeof to ? call_read(c, text, offset, to, bytes) : EMSGSIZE;

    memcpy(seen.text, to, sizeof to);
    return e;
}

static int do_recite(struct call *c, uint64_t length, struct call_item *text)
{
    (void)c;
    call_data(text, kept, length);
    return 0;
}

/* Written in so many pieces, 7 at most, or pointed at. */
static int do_echo(struct call *c, const struct call_item *from, uint64_t pieces,
                   struct call_item *to)
{
    int e = call_read_text(c, from, kept, sizeof kept);
    size_t length = strlen(kept), at = 0;

    pieces %= 8;
    if (e != 0)
        return e;
    if (pieces == 0) {
        call_text(to, kept);
        return 0;
    }
    for (uint64_t i = 1; e == 0 && i <= pieces; i++) {
        size_t end = length * i / pieces;
        e = call_write(c, to, at, kept + at, end - at);
        at = end;
    }
    to->count = length;
    return e;
}

const struct all_ops all_ops = {
    .nothing = do_nothing,
    .add = do_add,
    .small = do_small,
    .floats = do_floats,
    .five = do_five,
    .many = do_many,
    .say = do_say,
    .blob = do_blob,
    .list = do_list,
    .points = do_points,
    .shape = do_shape,
    .info = do_info,
    .write = do_write,
    .read = do_read,
    .both = do_both,
    .open = do_open,
    .close = do_close,
    .adopt = do_adopt,
    .take = do_take,
    .give = do_give,
    .again = do_again,
    .later = do_later,
    .fixed = do_fixed,
    .copy_out = do_copy_out,
    .tell = do_tell,
    .part = do_part,
    .recite = do_recite,
    .echo = do_echo,
};

/* ---- an interface before and after it grew ---- */

static int do_before_plain(struct call *c, uint32_t a, uint64_t b, uint32_t *x)
{
    (void)c;
    *x = a + (uint32_t)b;
    return 0;
}

static int do_before_text(struct call *c, uint64_t a, const char *name, uint64_t *x)
{
    (void)c;
    *x = a + strlen(name);
    return 0;
}

static int do_before_entries(struct call *c, const struct before_entry *list, size_t count,
                             struct call_item *list2)
{
    (void)c;
    memcpy(list2->data, list, count * sizeof *list);
    list2->count = count;
    return 0;
}

static int do_before_mode(struct call *c, enum before_mode mode, enum before_mode *mode2)
{
    (void)c;
    *mode2 = mode;
    return 0;
}

static int do_before_answer(struct call *c, struct call_item *text)
{
    (void)c;
    call_text(text, "before");
    return 0;
}

const struct before_ops before_ops = {
    .plain = do_before_plain,
    .text = do_before_text,
    .entries = do_before_entries,
    .mode = do_before_mode,
    .answer = do_before_answer,
};

static int do_after_plain(struct call *c, uint32_t a, uint64_t b, uint16_t hole, uint64_t d,
                          uint32_t *x, uint32_t *y, uint64_t *z)
{
    (void)c;
    *x = a + (uint32_t)b;
    *y = hole;
    *z = d;
    return 0;
}

static int do_after_text(struct call *c, uint64_t a, const char *name, const char *more,
                         const char *fix, uint64_t *x)
{
    (void)c;
    snprintf(seen.text, sizeof seen.text, "%s", more);
    snprintf(seen.more, sizeof seen.more, "%s", fix);
    *x = a + strlen(name);
    return 0;
}

static int do_after_entries(struct call *c, const struct after_entry *list, size_t count,
                            struct call_item *list2)
{
    (void)c;
    memcpy(list2->data, list, count * sizeof *list);
    list2->count = count;
    for (size_t i = 0; i < count; i++)
        ((struct after_entry *)list2->data)[i].far += 5;
    return 0;
}

static int do_after_mode(struct call *c, enum after_mode mode, enum after_mode *mode2)
{
    (void)c;
    (void)mode;
    *mode2 = AFTER_MODE_C;
    return 0;
}

static int do_after_answer(struct call *c, struct call_item *text, struct call_item *more)
{
    (void)c;
    call_text(text, "after");
    call_text(more, "more");
    return 0;
}

static int do_after_extra(struct call *c)
{
    (void)c;
    return 0;
}

const struct after_ops after_ops = {
    .plain = do_after_plain,
    .text = do_after_text,
    .entries = do_after_entries,
    .mode = do_after_mode,
    .answer = do_after_answer,
    .extra = do_after_extra,
};
