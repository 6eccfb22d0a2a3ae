/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that are mapped: by one and by several, while they are written and cut. */
#define _GNU_SOURCE 1 /* memfd_create, mremap, fallocate */
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 8, BYTES = PAGES * PAGE };

/* A file of so many bytes, each of which is the number of its page and 'a'; it has no name. */
static int file_new(size_t bytes)
{
    char name[] = "/tmp/mapsXXXXXX", page[PAGE];
    int fd = mkstemp(name);

    unlink(name);
    for (size_t at = 0; at < bytes; at += PAGE) {
        memset(page, 'a' + (int)(at / PAGE % 26), PAGE);
        (void)!write(fd, page, bytes - at < PAGE ? bytes - at : PAGE);
    }
    return fd;
}

static char *map_of(int fd, size_t bytes, int rights, int flags)
{
    return mmap(NULL, bytes, rights, flags, fd, 0);
}

static int touch(const void *at)
{
    return *(const volatile char *)at == 'q' ? 100 : 0;
}

static int put(const void *at)
{
    *(volatile char *)(uintptr_t)at = 'w';
    return 0;
}

static bool is_all(const char *at, size_t bytes, char what)
{
    for (size_t i = 0; i < bytes; i++)
        if (at[i] != what)
            return false;
    return true;
}

/* ---- what is the same ---- */

static void same_cases(void)
{
    int fd = file_new(BYTES);
    char *one = map_of(fd, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED), got[4] = "";
    char *two = map_of(fd, BYTES, PROT_READ, MAP_SHARED);
    char *own = map_of(fd, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE);

    show_truth("mapped", one != MAP_FAILED && two != MAP_FAILED && own != MAP_FAILED);
    show_truth("what the file has", is_all(one + PAGE, PAGE, 'b') && is_all(own, PAGE, 'a'));
    memcpy(one + 10, "xyz", 3);
    show_truth("written, seen by another mapping", memcmp(two + 10, "xyz", 3) == 0);
    show("and read", pread(fd, got, 3, 10));
    show_text("as it was written", got);
    show("written to the file", pwrite(fd, "123", 3, PAGE + 5));
    show_truth("seen in all", memcmp(one + PAGE + 5, "123", 3) == 0 &&
                                  memcmp(two + PAGE + 5, "123", 3) == 0 &&
                                  memcmp(own + PAGE + 5, "123", 3) == 0);
    show_status("a child writes", reap(child(put, one + 3 * PAGE)));
    show_truth("seen by its parent", one[3 * PAGE] == 'w' && two[3 * PAGE] == 'w');
    own[4 * PAGE] = 'p';
    show_status("a child writes to private memory", reap(child(put, own + 4 * PAGE)));
    show_truth("neither is seen", own[4 * PAGE] == 'p' && one[4 * PAGE] == 'e');
    show("emptied, what is private", checked(madvise(own + 4 * PAGE, PAGE, MADV_DONTNEED)));
    show_truth("is as in the file", own[4 * PAGE] == 'e');
    show("and what is shared", checked(madvise(one, PAGE, MADV_DONTNEED)));
    show_truth("is as it was", one[10] == 'x');
    show("synchronous", checked(msync(one, BYTES, MS_SYNC)));
    show("both", checked(msync(one, BYTES, MS_SYNC | MS_ASYNC)));
    show("written from the mapping itself", pwrite(fd, one + PAGE, 100, PAGE + 50));
    show("read into it", pread(fd, one + 7 * PAGE, 100, 0));
    show_truth("it is there", memcmp(two + 7 * PAGE, two, 100) == 0);
    close(fd);
    one[0] = 'l';
    show_truth("closed, it lives on", two[0] == 'l');
    munmap(one, BYTES);
    show("larger", checked((long)(mremap(two, BYTES, 2 * BYTES, MREMAP_MAYMOVE) == MAP_FAILED)));
    munmap(own, BYTES);
}

/* ---- ends ---- */

static char *fault_at;

static void at_fault(int signal, siginfo_t *info, void *context)
{
    (void)context;
    _exit(signal == SIGBUS && info->si_code == BUS_ADRERR && info->si_addr == fault_at ? 7 : 1);
}

static int with_handler(const void *at)
{
    struct sigaction action = { .sa_sigaction = at_fault, .sa_flags = SA_SIGINFO };

    fault_at = (char *)(uintptr_t)at;
    sigaction(SIGBUS, &action, NULL);
    return touch(at);
}

static void end_cases(void)
{
    int fd = file_new(3 * PAGE + 100);
    char *at = map_of(fd, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED);
    char *own = map_of(fd, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE);

    show_truth("behind the end of the last page: zeros", is_all(at + 3 * PAGE + 100, 3996, 0));
    show_status("the page behind it", reap(child(touch, at + 4 * PAGE)));
    show_status("written", reap(child(put, at + 4 * PAGE)));
    show_status("with a handler", reap(child(with_handler, at + 4 * PAGE + 123)));
    show_status("of a private mapping", reap(child(touch, own + 4 * PAGE)));
    show("read into it", checked(pread(fd, at + 4 * PAGE, 10, 0)));
    show("written from it", checked(pwrite(fd, at + 4 * PAGE, 10, 0)));
    (void)touch(own + 2 * PAGE);
    own[2 * PAGE + 1] = own[1] = 'o';
    show("cut", checked(ftruncate(fd, PAGE + 10)));
    show_status("what is cut off", reap(child(touch, at + 2 * PAGE)));
    show_status("by a private mapping", reap(child(touch, own + 2 * PAGE)));
    show_truth("with what was written there", own[1] == 'o');
    show_status("what is left", reap(child(put, at + PAGE)));
    show("longer again", checked(ftruncate(fd, 6 * PAGE)));
    show_truth("zeros", is_all(at + PAGE + 10, PAGE - 10, 0) && is_all(at + 2 * PAGE, PAGE, 0));
    show_truth("in both", is_all(own + 2 * PAGE, PAGE, 0));
    at[5 * PAGE] = 'h';
    show_truth("written where there was a hole", own[5 * PAGE] == 'h');
    show("punched",
         checked(fallocate(fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, 5 * PAGE, PAGE)));
    show_truth("a hole", at[5 * PAGE] == 0 && own[5 * PAGE] == 0);
    at[5 * PAGE] = 'i';
    show_truth("and again", own[5 * PAGE] == 'i');
    own[3 * PAGE] = 'o';
    show("all of it", checked(ftruncate(fd, 0)));
    show_status("nor what was written", reap(child(touch, own + 3 * PAGE)));
    show_status("nothing is left", reap(child(touch, at)));
    close(fd);
    show("synchronous", checked(msync(at, BYTES, MS_SYNC)));
    munmap(at + PAGE, PAGE);
    show("with a hole", checked(msync(at, BYTES, MS_SYNC)));
    munmap(at, BYTES);
    munmap(own, BYTES);
}

/* A page that is written before it is read, and what is not there when it is written from. */
static void copy_cases(void)
{
    int fd = file_new(0), zero = open("/dev/zero", O_RDONLY);
    char *at = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    memset(at, 'm', 4 * PAGE);
    munmap(at + 2 * PAGE, PAGE);
    show("written up to what is missing", checked(pwrite(fd, at, 4 * PAGE, 0)));
    struct stat s;
    fstat(fd, &s);
    show("so long is the file", s.st_size);
    show("from what is missing on", checked(pwrite(fd, at + 2 * PAGE, PAGE, 0)));
    show("behind a part", checked(pwrite(fd, at + PAGE + 96, 3 * PAGE, 4000)));
    show("read up to it", checked(pread(fd, at + PAGE, 3 * PAGE, 0)));
    fstat(fd, &s);
    show("nothing came but that", s.st_size);
    close(zero);
    close(fd);
    munmap(at, 4 * PAGE);
}

/* ---- what is refused ---- */

static void right_cases(void)
{
    char name[] = "/tmp/mapsXXXXXX", path[64];
    int fd = mkstemp(name), reads = open(name, O_RDONLY), writes = open(name, O_WRONLY);
    int dir = open("/tmp", O_RDONLY);

    (void)!ftruncate(fd, BYTES);
    char *at = map_of(reads, BYTES, PROT_READ, MAP_SHARED);
    char *own = map_of(reads, BYTES, PROT_READ, MAP_PRIVATE);
    show_truth("to read", at != MAP_FAILED && own != MAP_FAILED);
    show("made writable", checked(mprotect(at, BYTES, PROT_READ | PROT_WRITE)));
    show("a private one", checked(mprotect(own, BYTES, PROT_READ | PROT_WRITE)));
    show_status("is written", reap(child(put, own)));
    show("shared and writable of what is open to read",
         checked((long)map_of(reads, PAGE, PROT_WRITE, MAP_SHARED)));
    show("of what is open to write", checked((long)map_of(writes, PAGE, PROT_WRITE, MAP_SHARED)));
    show("private", checked((long)map_of(writes, PAGE, PROT_READ, MAP_PRIVATE)));
    show("a directory", checked((long)map_of(dir, PAGE, PROT_READ, MAP_SHARED)));
    show("no descriptor", checked((long)map_of(-1, PAGE, PROT_READ, MAP_SHARED)));
    show("not at a page", checked((long)mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 5)));
    show("neither kind", checked((long)map_of(fd, PAGE, PROT_READ, 0)));
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    close(writes);
    close(dir);
    close(reads);
    close(fd);
    unlink(name);
    munmap(at, BYTES);
    munmap(own, BYTES);
}

static int execute_path(const void *path)
{
    execl(path, path, "exit", (char *)NULL);
    return errno == ETXTBSY ? 26 : 1;
}

/* A program that is mapped, to be written or not; and one that runs. */
static void program_cases(void)
{
    static char piece[65536];
    char name[] = "/tmp/mapsXXXXXX";
    int from = open(program, O_RDONLY), fd = mkstemp(name);
    ssize_t n;

    while ((n = read(from, piece, sizeof piece)) > 0)
        (void)!write(fd, piece, (size_t)n);
    fchmod(fd, 0755);
    char *at = map_of(fd, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
    close(from);
    close(fd);
    show_status("a program that is mapped to be written", reap(child(execute_path, name)));
    munmap(at, PAGE);
    fd = open(name, O_RDONLY);
    at = map_of(fd, PAGE, PROT_READ, MAP_SHARED);
    show_truth("mapped to be read", at != MAP_FAILED && memcmp(at + 1, "ELF", 3) == 0);
    show_status("it runs", reap(child(execute_path, name)));
    show("written", checked(open(name, O_RDWR | O_TRUNC)) >= 0);
    show_status("emptied", reap(child(touch, at)));
    close(fd);
    unlink(name);
    munmap(at, PAGE);
}

/* What a line of /proc/self/maps says of a mapping, but for the device and the file. */
static void line_cases(void)
{
    int fd = memfd_create("line", 0);
    char line[256], rights[8] = "", name[64] = "";
    unsigned long begin = 0, end = 0, offset = 0, file = 0;
    struct stat s;

    (void)!ftruncate(fd, 3 * PAGE);
    fstat(fd, &s);
    char *at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, PAGE);
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        if (sscanf(line, "%lx-%lx %7s %lx %*s %lu %63[^\n]", &begin, &end, rights, &offset, &file,
                   name) == 6 &&
            begin == (unsigned long)at)
            break;
    }
    show("in /proc/self/maps", (long)(end - begin));
    show_text("rights", rights);
    show("offset", (long)offset);
    show_truth("the file's number", file == s.st_ino);
    show_text("and name", name);
    fclose(maps);
    munmap(at, 2 * PAGE);
    close(fd);
}

/* ---- between processes ---- */

struct meeting {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int turn, count;
};

static int meet(const void *argument)
{
    struct meeting *m = (struct meeting *)(uintptr_t)argument;

    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&m->mutex);
        while (m->turn == 0)
            pthread_cond_wait(&m->changed, &m->mutex);
        m->turn = 0;
        m->count++;
        pthread_cond_signal(&m->changed);
        pthread_mutex_unlock(&m->mutex);
    }
    return 0;
}

static int open_and_meet(const void *name)
{
    int fd = shm_open(name, O_RDWR, 0);
    void *at = map_of(fd, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);

    return at == MAP_FAILED ? 1 : meet(at);
}

static void process_cases(void)
{
    char name[32];
    pthread_mutexattr_t shared;
    pthread_condattr_t shared_too;

    snprintf(name, sizeof name, "/maps%d", (int)getpid());
    int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    show("shm_open", fd < 0 ? -errno : 0);
    show("so large", checked(ftruncate(fd, PAGE)));
    struct meeting *m = (void *)map_of(fd, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_condattr_init(&shared_too);
    pthread_condattr_setpshared(&shared_too, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&m->mutex, &shared);
    pthread_cond_init(&m->changed, &shared_too);
    pid_t pid = child(open_and_meet, name);
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&m->mutex);
        while (m->turn != 0)
            pthread_cond_wait(&m->changed, &m->mutex);
        m->turn = 1;
        m->count++;
        pthread_cond_signal(&m->changed);
        pthread_mutex_unlock(&m->mutex);
    }
    show_status("another process with locks in it", reap(pid));
    show("both", m->count);
    show("shm_unlink", checked(shm_unlink(name)));
    m->count = 7;
    show("again", checked(shm_unlink(name)));
    close(fd);
    munmap(m, PAGE);
}

/* ---- memory with a descriptor ---- */

static void memory_cases(void)
{
    char path[64], got[64] = "", late[250];
    struct stat s;
    int fd = memfd_create("some name", MFD_CLOEXEC);

    show("memfd_create", fd < 0 ? -errno : 0);
    show("closed at exec", fcntl(fd, F_GETFD));
    fstat(fd, &s);
    show("links", (long)s.st_nlink);
    show("mode", s.st_mode);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    (void)!readlink(path, got, sizeof got - 1);
    show_text("its name", got);
    show("so large", checked(ftruncate(fd, 2 * PAGE)));
    char *at = map_of(fd, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
    show_truth("zeros", is_all(at, 2 * PAGE, 0));
    show_status("a child writes", reap(child(put, at + PAGE)));
    show("read", pread(fd, got, 1, PAGE));
    show_truth("it is there", got[0] == 'w');
    int other = open(path, O_RDONLY);
    show("opened once more", other < 0 ? -errno : 0);
    show_truth("the same", read(other, got, 1) == 1 && got[0] == 0);
    memset(late, 'n', sizeof late);
    late[249] = '\0';
    show("a name of 249", checked(close(memfd_create(late, 0))));
    show("unknown flags", memfd_create("x", 0x400000) < 0 ? -errno : 0);
    close(other);
    close(fd);
    munmap(at, 2 * PAGE);
}

/* ---- whatever order ---- */

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static uint32_t sum_of(uint32_t sum, const char *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        sum = (sum ^ (unsigned char)at[i]) * 16777619;
    return sum;
}

/* Written, cut, punched and mapped at random: the sum of all that was seen. */
static uint32_t walk(uint32_t seed, int steps)
{
    static char buffer[BYTES];
    int fd = file_new(BYTES);
    char *at = map_of(fd, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED);
    char *own = map_of(fd, BYTES, PROT_READ, MAP_PRIVATE);
    uint32_t sum = 2166136261u, r = seed;
    size_t end = BYTES;

    for (int i = 0; i < steps; i++) {
        size_t first = next_random(&r) % BYTES, n = next_random(&r) % (2 * PAGE);
        size_t last = first + n < end ? first + n : end;
        n = first + n < BYTES ? n : BYTES - first;
        switch (next_random(&r) % 8) {
        case 0:
            memset(buffer, 'A' + i % 26, n);
            (void)!pwrite(fd, buffer, n, (off_t)first);
            end = n > 0 && first + n > end ? first + n : end;
            break;
        case 1:
            (void)!ftruncate(fd, (off_t)first);
            end = first;
            break;
        case 2:
            (void)!ftruncate(fd, BYTES);
            end = BYTES;
            break;
        case 3:
            if (n > 0)
                (void)!fallocate(fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, (off_t)first,
                                 (off_t)n);
            break;
        case 4:
            if (first < last)
                memset(at + first, 'a' + i % 26, last - first);
            break;
        case 5:
            if (first < last)
                sum = sum_of(sum, at + first, last - first);
            break;
        case 6:
            if (first < last)
                sum = sum_of(sum, own + first, last - first);
            break;
        default: sum = sum_of(sum, buffer, (size_t)pread(fd, buffer, n, (off_t)first));
        }
    }
    munmap(at, BYTES);
    munmap(own, BYTES);
    close(fd);
    return sum;
}

static int walks(const void *none)
{
    (void)none;
    for (uint32_t seed = 1; seed <= 8; seed++)
        show("seen in 500 steps in any order", (long)walk(seed, 500));
    fflush(stdout);
    return 0;
}

void maps(void)
{
    same_cases();
    end_cases();
    copy_cases();
    right_cases();
    process_cases();
    memory_cases();
    program_cases();
    line_cases();
    show_status("random steps", reap(child(walks, NULL)));
}
