/* SPDX-License-Identifier: BSD-2-Clause */
/* What is typed comes from tests/system/pipes.t, when it is asked for by a line `type: ...`. */
#include "pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <ipc/cap.h>
#include <ipc/tty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { SHELL = 5, OTHER = 6, SID = 5, CONSOLE = 0x501, OWN = 0x500 };

static struct session boss;
static struct file shell, other;

static void begin(unsigned number, int group)
{
    const struct session_attributes of = {
        .session = UNIX_BADGE(number, 1), .pid = (int32_t)number, .group = group, .sid = SID
    };

    check(session_begin(boss, UNIX_BADGE(number, 1)) == 0 &&
              session_attributes(boss, &of, NULL, 0) == 0,
          "a session at the terminal");
}

static int control(struct file f, uint32_t handle, uint32_t request, uint64_t argument,
                   const void *in, size_t in_bytes, void *out, size_t room, uint64_t *value)
{
    size_t got;

    return file_control(f, handle, request, argument, in, in_bytes, value, out, room, &got);
}

static int event(uint64_t *value)
{
    return control((struct file){ boss.cap }, 0, TTY_EVENT, 0, "", 0, NULL, 0, value);
}

/* The same, once there is one: who types may be slow. */
static int event_comes(uint64_t *value)
{
    int error = event(value);

    for (int i = 0; i < 600 && error == EAGAIN; i++) {
        usleep(50000);
        error = event(value);
    }
    return error;
}

static void settings(uint32_t h)
{
    struct winsize size = { 0, 0, 0, 0 };
    uint8_t was[36], is[36];
    uint64_t value;
    int group = 0;

    check(control(shell, h, TCGETS, 0, "", 0, was, 36, &value) == 0, "TCGETS");
    memcpy(is, was, 36);
    is[12] &= (uint8_t)~ECHO;
    check(control(shell, h, TCSETS, 0, is, 36, NULL, 0, &value) == 0 &&
              control(shell, h, TCGETS, 0, "", 0, is, 36, &value) == 0 && (is[12] & ECHO) == 0,
          "TCSETS");
    check(control(shell, h, TCSETS, 0, is, 35, NULL, 0, &value) == EINVAL, "TCSETS: too short");
    (void)control(shell, h, TCSETS, 0, was, 36, NULL, 0, &value);
    check(control(shell, h, TIOCGWINSZ, 0, "", 0, &size, sizeof size, &value) == 0 &&
              size.ws_col == 80 && size.ws_row == 24,
          "TIOCGWINSZ");
    check(control(shell, h, TIOCGPGRP, 0, "", 0, &group, 4, &value) == 0 && group == SHELL,
          "TIOCGPGRP");
    check(control(shell, h, TIOCSTI, 0, "x", 1, NULL, 0, &value) == ENOTTY, "TIOCSTI is refused");
    check(control(shell, h, TTY_OWNER, 0, "", 0, NULL, 0, &value) == EPERM,
          "only the manager says whose it is");
}

/* Waits for output: at least for as long as that is stopped. */
static void drained(uint32_t h)
{
    uint64_t value;
    uint32_t done = 1;
    int bytes = 1;

    check(control(shell, h, TCXONC, TCOOFF, "", 0, NULL, 0, &value) == 0 &&
              file_write(shell, h, -1, "stopped\n", 8, &done) == 0,
          "output is stopped");
    check(file_write_until(shell, in_us(100000), h, TTY_OFFSET_DRAINED, "", 0, &done) ==
              CALL_DEADLINE,
          "it does not drain then");
    check(control(shell, h, TCXONC, TCOON, "", 0, NULL, 0, &value) == 0 &&
              file_write(shell, h, TTY_OFFSET_DRAINED, "", 0, &done) == 0 && done == 0 &&
              control(shell, h, TIOCOUTQ, 0, "", 0, &bytes, 4, &value) == 0 && bytes == 0,
          "but when it goes on");
}

static void jobs(uint32_t h)
{
    uint32_t mine = 0;
    uint64_t value;
    char text[9];
    size_t n;

    check(file_device(other, OWN, O_RDWR, 1, 7, &mine) == 0, "the background may open it");
    check(file_read(other, mine, 9, -1, text, 9, &n) == UNIX_EBACKGROUND, "but not read");
    check(control(other, mine, TCFLSH, TCIFLUSH, "", 0, NULL, 0, &value) == UNIX_EBACKGROUND,
          "nor change it");
    check(control(other, mine, TCFLSH | TTY_ANYWAY, TCIFLUSH, "", 0, NULL, 0, &value) == 0,
          "but if it is deaf to SIGTTOU");
    puts("type: ^C");
    check(file_read_until(shell, in_us(100000), h, 9, -1, text, 9, &n) == CALL_DEADLINE,
          "^C is nothing to read");
    check(event_comes(&value) == 0 && value == (SIGINT | (uint64_t)SHELL << 32) &&
              event(&value) == EAGAIN,
          "but an event, for the foreground group");
}

/* The shell's session has ended. */
/* The terminal, exported for writing. */
static void exports(uint32_t h)
{
    struct file x = { cap_slot() }, y = { cap_slot() };
    struct file_status is;
    uint32_t done;
    char byte;
    size_t n;

    check(file_export_file(shell, h, W_OK, &x) == 0 && file_status(x, 0, &is) == 0 &&
              is.rdev == OWN,
          "export: the terminal");
    check(file_write(x, 0, -1, "written by another\n", 19, &done) == 0 && done == 19,
          "export: it is written");
    check(file_read(x, 0, 1, -1, &byte, 1, &n) == EBADF, "export: but not read");
    check(file_export_file(x, 0, R_OK, &y) == EACCES && file_export_file(x, 1, W_OK, &y) == EBADF,
          "export: nor does it become more");
    check(file_close(x, 0) == 0 && file_write(x, 0, -1, "x", 1, &done) == ESRCH,
          "export: until it ends");
    (void)cap_delete(x.cap);
}

static void hang_up(uint32_t h)
{
    struct file manages = { boss.cap };
    uint32_t fresh = 0, done;
    uint64_t value;
    char text[9];
    size_t n = 1;

    check(control(shell, h, TTY_HANGUP, 0, "", 0, NULL, 0, &value) == EPERM,
          "a process does not hang up");
    check(control(manages, 0, TTY_HANGUP, 0, "", 0, NULL, 0, &value) == 0, "the manager does");
    check(file_read(shell, h, 9, -1, text, 9, &n) == 0 && n == 0, "then there is the end to read");
    check(file_write(shell, h, -1, "x", 1, &done) == EIO &&
              control(shell, h, TCGETS, 0, "", 0, NULL, 0, &value) == EIO,
          "and nothing else to do");
    check(file_device(shell, CONSOLE, O_RDWR, 1, 7, &fresh) == 0 &&
              file_write(shell, fresh, -1, "new\n", 4, &done) == 0 && done == 4,
          "until it is opened again");
}

void test_terminal(void)
{
    uint32_t h = 0, done;
    uint64_t value;
    char line[64];
    size_t n;

    boss = manager("tty");
    shell = process("tty", SHELL);
    other = process("tty", OTHER);
    begin(SHELL, SHELL);
    begin(OTHER, OTHER);
    check(file_device(shell, OWN, O_RDWR, 1, 7, &h) == ENXIO, "nobody's terminal yet");
    check(control((struct file){ boss.cap }, 0, TTY_OWNER, (uint64_t)SID << 32 | SHELL, "", 0, NULL,
                  0, &value) == 0 &&
              file_device(shell, OWN, O_RDWR, 1, 7, &h) == 0,
          "then the shell's");
    settings(h);
    check(file_write(shell, h, -1, "shown\n", 6, &done) == 0 && done == 6, "write");
    drained(h);
    puts("type: hello");
    check(file_read(shell, h, sizeof line, -1, line, sizeof line, &n) == 0 && n == 6 &&
              memcmp(line, "hello\n", 6) == 0,
          "a line is read");
    exports(h);
    jobs(h);
    hang_up(h);
}
