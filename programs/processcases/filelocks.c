/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks of files: flock(2), and those of fcntl(2) of a process and of an open file. */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOON_MS = 20 };

static const char name[] = "/tmp/processcases-locked";

static int open_it(int flags)
{
    return open(name, flags | O_CREAT | O_CLOEXEC, 0600);
}

static long lock(int fd, int command, int type, long start, long bytes)
{
    struct flock l = { .l_type = (short)type, .l_start = start, .l_len = bytes };

    return checked(fcntl(fd, command, &l));
}

/* In a child: what a try to lock gives, as an exit code: 0 or an errno. */
struct
try {
    int fd, command, type;
    long start, bytes;
};

static int tries(const void *with)
{
    const struct try *t = with;
    long result = lock(t->fd, t->command, t->type, t->start, t->bytes);

    return result < 0 ? (int)-result : 0;
}

/* What another process gets. */
static void another(const char *what, int fd, int type, long start, long bytes)
{
    const struct try t = { fd, F_SETLK, type, start, bytes };
    int status = reap(child(tries, &t));

    show(what, WIFEXITED(status) ? -WEXITSTATUS(status) : 1000 + WTERMSIG(status));
}

/* In a child: whose lock is in the way. */
struct told {
    int fd, type;
    long start, bytes;
    const char *what;
    pid_t pid;
};

static int tells(const void *with)
{
    const struct told *t = with;
    struct flock l = { .l_type = (short)t->type, .l_start = t->start, .l_len = t->bytes };
    char text[100];

    long result = checked(fcntl(t->fd, F_GETLK, &l));
    snprintf(text, sizeof text, "%ld: type %d from %d, %ld, %ld bytes, %s", result, l.l_type,
             l.l_whence, (long)l.l_start, (long)l.l_len,
             l.l_pid == t->pid ? "ours"
             : l.l_pid == 0    ? "nobody's"
                               : "another's");
    show_text(t->what, text);
    fflush(stdout);
    return 0;
}

static void asked(const char *what, int fd, int type, long start, long bytes)
{
    const struct told t = { fd, type, start, bytes, what, getpid() };

    (void)reap(child(tells, &t));
}

static void refuses(int fd)
{
    int reads = open_it(O_RDONLY), writes = open_it(O_WRONLY), path = open(name, O_PATH);
    struct flock l = { .l_type = F_RDLCK, .l_whence = 3 };

    show("not open", lock(-1, F_SETLK, F_RDLCK, 0, 0));
    show("a path", lock(path, F_SETLK, F_RDLCK, 0, 0));
    show("no such kind", lock(fd, F_SETLK, 7, 0, 0));
    show("no such place", checked(fcntl(fd, F_SETLK, &l)));
    show("nowhere", checked(fcntl(fd, F_SETLK, NULL)));
    show("before the begin", lock(fd, F_SETLK, F_RDLCK, -1, 0));
    show("from before it on", lock(fd, F_SETLK, F_RDLCK, 5, -6));
    show("too far", lock(fd, F_SETLK, F_RDLCK, INT64_MAX, 2));
    show("just so far", lock(fd, F_SETLK, F_RDLCK, INT64_MAX, 1));
    show("to be written, read only", lock(reads, F_SETLK, F_WRLCK, 0, 0));
    show("to be read, written only", lock(writes, F_SETLK, F_RDLCK, 0, 0));
    show("asked all the same", lock(writes, F_GETLK, F_RDLCK, 0, 0));
    show("to ask for nothing", lock(writes, F_GETLK, F_UNLCK, 0, 0));
    l = (struct flock){ .l_type = F_RDLCK, .l_pid = 5 };
    show("an open file's with a process", checked(fcntl(fd, F_OFD_SETLK, &l)));
    show("flock of nothing", checked(flock(fd, 0)));
    show("flock of two kinds", checked(flock(fd, LOCK_SH | LOCK_EX)));
    show("flock, not open", checked(flock(-1, LOCK_SH)));
    show("flock of a path", checked(flock(path, LOCK_SH)));
    show("flock to read what is written only", checked(flock(writes, LOCK_SH)));
    close(reads), close(writes), close(path);
}

static void ranges(int fd)
{
    show("a lock", lock(fd, F_SETLK, F_WRLCK, 10, 10));
    show("over it", lock(fd, F_SETLK, F_RDLCK, 15, 10));
    another("before", fd, F_WRLCK, 0, 10);
    another("in it", fd, F_RDLCK, 10, 1);
    another("in its second half", fd, F_RDLCK, 15, 1);
    another("to write there", fd, F_WRLCK, 24, 1);
    another("behind", fd, F_WRLCK, 25, 100);
    asked("asked for all", fd, F_WRLCK, 0, 12);
    asked("asked to read", fd, F_RDLCK, 15, 0);
    asked("asked to write", fd, F_WRLCK, 15, 0);
    show("its middle goes", lock(fd, F_SETLK, F_UNLCK, 12, 5));
    another("and is free", fd, F_WRLCK, 12, 5);
    asked("the begin stays", fd, F_WRLCK, 0, 0);
    asked("and the end", fd, F_WRLCK, 12, 0);
    lock(fd, F_SETLK, F_RDLCK, 0, 0);
    asked("to the end of all files", fd, F_WRLCK, 1000, 1);
    show("all of it goes", lock(fd, F_SETLK, F_UNLCK, 0, 0));
    asked("nothing is there", fd, F_WRLCK, 0, 0);
    if (write(fd, "0123456789", 10) != 10)
        return;
    struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_start = -4, .l_len = 2 };
    show("from the position", checked(fcntl(fd, F_SETLK, &l)));
    asked("it is", fd, F_WRLCK, 0, 0);
    l = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = 0, .l_len = -4 };
    show("before the end", checked(fcntl(fd, F_SETLK, &l)));
    asked("both are one", fd, F_WRLCK, 0, 0);
    int again = open_it(O_RDWR);
    close(again);
    asked("until any of its files is closed", fd, F_WRLCK, 0, 0);
    lock(fd, F_SETLK, F_WRLCK, 0, 1);
    close(dup(fd));
    asked("or a descriptor", fd, F_WRLCK, 0, 0);
}

/* Locks, then stays until it is told to end: 'e', or that it closes its file: 'c'. */
struct holds {
    int fd, told, done;
    struct try lock;
};

static int holds(const void *with)
{
    const struct holds *h = with;
    char c = (char)tries(&h->lock);

    for (;;) {
        if (write(h->done, &c, 1) != 1 || read(h->told, &c, 1) != 1 || c == 'e')
            return 0;
        if (c == 'u')
            lock(h->lock.fd, F_SETLK, F_UNLCK, 0, 0);
        else if (c == 's')
            sleep_ms(SOON_MS), (void)lock(h->lock.fd, F_SETLK, F_UNLCK, 0, 0);
        else
            c = (char)tries(&h->lock);
    }
}

static int to[2], from[2];

static pid_t holder(int fd, int type, long start, long bytes)
{
    char c = 1;

    if (pipe(to) != 0 || pipe(from) != 0)
        return -1;
    struct holds h = { fd, to[0], from[1], { fd, F_SETLK, type, start, bytes } };
    pid_t pid = child(holds, &h);
    if (read(from[0], &c, 1) != 1)
        c = 1;
    show("another one locks", -c);
    return pid;
}

static void tell(char what)
{
    if (write(to[1], &what, 1) != 1)
        show("told", -errno);
}

static void holder_ends(pid_t pid)
{
    tell('e');
    show_status("it", reap(pid));
    close(to[0]), close(to[1]), close(from[0]), close(from[1]);
}

static void nothing(int signal)
{
    (void)signal;
}

static void waiting_for(int fd)
{
    struct itimerval soon = { { 0, 0 }, { 0, SOON_MS * 1000 } };

    pid_t pid = holder(fd, F_WRLCK, 5, 5);
    show("ours", lock(fd, F_SETLK, F_WRLCK, 0, 5));
    show("not its own", lock(fd, F_SETLK, F_RDLCK, 0, 6));
    handler_set(SIGALRM, nothing, 0);
    setitimer(ITIMER_REAL, &soon, NULL);
    show("a signal ends the wait", lock(fd, F_SETLKW, F_WRLCK, 9, 1));
    tell('s');
    show("it lets go", lock(fd, F_SETLKW, F_WRLCK, 5, 5));
    asked("it is ours", fd, F_WRLCK, 0, 0);
    holder_ends(pid);
    lock(fd, F_SETLK, F_UNLCK, 0, 0);
    pid = holder(fd, F_WRLCK, 0, 0);
    tell('e');
    show("until it ends", lock(fd, F_SETLKW, F_RDLCK, 0, 0));
    show_status("it", reap(pid));
    close(to[0]), close(to[1]), close(from[0]), close(from[1]);
    lock(fd, F_SETLK, F_UNLCK, 0, 0);
    handler_set(SIGALRM, SIG_DFL, 0);
}

/* Locks the second byte, then waits for the first: who comes second would wait for ever. */
static int waits_crosswise(const void *with)
{
    const struct holds *h = with;
    char c = (char)-lock(h->fd, F_SETLK, F_WRLCK, 1, 1);

    if (write(h->done, &c, 1) != 1)
        return 9;
    return lock(h->fd, F_SETLKW, F_WRLCK, 0, 1) == 0 ? 0 : errno;
}

static void deadlocks(int fd)
{
    char c;

    if (pipe(from) != 0)
        return;
    struct holds h = { .fd = fd, .done = from[1] };
    lock(fd, F_SETLK, F_WRLCK, 0, 1);
    pid_t pid = child(waits_crosswise, &h);
    if (read(from[0], &c, 1) != 1)
        return;
    long result = -EAGAIN;
    for (int i = 0; i < 1000 && result == -EAGAIN; i++) { /* it may not wait yet */
        struct itimerval soon = { { 0, 0 }, { 0, SOON_MS * 1000 } };
        handler_set(SIGALRM, nothing, 0);
        setitimer(ITIMER_REAL, &soon, NULL);
        result = lock(fd, F_SETLKW, F_WRLCK, 1, 1);
        if (result == -EINTR)
            result = -EAGAIN;
    }
    setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
    lock(fd, F_SETLK, F_UNLCK, 0, 0);
    int status = reap(pid), its = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    show_truth("each waits for the other, and one is told",
               (result == -EDEADLK && its == 0) || (result == 0 && its == EDEADLK));
    handler_set(SIGALRM, SIG_DFL, 0);
    close(from[0]), close(from[1]);
}

static int of_parents_file(const void *with)
{
    const int *fd = with;

    return lock(fd[0], F_OFD_SETLK, F_WRLCK, 0, 0) == 0 &&
                   lock(fd[1], F_OFD_SETLK, F_WRLCK, 0, 0) == -EAGAIN &&
                   flock(fd[0], LOCK_EX | LOCK_NB) == 0 && flock(fd[1], LOCK_SH | LOCK_NB) == -1 &&
                   errno == EWOULDBLOCK
               ? 0
               : 1;
}

static void open_files(int fd)
{
    int other = open_it(O_RDWR), both[2] = { fd, other };
    struct flock l = { .l_type = F_WRLCK };

    show("of an open file", lock(fd, F_OFD_SETLK, F_WRLCK, 0, 0));
    show("of another one", lock(other, F_OFD_SETLK, F_RDLCK, 0, 0));
    show("of the process", lock(fd, F_SETLK, F_RDLCK, 0, 0));
    fcntl(other, F_GETLK, &l);
    show("which it is told of no process", l.l_pid);
    l = (struct flock){ .l_type = F_WRLCK };
    fcntl(fd, F_OFD_GETLK, &l);
    show("its own is not in the way", l.l_type);
    show("flock", checked(flock(fd, LOCK_EX)));
    show("flock of another one", checked(flock(other, LOCK_SH | LOCK_NB)));
    show_status("a child has the file, too", reap(child(of_parents_file, both)));
    show("less of it", checked(flock(fd, LOCK_SH)));
    show("both", checked(flock(other, LOCK_SH | LOCK_NB)));
    show("more of it", checked(flock(other, LOCK_EX | LOCK_NB)));
    show("which is lost", checked(flock(fd, LOCK_EX | LOCK_NB)));
    close(dup(fd));
    show("a descriptor of several", checked(flock(other, LOCK_SH | LOCK_NB)));
    show("undone", checked(flock(fd, LOCK_UN)));
    show("undone again", checked(flock(fd, LOCK_UN)));
    show("now", checked(flock(other, LOCK_EX | LOCK_NB)));
    show("undone for all", lock(fd, F_OFD_SETLK, F_UNLCK, 0, 0));
    show("it waits for none", lock(other, F_OFD_SETLKW, F_WRLCK, 0, 0));
    show("again in the way", lock(fd, F_OFD_SETLK, F_WRLCK, 0, 0));
    close(other);
    show("until it is closed", lock(fd, F_OFD_SETLKW, F_WRLCK, 0, 0));
    lock(fd, F_OFD_SETLK, F_UNLCK, 0, 0);
}

static int waits_for_flock(const void *with)
{
    (void)with;
    int fd = open_it(O_RDWR);

    return flock(fd, LOCK_EX) == 0 ? 0 : errno;
}

static void flocks(void)
{
    struct itimerval soon = { { 0, 0 }, { 0, SOON_MS * 1000 } };
    int fd = open_it(O_RDWR), other = open_it(O_RDWR);

    flock(fd, LOCK_EX);
    pid_t pid = child(waits_for_flock, NULL);
    handler_set(SIGALRM, nothing, 0);
    setitimer(ITIMER_REAL, &soon, NULL);
    show("flock until a signal", checked(flock(other, LOCK_SH)));
    close(fd); /* a copy of which the child has */
    kill(pid, SIGKILL);
    show_status("one that waits", reap(pid));
    show("all are gone", checked(flock(other, LOCK_EX | LOCK_NB)));
    pid = child(waits_for_flock, NULL);
    sleep_ms(SOON_MS);
    flock(other, LOCK_UN);
    show_status("one that waits until then", reap(pid));
    handler_set(SIGALRM, SIG_DFL, 0);
    close(other);
}

void filelocks(void)
{
    int fd = open_it(O_RDWR);

    refuses(fd);
    lock(fd, F_SETLK, F_UNLCK, 0, 0);
    ranges(fd);
    waiting_for(fd);
    deadlocks(fd);
    open_files(fd);
    flocks();
    close(fd);
    unlink(name);
}
