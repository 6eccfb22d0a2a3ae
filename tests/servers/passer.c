/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * passer HOW FILE: what becomes of an open file in other hands.
 *
 *   pass   a child gets it in a message of a socket, after it was closed here, and reads a line
 *   drop   it is sent, and nobody takes the message
 *   exit   it is sent to a child, which ends without having looked
 *   late   it is sent, its server ends (the rest of the arguments are run), then it is taken
 *   exec   it is opened behind the back of the personality, in the session alone, then the rest of
 *          the arguments are executed
 *   keep   the same, with the file open as it should be, too
 */
#include <errno.h>
#include <fcntl.h>
#include <idl/file.h>
#include <idl/proc.h>
#include <ipc/unix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int two[2];

static void send_file(int fd)
{
    union {
        char bytes[CMSG_SPACE(sizeof fd)];
        struct cmsghdr aligned;
    } control = { { 0 } };
    struct iovec part = { (char *)"x", 1 };
    struct msghdr m = { .msg_iov = &part,
                        .msg_iovlen = 1,
                        .msg_control = control.bytes,
                        .msg_controllen = sizeof control.bytes };

    control.aligned = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
    control.aligned.cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(&control.aligned), &fd, sizeof fd);
    if (sendmsg(two[0], &m, 0) != 1)
        perror("sendmsg");
}

static int take_file(void)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control;
    char x;
    struct iovec part = { &x, 1 };
    struct msghdr m = { .msg_iov = &part,
                        .msg_iovlen = 1,
                        .msg_control = control.bytes,
                        .msg_controllen = sizeof control.bytes };
    int fd = -1;

    if (recvmsg(two[1], &m, 0) != 1)
        perror("recvmsg");
    else if (m.msg_controllen >= CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(&control.aligned), sizeof fd);
    return fd;
}

static void show_line(int fd)
{
    char line[100];
    long n = read(fd, line, sizeof line - 1);

    if (n < 0)
        perror("read");
    else
        printf("got %.*s", (int)n, line);
}

/* In a child: 0 if it ended well. */
static int child_takes(bool reads)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        if (reads)
            show_line(take_file());
        fflush(stdout);
        _exit(0);
    }
    return waitpid(pid, &status, 0) == pid ? status : -1;
}

static int run(char **command)
{
    execvp(command[0], command);
    perror(command[0]);
    return 1;
}

static int run_child(char **command)
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(run(command));
    return waitpid(pid, &status, 0) == pid ? status : -1;
}

/* Open FILE, DIRECTORY/NAME of the server `doorbell`, and tell nobody. */
static int open_aside(const char *file)
{
    static const char name[] = "doorbell";
    struct proc proc = { SLOT_INIT };
    struct file_opened opened;
    char text[600];
    uint32_t server;
    size_t n;
    const char *last = strrchr(file, '/');

    int e = proc_find(proc, name, strlen(name), &server);
    if (e == 0)
        e = file_open((struct file){ unix_server_slot(server) }, FILE_ROOT_BIT, O_RDONLY, 0, last,
                      strlen(last), &opened, text, sizeof text, &n);
    return e;
}

int main(int argc, char **argv)
{
    const char *how = argc > 2 ? argv[1] : "";
    int fd = strcmp(how, "exec") != 0 ? open(argv[2], O_RDWR) : -1;

    if (argc < 3 || socketpair(AF_UNIX, SOCK_STREAM, 0, two) != 0)
        return 2;
    fcntl(two[0], F_SETFD, FD_CLOEXEC);
    fcntl(two[1], F_SETFD, FD_CLOEXEC);
    if (fd < 0 && (fd = open(argv[2], O_RDONLY | O_CLOEXEC)) < 0) {
        perror(argv[2]);
        return 1;
    }
    if (strcmp(how, "exec") == 0 || strcmp(how, "keep") == 0) {
        int e = open_aside(argv[2]);
        return e == 0 ? run(argv + 3) : (printf("aside: %s\n", strerror(e)), 1);
    }
    send_file(fd);
    close(fd);
    if (strcmp(how, "pass") == 0)
        return child_takes(true);
    if (strcmp(how, "exit") == 0)
        return child_takes(false);
    if (strcmp(how, "late") == 0 && run_child(argv + 3) >= 0)
        printf("then %d\n", take_file());
    return 0;
}
