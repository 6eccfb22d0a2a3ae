/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads' registers, spaces, buffers ("TCB Methods"; order of checks: tests/abi/tcb.c). */
#include "spec.h"

/* --- registers: seL4_UserContext of the tests' machine, then tls_base and gs_base --- */

#define FRAME_REGISTERS 13u
#define REGISTERS 15u

static word_t *register_of(struct spec_thread *t, unsigned i)
{
    struct spec_regs *r = &t->regs;
    word_t *const all[REGISTERS] = { &r->ip,       &r->sp,      &r->flags,  &r->badge,
                                     &r->tag,      &r->msg[0],  &r->msg[1], &r->msg[2],
                                     &r->msg[3],   &r->reply,   &r->send,   &r->other[0],
                                     &r->other[1], &t->base[0], &t->base[1] };

    return all[i];
}

/* Register i of t as it would start again: a call that it waits in is made again. */
static word_t read_register(struct spec *s, name_t t, unsigned i)
{
    struct spec_thread *at = &s->thread[t];
    bool is_in_call = spec_is_blocked(s, t) && at->fault.type == FAULT_NULL && !at->has_new_ip;

    return *register_of(at, i) - (i == 0 && is_in_call ? SPEC_CALL_BYTES : 0);
}

static bool is_user_address(word_t address)
{
    return address < BIT(47);
}

/* A thread that waits goes on where it was told to. */
static void write_register(struct spec *s, name_t t, unsigned i, word_t value)
{
    struct spec_thread *at = &s->thread[t];

    *register_of(at, i) = i < FRAME_REGISTERS || is_user_address(value) ? value : 0;
    if (i == 0 && spec_is_blocked(s, t))
        at->has_new_ip = true;
}

static void read_registers(struct spec *s, struct spec_request *r, name_t t)
{
    word_t count = spec_arg(s, 1);

    if (r->length < 2)
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
    else if (count < 1 || count > REGISTERS)
        spec_refuse_range(r, 1, REGISTERS);
    else if (t == s->current)
        spec_refuse(r, ERR_ILLEGAL_OPERATION);
    else {
        if (spec_arg(s, 0) & 1)
            spec_suspend(s, t);
        for (; r->word_count < count; r->word_count++)
            r->word[r->word_count] = read_register(s, t, r->word_count);
    }
}

static void write_registers(struct spec *s, struct spec_request *r, name_t t)
{
    word_t count = spec_arg(s, 1);

    if (r->length < 2 || count > r->length - 2) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    if (t == s->current) {
        spec_refuse(r, ERR_ILLEGAL_OPERATION);
        return;
    }
    for (unsigned i = 0; i < min_word(count, REGISTERS); i++)
        write_register(s, t, i, spec_arg(s, 2 + i));
    if (spec_arg(s, 0) & 1)
        spec_resume(s, t);
}

static void copy_registers(struct spec *s, struct spec_request *r, name_t to)
{
    word_t flags = spec_arg(s, 0);

    if (r->length < 1 || r->extra_count < 1) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    struct spec_cap c = s->slot[r->extra[0]];
    if (c.type != SPEC_THREAD) {
        spec_refuse_with(r, ERR_INVALID_CAPABILITY, 1);
        return;
    }
    if (flags & 1)
        spec_suspend(s, c.object);
    if (flags & 2)
        spec_resume(s, to);
    for (unsigned i = 0; i < REGISTERS; i++)
        if (flags & (i < FRAME_REGISTERS ? 4 : 8))
            write_register(s, to, i, read_register(s, c.object, i));
    if (to == s->current)
        spec_choose_again(s);
}

/* --- spaces and buffer --- */

/* To empty the slot would be a long deletion. */
static bool is_long_to_delete(const struct spec *s, name_t slot)
{
    uint8_t type = s->slot[slot].type;

    return (type == SPEC_CNODE || type == SPEC_THREAD) && spec_is_last(s, slot);
}

static struct spec_cap derive_root(struct spec *s, struct spec_request *r, name_t src, word_t data)
{
    struct spec_cap c = s->slot[src];

    if (data != 0)
        c = spec_with_data(c, data, true);
    uint8_t error = spec_derive(s, src, &c);
    if (error != ERR_NONE)
        spec_refuse(r, error);
    return c;
}

/* New spaces of t, from two of the request's capabilities. */
struct new_space {
    struct spec_cap cspace, vspace;
    name_t src[2];
};

static void check_space(struct spec *s, struct spec_request *r, name_t t, unsigned first,
                        struct new_space *out)
{
    *out = (struct new_space){ .src = { r->extra[first], r->extra[first + 1] } };
    if (is_long_to_delete(s, s->thread[t].own[OWN_CSPACE]) ||
        is_long_to_delete(s, s->thread[t].own[OWN_VSPACE])) {
        spec_refuse(r, ERR_ILLEGAL_OPERATION);
        return;
    }
    out->cspace = derive_root(s, r, out->src[0], spec_arg(s, 0));
    if (r->error == ERR_NONE && out->cspace.type != SPEC_CNODE)
        spec_refuse(r, ERR_ILLEGAL_OPERATION);
    if (r->error != ERR_NONE)
        return;
    out->vspace = derive_root(s, r, out->src[1], spec_arg(s, 1));
    if (r->error == ERR_NONE && out->vspace.type != SPEC_SPACE)
        spec_refuse(r, ERR_ILLEGAL_OPERATION);
}

static void set_own(struct spec *s, name_t t, unsigned own, struct spec_cap c, name_t src)
{
    spec_delete(s, s->thread[t].own[own]);
    if (c.type != SPEC_NULL)
        spec_insert(s, s->thread[t].own[own], src, c);
}

static void commit_space(struct spec *s, name_t t, const struct new_space *n)
{
    set_own(s, t, OWN_CSPACE, n->cspace, n->src[0]);
    set_own(s, t, OWN_VSPACE, n->vspace, n->src[1]);
}

/* Address 0: no buffer, whatever the capability. */
static struct spec_cap check_buffer(struct spec *s, struct spec_request *r, word_t addr, name_t src)
{
    struct spec_cap c = { 0 };

    if (addr == 0)
        return c;
    c = derive_root(s, r, src, 0);
    if (r->error != ERR_NONE)
        return c;
    if (c.type != SPEC_FRAME || c.is_device)
        spec_refuse(r, ERR_ILLEGAL_OPERATION);
    else if (addr % BIT(IPC_BUFFER_BITS) != 0)
        spec_refuse(r, ERR_ALIGNMENT);
    return c;
}

static void commit_buffer(struct spec *s, name_t t, word_t addr, struct spec_cap c, name_t src)
{
    struct spec_thread *at = &s->thread[t];

    set_own(s, t, OWN_BUFFER, c, src);
    at->buffer = 0;
    at->can_write_buffer = false;
    if (c.type == SPEC_NULL || !(c.rights & RIGHT_READ))
        return;
    at->buffer = spec_name(KIND_BUFFER, c.where + (addr & MASK(12)), 1);
    at->can_write_buffer = (c.rights & RIGHT_WRITE) != 0;
    if (at->buffer > s->buffers_known)
        s->now.is_silent = true; /* what is in it is not known */
}

static void configure(struct spec *s, struct spec_request *r, name_t t)
{
    struct new_space n;

    if (r->length < 3 || r->extra_count < 3) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    word_t addr = spec_arg(s, 2);
    struct spec_cap buffer = check_buffer(s, r, addr, r->extra[2]);
    if (r->error == ERR_NONE)
        check_space(s, r, t, 0, &n);
    if (r->error != ERR_NONE)
        return;
    commit_space(s, t, &n);
    commit_buffer(s, t, addr, buffer, r->extra[2]);
}

static void set_space(struct spec *s, struct spec_request *r, name_t t)
{
    struct new_space n;

    if (r->length < 2 || r->extra_count < 3) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    check_space(s, r, t, 1, &n);
    if (r->error == ERR_NONE)
        spec_set_handler(s, r, t, OWN_HANDLER, 0);
    if (r->error == ERR_NONE)
        commit_space(s, t, &n);
}

static void set_buffer(struct spec *s, struct spec_request *r, name_t t)
{
    if (r->length < 1 || r->extra_count < 1) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    struct spec_cap buffer = check_buffer(s, r, spec_arg(s, 0), r->extra[0]);
    if (r->error == ERR_NONE)
        commit_buffer(s, t, spec_arg(s, 0), buffer, r->extra[0]);
}

static void set_flags(struct spec *s, struct spec_request *r, name_t t)
{
    struct spec_thread *at = &s->thread[t];

    if (r->length < 2) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    at->flags = (uint8_t)((at->flags & ~spec_arg(s, 0)) | (spec_arg(s, 1) & 1u));
    r->word_count = 1;
    r->word[0] = at->flags;
}

static void set_tls_base(struct spec *s, struct spec_request *r, name_t t)
{
    word_t base = spec_arg(s, 0);

    if (r->length < 1)
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
    else
        s->thread[t].base[0] = is_user_address(base) ? base : 0;
}

bool spec_registers_request(struct spec *s, struct spec_request *r, name_t t)
{
    switch (r->label) {
    case INV_TCB_READ_REGISTERS: read_registers(s, r, t); return true;
    case INV_TCB_WRITE_REGISTERS: write_registers(s, r, t); return true;
    case INV_TCB_COPY_REGISTERS: copy_registers(s, r, t); return true;
    case INV_TCB_CONFIGURE: configure(s, r, t); return true;
    case INV_TCB_SET_SPACE: set_space(s, r, t); return true;
    case INV_TCB_SET_IPC_BUFFER: set_buffer(s, r, t); return true;
    case INV_TCB_SET_FLAGS: set_flags(s, r, t); return true;
    case INV_TCB_SET_TLS_BASE: set_tls_base(s, r, t); return true;
    default: return false;
    }
}
