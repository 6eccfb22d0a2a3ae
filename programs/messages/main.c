/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * messages [-i FOLDER] FILE [PROGRAM [ARG..]]: show the messages whose records are in a file, as
 * /system/component/NAME/messages gives them while it is open, with the layouts of interfaces that
 * are in a folder. Until it is killed, or PROGRAM, which is started then, has ended.
 */
#include "messages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { REPLIES = 64, ROOM = 8192, PAUSE_NS = 20000000 };

/* Requests that are not answered yet, by their reply objects. */
static struct pending {
    bool is_there;
    struct watch_record record;
    uint64_t word[WATCH_WORDS_MAX];
} pending[REPLIES];

static void caller_print(uint64_t caller)
{
    if ((caller & WATCH_CALLER_PROC) != 0)
        fputs("proc ", stdout);
    else if ((caller & WATCH_CALLER_OTHER) != 0)
        fputs("? ", stdout);
    else if ((caller & WATCH_CALLER_COMPONENT) != 0)
        printf("component %u ", (unsigned)caller);
    else
        printf("%u ", (unsigned)caller);
}

static void record_show(const struct watch_record *r, const uint64_t *word)
{
    struct pending *p = &pending[r->reply % REPLIES];

    switch (r->kind) {
    case WATCH_REQUEST:
        p->is_there = true;
        p->record = *r;
        memcpy(p->word, word, r->words * sizeof *word);
        return;
    case WATCH_LOST:
        memset(pending, 0, sizeof pending);
        puts("(some lost)");
        return;
    case WATCH_LATER:
    case WATCH_ANSWER: break;
    default: return;
    }
    if (!p->is_there)
        return;
    caller_print(p->record.caller);
    request_print(&p->record, p->word);
    if (r->kind == WATCH_ANSWER)
        answer_print(&p->record, r, word);
    puts(r->kind == WATCH_LATER ? " waits" : "");
    p->is_there = r->kind == WATCH_LATER;
}

/* Whole records of what was read. */
static void records_show(const uint64_t *word, size_t words)
{
    for (size_t at = 0; words - at >= WATCH_RECORD_WORDS;) {
        struct watch_record r;
        memcpy(&r, word + at, sizeof r);
        if (r.words > WATCH_WORDS_MAX || r.words > words - at - WATCH_RECORD_WORDS)
            return;
        record_show(&r, word + at + WATCH_RECORD_WORDS);
        at += WATCH_RECORD_WORDS + r.words;
    }
}

/* All there is by now. False: it can't be read. */
static bool drain(int fd)
{
    static uint64_t room[ROOM / sizeof(uint64_t)];
    ssize_t got;

    while ((got = read(fd, room, sizeof room)) > 0)
        records_show(room, (size_t)got / sizeof room[0]);
    fflush(stdout);
    return got == 0;
}

static pid_t program_start(char **words)
{
    pid_t child = fork();

    if (child != 0)
        return child;
    execvp(words[0], words);
    fprintf(stderr, "trace: %s: %s\n", words[0], strerror(errno));
    _exit(127);
}

int main(int argc, char **argv)
{
    const char *folder = "/usr/share/idl";
    const struct timespec pause = { .tv_nsec = PAUSE_NS };
    int status = 0, option;
    pid_t child = 0;

    while ((option = getopt(argc, argv, "+i:")) == 'i')
        folder = optarg;
    if (option != -1 || optind >= argc)
        return 2;
    int fd = open(argv[optind], O_RDONLY | O_CLOEXEC);
    if (fd < 0 || !layouts_read(folder)) {
        fprintf(stderr, "trace: %s: %s\n", fd < 0 ? argv[optind] : folder, strerror(errno));
        return 1;
    }
    bool is_file = !drain(fd) || lseek(fd, 0, SEEK_CUR) > 0; /* which ends: kept records */
    if (optind + 1 < argc)
        child = program_start(argv + optind + 1);
    while (drain(fd) && !is_file) {
        if (child > 0 && waitpid(child, &status, WNOHANG) == child) {
            drain(fd);
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        nanosleep(&pause, NULL);
    }
    return 0;
}
