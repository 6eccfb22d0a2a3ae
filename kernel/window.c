/* SPDX-License-Identifier: BSD-2-Clause */
#include "window.h"

#include "fastpath_priv.h"
#include "preempt.h"
#include "walk.h"

#define PIECE_WORDS 4u
#define PAGE_BYTES BIT(12)
/* Looking for interrupts costs as much as 40 words; every 16 KiB is every 2,200 instructions. */
#define PAGES_PER_LOOK 4u
#define LONG_UNITS 25u       /* since a piece has last looked: up to 16 KiB */
#define SHORT_UNITS 3u       /* of up to a page: 30 of them need no look */
#define LENGTH_MASK MASK(62) /* the rest of a window's length are the rights */

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
    return tcb_is_on_reply(t) && t->fault.type == FAULT_NULL && !(t->obstacles & OBSTACLE_IP) &&
           t->extensions & MYELIN_EXT_WINDOWS && arch_space_is_valid(&t->space);
}

/* The caller's address at which p begins; false: no window has all of p, or not with that right. */
static inline bool find_window(const struct tcb *caller, const struct piece *p, uaddr_t *first)
{
    unsigned count = arch_tag(caller) >> 9 & 7, at = MSG_REGS - 2 * count + 2 * (p->how & 1);
    word_t length, left;

    if (count - 1 > 1 || p->how > MASK(2) || at >= MSG_REGS)
        return false;
    length = arch_msg_reg(caller, at + 1);
    left = (length & LENGTH_MASK) - p->offset;
    *first = arch_msg_reg(caller, at) + p->offset;
    return length &
               (p->how & MYELIN_COPY_WRITE ? MYELIN_WINDOW_WRITABLE : MYELIN_WINDOW_READABLE) &&
           p->offset <= (length & LENGTH_MASK) && p->bytes <= left && *first >= p->offset;
}

/* A range of user memory, as far as it has been copied. */
struct side {
    const struct arch_space *space;
    uaddr_t at;
};

/* Copy left bytes, as far as both sides are there; is_write: into the window. */
INLINE word_t copy_range(struct copy *c, struct side from, struct side to, word_t left,
                         bool is_write)
{
    struct arch_walk source, dest;

    source.region = dest.region = ~UINT64_C(0);
    for (unsigned pages = 1; left != 0; pages++) {
        word_t at = max_word(from.at & (PAGE_BYTES - 1), to.at & (PAGE_BYTES - 1));
        word_t n = min_word(PAGE_BYTES - at, left);
        const char *read = NULL;
        char *write = NULL;

        if (likely(walk_is_near(&source, from.at)) || walk_enter(&source, from.space, from.at))
            read = walk_to(&source, from.at, false);
        if (unlikely(read == NULL)) {
            c->failed = from.at;
            return is_write ? MYELIN_COPY_LOCAL : MYELIN_COPY_WINDOW;
        }
        if (likely(walk_is_near(&dest, to.at)) || walk_enter(&dest, to.space, to.at))
            write = walk_to(&dest, to.at, true);
        if (unlikely(write == NULL)) {
            c->failed = to.at;
            return is_write ? MYELIN_COPY_WINDOW : MYELIN_COPY_LOCAL;
        }
        walk_copy(write, read, n);
        c->done += n;
        from.at += n;
        to.at += n;
        left -= n;
        if (unlikely(pages % PAGES_PER_LOOK == 0) && left != 0 &&
            preempt_point(CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION))
            return MYELIN_COPY_AGAIN;
    }
    return MYELIN_COPY_DONE;
}

INLINE word_t copy_piece(struct copy *c, const struct tcb *t, const struct tcb *caller,
                         struct piece p)
{
    bool is_write = p.how & MYELIN_COPY_WRITE;
    struct side from = { &caller->space, 0 }, to = { &t->space, p.local };

    if (unlikely(!find_window(caller, &p, &from.at))) {
        c->failed = p.offset;
        return MYELIN_COPY_RANGE;
    }
    if (is_write) {
        struct side window = from;

        from = to;
        to = window;
    }
    return copy_range(c, from, to, p.bytes, is_write);
}

/* All of t's pieces, as far as it gets. */
INLINE word_t copy_pieces(struct copy *c, const struct tcb *t, const struct tcb *caller)
{
    unsigned words = msg_length(arch_tag(t));
    struct piece p = { arch_msg_reg(t, 0), arch_msg_reg(t, 1), arch_msg_reg(t, 2),
                       arch_msg_reg(t, 3) };

    if (unlikely(words < PIECE_WORDS))
        return MYELIN_COPY_DONE;
    for (word_t w = PIECE_WORDS, before = 0;; w += PIECE_WORDS) {
        word_t r = copy_piece(c, t, caller, p);

        if (likely(w + PIECE_WORDS > words) || r != MYELIN_COPY_DONE)
            return r;
        /* What has been copied, not what the message says: a piece may have overwritten that. */
        if (preempt_point(c->done - before > PAGE_BYTES ? LONG_UNITS : SHORT_UNITS))
            return MYELIN_COPY_AGAIN;
        before = c->done;
        p = (struct piece){ message_word(t, w), message_word(t, w + 1), message_word(t, w + 2),
                            message_word(t, w + 3) };
    }
}

static inline void copy_end(struct tcb *t, const struct copy *c, word_t result)
{
    arch_set_badge(t, 0);
    arch_set_tag(t, msg_make(result, 0, 0, 2));
    arch_set_msg_reg(t, 0, c->done);
    arch_set_msg_reg(t, 1, c->failed);
}

/* Answers t. */
APART static struct tcb *copy(struct tcb *t, const struct slot *s)
{
    const struct tcb *caller = ((const struct reply *)cap_ptr(s->cap))->caller;
    struct copy c = { 0, 0 };
    word_t r = MYELIN_COPY_GONE;

    if (likely(caller != NULL && is_calling(caller)))
        r = copy_pieces(&c, t, caller);
    copy_end(t, &c, r);
    return t;
}

void window_copy(struct tcb *t)
{
    struct lookup_failure why;
    const struct slot *s = cspace_lookup(t, arch_cap_reg(t), &why);

    if (s == NULL || !cap_is(s->cap, CAP_REPLY))
        copy_end(t, &(struct copy){ 0, 0 }, MYELIN_COPY_NO_REPLY);
    else
        copy(t, s);
}

struct tcb *fastpath_copy(cptr_t address, word_t tag, sword_t number, struct tcb *t)
{
    struct slot *s;

    (void)tag;
    (void)number;
    if (unlikely(!lookup_one_level(t, address, &s) || !(s->cap.w0 & CAP_CAN_REPLY)))
        return arch_fast_missed();
    return arch_answer_exit(checked(copy(t, s)));
}
