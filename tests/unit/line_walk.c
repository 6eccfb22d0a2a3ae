/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when the line discipline of servers/tty does not do what Linux's does: a pseudo-terminal
 * of the host and ours get the same random settings, keys, writes and reads, and everything that
 * can be seen has to be the same: output with echo, what reads give, FIONREAD, signals.
 *
 * Not tried: OLCUC and IUCLC, with which the host takes UTF-8 for Latin-1.
 *
 * The host handles keys some time after they were written. So what it shows is compared until it is
 * the same, or for two seconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "line_priv.h"
#include "tap.h"

enum { SHOWN = 1 << 16, ROUNDS = 200, STEPS = 40, SETTLE_MS = 2000 };

static int master, slave;
static struct line line;
static unsigned seed = 1;

/* What came out of each terminal in this round. */
static struct shown {
    uint8_t byte[SHOWN];
    size_t count;
} theirs, ours;
static unsigned their_signals[4], our_signals[4];

static char story[SHOWN];
static size_t story_length;

static unsigned choose(unsigned n)
{
    seed = next_random(seed);
    return (seed >> 16) % n;
}

__attribute__((__format__(__printf__, 1, 2))) static void tell(const char *format, ...)
{
    __builtin_va_list list;

    __builtin_va_start(list, format);
    int n = vsnprintf(story + story_length, sizeof story - story_length, format, list);
    __builtin_va_end(list);
    if (n > 0 && story_length + (size_t)n < sizeof story)
        story_length += (size_t)n;
}

static void signal_came(int number)
{
    their_signals[number == SIGINT    ? LINE_INTERRUPT
                  : number == SIGQUIT ? LINE_QUIT
                                      : LINE_SUSPEND]++;
}

/* Session leader with the pseudo-terminal as its terminal. False: this host has none. */
static bool host_open(void)
{
    struct sigaction act = { .sa_handler = signal_came, .sa_flags = SA_RESTART };

    if (openpty(&master, &slave, NULL, NULL, NULL) != 0)
        return false;
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGQUIT, &act, NULL);
    sigaction(SIGTSTP, &act, NULL);
    return setsid() >= 0 && ioctl(slave, TIOCSCTTY, 0) == 0 &&
           fcntl(slave, F_SETFL, O_NONBLOCK) == 0 && fcntl(master, F_SETFL, O_NONBLOCK) == 0;
}

static void host_look(void)
{
    ssize_t n = read(master, theirs.byte + theirs.count, SHOWN - theirs.count);

    if (n > 0)
        theirs.count += (size_t)n;
}

static void our_look(void)
{
    ours.count += line_output(&line, ours.byte + ours.count, SHOWN - ours.count);
}

static bool is_same(void)
{
    int readable = -1;
    struct pollfd fd = { .fd = slave, .events = POLLIN };

    host_look();
    our_look();
    (void)poll(&fd, 1, 0);
    (void)ioctl(slave, FIONREAD, &readable);
    return theirs.count == ours.count && memcmp(theirs.byte, ours.byte, ours.count) == 0 &&
           (size_t)readable == line_readable(&line) &&
           ((fd.revents & POLLIN) != 0) == line_polls_in(&line) &&
           memcmp(their_signals, our_signals, sizeof our_signals) == 0;
}

static bool settled(void)
{
    const struct timespec short_while = { .tv_nsec = 200000 };

    for (int i = 0; i < SETTLE_MS * 5; i++) {
        if (is_same())
            return true;
        if (i > 20)
            nanosleep(&short_while, NULL);
    }
    return false;
}

/* Keys without effect are not seen to be handled. */
static void keys_arrive(void)
{
    const struct timespec while_ = { .tv_nsec = 20000000 };

    nanosleep(&while_, NULL);
}

/* ---- steps ---- */

static void configure(void)
{
    static const uint32_t i_flags[] = { ICRNL, INLCR,  IGNCR,   IXON,  IXANY,
                                        IUTF8, ISTRIP, IMAXBEL, PARMRK };
    static const uint32_t o_flags[] = { OPOST, ONLCR, OCRNL, ONOCR, ONLRET, XTABS };
    static const uint32_t l_flags[] = { ISIG,   ICANON, ECHO,   ECHOE,   ECHOK, ECHOCTL,
                                        ECHOKE, IEXTEN, ECHONL, ECHOPRT, NOFLSH };
    struct line_settings s;

    keys_arrive();
    (void)ioctl(slave, TCGETS, &s);
    s.iflag = s.oflag = 0;
    s.lflag = 0;
    /* What is usual is on more often. */
    for (unsigned i = 0; i < sizeof i_flags / sizeof i_flags[0]; i++)
        s.iflag |=
            choose(i == 0 || i == 3 || i == 5 ? 4 : 1) > 0 || choose(6) == 0 ? i_flags[i] : 0;
    for (unsigned i = 0; i < sizeof o_flags / sizeof o_flags[0]; i++)
        s.oflag |= choose(i < 2 ? 5 : 1) > 0 || choose(6) == 0 ? o_flags[i] : 0;
    for (unsigned i = 0; i < sizeof l_flags / sizeof l_flags[0]; i++)
        s.lflag |= choose(i < 8 ? 6 : 1) > 0 || choose(6) == 0 ? l_flags[i] : 0;
    s.cc[VMIN] = (uint8_t)choose(3);
    s.cc[VTIME] = 0;
    s.cc[VEOL] = choose(4) == 0 ? ';' : 0;
    s.cc[VEOL2] = choose(4) == 0 ? ':' : 0;
    tell("set i=%o o=%o l=%o min=%u eol=%u,%u\n", s.iflag, s.oflag, s.lflag, s.cc[VMIN], s.cc[VEOL],
         s.cc[VEOL2]);
    (void)ioctl(slave, TCSETS, &s);
    line_configure(&line, &s);
}

static const char *const keys[] = {
    "a",
    "b",
    "C",
    "_",
    " ",
    "\t",
    "\r",
    "\n",
    "\x03",
    "\x1c",
    "\x1a",
    "\x11",
    "\x13",
    "\x7f",
    "\x7f",
    "\x15",
    "\x17",
    "\x17",
    "\x16",
    "\x12",
    "\x04",
    "\x04",
    ";",
    ":",
    "-",
    "\x01",
    "\x1b",
    "\xc3\xa4",
    "\xe2\x82\xac",
    "\xff",
    "foo bar",
    "x\ty",
    "\x0f",
    "\b",
    "\xf0\x9f\x98\x80",
    "9",
    "line\n",
    "\x80",
    "\xc3",
    "\x9f",
};

static void type(void)
{
    const char *key = keys[choose(sizeof keys / sizeof keys[0])];

    if (line_output_bytes(&line) > 0 && (key[0] == 0x03 || key[0] == 0x1a || key[0] == 0x1c))
        return; /* where the cursor is is not known when output is thrown away */
    tell("type");
    for (const char *c = key; *c != '\0'; c++) {
        tell(" %02x", (uint8_t)*c);
        our_signals[line_key(&line, (uint8_t)*c)]++;
    }
    tell("\n");
    our_signals[LINE_NOTHING] = 0;
    (void)!write(master, key, strlen(key));
}

static void program_writes(void)
{
    static const char *const texts[] = { "$ ", "text\n", "a\tb", "\r", "\n", "\b", "\xc3\xa4" };
    const char *text = texts[choose(sizeof texts / sizeof texts[0])];

    if (line.is_stopped)
        return; /* the host's would be refused */
    tell("write %s\n", text);
    (void)line_write(&line, (const uint8_t *)text, strlen(text));
    (void)!write(slave, text, strlen(text));
}

static bool program_reads(void)
{
    uint8_t mine[64], other[64];
    size_t room = 1 + choose(sizeof mine), got = 0;
    bool now = line_read_state(&line, room) == LINE_NOW;

    if (now) {
        got = line_peek(&line, mine, room);
        line_consume(&line, got);
    } else if (!has_local(&line, ICANON)) {
        return true; /* without waiting, VMIN means nothing to the host */
    }
    ssize_t n = read(slave, other, room);
    tell("read %zu: %zd, ours %zd\n", room, n, now ? (ssize_t)got : -1);
    if (!now)
        return n < 0 && errno == EAGAIN;
    if (got == 0 && !has_local(&line, ICANON))
        return n < 0 || n == 0;
    return n == (ssize_t)got && memcmp(mine, other, got) == 0;
}

static void flush(void)
{
    tell("flush\n");
    keys_arrive();
    (void)ioctl(slave, TCFLSH, TCIFLUSH);
    line_flush_input(&line);
}

static bool step(void)
{
    switch (choose(12)) {
    case 0: program_writes(); break;
    case 1:
    case 2: return program_reads() && settled();
    case 3:
        if (choose(4) == 0)
            flush();
        break;
    case 4:
        if (choose(4) == 0 && !line.is_stopped) /* what waits would be shown in the new way */
            configure();
        break;
    default: type(); break;
    }
    return settled();
}

/* ---- rounds ---- */

static void show(const char *who, const struct shown *s)
{
    printf("# %s:", who);
    for (size_t i = s->count > 60 ? s->count - 60 : 0; i < s->count; i++)
        printf(" %02x", s->byte[i]);
    printf("\n");
}

static void report(unsigned round)
{
    int readable = -1;

    printf("# round %u\n", round);
    for (char *l = strtok(story, "\n"); l != NULL; l = strtok(NULL, "\n"))
        printf("# %s\n", l);
    show("host", &theirs);
    show("ours", &ours);
    (void)ioctl(slave, FIONREAD, &readable);
    printf("# readable: host %d, ours %zu\n", readable, line_readable(&line));
    for (int i = 1; i < 4; i++)
        printf("# signal %d: host %u, ours %u\n", i, their_signals[i], our_signals[i]);
}

static bool round_run(unsigned round)
{
    seed = round * 7919 + 1;
    theirs.count = ours.count = 0;
    memset(their_signals, 0, sizeof their_signals);
    memset(our_signals, 0, sizeof our_signals);
    story_length = 0;
    line_init(&line);
    configure();
    for (unsigned i = 0; i < STEPS; i++)
        if (!step()) {
            report(round);
            return false;
        }
    return true;
}

/* Each round has a terminal, and a session for it, of its own. */
static bool rounds_run(unsigned first, unsigned last)
{
    for (unsigned i = first; i < last; i++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            if (!host_open())
                _exit(2);
            bool good = round_run(i);
            fflush(stdout);
            _exit(!good);
        }
        int status;
        if (waitpid(child, &status, 0) != child || status != 0)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    unsigned first = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 0) : 0;
    unsigned last = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : first + ROUNDS;

    if (openpty(&master, &slave, NULL, NULL, NULL) != 0) {
        printf("ok 1 - as the host's terminals # SKIP no pseudo-terminals here\n1..1\n");
        return 0;
    }
    close(master);
    close(slave);
    tap_ok(rounds_run(first, last), "random settings, keys, writes and reads, as the host's");
    return tap_done();
}
