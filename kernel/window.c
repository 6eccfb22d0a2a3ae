/* SPDX-License-Identifier: BSD-2-Clause */
#include "window.h"

#include "fastpath_priv.h"
#include "preempt.h"
#include "walk.h"

#define PIECE_WORDS 4u
#define BYTES_AT_ONCE BIT(16) /* with no look for interrupts: at most 10,000 instructions */
#define PIECE_UNITS 3u        /* (preempt.h) of a piece or page, beside those of its bytes */
#define UNIT_SHIFT 7u         /* log2 of the bytes in a unit: a look every 12 KiB, then */
#define LENGTH_MASK MASK(62)  /* the rest of a window's length are the rights */

/* A piece as its server has written it: not yet checked. */
struct piece {
    uaddr_t local;
    word_t offset, bytes, how;
};

/* How far a copy has got. */
struct copy {
    word_t done;    /* bytes, of all pieces */
    uaddr_t failed; /* address at which it ended */
};

/* Is t in a call whose registers still are those of the call? */
static inline bool is_calling(const struct tcb *t)
{
    return t != NULL && tcb_is_on_reply(t) && t->fault.type == FAULT_NULL &&
           !(t->obstacles & OBSTACLE_IP) && t->extensions & MYELIN_EXT_WINDOWS;
}

/* From where to where a piece is copied, as far as that has not been done. */
struct way {
    struct tcb *from, *to;
    uaddr_t source, dest;
};

/* The way of t's piece p; false: no window of the caller has all of it, or not with that right. */
static inline bool find_way(struct way *way, struct tcb *t, struct tcb *caller,
                            const struct piece *p)
{
    /* twice the number of windows, less its own: 2 for the only one, 4 and 3 for two */
    word_t from_end = (arch_tag(caller) >> 8 & 7 << 1) - (p->how & 1);
    word_t at = MSG_REGS - (from_end & ~UINT64_C(1));

    if (from_end - 2 > 2 || p->how > MASK(2))
        return false;
    uaddr_t first = arch_msg_reg(caller, at) + p->offset;
    if (first < p->offset)
        return false;
    word_t length = arch_msg_reg(caller, at + 1), size = length & LENGTH_MASK;
    if (p->offset > size || p->bytes > size - p->offset)
        return false;
    if (p->how & MYELIN_COPY_WRITE) {
        *way = (struct way){ t, caller, p->local, first };
        return length & MYELIN_WINDOW_WRITABLE;
    }
    *way = (struct way){ caller, t, first, p->local };
    return length & MYELIN_WINDOW_READABLE;
}

/* Copy left bytes, as far as both sides are there; is_write: into the window. */
static word_t copy_range(struct copy *c, struct way way, word_t left, bool is_write)
{
    for (;;) {
        word_t n = min_word(left, BYTES_AT_ONCE);

        n -= walk_copy(&way.from->space, way.source, &way.to->space, way.dest, n);
        if (n == 0 && left != 0) {
            word_t read = walk_to(&way.from->space, way.source, false);
            word_t write = read != 0 ? walk_to(&way.to->space, way.dest, true) : 0;

            if (write == 0) {
                c->failed = read == 0 ? way.source : way.dest;
                return (read == 0) == is_write ? MYELIN_COPY_LOCAL : MYELIN_COPY_WINDOW;
            }
            n = walk_room(way.source, way.dest, left);
            walk_move(&write, &read, n);
        }
        c->done += n;
        way.source += n;
        way.dest += n;
        left -= n;
        preempt_work += (unsigned)(n >> UNIT_SHIFT);
        if (left == 0)
            return MYELIN_COPY_DONE;
        if (preempt_point(PIECE_UNITS))
            return MYELIN_COPY_AGAIN;
    }
}

static word_t copy_piece(struct copy *c, struct tcb *t, struct tcb *caller, const struct piece *p)
{
    struct way way;

    if (find_way(&way, t, caller, p))
        return copy_range(c, way, p->bytes, p->how & MYELIN_COPY_WRITE);
    c->failed = p->offset;
    return MYELIN_COPY_RANGE;
}

/* All of t's pieces, as far as it gets; of the first one, so much has been copied. */
static word_t copy_pieces(struct copy *c, struct tcb *t, struct tcb *caller)
{
    unsigned words = msg_length(arch_tag(t));
    struct piece p = { arch_msg_reg(t, 0), arch_msg_reg(t, 1), arch_msg_reg(t, 2),
                       arch_msg_reg(t, 3) };

    if (words < PIECE_WORDS)
        return MYELIN_COPY_DONE;
    preempt_work = 0; /* an interrupt would have come before the call */
    p.local += c->done;
    p.offset += c->done;
    p.bytes -= c->done;
    for (unsigned w = PIECE_WORDS;; w += PIECE_WORDS) {
        word_t r = copy_piece(c, t, caller, &p);

        if (w + PIECE_WORDS > words || r != MYELIN_COPY_DONE)
            return r;
        if (preempt_point(PIECE_UNITS))
            return MYELIN_COPY_AGAIN;
        p = (struct piece){ message_word(t, w), message_word(t, w + 1), message_word(t, w + 2),
                            message_word(t, w + 3) };
    }
}

static inline void copy_end(struct tcb *t, word_t done, word_t failed, word_t result)
{
    arch_set_badge(t, 0);
    arch_set_tag(t, msg_make(result, 0, 0, 2));
    arch_set_msg_reg(t, 0, done);
    arch_set_msg_reg(t, 1, failed);
}

APART void window_copy(struct tcb *t, word_t done)
{
    struct copy c = { done, 0 };
    struct lookup_failure why;
    const struct slot *s = cspace_lookup(t, arch_cap_reg(t), &why);
    word_t r = MYELIN_COPY_NO_REPLY;

    if (s != NULL && cap_is(s->cap, CAP_REPLY)) {
        struct tcb *caller = ((const struct reply *)cap_ptr(s->cap))->caller;

        r = is_calling(caller) && arch_space_is_valid(&caller->space) ? copy_pieces(&c, t, caller)
                                                                      : MYELIN_COPY_GONE;
    }
    copy_end(t, c.done, c.failed, r);
}

struct tcb *fastpath_copy(const struct slot *slot, word_t tag, sword_t number, struct tcb *t,
                          word_t offset, word_t bytes)
{
    struct piece p = { arch_msg_reg(t, 0), offset, bytes, arch_msg_reg(t, 3) };
    struct tcb *caller;
    struct way way;

    (void)number;
    if (unlikely(!(slot->cap.w0 & CAP_CAN_REPLY)))
        return arch_fast_missed();
    caller = ((const struct reply *)cap_ptr(slot->cap))->caller;
    if (likely(is_calling(caller) && (tag & MASK(7)) / PIECE_WORDS == 1 && bytes <= BYTES_AT_ONCE &&
               find_way(&way, t, caller, &p))) {
        bytes = walk_copy(&way.from->space, way.source, &way.to->space, way.dest, bytes);
        t = this_cpu()->current;
        if (likely(bytes == 0)) {
            copy_end(t, arch_msg_reg(t, 2), 0, MYELIN_COPY_DONE);
            return arch_same_exit(checked(t));
        }
    }
    window_copy(t, arch_msg_reg(t, 2) - bytes);
    return arch_same_exit(checked(this_cpu()->current));
}
