/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program that the personality serves, as it sees it: registers with arguments, and memory of
 * which some pages can't be written, and some are not there. The routines of user.S and the words
 * of user.h look addresses up here, instead of faulting; whoever else touches a page faults.
 */
#include "linux_priv.h"

#include <string.h>
#include <sys/mman.h>

#include "clone.h"
#include "files.h"
#include "linux_trace.h"
#include "trace.h"

/* One letter for each page: w can be written, r read, . neither. */
static const char pages[] = "wwwwwww.wwr.wwwwrrwww..wwwwwwww.";
enum { PAGES = sizeof pages - 1, ARGUMENTS = 6 };

/* ---- memory ---- */

static uint64_t stack_end;

static void map_at(uint64_t at, size_t bytes)
{
    MUST(mmap((void *)at, bytes, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == (void *)at);
}

void program_open(void)
{
    extern void *__libc_stack_end;

    stack_end = (uint64_t)__libc_stack_end;
    map_at(PROGRAM_ADDR, PAGES * PAGE);
    map_at(OWN_ADDR, OWN_BYTES);
    map_at(HEAP_ADDR, HEAP_BYTES);
    for (unsigned i = 0; i < PAGES; i++)
        if (pages[i] != 'w')
            MUST(mprotect((void *)(PROGRAM_ADDR + i * PAGE), PAGE,
                          pages[i] == 'r' ? PROT_READ : PROT_NONE) == 0);
}

static uint8_t results[8]; /* of calls: descriptors, mostly */
static unsigned result_count;

static uint64_t stack_pointers[8];
static unsigned stack_count;

void result_seen(long result)
{
    if (result >= 0 && result < LINUX_FDS)
        results[result_count++ % 8] = (uint8_t)result;
}

void stack_seen(uint64_t rsp)
{
    stack_pointers[stack_count++ % 8] = rsp;
}

void program_clear(void)
{
    memset(results, 0, sizeof results);
    result_count = stack_count = 0;
    for (unsigned i = 0; i < PAGES; i++)
        if (pages[i] == 'w')
            memset((void *)(PROGRAM_ADDR + i * PAGE), 0, PAGE);
}

/* What the target has itself: its stack above here, its data, the system's pages. */
static bool is_own(uint64_t address)
{
    extern const char __executable_start, end;

    return (address >= (uint64_t)__builtin_frame_address(0) && address < stack_end) ||
           (address >= (uint64_t)&__executable_start && address < (uint64_t)&end) ||
           (address >= PROCESS_SYSTEM_ADDR && address < PROCESS_BLOCK_ADDR + PROCESS_BLOCK_BYTES);
}

bool program_has(uint64_t address, bool write)
{
    uint64_t in = address - PROGRAM_ADDR;

    if (address >= PROGRAM_END)
        return is_own(address);
    if (in < PAGES * PAGE)
        return pages[in / PAGE] == 'w' || (pages[in / PAGE] == 'r' && !write);
    return address - OWN_ADDR < OWN_BYTES || address - HEAP_ADDR < HEAP_BYTES;
}

/* How many bytes of a range are there. */
static size_t reach(uint64_t at, size_t bytes, bool write)
{
    size_t n = 0;

    while (n < bytes && program_has(at + n, write)) {
        if (at >= PROGRAM_END)
            return bytes;
        n += PAGE - (at + n) % PAGE;
    }
    return n < bytes ? n : bytes;
}

size_t window_copy(void *to, const void *from, size_t bytes)
{
    size_t there = reach((uint64_t)from, reach((uint64_t)to, bytes, true), false);

    if (there > 0)
        memmove(to, from, there);
    if ((uint64_t)to < PROGRAM_END)
        KNOWN(to, there); /* what its own memory held is the program's to know */
    return there;
}

size_t linux_user_copy(void *to, const void *from, size_t bytes)
{
    MUST(nothing_locked());
    return bytes - window_copy(to, from, bytes);
}

size_t linux_user_zero(void *at, size_t bytes)
{
    size_t there = reach((uint64_t)at, bytes, true);

    if (there > 0)
        memset(at, 0, there);
    return bytes - there;
}

long linux_user_text(char *to, const char *from, size_t room)
{
    MUST(nothing_locked());
    for (size_t i = 0; i < room; i++) {
        if (!program_has((uint64_t)from + i, false) || !program_has((uint64_t)to + i, true))
            return -1;
        to[i] = from[i];
        if (to[i] == '\0')
            return (long)i;
    }
    return (long)room;
}

long linux_user_fxsave(void *to)
{
    return linux_user_zero(to, 464) == 0 ? 0 : -1;
}

/* As an instruction does it, at one address. */
static bool word_copy(void *to, const void *from, size_t bytes)
{
    MUST(nothing_locked());
    return reach((uint64_t)to, bytes, true) == bytes && window_copy(to, from, bytes) == bytes;
}

bool user_load32(uint32_t *to, uaddr_t from)
{
    return word_copy(to, (void *)from.value, sizeof *to);
}

bool user_load64(uint64_t *to, uaddr_t from)
{
    return word_copy(to, (void *)from.value, sizeof *to);
}

bool user_store32(uaddr_t to, uint32_t value)
{
    return word_copy((void *)to.value, &value, sizeof value);
}

bool user_store64(uaddr_t to, uint64_t value)
{
    return word_copy((void *)to.value, &value, sizeof value);
}

bool user_store_two(uaddr_t to, uint64_t first, uint64_t second)
{
    return user_store64(to, first) && user_store64(user_at(to, sizeof first), second);
}

bool user_exchange32(uaddr_t word, uint32_t *expected, uint32_t value)
{
    uint32_t there;

    if (!word_copy(&there, (void *)word.value, sizeof there) || !program_has(word.value, true))
        return false;
    if (there == *expected)
        (void)user_store32(word, value);
    *expected = there;
    return true;
}

bool call_touch(void *address, bool write)
{
    return program_has((uint64_t)address, write);
}

/* ---- numbers ---- */

/* No address of the target's own: of those that a program could name, one of nobody's. */
static uint64_t tame(uint64_t word)
{
    return word >= PROGRAM_END && word < seL4_UserTop - PAGE ? (uint32_t)word : word;
}

uint64_t stack_take(void)
{
    unsigned n = (unsigned)take_bytes(input, 1);

    return n < 224 && stack_count > 0 ? stack_pointers[n % (stack_count < 8 ? stack_count : 8)]
                                      : any_word();
}

/* Somewhere in memory: mostly where so many bytes can be written. */
static uint64_t place_take(size_t bytes)
{
    unsigned n = (unsigned)take_bytes(input, 1);
    uint64_t in_page = n % 2 == 0 ? take_bytes(input, 1) * 16 : 0;

    if (n < 200)
        return PROGRAM_ADDR + n / 2 % 6 * PAGE + in_page;
    if (n < 216) /* up to the end of one */
        return PROGRAM_ADDR + 7 * PAGE - bytes;
    if (n < 224)
        return PROGRAM_ADDR + 7 * PAGE - take_bytes(input, 1);
    if (n < 232) /* which is of others */
        return PROGRAM_ADDR + take_bytes(input, 1) % PAGES * PAGE + in_page;
    if (n < 236)
        return HEAP_ADDR + take_bytes(input, 1) * PAGE % HEAP_BYTES;
    return n < 245 ? 0 : any_word();
}

static uint64_t descriptor_take(void)
{
    unsigned n = (unsigned)take_bytes(input, 1);

    if (n < 110)
        return results[n % 8];
    if (n < 220)
        return n % 12;
    if (n < 230)
        return n - 210;
    if (n < 240)
        return (uint64_t)-100l; /* AT_FDCWD */
    return n < 245 ? (uint64_t)-1l : take_bytes(input, 4);
}

static uint64_t size_take(void)
{
    unsigned n = (unsigned)take_bytes(input, 1);

    if (n < 128)
        return n % 64;
    if (n < 160)
        return 8 << n % 4;
    if (n < 208)
        return take_bytes(input, 2);
    if (n < 224)
        return (n - 208) * PAGE;
    return n < 240 ? take_bytes(input, 3) : any_word();
}

static uint64_t number_take(void)
{
    static const uint64_t edge[] = { 0x7fffffff,          0x80000000,   0xffffffff,
                                     1ull << 32,          seL4_UserTop, ~0ull << 47,
                                     (uint64_t)INT64_MAX, 1ull << 63,   seL4_UserTop - 1,
                                     1000000000,          999999999 };
    unsigned n = (unsigned)take_bytes(input, 1);

    if (n < 96)
        return n;
    if (n < 112)
        return ~0ull - (n - 96);
    if (n < 124)
        return edge[(n - 112) % (sizeof edge / sizeof edge[0])];
    if (n < 140)
        return place_take(8);
    if (n < 150)
        return descriptor_take() | take_bytes(input, 1) << 32;
    if (n < 170)
        return take_bytes(input, 2);
    if (n < 180)
        return 1ull << (take_bytes(input, 1) & 63);
    if (n < 200)
        return take_bytes(input, 4) << 32 | take_bytes(input, 1);
    return take_bytes(input, n < 230 ? 4 : 8);
}

uint64_t any_word(void)
{
    return tame(number_take());
}

/* One of the values that have a name, or several of a mask. */
static uint64_t named_take(unsigned set)
{
    const struct trace_name *names = trace_names[set];
    unsigned count = 0, n = (unsigned)take_bytes(input, 1);
    uint64_t value = 0;

    while (names[count].name != NULL)
        count++;
    if (n >= 240 || count == 0)
        return any_word();
    for (n = 1 + n % 3; n > 0; n--)
        value |= names[take_bytes(input, 1) % count].value;
    return value;
}

/* ---- what is in memory ---- */

static void put(uint64_t at, const void *from, size_t bytes)
{
    if (reach(at, bytes, true) == bytes && at < PROGRAM_END)
        memcpy((void *)at, from, bytes);
}

static void put_word(uint64_t at, uint64_t word)
{
    put(at, &word, sizeof word);
}

static uint64_t text_put(void)
{
    static const char *const part[] = { "a",     "b",     "/",    "/",      "..",  ".",
                                        "d/",    "self/", "dev",  "null",   "tmp", "proc/",
                                        "fd/",   "srv",   "l",    "zero",   "tty", "ptmx",
                                        "pts/0", "//",    "full", "urandom" };
    uint64_t at = place_take(64);
    unsigned pieces = (unsigned)take_bytes(input, 1);
    size_t bytes = 0;

    if (pieces >= 252) { /* too long, or nearly */
        char much[4200];
        memset(much, 'x', sizeof much);
        bytes = pieces == 252 ? 4095 : pieces == 253 ? 4096 : 255;
        much[bytes] = '\0';
        much[0] = '/';
        put(at, much, bytes + 1);
        return at;
    }
    char text[256] = "";
    for (pieces %= 8; pieces > 0; pieces--) {
        const char *p = part[take_bytes(input, 1) % (sizeof part / sizeof part[0])];
        strcat(text, p);
    }
    put(at, text, strlen(text) + 1);
    return at;
}

/* Words of anything. */
static uint64_t words_put(unsigned count)
{
    uint64_t at = place_take(count * 8);

    for (unsigned i = 0; i < count; i++) {
        unsigned n = (unsigned)take_bytes(input, 1);
        put_word(at + 8 * i, n < 64 ? 0 : n < 128 ? n - 64 : any_word());
    }
    return at;
}

static uint64_t vector_put(unsigned count)
{
    uint64_t at = place_take(count * 16ul);

    for (unsigned i = 0; i < count; i++) {
        put_word(at + 16 * i, place_take(64));
        put_word(at + 16 * i + 8, size_take());
    }
    return at;
}

static uint64_t times_put(unsigned count)
{
    uint64_t at = place_take(count * 16ul);

    for (unsigned i = 0; i < count; i++) {
        put_word(at + 16 * i, take_bytes(input, 1) % 4);
        put_word(at + 16 * i + 8, take_bytes(input, 1) % 8 == 0 ? any_word() : i);
    }
    return at;
}

static uint64_t texts_put(void)
{
    unsigned count = (unsigned)take_bytes(input, 1) % 4;
    uint64_t at = place_take(count * 8 + 8);

    for (unsigned i = 0; i < count; i++)
        put_word(at + 8 * i, text_put());
    put_word(at + 8 * count, 0);
    return at;
}

static uint64_t address_put(void)
{
    struct {
        uint16_t family;
        char name[108];
    } a = { 1, "" };
    uint64_t at = place_take(sizeof a);
    unsigned n = (unsigned)take_bytes(input, 1);

    if (n > 250)
        a.family = (uint16_t)n;
    if (n % 4 == 0)
        memset(a.name, 'n', sizeof a.name);
    else
        strcpy(a.name + n / 4 % 2, n % 4 == 1 ? "a" : "/tmp/s");
    put(at, &a, sizeof a);
    return at;
}

static uint64_t polls_put(void)
{
    unsigned count = (unsigned)take_bytes(input, 1) % 8;
    uint64_t at = place_take(count * 8);

    for (unsigned i = 0; i < count; i++)
        put_word(at + 8 * i, (uint32_t)descriptor_take() | take_bytes(input, 1) << 32);
    return at;
}

/* struct msghdr, with what it leads to; of several there are as many as fit. */
static uint64_t message_put(void)
{
    uint64_t at = place_take(128), control = place_take(64);
    unsigned pieces = (unsigned)take_bytes(input, 1) % 4, fds = (unsigned)take_bytes(input, 1) % 5;
    uint64_t word[8] = { take_bytes(input, 1) % 2 == 0 ? 0 : address_put(),
                         take_bytes(input, 1),
                         vector_put(pieces),
                         pieces,
                         fds == 0 ? 0 : control,
                         fds == 0 ? 0 : 16 + 4 * fds,
                         0,
                         0 };

    put_word(control, 16 + 4 * fds);
    put_word(control + 8, 1 | (1 + take_bytes(input, 1) % 3) << 32);
    for (unsigned i = 0; i < fds; i++) {
        uint32_t fd = (uint32_t)descriptor_take();
        put(control + 16 + 4 * i, &fd, sizeof fd);
    }
    if (take_bytes(input, 1) % 8 == 0)
        word[take_bytes(input, 1) % 7] = any_word();
    put(at, word, sizeof word);
    put(at + 64, word, sizeof word);
    return at;
}

static uint64_t action_put(void)
{
    uint64_t at = place_take(32);

    put_word(at, take_bytes(input, 1) % 4 == 0 ? take_bytes(input, 1) % 3 : 0x400000);
    put_word(at + 8, named_take(TRACE_SET_HANDLING) | 0x04000000);
    put_word(at + 16, 0x400100);
    put_word(at + 24, any_word());
    return at;
}

void program_write(void)
{
    (void)words_put(1 + (unsigned)take_bytes(input, 1) % 4);
}

/* ---- arguments ---- */

#define CALL(number, name, result, ...) [number] = { __VA_ARGS__ },
static const uint8_t kinds[LINUX_CALLS][ARGUMENTS] = { LINUX_TRACE_TABLE(CALL) };

static uint64_t argument_take(unsigned kind)
{
    if (kind >= TRACE_NAMES)
        return named_take(kind - TRACE_NAMES);
    switch (kind) {
    case TRACE_INT: return take_bytes(input, 1) < 200 ? descriptor_take() : any_word();
    case TRACE_DIR: return take_bytes(input, 1) < 100 ? (uint64_t)-100l : descriptor_take();
    case TRACE_SIZE_T: return size_take();
    case TRACE_OCTAL: return take_bytes(input, 2);
    case TRACE_TEXT: return text_put();
    case TRACE_ARGV:
    case TRACE_ENVP: return texts_put();
    case TRACE_TIME: return times_put(1);
    case TRACE_TIMER: return times_put(2);
    case TRACE_SET_OF_SIGNALS: return words_put(1);
    case TRACE_ACTION: return action_put();
    case TRACE_PIECES: return vector_put((unsigned)take_bytes(input, 1) % 5);
    case TRACE_ADDRESS: return address_put();
    case TRACE_POLL: return polls_put();
    case TRACE_IN:
    case TRACE_OUT:
    case TRACE_FDS:
    case TRACE_STATUS:
    case TRACE_STAT: return place_take(16);
    case TRACE_POINTER:
    case TRACE_LIMIT:
        switch (take_bytes(input, 1) % 8) {
        case 0: return 0;
        case 1: return message_put();
        case 2: return times_put(2);
        case 3: return place_take(8);
        default: return words_put((unsigned)take_bytes(input, 1) % 12);
        }
    default: return any_word();
    }
}

/* A thread like those of the C library, or with something more, or less. */
static uint64_t clone_flags(void)
{
    uint64_t flags = CLONE_VM | CLONE_FS_OR_FILES | CLONE_SIGHAND | CLONE_THREAD;
    unsigned n = (unsigned)take_bytes(input, 1);

    if (n < 64)
        flags |= CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    return n < 160 ? flags : flags ^ 1ull << n % 34;
}

static uint64_t clone_put(void)
{
    const uint64_t word[11] = {
        clone_flags(), 0, place_take(4), place_take(4), 0, place_take(64), 64, 0, 0, 0, 0
    };
    uint64_t at = place_take(sizeof word);

    put(at, word, sizeof word);
    if (take_bytes(input, 1) % 8 == 0)
        put_word(at + take_bytes(input, 1) % 11 * 8, any_word());
    return at;
}

/* A descriptor of what may be a set of epoll: one of the pipe server's; any, if there is none. */
static uint64_t set_take(void)
{
    for (unsigned fd = 0; fd < LINUX_FDS; fd++) {
        const struct linux_file *file = file_of((int)fd);
        if (file != NULL && file->kind == FILE_SERVED && file->server == UNIX_PIPE)
            return fd;
    }
    return descriptor_take();
}

/* struct flock */
static uint64_t lock_put(void)
{
    uint64_t at = place_take(32), n = take_bytes(input, 1);

    put_word(at, n % 3 | (n / 3 % 3) << 16);
    put_word(at + 8, n < 200 ? n / 16 : any_word());
    put_word(at + 16, n < 200 ? n / 64 : any_word());
    put_word(at + 24, 0);
    return at;
}

/* Some say nothing unless they fit. */
static void arguments_fit(unsigned number, uint64_t argument[6])
{
    enum {
        CLONE = 56,
        FCNTL = 72,
        EPOLL_WAIT = 232,
        EPOLL_CTL,
        EPOLL_PWAIT = 281,
        SIGNALFD,
        SIGNALFD4 = 289,
        CLONE3 = 435,
        EPOLL_PWAIT2 = 441
    };

    switch (number) {
    case CLONE: argument[0] = clone_flags(); break;
    case CLONE3:
        argument[0] = clone_put();
        argument[1] = 64 + take_bytes(input, 1) % 4 * 8;
        break;
    case FCNTL: argument[2] = lock_put(); break;
    case EPOLL_CTL:
        argument[0] = set_take();
        argument[1] = 1 + take_bytes(input, 1) % 3;
        argument[3] = words_put(2);
        break;
    case EPOLL_WAIT:
    case EPOLL_PWAIT:
    case EPOLL_PWAIT2: argument[1] = place_take(64); break;
    case SIGNALFD:
    case SIGNALFD4: argument[0] = ~0ull; break;
    default: break;
    }
}

void arguments_take(unsigned number, uint64_t argument[6])
{
    enum { SENDMSG = 46, RECVMSG = 47, SIGSET_BYTES = 8 };

    for (unsigned i = 0; i < ARGUMENTS; i++) {
        unsigned kind = kinds[number][i];
        bool is_set =
            i > 0 && kind == TRACE_SIZE_T &&
            (kinds[number][i - 1] == TRACE_SET_OF_SIGNALS || kinds[number][i - 1] == TRACE_POINTER);
        if (kind == TRACE_NOTHING)
            argument[i] = take_bytes(input, 1) == 255 ? any_word() : 0;
        else if (kind == TRACE_POINTER && (number == SENDMSG || number == RECVMSG))
            argument[i] = message_put();
        else if (is_set && take_bytes(input, 1) < 200)
            argument[i] = SIGSET_BYTES;
        else
            argument[i] = argument_take(kind);
    }
    if (take_bytes(input, 1) < 200)
        arguments_fit(number, argument);
}
