/* SPDX-License-Identifier: BSD-2-Clause */
/* Pseudo-terminals, pty(7): what goes from one end to the other, job control, and their end. */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { SOON_MS = 20, LONG_MS = 20000 };

static char name[64]; /* of the slave */

static int master_open(int flags)
{
    int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | flags), number = -1;

    if (fd >= 0 && ioctl(fd, TIOCGPTN, &number) == 0)
        snprintf(name, sizeof name, "/dev/pts/%d", number);
    return fd;
}

static int slave_open(int flags)
{
    return open(name, O_RDWR | O_NOCTTY | flags);
}

static long unlock(int master, int locked)
{
    return checked(ioctl(master, TIOCSPTLCK, &locked));
}

static void show_bytes(const char *what, const char *text, long n)
{
    char line[300];

    if (n < 0) {
        show(what, n);
        return;
    }
    int at = snprintf(line, sizeof line, "%ld: ", n);
    for (long i = 0; i < n; i++)
        at += snprintf(line + at, sizeof line - (size_t)at, text[i] < ' ' ? "\\%o" : "%c", text[i]);
    show_text(what, line);
}

/* What is there now. */
static void got(const char *what, int fd)
{
    char text[100];

    show_bytes(what, text, checked(read(fd, text, sizeof text)));
}

/* So many bytes, which may come little by little. */
static void comes(const char *what, int fd, long bytes)
{
    char text[100];
    long n = 0, one = 1;
    struct pollfd p = { fd, POLLIN, 0 };

    while (n < bytes && one > 0 && poll(&p, 1, LONG_MS) == 1) {
        one = checked(read(fd, text + n, (size_t)(bytes - n)));
        n += one > 0 ? one : 0;
    }
    show_bytes(what, text, n);
}

static void put(const char *what, int fd, const char *text)
{
    show(what, checked(write(fd, text, strlen(text))));
}

static long found(int fd, int timeout_ms)
{
    struct pollfd p = { fd, POLLIN | POLLOUT, 0 };

    return poll(&p, 1, timeout_ms) < 0 ? -errno : p.revents;
}

static long number_of(int fd, unsigned long request)
{
    int n = -1;
    long result = checked(ioctl(fd, request, &n));

    return result < 0 ? result : n;
}

static void opening(void)
{
    int master = master_open(0), slave, locked = -1;
    struct stat m, s;

    show_truth("a master", master >= 0);
    show("is locked", checked(ioctl(master, TIOCGPTLCK, &locked)));
    show("that is", locked);
    show("its slave then", checked(slave_open(0)));
    show("unlocked", unlock(master, 0));
    slave = slave_open(0);
    show_truth("the slave", slave >= 0);
    show("locked again", unlock(master, 1));
    show("no other then", checked(slave_open(0)));
    unlock(master, 0);
    show("a slave has no number", number_of(slave, TIOCGPTN));
    show_truth("both are terminals", isatty(master) && isatty(slave));
    fstat(master, &m);
    fstat(slave, &s);
    show_truth("of characters", S_ISCHR(m.st_mode) && S_ISCHR(s.st_mode));
    show("a master's device", (long)m.st_rdev);
    show_truth("a slave's name", strcmp(ttyname(slave), name) == 0);
    show("nobody's group", checked(tcgetpgrp(slave)));
    show("of the master", number_of(master, TIOCGPGRP));
    show("nobody's session", number_of(master, TIOCGSID));
    show("places", checked(lseek(master, 0, SEEK_SET)));
    int other = master_open(0), again = other < 0 ? -1 : 0;
    show("another master", again);
    close(other);
    close(slave), close(master);
}

static void talking(void)
{
    int master = master_open(O_NONBLOCK);
    struct termios t;
    struct winsize w = { 7, 77, 0, 0 };

    unlock(master, 0);
    int slave = slave_open(O_NONBLOCK), n;
    show("size at first", checked(ioctl(slave, TIOCGWINSZ, &w)));
    show("rows", w.ws_row);
    w = (struct winsize){ 7, 77, 0, 0 };
    show("set by the master", checked(ioctl(master, TIOCSWINSZ, &w)));
    w = (struct winsize){ 0, 0, 0, 0 };
    ioctl(slave, TIOCGWINSZ, &w);
    show("is the slave's", w.ws_row * 1000 + w.ws_col);
    tcgetattr(slave, &t);
    show("input", (long)t.c_iflag);
    show("output", (long)t.c_oflag);
    show("control", (long)t.c_cflag);
    show("local", (long)t.c_lflag);
    got("nothing to read", slave);
    got("nothing shown", master);
    show("polls", found(slave, 0));
    show("the master polls", found(master, 0));
    put("typed", master, "hel");
    got("no line yet", slave);
    comes("shown", master, 3);
    put("typed on", master, "px\177\177lo\n");
    comes("shown, too", master, 12);
    show("polls with a line", found(slave, LONG_MS) & POLLIN);
    ioctl(slave, FIONREAD, &n);
    show("unread", n);
    comes("a line", slave, 6);
    put("written", slave, "out\n");
    comes("is shown so", master, 5);
    cfmakeraw(&t);
    show("raw", checked(tcsetattr(slave, TCSANOW, &t)));
    put("typed raw", master, "a\3\r");
    comes("comes raw", slave, 3);
    got("is not shown", master);
    put("written raw", slave, "\n");
    comes("is shown raw", master, 1);
    tcgetattr(master, &t);
    show_truth("the master has the same settings", (t.c_lflag & (ECHO | ICANON)) == 0);
    put("to be lost", master, "lost");
    show("comes", found(slave, LONG_MS) & POLLIN);
    show("by the slave", checked(tcflush(slave, TCIFLUSH)));
    got("is lost", slave);
    char big[4000];
    memset(big, 'b', sizeof big);
    long all = 0, one;
    while ((one = checked(write(slave, big, sizeof big))) > 0)
        all += one;
    show("until it is full", one);
    show_truth("of something", all > 0);
    while (read(master, big, sizeof big) > 0)
        continue;
    put("then there is room", slave, "x");
    close(slave), close(master);
}

static void ends(void)
{
    int master = master_open(O_NONBLOCK);

    got("before there was a slave", master);
    unlock(master, 0);
    int slave = slave_open(0), second = slave_open(0);
    put("last words", slave, "bye");
    close(slave);
    show("one of two closed", found(master, LONG_MS) & POLLHUP);
    close(second);
    show("the last is closed", found(master, LONG_MS) & POLLHUP);
    comes("last words come", master, 3);
    got("then no more", master);
    show("polls so", found(master, 0));
    slave = slave_open(0);
    got("there is one again", master);
    put("typed ahead", master, "ahead\n");
    close(master);
    show("the slave polls", found(slave, 0));
    got("at its end", slave);
    put("to nobody", slave, "x");
    struct termios t;
    show("settings of none", checked(tcgetattr(slave, &t)));
    show("no more of that name", checked(slave_open(0)) < 0);
    close(slave);
}

static void note(int signal)
{
    static const char window[] = "W", hung[] = "H", stop[] = "S";
    const char *what = signal == SIGWINCH ? window : signal == SIGHUP ? hung : stop;

    (void)!write(2, what, 1);
}

static int out, mine; /* the children's way to tell; the master, which is not theirs */

/* Leads a session on the slave, and tells of the signals it gets, until it is hung up. */
static int leads(const void *with)
{
    (void)with;
    close(mine);
    setsid();
    int slave = open(name, O_RDWR); /* without O_NOCTTY */
    char text[20];

    dup2(out, 2);
    handler_set(SIGWINCH, note, SA_RESTART);
    handler_set(SIGINT, note, SA_RESTART);
    handler_set(SIGHUP, note, SA_RESTART);
    dprintf(2, "%s", tcgetpgrp(slave) == getpgrp() ? "F" : "-");
    dprintf(2, "%s", tcgetsid(slave) == getsid(0) ? "L" : "-");
    int own = open("/dev/tty", O_RDWR);
    dprintf(2, "%s", own >= 0 && write(own, "own\n", 4) == 4 ? "T" : "-");
    long n;
    while ((n = read(slave, text, sizeof text)) > 0)
        dprintf(2, "%.*s", (int)n, text);
    dprintf(2, "%s", n == 0 ? "E" : "?");
    dprintf(2, "%s", open("/dev/tty", O_RDWR) < 0 && errno == ENXIO ? "N" : "-");
    return 0;
}

/* So many of its letters. */
static void told(const char *what, int from, int count)
{
    char text[32] = "";

    for (int i = 0; i < count; i++)
        if (read(from, text + i, 1) != 1)
            break;
    show_text(what, text);
}

static void sessions_on(void)
{
    int master = master_open(0), p[2];
    struct winsize w = { 5, 50, 0, 0 };

    unlock(master, 0);
    if (pipe(p) != 0)
        return;
    out = p[1];
    mine = master;
    pid_t pid = child(leads, NULL);
    told("in the foreground, its session, its terminal", p[0], 3);
    comes("what that shows", master, 5);
    show_truth("the master knows who",
               number_of(master, TIOCGPGRP) == pid && number_of(master, TIOCGSID) == pid);
    ioctl(master, TIOCSWINSZ, &w);
    told("another size", p[0], 1);
    put("a key", master, "\3");
    told("that interrupts", p[0], 1);
    put("a line", master, "ok\n");
    told("that is read", p[0], 3);
    close(master);
    char rest[8] = "";
    for (int i = 0; i < 3; i++)
        (void)!read(p[0], rest + i, 1);
    /* a read that the signal has begun again finds an end, one that it has not an error */
    show_truth("hung up", strchr(rest, 'H') != NULL && strpbrk(rest, "?E") != NULL &&
                              strchr(rest, 'N') != NULL);
    show_status("it", reap(pid));
    close(p[0]), close(p[1]);
}

static int sleeps(const void *with)
{
    (void)with;
    while (pause() < 0)
        continue;
    return 0;
}

static int reads(const void *with)
{
    char c;

    setpgid(0, 0);
    return read(*(const int *)with, &c, 1) == 1 ? 0 : 1;
}

/* Leads a session with a job in the background, and one in the foreground that the end reaches. */
static int leads_jobs(const void *with)
{
    (void)with;
    close(mine);
    setsid();
    int slave = open(name, O_RDWR), status = 0;
    pid_t job = child(reads, &slave);

    waitpid(job, &status, WUNTRACED);
    dprintf(out, "%s", WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTIN ? "B" : "-");
    dprintf(out, "%s", tcsetpgrp(slave, job) == 0 && tcgetpgrp(slave) == job ? "J" : "-");
    kill(job, SIGCONT);
    waitpid(job, &status, 0);
    dprintf(out, "%s", WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "R" : "-");
    handler_set(SIGTTOU, SIG_IGN, 0);
    pid_t last = child(sleeps, NULL);
    setpgid(last, last);
    tcsetpgrp(slave, last);
    dprintf(out, "G");
    waitpid(last, &status, 0);
    dprintf(out, "%s", WIFSIGNALED(status) && WTERMSIG(status) == SIGINT ? "I" : "-");
    last = child(sleeps, NULL);
    setpgid(last, last);
    tcsetpgrp(slave, last);
    dprintf(out, "%c%d ", 'L', last);
    return 0;
}

static void jobs_on(void)
{
    int master = master_open(0), p[2];

    unlock(master, 0);
    if (pipe(p) != 0)
        return;
    out = p[1];
    mine = master;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t pid = child(leads_jobs, NULL);
    told("a job of the background stops", p[0], 2);
    put("a line for it", master, "x\n");
    told("and reads in the foreground", p[0], 2);
    put("a key for another", master, "\3");
    told("ends that", p[0], 2);
    char digits[16] = "";
    for (int i = 0; i < 15 && read(p[0], digits + i, 1) == 1 && digits[i] != ' '; i++)
        continue;
    show_status("who leads ends", reap(pid));
    show_status("with the job of its foreground", reap(atoi(digits)));
    close(master), close(p[0]), close(p[1]);
}

void ptys(void)
{
    opening();
    talking();
    ends();
    sessions_on();
    jobs_on();
}
