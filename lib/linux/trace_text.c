/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a trace shows what a call was given and what it answered. Pointers are the program's: what
 * they lead to is copied, or it is the pointer that is shown.
 */
#include "trace.h"

#include "names.h"

enum { SHOWN_NAME = 240, SHOWN_BYTES = 32, SHOWN_LIST = 8, SHOWN_ENTRIES = 64 };

void trace_text(struct trace_line *line, const char *text)
{
    for (; *text != '\0' && line->used < sizeof line->text; text++)
        line->text[line->used++] = *text;
}

static void put_char(struct trace_line *line, char c)
{
    const char text[2] = { c, '\0' };

    trace_text(line, text);
}

/* To a base of 16 at most, with at least so many digits. */
static void put_digits(struct trace_line *line, uint64_t n, unsigned base, unsigned least)
{
    char text[24], *at = &text[sizeof text - 1];

    *at = '\0';
    for (unsigned i = 0; i < least || n > 0; i++, n /= base)
        *--at = "0123456789abcdef"[n % base];
    trace_text(line, at);
}

void trace_number(struct trace_line *line, int64_t n)
{
    if (n < 0)
        put_char(line, '-');
    put_digits(line, n < 0 ? -(uint64_t)n : (uint64_t)n, 10, 1);
}

static void put_hex(struct trace_line *line, uint64_t n)
{
    if (n != 0)
        trace_text(line, "0x");
    put_digits(line, n, 16, 1);
}

static void put_octal(struct trace_line *line, uint64_t n)
{
    put_char(line, '0');
    if (n != 0)
        put_digits(line, n, 8, 1);
}

static void put_pointer(struct trace_line *line, uint64_t at)
{
    if (at == 0)
        trace_text(line, "NULL");
    else
        put_hex(line, at);
}

void trace_value(struct trace_line *line, enum trace_set set, uint64_t value)
{
    uint32_t unnamed = ~0u; /* bits that no name was found for */
    bool any = false;

    for (const struct trace_name *n = trace_names[set]; n->name != NULL; n++) {
        if ((n->mask & ~unnamed) != 0 || ((uint32_t)value & n->mask) != n->value)
            continue;
        if (any)
            put_char(line, '|');
        trace_text(line, n->name);
        any = true;
        unnamed &= ~n->mask;
    }
    value &= unnamed; /* 32 bits, whatever else the register holds */
    if (any && value != 0)
        put_char(line, '|');
    if (!any || value != 0)
        put_hex(line, value);
}

/* ---- bytes ---- */

static void put_bytes(struct trace_line *line, const char *from, size_t bytes)
{
    static const char special[] = "\nn\tt\rr\"\"\\\\";

    put_char(line, '"');
    for (size_t i = 0; i < bytes; i++) {
        const char *s = special;
        while (*s != '\0' && *s != from[i])
            s += 2;
        if (*s != '\0') {
            put_char(line, '\\');
            put_char(line, s[1]);
        } else if (from[i] >= ' ' && from[i] <= '~') {
            put_char(line, from[i]);
        } else {
            bool digit_follows = i + 1 < bytes && from[i + 1] >= '0' && from[i + 1] <= '7';
            put_char(line, '\\');
            put_digits(line, (unsigned char)from[i], 8, digit_follows ? 3 : 1);
        }
    }
    put_char(line, '"');
}

static void put_buffer(struct trace_line *line, uint64_t at, size_t bytes)
{
    char text[SHOWN_BYTES] = "";
    size_t shown = bytes < sizeof text ? bytes : sizeof text;

    if (!user_get(text, (uaddr_t){ at }, shown)) {
        put_pointer(line, at);
        return;
    }
    put_bytes(line, text, shown);
    if (shown < bytes)
        trace_text(line, "...");
}

static void put_name(struct trace_line *line, uint64_t at)
{
    char text[SHOWN_NAME];
    long bytes = user_text(text, (uaddr_t){ at }, sizeof text);

    if (bytes < 0) {
        put_pointer(line, at);
        return;
    }
    put_bytes(line, text, (size_t)bytes);
    if (bytes == sizeof text)
        trace_text(line, "...");
}

static void put_texts(struct trace_line *line, uaddr_t list)
{
    uint64_t at = 0;

    if (!user_get(&at, list, sizeof at)) {
        put_pointer(line, list.value);
        return;
    }
    put_char(line, '[');
    for (unsigned i = 0; at != 0; i++) {
        if (i > 0)
            trace_text(line, ", ");
        if (i == SHOWN_ENTRIES || line->used > sizeof line->text / 2) {
            trace_text(line, "...");
            break;
        }
        put_name(line, at);
        if (!user_get(&at, user_at(list, 8 * (i + 1)), sizeof at))
            break;
    }
    put_char(line, ']');
}

static void put_variables(struct trace_line *line, uint64_t list)
{
    enum { COUNTED = 10000 };
    uint64_t at = 1;
    int64_t n = 0;

    put_pointer(line, list);
    while (n < COUNTED && user_get(&at, user_at((uaddr_t){ list }, 8 * (uint64_t)n), sizeof at) &&
           at != 0)
        n++;
    trace_text(line, " /* ");
    trace_number(line, n);
    trace_text(line, " vars */");
}

/* ---- structures ---- */

static void put_field(struct trace_line *line, const char *name, int64_t n)
{
    trace_text(line, name);
    trace_number(line, n);
}

static bool put_time(struct trace_line *line, uaddr_t at)
{
    struct linux_timespec t;

    if (!user_get(&t, at, sizeof t))
        return false;
    put_field(line, "{tv_sec=", t.seconds);
    put_field(line, ", tv_nsec=", t.nanoseconds);
    put_char(line, '}');
    return true;
}

/* An address of AF_UNIX; of an abstract one the zero is shown as @. */
static bool put_address(struct trace_line *line, uaddr_t at, uint64_t bytes)
{
    enum { FAMILY_BYTES = 2, AF_UNIX = 1, NAME_MAX = 108 };
    char name[NAME_MAX + 1] = "";
    uint16_t family;
    size_t n = bytes < FAMILY_BYTES + NAME_MAX ? bytes - FAMILY_BYTES : NAME_MAX;

    if (bytes < FAMILY_BYTES || !user_get(&family, at, sizeof family) || family != AF_UNIX ||
        !user_get(name, user_at(at, FAMILY_BYTES), n))
        return false;
    trace_text(line, "{sa_family=AF_UNIX");
    if (n > 0) {
        bool is_abstract = name[0] == '\0';
        trace_text(line, is_abstract ? ", sun_path=@" : ", sun_path=");
        size_t name_bytes = 0;
        while (name[is_abstract + name_bytes] != '\0' && is_abstract + name_bytes < n)
            name_bytes++;
        put_bytes(line, name + is_abstract, name_bytes);
    }
    trace_text(line, "}");
    return true;
}

static bool put_timer(struct trace_line *line, uaddr_t at)
{
    trace_text(line, "{it_interval=");
    if (!put_time(line, at))
        return false;
    trace_text(line, ", it_value=");
    if (!put_time(line, user_at(at, sizeof(struct linux_timespec))))
        return false;
    trace_text(line, "}");
    return true;
}

static void put_signals(struct trace_line *line, uint64_t set)
{
    unsigned members = 0;
    bool any = false;

    for (uint64_t left = set; left != 0; left &= left - 1)
        members++;
    bool most = members > LINUX_SIGNALS / 2; /* then those that are not in it are shown */
    trace_text(line, most ? "~[" : "[");
    for (unsigned signal = 1; signal <= LINUX_SIGNALS; signal++)
        if (((set & signal_bit(signal)) != 0) != most) {
            if (any)
                put_char(line, ' ');
            trace_value(line, TRACE_SET_SIGNAL, signal);
            any = true;
        }
    put_char(line, ']');
}

static bool put_signal_set(struct trace_line *line, uaddr_t at)
{
    uint64_t set;

    if (!user_get(&set, at, sizeof set))
        return false;
    put_signals(line, set);
    return true;
}

static bool put_action(struct trace_line *line, uaddr_t at)
{
    struct linux_sigaction a;

    if (!user_get(&a, at, sizeof a))
        return false;
    trace_text(line, "{sa_handler=");
    if (a.handler == SIG_DFL || a.handler == SIG_IGN)
        trace_text(line, a.handler == SIG_DFL ? "SIG_DFL" : "SIG_IGN");
    else
        put_hex(line, a.handler);
    trace_text(line, ", sa_mask=");
    put_signals(line, a.mask);
    trace_text(line, ", sa_flags=");
    trace_value(line, TRACE_SET_HANDLING, a.flags);
    put_char(line, '}');
    return true;
}

static bool put_pieces(struct trace_line *line, uaddr_t at, uint64_t count)
{
    struct {
        uint64_t base, bytes;
    } piece;

    if (!user_get(&piece, at, count > 0 ? sizeof piece : 0))
        return false;
    put_char(line, '[');
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            trace_text(line, ", ");
        if (i == SHOWN_LIST || !user_get(&piece, user_at(at, i * sizeof piece), sizeof piece)) {
            trace_text(line, "...");
            break;
        }
        trace_text(line, "{iov_base=");
        put_buffer(line, piece.base, piece.bytes);
        put_field(line, ", iov_len=", (int64_t)piece.bytes);
        put_char(line, '}');
    }
    put_char(line, ']');
    return true;
}

static bool put_poll(struct trace_line *line, uaddr_t at, uint64_t count)
{
    struct {
        int32_t fd;
        uint16_t events, ready;
    } one;

    if (!user_get(&one, at, count > 0 ? sizeof one : 0))
        return false;
    put_char(line, '[');
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            trace_text(line, ", ");
        if (i == SHOWN_LIST || !user_get(&one, user_at(at, i * sizeof one), sizeof one)) {
            trace_text(line, "...");
            break;
        }
        put_field(line, "{fd=", one.fd);
        trace_text(line, ", events=");
        trace_value(line, TRACE_SET_EVENTS, one.events);
        put_char(line, '}');
    }
    put_char(line, ']');
    return true;
}

static void put_bound(struct trace_line *line, uint64_t n)
{
    if (n == ~0ull)
        trace_text(line, "RLIM_INFINITY");
    else
        put_digits(line, n, 10, 1);
}

static bool put_limit(struct trace_line *line, uaddr_t at)
{
    uint64_t limit[2];

    if (!user_get(limit, at, sizeof limit))
        return false;
    trace_text(line, "{rlim_cur=");
    put_bound(line, limit[0]);
    trace_text(line, ", rlim_max=");
    put_bound(line, limit[1]);
    put_char(line, '}');
    return true;
}

static bool put_fds(struct trace_line *line, uaddr_t at)
{
    int32_t fd[2];

    if (!user_get(fd, at, sizeof fd))
        return false;
    put_field(line, "[", fd[0]);
    put_field(line, ", ", fd[1]);
    put_char(line, ']');
    return true;
}

static bool put_status(struct trace_line *line, uaddr_t at)
{
    enum { CONTINUED = 0xffff, STOPPED = 0x7f };
    uint32_t status;

    if (!user_load32(&status, at))
        return false;
    put_char(line, '[');
    if (status == CONTINUED) {
        trace_text(line, "{WIFCONTINUED(s)}");
    } else if ((status & 0x7f) == 0) {
        put_field(line, "{WIFEXITED(s) && WEXITSTATUS(s) == ", status >> 8 & 0xff);
        put_char(line, '}');
    } else {
        bool stopped = (status & 0xff) == STOPPED;
        trace_text(line, stopped ? "{WIFSTOPPED(s) && WSTOPSIG(s) == "
                                 : "{WIFSIGNALED(s) && WTERMSIG(s) == ");
        trace_value(line, TRACE_SET_SIGNAL, stopped ? status >> 8 : status & 0x7f);
        put_char(line, '}');
    }
    put_char(line, ']');
    return true;
}

static bool put_stat(struct trace_line *line, uaddr_t at)
{
    enum { MODE_AT = 24, SIZE_AT = 48, S_IFMT = 0170000 };
    uint32_t mode;
    int64_t bytes;

    if (!user_load32(&mode, user_at(at, MODE_AT)) ||
        !user_get(&bytes, user_at(at, SIZE_AT), sizeof bytes))
        return false;
    trace_text(line, "{st_mode=");
    trace_value(line, TRACE_SET_TYPE, mode & S_IFMT);
    put_char(line, '|');
    put_octal(line, mode & ~(uint32_t)S_IFMT);
    put_field(line, ", st_size=", bytes);
    trace_text(line, ", ...}");
    return true;
}

/* What a pointer leads to; false: it is shown itself. */
static bool put_behind(struct trace_line *line, unsigned kind, const uint64_t *arg)
{
    uaddr_t at = { arg[0] };

    if (user_null(at))
        return false;
    switch (kind) {
    case TRACE_TIME: return put_time(line, at);
    case TRACE_TIMER: return put_timer(line, at);
    case TRACE_ADDRESS: return put_address(line, at, (uint32_t)arg[1]);
    case TRACE_SET_OF_SIGNALS: return put_signal_set(line, at);
    case TRACE_ACTION: return put_action(line, at);
    case TRACE_PIECES: return put_pieces(line, at, arg[1]);
    case TRACE_POLL: return put_poll(line, at, arg[1]);
    case TRACE_LIMIT: return put_limit(line, at);
    case TRACE_FDS: return put_fds(line, at);
    case TRACE_STATUS: return put_status(line, at);
    case TRACE_STAT: return put_stat(line, at);
    default: return false;
    }
}

void trace_argument(struct trace_line *line, unsigned kind, const uint64_t *arg, size_t count)
{
    if (kind >= TRACE_NAMES) {
        trace_value(line, kind - TRACE_NAMES, arg[0]);
        return;
    }
    switch (kind) {
    case TRACE_DIR:
        if ((int32_t)arg[0] == AT_FDCWD)
            trace_text(line, "AT_FDCWD");
        else
            trace_number(line, (int32_t)arg[0]);
        break;
    case TRACE_INT: trace_number(line, (int32_t)arg[0]); break;
    case TRACE_UNSIGNED: put_digits(line, (uint32_t)arg[0], 10, 1); break;
    case TRACE_LONG: trace_number(line, (int64_t)arg[0]); break;
    case TRACE_UNSIGNED_LONG: put_digits(line, arg[0], 10, 1); break;
    case TRACE_HEX: put_hex(line, arg[0]); break;
    case TRACE_OCTAL: put_octal(line, (uint32_t)arg[0]); break;
    case TRACE_TEXT: put_name(line, arg[0]); break;
    case TRACE_ARGV: put_texts(line, (uaddr_t){ arg[0] }); break;
    case TRACE_ENVP: put_variables(line, arg[0]); break;
    case TRACE_IN: put_buffer(line, arg[0], arg[1]); break;
    case TRACE_OUT: put_buffer(line, arg[0], count); break;
    default:
        if (!put_behind(line, kind, arg))
            put_pointer(line, arg[0]);
    }
}
