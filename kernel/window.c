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
           !(t->obstacles & OBSTACLE_IP) && t->extensions & MYELIN_EXT_WINDOWS &&
           arch_space_is_valid(&t->space);
}

/* From where to where a piece is copied, as far as that has not been done. */
struct way {
    struct arch_space *from, *to;
    uaddr_t source, dest;
};

/* The way of t's piece p; false: no window of the caller has all of it, or not with that right. */
static inline bool find_way(struct way *way, struct tcb *t, struct tcb *caller,
                            const struct piece *p)
{
    unsigned count = arch_tag(caller) >> 9 & 7, from_end = count - (p->how & 1);
    bool is_write = p->how & MYELIN_COPY_WRITE;

    if (count - 1 > 1 || p->how > MASK(2) || from_end == 0)
        return false;
    word_t length = arch_msg_reg(caller, MSG_REGS + 1 - 2 * from_end);
    word_t left = (length & LENGTH_MASK) - p->offset;
    uaddr_t first = arch_msg_reg(caller, MSG_REGS - 2 * from_end) + p->offset;
    if (!(length & (is_write ? MYELIN_WINDOW_WRITABLE : MYELIN_WINDOW_READABLE)) ||
        p->offset > (length & LENGTH_MASK) || p->bytes > left || first < p->offset)
        return false;
    *way = is_write ? (struct way){ &t->space, &caller->space, p->local, first }
                    : (struct way){ &caller->space, &t->space, first, p->local };
    return true;
}

/* Copy left bytes, as far as both sides are there; is_write: into the window. */
static word_t copy_range(struct copy *c, struct way way, word_t left, bool is_write)
{
    for (;;) {
        word_t n = min_word(left, BYTES_AT_ONCE);

        n -= walk_copy(way.from, way.source, way.to, way.dest, n);
        if (n == 0 && left != 0) {
            const char *read = walk_to(way.from, way.source, false);
            char *write = read != NULL ? walk_to(way.to, way.dest, true) : NULL;

            if (write == NULL) {
                c->failed = read == NULL ? way.source : way.dest;
                return (read == NULL) == is_write ? MYELIN_COPY_LOCAL : MYELIN_COPY_WINDOW;
            }
            n = walk_room(way.source, way.dest, left);
            walk_move(write, read, n);
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

static inline struct piece first_piece(const struct tcb *t)
{
    return (struct piece){ arch_msg_reg(t, 0), arch_msg_reg(t, 1), arch_msg_reg(t, 2),
                           arch_msg_reg(t, 3) };
}

/* All of t's pieces, as far as it gets; of the first one, so much has been copied. */
static word_t copy_pieces(struct copy *c, struct tcb *t, struct tcb *caller)
{
    unsigned words = msg_length(arch_tag(t));
    struct piece p = first_piece(t);

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

/* Answers t, which has copied the first `done` bytes already. */
APART static struct tcb *copy(struct tcb *t, struct tcb *caller, word_t done)
{
    struct copy c = { done, 0 };
    word_t r = is_calling(caller) ? copy_pieces(&c, t, caller) : MYELIN_COPY_GONE;

    copy_end(t, c.done, c.failed, r);
    return t;
}

void window_copy(struct tcb *t)
{
    struct lookup_failure why;
    const struct slot *s = cspace_lookup(t, arch_cap_reg(t), &why);

    if (s == NULL || !cap_is(s->cap, CAP_REPLY))
        copy_end(t, 0, 0, MYELIN_COPY_NO_REPLY);
    else
        copy(t, ((const struct reply *)cap_ptr(s->cap))->caller, 0);
}

struct tcb *fastpath_copy(cptr_t address, word_t tag, sword_t number, struct tcb *t)
{
    struct piece p = first_piece(t);
    struct slot *s;
    struct tcb *caller;
    word_t left = p.bytes;
    struct way way;

    (void)number;
    if (unlikely(!lookup_one_level(t, address, &s) || !(s->cap.w0 & CAP_CAN_REPLY)))
        return arch_fast_missed();
    caller = ((const struct reply *)cap_ptr(s->cap))->caller;
    if (likely(is_calling(caller) && (tag & MASK(7)) / PIECE_WORDS == 1 && left <= BYTES_AT_ONCE &&
               find_way(&way, t, caller, &p))) {
        left = walk_copy(way.from, way.source, way.to, way.dest, left);
        if (likely(left == 0)) {
            copy_end(t, p.bytes, 0, MYELIN_COPY_DONE);
            return arch_same_exit(checked(t));
        }
    }
    return arch_same_exit(checked(copy(t, caller, p.bytes - left)));
}
