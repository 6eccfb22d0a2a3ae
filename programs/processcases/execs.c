/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs of all forms: scripts, files that are none, and ones that are made here. */
#include "cases.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char name[] = "/tmp/execs-case";

/* A file of these bytes, to be executed. */
static void file_make(const void *bytes, size_t count, mode_t mode)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    if (fd < 0 || write(fd, bytes, count) != (ssize_t)count || fchmod(fd, mode) != 0)
        _exit(90);
    close(fd);
}

static int run(const void *path)
{
    execl(path, path, "image", "argument", (char *)NULL);
    return errno;
}

static void file_case(const char *title, const void *bytes, size_t count, mode_t mode)
{
    file_make(bytes, count, mode);
    show_status(title, reap(child(run, name)));
    unlink(name);
}

static void text_case(const char *title, const char *text)
{
    file_case(title, text, strlen(text), 0755);
}

/* ---- programs ---- */

struct image {
    Elf64_Ehdr header;
    Elf64_Phdr segment[2];
    uint8_t code[64];
};

static const uint8_t exit_42[] = {
    0xb8, 60,   0, 0, 0, /* mov $60, %eax */
    0xbf, 42,   0, 0, 0, /* mov $42, %edi */
    0x0f, 0x05,          /* syscall */
};
/* movabs $last, %rcx; movb $43, (%rcx); movzbl (%rcx), %edi; mov $60, %eax; syscall */
static const uint8_t exit_touched[] = {
    0x48, 0xb9, 0,    0,    0,    0,  0, 0, 0, 0,    0xc6, 0x01,
    43,   0x0f, 0xb6, 0x39, 0xb8, 60, 0, 0, 0, 0x0f, 0x05,
};

static struct image image_of(uint16_t type, uint64_t at, const uint8_t *code, size_t bytes)
{
    struct image i = {
        .header = {
            .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
            .e_type = type,
            .e_machine = EM_X86_64,
            .e_version = EV_CURRENT,
            .e_entry = at + offsetof(struct image, code),
            .e_phoff = offsetof(struct image, segment),
            .e_ehsize = sizeof(Elf64_Ehdr),
            .e_phentsize = sizeof(Elf64_Phdr),
            .e_phnum = 1,
        },
        .segment[0] = {
            .p_type = PT_LOAD,
            .p_flags = PF_R | PF_X,
            .p_vaddr = at,
            .p_filesz = sizeof i,
            .p_memsz = sizeof i,
            .p_align = 4096,
        },
    };

    memcpy(i.code, code, bytes);
    return i;
}

static void image_case(const char *title, const struct image *i)
{
    file_case(title, i, sizeof *i, 0755);
}

/* One that writes to the last byte of its zeroed memory. */
static void large_case(const char *title, uint64_t at, uint64_t bytes)
{
    struct image i = image_of(ET_EXEC, at, exit_touched, sizeof exit_touched);
    uint64_t data = at + (1 << 20), last = data + bytes - 1;

    i.header.e_phnum = 2;
    i.segment[1] = (Elf64_Phdr){ .p_type = PT_LOAD,
                                 .p_flags = PF_R | PF_W,
                                 .p_vaddr = data,
                                 .p_memsz = bytes,
                                 .p_align = 4096 };
    memcpy(i.code + 2, &last, sizeof last);
    image_case(title, &i);
}

static void image_cases(void)
{
    struct image i = image_of(ET_EXEC, 0x400000, exit_42, sizeof exit_42), bad;

    image_case("at 4 MiB", &i);
    i = image_of(ET_EXEC, 0xc000000000, exit_42, sizeof exit_42);
    image_case("far up", &i);
    i = image_of(ET_DYN, 0, exit_42, sizeof exit_42);
    image_case("anywhere", &i);
    large_case("of 1 GiB", 0x400000, 1 << 30);
    bad = i;
    bad.header.e_machine = EM_386;
    image_case("of another machine", &bad);
    bad = i;
    bad.header.e_phnum = 0;
    image_case("without segments", &bad);
    bad = i;
    bad.header.e_phentsize = 8;
    image_case("with small headers", &bad);
    bad = i;
    bad.header.e_type = ET_REL;
    image_case("an object", &bad);
    file_case("cut off", &i, 40, 0755);
    file_case("its magic alone", &i, 4, 0755);
}

/* ---- scripts ---- */

static void script_cases(void)
{
    char text[256];

    snprintf(text, sizeof text, "#!%s image\n", program);
    text_case("a script with an argument", text);
    snprintf(text, sizeof text, "#! \t%s   image \t\n", program);
    text_case("with blanks in it", text);
    snprintf(text, sizeof text, "#!%s image", program);
    text_case("without an end", text);
    text_case("without a name", "#!\n");
    text_case("with a directory", "#!/tmp\n");
    text_case("with a text", "#!/etc/passwd\n");
}

/* ---- names, rights, sizes ---- */

static int run_nameless(const void *unused)
{
    char *none[] = { NULL };

    (void)unused;
    execve("", none, none);
    return errno;
}

static int run_wrong(const void *unused)
{
    char *arguments[] = { (char *)16, NULL };

    (void)unused;
    execve(program, arguments, NULL);
    return errno;
}

static int run_long_name(const void *unused)
{
    static char text[5000];

    (void)unused;
    memset(text, 'x', sizeof text - 1);
    execl(text, text, (char *)NULL);
    return errno;
}

/* So many arguments of so many bytes. */
static int run_with(size_t count, size_t bytes)
{
    char **arguments = calloc(count + 3, sizeof *arguments);
    char *text = malloc(bytes + 1);

    memset(text, 'y', bytes);
    text[bytes] = '\0';
    arguments[0] = (char *)(uintptr_t)program;
    arguments[1] = (char *)(uintptr_t) "exit";
    for (size_t i = 0; i < count; i++)
        arguments[2 + i] = text;
    execv(program, arguments);
    return errno;
}

static int run_a_megabyte(const void *unused)
{
    (void)unused;
    return run_with(16, 65535);
}

static int run_three(const void *unused)
{
    (void)unused;
    return run_with(48, 65535);
}

static int run_one_large(const void *unused)
{
    (void)unused;
    return run_with(1, 131072);
}

static int run_many_small(const void *unused)
{
    (void)unused;
    return run_with(20000, 1);
}

static int run_being_written(const void *unused)
{
    struct image i = image_of(ET_EXEC, 0x400000, exit_42, sizeof exit_42);

    (void)unused;
    file_make(&i, sizeof i, 0755);
    int fd = open(name, O_WRONLY);
    execl(name, name, (char *)NULL);
    int error = errno;
    close(fd);
    unlink(name);
    return error;
}

static void name_cases(void)
{
    struct image i = image_of(ET_EXEC, 0x400000, exit_42, sizeof exit_42);

    show_status("no name", reap(child(run_nameless, NULL)));
    show_status("a wrong pointer", reap(child(run_wrong, NULL)));
    show_status("a long name", reap(child(run_long_name, NULL)));
    show_status("through a file", reap(child(run, "/etc/passwd/x")));
    symlink("/tmp/exec-loop", "/tmp/exec-loop");
    show_status("a loop of links", reap(child(run, "/tmp/exec-loop")));
    unlink("/tmp/exec-loop");
    file_case("without the right", &i, sizeof i, 0644);
    file_case("an empty file", &i, 0, 0755);
    show_status("no file", reap(child(run, "/dev/null")));
    show_status("which is written", reap(child(run_being_written, NULL)));
    show_status("a megabyte of arguments", reap(child(run_a_megabyte, NULL)));
    show_status("three of them", reap(child(run_three, NULL)));
    show_status("one of 128 KiB", reap(child(run_one_large, NULL)));
    show_status("20000 arguments", reap(child(run_many_small, NULL)));
}

/* ---- what stays ---- */

static int keeps(const void *unused)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    handler_set(SIGUSR2, SIG_IGN, 0);
    (void)unused;
    alarm(100);
    umask(027);
    if (nice(4) == -1 || chdir("/tmp") != 0)
        return 99;
    execl(program, program, "kept", (char *)NULL);
    return 98;
}

int kept_tell(void)
{
    sigset_t set, pending;
    struct sigaction action;
    char where[64];

    sigprocmask(SIG_SETMASK, NULL, &set);
    sigpending(&pending);
    printf("execs keeps what is blocked: %d\n", sigismember(&set, SIGUSR1));
    printf("execs and pending: %d\n", sigismember(&pending, SIGUSR1));
    sigaction(SIGUSR2, NULL, &action);
    printf("execs ignored: %d\n", action.sa_handler == SIG_IGN);
    printf("execs its alarm: %d\n", alarm(0) > 90);
    printf("execs its umask: %o\n", (unsigned)umask(0));
    errno = 0;
    printf("execs its nice value: %d\n", nice(0));
    printf("execs its directory: %s\n", getcwd(where, sizeof where) != NULL ? where : "none");
    return 0;
}

void execs(void)
{
    image_cases();
    script_cases();
    name_cases();
    show_status("what it keeps", reap(child(keeps, NULL)));
}
