/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads of a process: their lives, what they share, what they wait for. */
#define _GNU_SOURCE 1 /* robust mutexes, SYS_ */
#include "cases.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int ready[2];

static void *write_one(void *unused)
{
    (void)unused;
    (void)!write(ready[1], "x", 1);
    return NULL;
}

static void *exit_all(void *unused)
{
    (void)unused;
    _exit(21);
}

static void *fault(void *unused)
{
    (void)unused;
    fault_now();
    return NULL;
}

static void *abort_all(void *unused)
{
    (void)unused;
    abort();
}

static void *same(void *value)
{
    return value;
}

static int with_thread(const void *run)
{
    pthread_t thread;
    void *(*function)(void *) = *(void *(*const *)(void *))run;

    if (pthread_create(&thread, NULL, function, NULL) != 0)
        return 1;
    pthread_join(thread, NULL);
    return 0;
}

static int fork_after(const void *unused)
{
    pthread_t thread;
    char x;

    (void)unused;
    if (pipe(ready) != 0 || pthread_create(&thread, NULL, write_one, NULL) != 0)
        return 1;
    pthread_join(thread, NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(read(ready[0], &x, 1) == 1 ? 5 : 6);
    return WEXITSTATUS(reap(pid));
}

/* ---- numbers ---- */

static void *tell_number(void *unused)
{
    (void)unused;
    return (void *)(intptr_t)gettid();
}

static int set_number(const void *unused)
{
    static int word;

    (void)unused;
    return syscall(SYS_set_tid_address, &word) == gettid() ? 4 : 5;
}

/* What a thread returns. */
static long result_of(void *(*run)(void *), void *with)
{
    pthread_t thread;
    void *result;

    if (pthread_create(&thread, NULL, run, with) != 0)
        return -EAGAIN;
    pthread_join(thread, &result);
    return (long)(intptr_t)result;
}

static void number_cases(void)
{
    long tid = result_of(tell_number, NULL);

    show_truth("its number is another one", tid > 0 && tid != getpid());
    show_truth("the first one's is the process's", gettid() == getpid());
    show_status("set_tid_address tells it", reap(child(set_number, NULL)));
    show("result", result_of(same, (void *)1234));
}

/* ---- the end of the first thread ---- */

static int exit_code;

static void *last_by_exit(void *unused)
{
    (void)unused;
    sleep_ms(20);
    syscall(SYS_exit, exit_code);
    return NULL;
}

static int first_goes(const void *code)
{
    pthread_t thread;

    exit_code = 3;
    if (pthread_create(&thread, NULL, last_by_exit, NULL) == 0)
        syscall(SYS_exit, *(const int *)code);
    return 99;
}

static void *last_by_exit_group(void *unused)
{
    (void)unused;
    sleep_ms(20);
    _exit(8);
}

static int first_goes_early(const void *unused)
{
    pthread_t thread;

    (void)unused;
    if (pthread_create(&thread, NULL, last_by_exit_group, NULL) == 0)
        syscall(SYS_exit, 5);
    return 99;
}

static void *exec_now(void *unused)
{
    (void)unused;
    execl(program, program, "image", "thread", (char *)NULL);
    _exit(98);
}

static int exec_in_thread(const void *unused)
{
    pthread_t thread, other;

    (void)unused;
    if (pthread_create(&other, NULL, last_by_exit_group, NULL) == 0 &&
        pthread_create(&thread, NULL, exec_now, NULL) == 0)
        pthread_join(thread, NULL);
    return 99;
}

static void *fork_now(void *unused)
{
    (void)unused;
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t more;
        bool right = gettid() == getpid() && pthread_create(&more, NULL, same, NULL) == 0 &&
                     pthread_join(more, NULL) == 0;
        if (right)
            execl(program, program, "exit", (char *)NULL);
        _exit(9);
    }
    return (void *)(intptr_t)reap(pid);
}

/* ---- many ---- */

static void *add(void *to)
{
    __atomic_fetch_add((int *)to, 1, __ATOMIC_RELAXED);
    sleep_ms(5);
    return NULL;
}

static void many_cases(void)
{
    enum { MANY = 40, TURNS = 100 };
    pthread_t thread[MANY];
    int count = 0, made = 0;

    for (int i = 0; i < MANY; i++)
        made += pthread_create(&thread[i], NULL, add, &count) == 0;
    for (int i = 0; i < MANY; i++)
        pthread_join(thread[i], NULL);
    show("many at once", made);
    show("all have run", count);
    long sum = 0;
    for (intptr_t i = 0; i < TURNS; i++)
        sum += result_of(same, (void *)i);
    show("one after the other", sum);
    for (int i = 0; i < TURNS; i++) {
        pthread_t one;
        if (pthread_create(&one, NULL, same, NULL) == 0)
            pthread_detach(one);
        sleep_ms(1); /* there may be fewer at once */
    }
    show("detached", result_of(same, (void *)7));
}

/* ---- what a thread begins with ---- */

static void *alternate_stack(void *unused)
{
    stack_t stack;

    (void)unused;
    return (void *)(intptr_t)(sigaltstack(NULL, &stack) == 0 && stack.ss_flags == SS_DISABLE);
}

static void *blocked_signal(void *unused)
{
    sigset_t set;

    (void)unused;
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    return (void *)(intptr_t)(sigismember(&set, SIGUSR2) * 2 + sigismember(&set, SIGUSR1));
}

static uint32_t rounding(void)
{
    uint32_t mode;

    __asm__ volatile("stmxcsr %0" : "=m"(mode));
    return mode >> 13 & 3;
}

static void rounding_set(uint32_t to)
{
    uint32_t mode;

    __asm__ volatile("stmxcsr %0" : "=m"(mode));
    mode = (mode & ~(3u << 13)) | to << 13;
    __asm__ volatile("ldmxcsr %0" : : "m"(mode));
}

static void *rounding_tell(void *unused)
{
    (void)unused;
    return (void *)(uintptr_t)rounding();
}

static int rounding_child(const void *unused)
{
    (void)unused;
    return (int)rounding();
}

static void begin_cases(void)
{
    static char room[SIGSTKSZ];
    stack_t stack = { .ss_sp = room, .ss_size = sizeof room };
    sigset_t set, old;

    sigaltstack(&stack, NULL);
    show("no alternate stack", result_of(alternate_stack, NULL));
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    show("its maker's mask", result_of(blocked_signal, NULL));
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    rounding_set(2);
    show("and rounding", result_of(rounding_tell, NULL));
    show_status("as a child does", reap(child(rounding_child, NULL)));
    rounding_set(0);
}

void threads(void)
{
    void *(*one)(void *) = write_one, *(*all)(void *) = exit_all, *(*bad)(void *) = fault;
    void *(*stop)(void *) = abort_all;
    int code = 7;

    show("pipe", checked(pipe(ready)));
    show_status("a thread", reap(child(with_thread, &one)));
    show_status("exits for all", reap(child(with_thread, &all)));
    show_status("faults for all", reap(child(with_thread, &bad)));
    show_status("aborts", reap(child(with_thread, &stop)));
    show_status("fork after threads", reap(child(fork_after, NULL)));
    close(ready[0]);
    close(ready[1]);
    number_cases();
    show_status("the last one's status counts", reap(child(first_goes, &code)));
    show_status("unless all are ended", reap(child(first_goes_early, NULL)));
    show_status("exec in a thread", reap(child(exec_in_thread, NULL)));
    show_status("fork in a thread", (int)result_of(fork_now, NULL));
    many_cases();
    begin_cases();
}

/* ---- locks, between threads and between processes ---- */

enum { ADDERS = 4, ADDS = 500 };

struct shared {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    sem_t there, back;
    int count, turn;
};

static void *add_locked(void *with)
{
    struct shared *s = with;

    for (int i = 0; i < ADDS; i++) {
        pthread_mutex_lock(&s->mutex);
        int before = s->count;
        if (i % 100 == 0)
            sched_yield();
        s->count = before + 1;
        pthread_mutex_unlock(&s->mutex);
    }
    return NULL;
}

static int add_locked_child(const void *with)
{
    (void)add_locked((void *)(uintptr_t)with);
    return 0;
}

/* Add while it is our turn, and give it to the other. */
static void *take_turns(struct shared *s, int mine)
{
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&s->mutex);
        while (s->turn != mine)
            pthread_cond_wait(&s->changed, &s->mutex);
        s->turn = 1 - mine;
        s->count++;
        pthread_cond_signal(&s->changed);
        pthread_mutex_unlock(&s->mutex);
    }
    return NULL;
}

static void *second_turns(void *with)
{
    return take_turns(with, 1);
}

static int second_turns_child(const void *with)
{
    (void)take_turns((void *)(uintptr_t)with, 1);
    return 0;
}

static void shared_init(struct shared *s, bool between_processes, bool robust)
{
    pthread_mutexattr_t mutex;
    pthread_condattr_t condition;

    *s = (struct shared){ .count = 0 };
    pthread_mutexattr_init(&mutex);
    pthread_condattr_init(&condition);
    if (between_processes) {
        pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
        pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
    }
    if (robust)
        pthread_mutexattr_setrobust(&mutex, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&s->mutex, &mutex);
    pthread_cond_init(&s->changed, &condition);
    sem_init(&s->there, between_processes, 0);
    sem_init(&s->back, between_processes, 0);
}

static struct timespec in_ms(long ms)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += ms * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

static void thread_cases(struct shared *s)
{
    pthread_t thread[ADDERS], other;
    struct timespec end = in_ms(20);

    shared_init(s, false, false);
    for (int i = 0; i < ADDERS; i++)
        pthread_create(&thread[i], NULL, add_locked, s);
    for (int i = 0; i < ADDERS; i++)
        pthread_join(thread[i], NULL);
    show("a mutex", s->count);
    s->count = 0;
    pthread_create(&other, NULL, second_turns, s);
    take_turns(s, 0);
    pthread_join(other, NULL);
    show("a condition", s->count);
    pthread_mutex_lock(&s->mutex);
    show("waits so long", -pthread_cond_timedwait(&s->changed, &s->mutex, &end));
    pthread_mutex_unlock(&s->mutex);
    end = in_ms(10);
    show("a semaphore, too", checked(sem_timedwait(&s->there, &end)));
}

static void process_cases(struct shared *s)
{
    pid_t pid[ADDERS];
    struct timespec end = in_ms(20);

    shared_init(s, true, false);
    for (int i = 0; i < ADDERS; i++)
        pid[i] = child(add_locked_child, s);
    for (int i = 0; i < ADDERS; i++)
        reap(pid[i]);
    show("a mutex of processes", s->count);
    s->count = 0;
    pid_t other = child(second_turns_child, s);
    take_turns(s, 0);
    reap(other);
    show("a condition of processes", s->count);
    show("no word of it", checked(sem_timedwait(&s->there, &end)));
}

static int answer(const void *with)
{
    struct shared *s = (struct shared *)(uintptr_t)with;

    for (int i = 0; i < 50; i++) {
        sem_wait(&s->there);
        s->count++;
        sem_post(&s->back);
    }
    return 0;
}

static void semaphore_cases(struct shared *s)
{
    shared_init(s, true, false);
    pid_t pid = child(answer, s);
    for (int i = 0; i < 50; i++) {
        sem_post(&s->there);
        sem_wait(&s->back);
    }
    show_status("semaphores of processes", reap(pid));
    show("there and back", s->count);
}

static void *lock_and_end(void *with)
{
    struct shared *s = with;

    pthread_mutex_lock(&s->mutex);
    return NULL;
}

static int lock_and_wait(const void *with)
{
    struct shared *s = (struct shared *)(uintptr_t)with;

    pthread_mutex_lock(&s->mutex);
    sem_post(&s->there);
    while (pause() == -1)
        continue;
    return 0;
}

static void robust_cases(struct shared *s)
{
    shared_init(s, true, true);
    (void)result_of(lock_and_end, s);
    show("its owner has ended", -pthread_mutex_lock(&s->mutex));
    show("made right", -pthread_mutex_consistent(&s->mutex));
    show("given back", -pthread_mutex_unlock(&s->mutex));
    show("as good as new", -pthread_mutex_lock(&s->mutex));
    pthread_mutex_unlock(&s->mutex);
    pid_t pid = child(lock_and_wait, s);
    while (sem_wait(&s->there) != 0)
        continue;
    show("held by a process", -pthread_mutex_trylock(&s->mutex));
    kill(pid, SIGKILL);
    reap(pid);
    show("which was killed", -pthread_mutex_lock(&s->mutex));
    pthread_mutex_unlock(&s->mutex);
    show("not made right", -pthread_mutex_lock(&s->mutex));
}

void locks(void)
{
    struct shared *s =
        mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    thread_cases(s);
    process_cases(s);
    semaphore_cases(s);
    robust_cases(s);
    munmap(s, sizeof *s);
}
