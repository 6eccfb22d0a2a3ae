/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes and threads, from their begin to their end.
 */
#include "bench.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TINY_PATH FOLDER "/tiny"

enum { MANY = 10, TINY_BASE = 0x400000 };

/* mov $231, %eax; xor %edi, %edi; syscall: exit_group(0) */
static const unsigned char tiny_code[] = { 0xb8, 0xe7, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05 };

static const char *executed;

static bool child_good(int id)
{
    int status = -1;

    return id > 0 && waitpid(id, &status, 0) == id && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool fork_repeat(unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        int id = fork();
        if (id == 0)
            _exit(0);
        if (!child_good(id))
            return false;
    }
    return true;
}

static bool exec_repeat(unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        int id = fork();
        if (id == 0) {
            execl(executed, executed, "leave", (char *)NULL);
            _exit(errno == 0 ? 1 : errno);
        }
        if (!child_good(id))
            return false;
    }
    return true;
}

/* A program of nothing but headers and three instructions. */
static bool tiny_begin(void)
{
    struct {
        Elf64_Ehdr head;
        Elf64_Phdr load;
        unsigned char code[sizeof tiny_code];
    } __attribute__((packed)) tiny = {
        .head = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
                               EV_CURRENT },
                  .e_type = ET_EXEC,
                  .e_machine = EM_X86_64,
                  .e_version = EV_CURRENT,
                  .e_phoff = sizeof tiny.head,
                  .e_ehsize = sizeof tiny.head,
                  .e_phentsize = sizeof tiny.load,
                  .e_phnum = 1 },
        .load = { .p_type = PT_LOAD,
                  .p_flags = PF_R | PF_X,
                  .p_vaddr = TINY_BASE,
                  .p_paddr = TINY_BASE,
                  .p_filesz = sizeof tiny,
                  .p_memsz = sizeof tiny,
                  .p_align = 4096 },
    };

    tiny.head.e_entry = TINY_BASE + sizeof tiny.head + sizeof tiny.load;
    memcpy(tiny.code, tiny_code, sizeof tiny_code);
    executed = TINY_PATH;
    int file = open(TINY_PATH, O_WRONLY | O_CREAT | O_TRUNC, 0700);
    bool good = file >= 0 && write(file, &tiny, sizeof tiny) == (long)sizeof tiny;
    return close(file) == 0 && good;
}

static void tiny_end(void)
{
    unlink(TINY_PATH);
}

static bool musl_begin(void)
{
    executed = own_path;
    return true;
}

static void *thread_main(void *unused)
{
    return unused;
}

static bool thread_repeat(unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        pthread_t thread;
        errno = pthread_create(&thread, NULL, thread_main, NULL);
        if (errno != 0 || pthread_join(thread, NULL) != 0)
            return false;
    }
    return true;
}

const struct row process_rows[] = {
    { "fork_exit_wait", "fork, exit, wait", MANY, NULL, fork_repeat, NULL },
    { "exec_tiny", "fork, execute a program of three instructions, wait", MANY, tiny_begin,
      exec_repeat, tiny_end },
    { "exec_musl", "the same with this program, static with musl", MANY, musl_begin, exec_repeat,
      NULL },
    { "thread_create_join", "create a thread and join it", MANY, NULL, thread_repeat, NULL },
    { 0 },
};
