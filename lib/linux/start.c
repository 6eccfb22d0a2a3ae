/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The start of a program in a process: proc has put its strings on its stack and said the rest in
 * the mail. Here its stack gets what Linux puts there:
 *
 *   rsp ->  argc, argv.., 0, envp.., 0, auxiliary vector        16 bytes aligned
 *           random bytes, the platform's name
 *           the strings (mail->block)
 */
#include "process.h"
#include "registers.h"
#include "signal.h"
#include "trace.h"
#include "vdso.h"
#include "vectors.h"

_Noreturn void linux_start(void);

enum {
    AT_NULL,
    AT_PHDR = 3,
    AT_PHENT,
    AT_PHNUM,
    AT_PAGESZ,
    AT_BASE,
    AT_FLAGS,
    AT_ENTRY,
    AT_UID = 11,
    AT_EUID,
    AT_GID,
    AT_EGID,
    AT_PLATFORM,
    AT_HWCAP,
    AT_CLKTCK,
    AT_SECURE = 23,
    AT_RANDOM = 25,
    AT_EXECFN = 31,
    AT_SYSINFO_EHDR = 33,
};
enum { TICKS_PER_S = 100, RANDOM_BYTES = 16 };

static const char platform[] = "x86_64";

/* Where on the stack the next word goes, or whether one was refused. */
struct words {
    uint64_t at;
    bool failed;
};

static void word_put(struct words *w, uint64_t word)
{
    if (!user_put((uaddr_t){ w->at }, &word, sizeof word))
        w->failed = true;
    w->at += sizeof word;
}

/* The addresses of `count` texts that stand behind one another from *text on, and a zero. */
static void texts_put(struct words *w, uint64_t *text, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char c = 1;
        word_put(w, *text);
        while (c != '\0' && user_get(&c, (uaddr_t){ *text }, 1))
            ++*text;
        w->failed |= c != '\0';
    }
    word_put(w, 0);
}

static uint32_t processor_features(void)
{
    uint32_t a = 1, b, c = 0, d;

    __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return d;
}

static void auxiliary_put(struct words *w, const struct process_mail *mail, uint64_t random,
                          uint64_t name)
{
    const uint64_t vector[][2] = {
        { AT_SYSINFO_EHDR, (uint64_t)linux_vdso },
        { AT_HWCAP, processor_features() },
        { AT_PAGESZ, PAGE },
        { AT_CLKTCK, TICKS_PER_S },
        { AT_PHDR, mail->headers },
        { AT_PHENT, mail->header_bytes },
        { AT_PHNUM, mail->header_count },
        { AT_BASE, mail->base },
        { AT_FLAGS, 0 },
        { AT_ENTRY, mail->program_entry },
        { AT_UID, mail->ruid },
        { AT_EUID, mail->euid },
        { AT_GID, mail->rgid },
        { AT_EGID, mail->egid },
        { AT_SECURE, mail->ruid != mail->euid || mail->rgid != mail->egid },
        { AT_RANDOM, random },
        { AT_EXECFN, name },
        { AT_PLATFORM, random + RANDOM_BYTES },
        { AT_NULL, 0 },
    };

    for (unsigned i = 0; i < sizeof vector / sizeof vector[0]; i++) {
        word_put(w, vector[i][0]);
        word_put(w, vector[i][1]);
    }
}

/* What prctl() calls the thread: the last part of the file's name. */
static void name_first(uint64_t file)
{
    struct linux_own *own = linux_own();
    size_t n = 0;
    char c = 1;

    while (c != '\0' && user_get(&c, (uaddr_t){ file++ }, 1)) {
        if (n < sizeof own->name - 1 && c != '/')
            own->name[n++] = c;
        if (c == '/')
            n = 0;
    }
    while (n < sizeof own->name)
        own->name[n++] = '\0';
    own->named = true;
}

/* Words below the random bytes: argc, the two lists, the vector. */
static uint64_t stack_words(const struct process_mail *mail)
{
    enum { AUXILIARY_WORDS = 2 * 19 };

    return 1 + (uint64_t)mail->argc + 1 + mail->envc + 1 + AUXILIARY_WORDS;
}

/* What stands behind LINUX_TRACE= in the environment; null: it is not there. */
static uaddr_t trace_wanted(uint64_t variables, uint32_t count)
{
    static const char wanted[] = "LINUX_TRACE=";
    enum { BYTES = sizeof wanted - 1 };

    for (uint32_t i = 0; i < count; i++) {
        char text[BYTES];
        uint64_t at;
        unsigned same = 0;
        if (!user_get(&at, (uaddr_t){ variables + 8ull * i }, sizeof at) ||
            !user_get(text, (uaddr_t){ at }, BYTES))
            continue;
        while (same < BYTES && text[same] == wanted[same])
            same++;
        if (same == BYTES)
            return (uaddr_t){ at + BYTES };
    }
    return (uaddr_t){ 0 };
}

_Noreturn void linux_start(void)
{
    const struct process_mail *mail = process_mail();
    uint64_t random = (mail->block & ~15ull) - RANDOM_BYTES - 16,
             rsp = (random - stack_words(mail) * 8) & ~15ull, text = mail->block;
    struct words w = { .at = rsp };

    linux_state_exec();
    word_put(&w, mail->argc);
    texts_put(&w, &text, mail->argc);
    texts_put(&w, &text, mail->envc);
    auxiliary_put(&w, mail, random, text);
    name_first(text);
    w.failed |= !user_put((uaddr_t){ random }, mail->random, RANDOM_BYTES) ||
                !user_put((uaddr_t){ random + RANDOM_BYTES }, platform, sizeof platform);
    if (w.failed)
        linux_process_die(SIGKILL);
    uaddr_t trace = trace_wanted(rsp + 8 * (2 + (uint64_t)mail->argc), mail->envc);
    if (linux_state()->trace != 0 || !user_null(trace))
        trace_start(mail, rsp, text, trace);
    vectors_reset();
    linux_resume(&(struct linux_context){ .rip = mail->entry, .rsp = rsp, .flags = 0x202 });
}
