/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the manifest a line at a time, then checks what needs the whole of it.
 *
 * Rules checked at the end:
 *   MAN-1  names are unique, and every name that is used exists
 *   MAN-2  whoever calls has a lower priority than whom it calls: so no circle of calls can exist
 *   MAN-3  budget is at most the period
 */
#include "manifest.h"

#include "text.h"

/* One line being read: what is left of it. */
struct cursor {
    const char *at, *end;
};

struct parse {
    struct manifest *out;
    struct manifest_component *entry; /* NULL before the first `component` */
    unsigned line;
};

static bool refuse(struct manifest *out, unsigned line, const char *reason, const char *what)
{
    struct text t = text_into(out->error, sizeof out->error);

    text_put(&t, reason);
    if (what != NULL) {
        text_put(&t, " '");
        text_put(&t, what);
        text_put(&t, "'");
    }
    out->error_line = line;
    return false;
}

static bool refuse_here(const struct parse *p, const char *reason, const char *what)
{
    return refuse(p->out, p->line, reason, what);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void skip_space(struct cursor *c)
{
    while (c->at < c->end && is_space(*c->at))
        c->at++;
}

/*
 * The next word; false at the end of the line. A word that does not fit `size` is cut, and then
 * matches nothing.
 */
static bool word_take(struct cursor *c, char *word, size_t size)
{
    size_t n = 0;

    skip_space(c);
    if (c->at == c->end)
        return false;
    while (c->at < c->end && !is_space(*c->at)) {
        if (n + 1 < size)
            word[n++] = *c->at;
        c->at++;
    }
    word[n] = '\0';
    return true;
}

/* Decimal or 0x hexadecimal digits at *s; false when there are none or they overflow. */
static bool digits_take(const char **s, uint64_t *value)
{
    unsigned base = 10;
    const char *at = *s;

    if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X')) {
        base = 16;
        at += 2;
    }
    const char *first = at;
    uint64_t v = 0;
    for (;; at++) {
        unsigned d = *at >= '0' && *at <= '9' ? (unsigned)(*at - '0')
                     : base == 16 && (*at | 32) >= 'a' && (*at | 32) <= 'f'
                         ? (unsigned)((*at | 32) - 'a' + 10)
                         : 99;
        if (d == 99)
            break;
        if (v > (UINT64_MAX - d) / base)
            return false;
        v = v * base + d;
    }
    *s = at;
    *value = v;
    return at > first;
}

struct unit {
    const char *name;
    uint64_t factor;
};

/* A number with one of the units, within bounds. */
static bool number_take(struct parse *p, struct cursor *c, const struct unit *units, uint64_t least,
                        uint64_t most, uint64_t *value)
{
    char word[32];
    const char *s = word;
    uint64_t v;

    if (!word_take(c, word, sizeof word))
        return refuse_here(p, "a number is missing", NULL);
    if (text_length(word) == sizeof word - 1) /* it may have been cut */
        return refuse_here(p, "number too long:", word);
    if (!digits_take(&s, &v))
        return refuse_here(p, "not a number:", word);
    for (; units->name != NULL; units++)
        if (text_equal(s, units->name))
            break;
    if (units->name == NULL)
        return refuse_here(p, "not a number with a unit that fits here:", word);
    if (v > most / units->factor || v * units->factor < least)
        return refuse_here(p, "out of range:", word);
    *value = v * units->factor;
    return true;
}

static const struct unit unit_none[] = { { "", 1 }, { NULL, 0 } };
static const struct unit unit_size[] = {
    { "", 1 }, { "K", 1024 }, { "M", 1024 * 1024 }, { NULL, 0 }
};
static const struct unit unit_time[] = {
    { "us", 1 }, { "ms", 1000 }, { "s", 1000000 }, { NULL, 0 }
};

static bool unsigned_take(struct parse *p, struct cursor *c, unsigned least, unsigned most,
                          unsigned *value)
{
    uint64_t v;

    if (!number_take(p, c, unit_none, least, most, &v))
        return false;
    *value = (unsigned)v;
    return true;
}

/* A number that is a power of two; log2 of it. */
static bool bits_take(struct parse *p, struct cursor *c, const struct unit *units,
                      unsigned least_bits, unsigned most_bits, unsigned *bits)
{
    uint64_t number;

    if (!number_take(p, c, units, 1ull << least_bits, 1ull << most_bits, &number))
        return false;
    if ((number & (number - 1)) != 0)
        return refuse_here(p, "not a power of two", NULL);
    *bits = (unsigned)__builtin_ctzll(number);
    return true;
}

static bool name_take(struct parse *p, struct cursor *c, char *name, size_t size)
{
    char word[64];

    if (!word_take(c, word, sizeof word))
        return refuse_here(p, "a name is missing", NULL);
    if (text_length(word) >= size)
        return refuse_here(p, "name too long:", word);
    text_copy(name, size, word);
    return true;
}

/* One of several words; *choice is its number. */
static bool choice_take(struct parse *p, struct cursor *c, const char *const *words,
                        unsigned *choice)
{
    char word[32];

    if (!word_take(c, word, sizeof word))
        return refuse_here(p, "a word is missing", NULL);
    for (unsigned i = 0; words[i] != NULL; i++)
        if (text_equal(word, words[i])) {
            *choice = i;
            return true;
        }
    return refuse_here(p, "not one of the words that fit here:", word);
}

/* ---- one function for each keyword that needs more than a line ---- */

static bool take_component(struct parse *p, struct cursor *c)
{
    struct manifest *m = p->out;

    if (m->count == MANIFEST_COMPONENTS_MAX)
        return refuse_here(p, "too many components", NULL);
    struct manifest_component *e = &m->component[m->count];
    *e = (struct manifest_component){
        .line = p->line,
        .pager_index = -1,
        .threads = 1,
        .replies = 1,
        .stack_bytes = 32 * 1024,
        .memory_bits = 19,
        .cnode_bits = 8,
        .budget_us = 10000,
        .period_us = 10000,
        .priority = 100,
    };
    if (!name_take(p, c, e->name, sizeof e->name))
        return false;
    for (unsigned i = 0; i < m->count; i++)
        if (text_equal(m->component[i].name, e->name))
            return refuse_here(p, "a second component of the name", e->name); /* MAN-1 */
    m->count++;
    p->entry = e;
    return true;
}

static bool take_program(struct parse *p, struct cursor *c)
{
    p->entry->program_line = p->line;
    return name_take(p, c, p->entry->program, sizeof p->entry->program);
}

static bool take_args(struct parse *p, struct cursor *c)
{
    char *to = p->entry->args;

    skip_space(c);
    size_t n = (size_t)(c->end - c->at);
    if (n >= sizeof p->entry->args)
        return refuse_here(p, "arguments too long", NULL);
    for (size_t i = 0; i < n; i++)
        to[i] = c->at[i];
    to[n] = '\0';
    c->at = c->end;
    if (text_words(to) > MANIFEST_ARGS_WORDS_MAX)
        return refuse_here(p, "too many arguments", NULL);
    return true;
}

static bool take_ports(struct parse *p, struct cursor *c)
{
    struct manifest_component *e = p->entry;
    struct manifest_range r = { 0 };

    if (e->port_count == MANIFEST_EACH_MAX)
        return refuse_here(p, "too many port ranges", NULL);
    if (!number_take(p, c, unit_none, 0, 0xffff, &r.first) ||
        !number_take(p, c, unit_none, r.first, 0xffff, &r.last))
        return false;
    e->port[e->port_count++] = r;
    return true;
}

static bool take_irq(struct parse *p, struct cursor *c)
{
    struct manifest_component *e = p->entry;

    if (e->irq_count == MANIFEST_EACH_MAX)
        return refuse_here(p, "too many interrupts", NULL);
    if (!unsigned_take(p, c, 0, 23, &e->irq[e->irq_count]))
        return false;
    e->irq_count++;
    return true;
}

static bool take_device(struct parse *p, struct cursor *c)
{
    struct manifest_component *e = p->entry;
    struct manifest_range r;
    uint64_t size;

    if (e->device_count == MANIFEST_EACH_MAX)
        return refuse_here(p, "too many devices", NULL);
    if (!name_take(p, c, r.name, sizeof r.name) ||
        !number_take(p, c, unit_none, 4096, 1ull << 46, &r.first) ||
        !number_take(p, c, unit_size, 4096, 1 << 20, &size))
        return false;
    if ((r.first | size) % 4096 != 0)
        return refuse_here(p, "device memory comes in pages of 4 KiB", NULL);
    r.last = r.first + size - 1;
    e->device[e->device_count++] = r;
    return true;
}

static bool use_new(struct parse *p, struct cursor *c, struct manifest_use **use)
{
    struct manifest_component *e = p->entry;

    if (e->use_count == MANIFEST_USES_MAX)
        return refuse_here(p, "too many endpoints", NULL);
    struct manifest_use *u = &e->use[e->use_count];
    *u = (struct manifest_use){ .line = p->line, .rights = RIGHTS_CALL };
    if (!name_take(p, c, u->name, sizeof u->name))
        return false;
    e->use_count++;
    *use = u;
    return true;
}

static bool take_use(struct parse *p, struct cursor *c)
{
    static const char *const rights[] = { "call", "send", "grant", NULL };
    struct manifest_use *u;
    char word[16];
    unsigned choice;

    if (!use_new(p, c, &u))
        return false;
    u->badge = p->out->count; /* the number of this component, counted from 1 */
    while (word_take(c, word, sizeof word)) {
        if (text_equal(word, "badge")) {
            if (!number_take(p, c, unit_none, 1, 0xffffffff, &u->badge))
                return false;
        } else if (text_equal(word, "rights")) {
            if (!choice_take(p, c, rights, &choice))
                return false;
            u->rights = (enum manifest_rights)choice;
        } else if (text_equal(word, "mint")) {
            u->mint = true;
        } else {
            return refuse_here(p, "expected badge, rights or mint, not", word);
        }
    }
    return true;
}

static bool take_notify(struct parse *p, struct cursor *c)
{
    struct manifest_use *u;
    char word[16];

    if (!use_new(p, c, &u))
        return false;
    u->signal = true;
    if (!word_take(c, word, sizeof word))
        return true;
    if (!text_equal(word, "bit"))
        return refuse_here(p, "expected bit, not", word);
    return number_take(p, c, unit_none, 0, 15, &u->badge);
}

static bool take_restart(struct parse *p, struct cursor *c)
{
    static const char *const words[] = { "no", "fault", "always", NULL };
    unsigned choice;

    if (!choice_take(p, c, words, &choice))
        return false;
    p->entry->restart = (enum manifest_restart)choice;
    return true;
}

static bool take_start(struct parse *p, struct cursor *c)
{
    static const char *const words[] = { "boot", "manual", NULL };
    unsigned choice;

    if (!choice_take(p, c, words, &choice))
        return false;
    p->entry->manual = choice == 1;
    return true;
}

static bool take_overrun(struct parse *p, struct cursor *c)
{
    static const char *const words[] = { "wait", "fault", NULL };
    unsigned choice;

    if (!choice_take(p, c, words, &choice))
        return false;
    p->entry->overrun_fault = choice == 1;
    return true;
}

static bool take_pager(struct parse *p, struct cursor *c)
{
    p->entry->pager_line = p->line;
    return name_take(p, c, p->entry->pager, sizeof p->entry->pager);
}

static bool flag_set(bool *flag)
{
    *flag = true;
    return true;
}

/* The keywords inside an entry. */
static bool take_statement(struct parse *p, struct cursor *c, const char *word)
{
    struct manifest_component *e = p->entry;
    enum { PAGE = 4096 };

    if (text_equal(word, "program"))
        return take_program(p, c);
    if (text_equal(word, "args"))
        return take_args(p, c);
    if (text_equal(word, "priority"))
        return unsigned_take(p, c, 0, 254, &e->priority);
    if (text_equal(word, "mcp"))
        return unsigned_take(p, c, 0, 254, &e->mcp);
    if (text_equal(word, "budget"))
        return number_take(p, c, unit_time, 100, 10000000, &e->budget_us);
    if (text_equal(word, "period"))
        return number_take(p, c, unit_time, 100, 10000000, &e->period_us);
    if (text_equal(word, "overrun"))
        return take_overrun(p, c);
    if (text_equal(word, "memory"))
        return bits_take(p, c, unit_size, 18, 26, &e->memory_bits);
    if (text_equal(word, "stack"))
        return number_take(p, c, unit_size, PAGE, 256 * PAGE, &e->stack_bytes);
    if (text_equal(word, "threads"))
        return unsigned_take(p, c, 1, 8, &e->threads);
    if (text_equal(word, "replies"))
        return unsigned_take(p, c, 1, 32, &e->replies);
    if (text_equal(word, "serves"))
        return flag_set(&e->serves);
    if (text_equal(word, "passive"))
        return flag_set(&e->passive);
    if (text_equal(word, "notification"))
        return flag_set(&e->notification);
    if (text_equal(word, "control"))
        return flag_set(&e->control);
    if (text_equal(word, "pages"))
        return name_take(p, c, e->pages, sizeof e->pages);
    if (text_equal(word, "log"))
        return flag_set(&e->log);
    if (text_equal(word, "ports"))
        return take_ports(p, c);
    if (text_equal(word, "irq"))
        return take_irq(p, c);
    if (text_equal(word, "device"))
        return take_device(p, c);
    if (text_equal(word, "untyped"))
        return bits_take(p, c, unit_size, 12, 24, &e->untyped_bits);
    if (text_equal(word, "reserve"))
        return bits_take(p, c, unit_size, 20, 30, &e->reserve_bits);
    if (text_equal(word, "processes"))
        return flag_set(&e->processes);
    if (text_equal(word, "slots"))
        return bits_take(p, c, unit_none, 8, 13, &e->cnode_bits);
    if (text_equal(word, "use"))
        return take_use(p, c);
    if (text_equal(word, "notify"))
        return take_notify(p, c);
    if (text_equal(word, "pager"))
        return take_pager(p, c);
    if (text_equal(word, "restart"))
        return take_restart(p, c);
    if (text_equal(word, "start"))
        return take_start(p, c);
    return refuse_here(p, "unknown keyword", word);
}

static bool take_line(struct parse *p, struct cursor c)
{
    char word[32];

    if (!word_take(&c, word, sizeof word))
        return true;
    if (text_equal(word, "component")) {
        if (!take_component(p, &c))
            return false;
    } else if (p->entry == NULL) {
        return refuse_here(p, "before the first component:", word);
    } else if (!take_statement(p, &c, word)) {
        return false;
    }
    if (word_take(&c, word, sizeof word))
        return refuse_here(p, "too much on the line:", word);
    return true;
}

/* ---- what needs the whole manifest ---- */

int manifest_find(const struct manifest *m, const char *name)
{
    for (unsigned i = 0; i < m->count; i++)
        if (text_equal(m->component[i].name, name))
            return (int)i;
    return -1;
}

static bool check_use(struct manifest *m, const struct manifest_component *e,
                      struct manifest_use *u)
{
    int target = manifest_find(m, u->name);

    if (target < 0)
        return refuse(m, u->line, "no component", u->name); /* MAN-1 */
    u->target = (unsigned)target;
    const struct manifest_component *t = &m->component[target];
    if (u->signal)
        return t->notification || refuse(m, u->line, "has no notification:", u->name);
    if (!t->serves)
        return refuse(m, u->line, "serves nothing:", u->name);
    if (t->priority <= e->priority)
        /* MAN-2 */
        return refuse(m, u->line, "calls must go to a higher priority; too low is", u->name);
    return true;
}

static bool check_pager(struct manifest *m, struct manifest_component *e)
{
    if (e->pager[0] == '\0')
        return true;
    e->pager_index = manifest_find(m, e->pager);
    if (e->pager_index < 0)
        return refuse(m, e->pager_line, "no component", e->pager);
    const struct manifest_component *pager = &m->component[e->pager_index];
    if (!pager->serves || pager->priority <= e->priority)
        return refuse(m, e->pager_line,
                      "a pager serves and has a higher priority than its client:", e->pager);
    if (pager->passive)
        return refuse(m, e->pager_line, "a pager is not passive:", e->pager);
    if (e->pager_index >= (int)(e - m->component))
        return refuse(m, e->pager_line, "a pager stands before its clients:", e->pager);
    return true;
}

static bool check_component(struct manifest *m, struct manifest_component *e,
                            manifest_has_program *has_program)
{
    if (e->program[0] == '\0')
        return refuse(m, e->line, "has no program:", e->name);
    if (has_program != NULL && !has_program(e->program))
        return refuse(m, e->program_line, "not in the boot archive:", e->program);
    if (e->budget_us > e->period_us)
        return refuse(m, e->line, "budget above period:", e->name); /* MAN-3 */
    if (e->passive && !e->serves)
        return refuse(m, e->line, "passive but serves nothing:", e->name);
    if (e->log && !e->notification)
        return refuse(m, e->line, "shows the log, but has no notification:", e->name);
    if (e->irq_count > 0 && !e->notification)
        return refuse(m, e->line, "interrupts need a notification:", e->name);
    if ((e->processes || e->reserve_bits != 0 || e->pages[0] != '\0') && e->untyped_bits == 0)
        return refuse(m, e->line, "makes objects, but has no untyped memory:", e->name);
    for (unsigned i = 0; i < e->use_count; i++)
        if (!check_use(m, e, &e->use[i]))
            return false;
    return check_pager(m, e);
}

bool manifest_parse(const char *text, size_t bytes, manifest_has_program *has_program,
                    struct manifest *out)
{
    struct parse p = { .out = out };
    const char *at = text, *end = text + bytes;

    out->count = 0;
    out->error_line = 0;
    out->error[0] = '\0';
    while (at < end) {
        const char *stop = at, *comment;
        while (stop < end && *stop != '\n')
            stop++;
        for (comment = at; comment < stop && *comment != '#'; comment++)
            continue;
        p.line++;
        if (!take_line(&p, (struct cursor){ at, comment }))
            return false;
        at = stop + 1;
    }
    if (out->count == 0)
        return refuse(out, p.line, "no component at all", NULL);
    for (unsigned i = 0; i < out->count; i++)
        if (!check_component(out, &out->component[i], has_program))
            return false;
    return true;
}
