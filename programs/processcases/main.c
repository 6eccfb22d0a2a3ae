/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What processes may expect of each other: run on Linux and on this system, the lines must be the
 * same. `processcases` runs all subjects, `processcases NAME..` some.
 */
#include "cases.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const char *program;
static const char *subject_name = "";

static const struct {
    const char *name;
    subject *run;
} subjects[] = {
    { "waits", waits },         { "orphans", orphans },     { "stops", stops },
    { "signals", signals },     { "masks", masks },         { "alarms", alarms },
    { "groups", groups },       { "sessions", sessions },   { "memory", memory },
    { "images", images },       { "files", files },         { "pieces", pieces },
    { "crowds", crowds },       { "threads", threads },     { "locks", locks },
    { "targets", targets },     { "polls", polls },         { "selects", selects },
    { "copies", copies },       { "jobs", jobs },           { "limits", limits },
    { "execs", execs },         { "many", many },           { "epolls", epolls },
    { "events", events },       { "maps", maps },           { "lents", lents },
    { "timers", timers },       { "signalfds", signalfds }, { "clones", clones },
    { "filelocks", filelocks }, { "seals", seals },         { "sockets", sockets },
    { "sockopts", sockopts },   { "rights", rights },       { "ptys", ptys },
    { "repeats", repeats },     { "queues", queues },       { "reopens", reopens },
    { "paths", paths },         { "epollsets", epollsets }, { "states", states },
    { "nodes", nodes },         { "numbers", numbers },     { "channels", channels },
};

/* ---- what is shown ---- */

void show(const char *name, long result)
{
    if (result < 0 && result > -4096)
        printf("%s %s: %s\n", subject_name, name, strerror((int)-result));
    else
        printf("%s %s: %ld\n", subject_name, name, result);
}

void show_truth(const char *name, bool truth)
{
    show_text(name, truth ? "yes" : "no");
}

void show_text(const char *name, const char *text)
{
    printf("%s %s: %s\n", subject_name, name, text);
}

void show_status(const char *name, int status)
{
    char words[64];

    if (status == -1)
        snprintf(words, sizeof words, "nothing");
    else if (WIFEXITED(status))
        snprintf(words, sizeof words, "exited, %d", WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        snprintf(words, sizeof words, "killed by %d", WTERMSIG(status));
    else if (WIFSTOPPED(status))
        snprintf(words, sizeof words, "stopped by %d", WSTOPSIG(status));
    else
        snprintf(words, sizeof words, WIFCONTINUED(status) ? "continued" : "something else");
    show_text(name, words);
}

long checked(long result)
{
    return result == -1 ? -errno : result;
}

/* ---- children ---- */

pid_t child(int (*run)(const void *), const void *with)
{
    fflush(stdout); /* or both would print it */
    pid_t pid = fork();

    if (pid == 0)
        _exit(run(with));
    return pid;
}

int reap(pid_t pid)
{
    int status;
    pid_t got;

    do
        got = waitpid(pid, &status, 0);
    while (got == -1 && errno == EINTR);
    return got == pid ? status : -1;
}

static int sleep_for_ever(const void *none)
{
    (void)none;
    while (pause() == -1)
        continue;
    return 0;
}

pid_t sleeper(void)
{
    return child(sleep_for_ever, NULL);
}

void fault_now(void)
{
    volatile char *volatile nowhere = (volatile char *)16;

    *nowhere = 1;
}

void handler_set(int signal, void (*handler)(int), int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

    sigaction(signal, &action, NULL);
}

void sleep_ms(long ms)
{
    struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

    while (nanosleep(&left, &left) == -1 && errno == EINTR)
        continue;
}

/* ---- */

static bool is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return argc == 1;
}

/* Called by `images`: shows what it was started with. */
static int show_image(char **argv)
{
    char *variable = getenv("CASE");

    printf("images started with: %s %s %s\n", argv[1], argv[2] != NULL ? argv[2] : "nothing",
           variable != NULL ? variable : "nothing");
    return 70;
}

int main(int argc, char **argv)
{
    program = realpath(argv[0], NULL);
    if (program == NULL)
        program = argv[0];
    if (argc > 1 && strcmp(argv[1], "image") == 0)
        return show_image(argv);
    if (argc > 1 && strcmp(argv[1], "exit") == 0)
        return 0;
    if (argc > 2 && strcmp(argv[1], "again") == 0)
        return jobs_again(atoi(argv[2]));
    if (argc > 1 && strcmp(argv[1], "kept") == 0)
        return kept_tell();
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++)
        if (is_wanted(subjects[i].name, argc, argv)) {
            subject_name = subjects[i].name;
            subjects[i].run();
            fflush(stdout);
        }
    puts("end");
    return 0;
}
