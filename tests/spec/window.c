/* SPDX-License-Identifier: BSD-2-Clause */
/* Windows: docs/man/myelin_Copy.md. */
#include "spec.h"

#define PAGE_BYTES BIT(12)
#define BUFFER_BYTES (SPEC_BUFFER_WORDS * sizeof(word_t))

struct piece {
    word_t local, offset, bytes, how;
};

/* How far the copying has got; at the end, which address or offset was the last. */
struct progress {
    word_t done, failed;
};

/* "The caller has opted in", and it waits, with the registers that it called with. */
static bool has_windows(const struct spec *s, name_t t)
{
    const struct spec_thread *at = &s->thread[t];

    return t != 0 && at->state == AWAITING && at->fault.type == FAULT_NULL && !at->has_new_ip &&
           at->extensions & MYELIN_EXT_WINDOWS && s->slot[at->own[OWN_VSPACE]].type == SPEC_SPACE;
}

/* Where user memory lies; ~0: no page is there, or none with that right. */
static word_t page_at(const struct spec *s, name_t thread, word_t address, bool is_write)
{
    const struct spec_space *space = &s->space[s->slot[s->thread[thread].own[OWN_VSPACE]].object];

    for (unsigned i = 0; i < SPEC_PAGES; i++)
        if (space->page[i].is_there && (space->page[i].is_writable || !is_write) &&
            space->page[i].address == (address & ~(PAGE_BYTES - 1)) && address < BIT(47))
            return space->page[i].where + address % PAGE_BYTES;
    return ~UINT64_C(0);
}

/* The byte at where, which is in a buffer; NULL: in none that is known. */
static char *byte_at(struct spec *s, word_t where)
{
    name_t b = spec_name(KIND_BUFFER, where & ~(BUFFER_BYTES - 1), 1);

    return b != 0 && b <= s->buffers_known ? (char *)s->buffer[b] + where % BUFFER_BYTES : NULL;
}

static void move(struct spec *s, word_t to, word_t from, word_t count)
{
    if (to - from < count || from - to < count) /* in which order is not promised */
        s->now.is_silent = true;
    for (word_t i = 0; i < count && !s->now.is_silent; i++) {
        char *write = byte_at(s, to + i), *read = byte_at(s, from + i);

        if (write == NULL || read == NULL)
            s->now.is_silent = true;
        else
            *write = *read;
    }
}

static word_t copy_piece(struct spec *s, name_t caller, struct piece p, struct progress *c)
{
    const struct spec_regs *r = &s->thread[caller].regs;
    unsigned count = r->tag >> 9 & 7, window = p.how & 1;
    bool is_write = (p.how & MYELIN_COPY_WRITE) != 0;

    c->failed = p.offset;
    if (count < 1 || count > 2 || p.how > 3 || window >= count)
        return MYELIN_COPY_RANGE;
    word_t start = r->msg[SPEC_MSG_REGS - 2 * (count - window)];
    word_t length = r->msg[SPEC_MSG_REGS - 2 * (count - window) + 1];
    if (!(length & (is_write ? MYELIN_WINDOW_WRITABLE : MYELIN_WINDOW_READABLE)))
        return MYELIN_COPY_RANGE;
    length &= MASK(62);
    if (p.offset > length || p.bytes > length - p.offset || start + p.offset < start)
        return MYELIN_COPY_RANGE;
    for (word_t at = 0, n; at < p.bytes; at += n) {
        word_t there = start + p.offset + at, here = p.local + at;
        word_t window_at = page_at(s, caller, there, is_write);
        word_t local_at = page_at(s, s->current, here, !is_write);
        bool is_source_there = is_write ? local_at != ~UINT64_C(0) : window_at != ~UINT64_C(0);

        /* where neither is there, the source is told */
        if (is_write ? !is_source_there : is_source_there && local_at == ~UINT64_C(0)) {
            c->failed = here;
            return MYELIN_COPY_LOCAL;
        }
        if (window_at == ~UINT64_C(0)) {
            c->failed = there;
            return MYELIN_COPY_WINDOW;
        }
        n = min_word(p.bytes - at, PAGE_BYTES - max_word(there % PAGE_BYTES, here % PAGE_BYTES));
        move(s, is_write ? window_at : local_at, is_write ? local_at : window_at, n);
        c->done += n;
    }
    c->failed = 0;
    return MYELIN_COPY_DONE;
}

static word_t copy_pieces(struct spec *s, name_t caller, struct progress *c)
{
    unsigned words = s->thread[s->current].regs.tag & 127;
    word_t result = MYELIN_COPY_DONE;

    if (words > 120)
        words = 120;
    for (unsigned w = 0; w + 4 <= words && result == MYELIN_COPY_DONE; w += 4)
        result = copy_piece(s, caller,
                            (struct piece){ spec_arg(s, w), spec_arg(s, w + 1), spec_arg(s, w + 2),
                                            spec_arg(s, w + 3) },
                            c);
    return result;
}

void spec_copy(struct spec *s)
{
    struct spec_thread *t = &s->thread[s->current];
    struct spec_why why;
    name_t slot = spec_lookup(s, s->current, t->regs.badge, &why);
    struct progress c = { 0 };
    word_t result = MYELIN_COPY_NO_REPLY;

    if (slot != 0 && s->slot[slot].type == SPEC_REPLY) {
        name_t caller = s->reply[s->slot[slot].object].caller;

        s->now.is_silent |= s->thread[caller].is_beyond;
        result = has_windows(s, caller) ? copy_pieces(s, caller, &c) : MYELIN_COPY_GONE;
    }
    t->regs.badge = 0;
    t->regs.tag = result << 12 | 2;
    t->regs.msg[0] = c.done;
    t->regs.msg[1] = c.failed;
}
