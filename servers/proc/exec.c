/* SPDX-License-Identifier: BSD-2-Clause */
#include "exec.h"

#include <base/elf.h>
#include <base/secret.h>
#include <errno.h>
#include <idl/proc.h>
#include <string.h>

#include "backing.h"
#include "image.h"
#include "lend.h"
#include "own.h"
#include "shell.h"

enum { HEADERS_MAX = 32, ELF_TYPE_DYN = 3 };

#define LEAST_ADDRESS 0x10000ul
#define ANYWHERE 0x555500000000ul /* where programs begin that may be anywhere */

struct program {
    struct elf_header header;
    struct elf_segment segment[HEADERS_MAX];
    uint64_t bias, end;
    struct backing *file;
};

static uint64_t page_down(uint64_t address)
{
    return address & ~(uint64_t)(PAGE - 1);
}

static uint64_t page_up(uint64_t address)
{
    return page_down(address + PAGE - 1);
}

/* ---- reading: nothing is changed yet ---- */

static bool header_is_right(const struct elf_header *h)
{
    static const uint8_t magic[4] = { 0x7f, 'E', 'L', 'F' };

    return memcmp(h->ident, magic, 4) == 0 && h->ident[ELF_IDENT_CLASS] == ELF_CLASS_64 &&
           h->ident[ELF_IDENT_DATA] == ELF_DATA_LITTLE_ENDIAN && h->machine == ELF_MACHINE_X86_64 &&
           (h->type == ELF_TYPE_EXEC || h->type == ELF_TYPE_DYN) &&
           h->phentsize == sizeof(struct elf_segment) && h->phnum > 0 && h->phnum <= HEADERS_MAX;
}

static bool segment_is_right(const struct program *prog, const struct elf_segment *s)
{
    uint64_t at = prog->bias + s->vaddr;

    return s->filesz <= s->memsz && s->vaddr < UNIX_MAP_END && s->memsz < UNIX_MAP_END - s->vaddr &&
           at >= LEAST_ADDRESS && at + s->memsz < UNIX_MAP_END &&
           (s->offset - s->vaddr) % PAGE == 0 && page_down(at) >= prog->end;
}

static int program_check(struct program *prog)
{
    prog->bias = prog->header.type == ELF_TYPE_DYN ? ANYWHERE : 0;
    for (unsigned i = 0; i < prog->header.phnum; i++) {
        const struct elf_segment *s = &prog->segment[i];
        if (s->type == ELF_SEGMENT_INTERP)
            return ENOEXEC;
        if (s->type != ELF_SEGMENT_LOAD || s->memsz == 0)
            continue;
        if (!segment_is_right(prog, s))
            return ENOEXEC;
        prog->end = page_up(prog->bias + s->vaddr + s->memsz);
    }
    return prog->end != 0 ? 0 : ENOEXEC;
}

static int program_read(struct program *prog)
{
    size_t done;
    int e = backing_read(prog->file, 0, &prog->header, sizeof prog->header, &done);

    if (e != 0)
        return e;
    if (done < sizeof prog->header || !header_is_right(&prog->header))
        return ENOEXEC;
    size_t bytes = prog->header.phnum * sizeof prog->segment[0];
    e = backing_read(prog->file, prog->header.phoff, prog->segment, bytes, &done);
    if (e != 0)
        return e;
    return done == bytes ? program_check(prog) : ENOEXEC;
}

/* ---- from here on there is no way back ---- */

/*
 * How much of a segment that begins so far in its first page is the file's: with the page it ends
 * in, unless zeros are to follow there. Who only reads has that as the file does, as on Linux.
 */
static uint64_t file_bytes(const struct elf_segment *s, uint64_t in)
{
    bool is_whole = s->filesz == s->memsz && (s->flags & ELF_FLAG_WRITE) == 0;

    return s->filesz == 0 ? 0 : is_whole ? page_up(in + s->filesz) : in + s->filesz;
}

static bool segments_map(struct process *p, const struct program *prog)
{
    for (unsigned i = 0; i < prog->header.phnum; i++) {
        const struct elf_segment *s = &prog->segment[i];
        uint64_t at = prog->bias + s->vaddr, in = at % PAGE;
        if (s->type != ELF_SEGMENT_LOAD || s->memsz == 0)
            continue;
        struct region r = {
            .begin = at - in,
            .end = page_up(at + s->memsz),
            .offset = s->offset - in,
            .file_bytes = file_bytes(s, in),
            .file = s->filesz != 0 ? prog->file : NULL,
            .rights = (uint8_t)(RIGHT_READ | ((s->flags & ELF_FLAG_WRITE) != 0 ? RIGHT_WRITE : 0) |
                                ((s->flags & ELF_FLAG_EXECUTE) != 0 ? RIGHT_EXECUTE : 0)),
        };
        if (region_add(&p->regions, r) == NULL)
            return false;
    }
    p->brk = p->brk_base = prog->end;
    return true;
}

/* The strings on top of the stack. False: no memory. */
static bool stack_fill(struct process *p, struct exec_strings *strings)
{
    struct region stack = {
        .begin = strings_begin(strings),
        .end = UNIX_STACK_END,
        .rights = RIGHT_READ | RIGHT_WRITE,
        .flags = REGION_GROWS,
    };

    if (region_add(&p->regions, stack) == NULL)
        return false;
    for (unsigned i = 0; i < strings->pages; i++) {
        if (!pages_put(&p->space, stack.begin + i * (uint64_t)PAGE, strings->frame[i],
                       stack.rights))
            return false;
        strings->frame[i] = 0; /* the process's now */
    }
    return true;
}

static uint64_t headers_address(const struct program *prog)
{
    uint64_t at = prog->header.phoff;

    for (unsigned i = 0; i < prog->header.phnum; i++) {
        const struct elf_segment *s = &prog->segment[i];
        if (s->type == ELF_SEGMENT_LOAD && at >= s->offset && at - s->offset < s->filesz)
            return prog->bias + s->vaddr + (at - s->offset);
    }
    return 0;
}

static void mail_fill(struct process_mail *m, const struct program *prog,
                      const struct exec_strings *strings)
{
    static uint64_t count; /* from the end on: tokens are from the begin on (escrow.c) */

    m->entry = m->program_entry = prog->bias + prog->header.entry;
    m->headers = headers_address(prog);
    m->header_bytes = sizeof(struct elf_segment);
    m->header_count = prog->header.phnum;
    m->base = 0;
    m->stack_end = UNIX_STACK_END;
    m->block = strings->block;
    m->block_bytes = strings->bytes;
    m->argc = strings->argc;
    m->envc = strings->envc;
    m->brk = prog->end;
    for (unsigned i = 0; i < 2; i++)
        m->random[i] = secret_of(process_info()->random, ~count++);
}

static bool program_start(struct process *p)
{
    const seL4_UserContext r = {
        .rip = image.entry.start,
        .rsp = thread_address_end(0),
        .rflags = 0x202,
    };

    return thread_run(p, 0, &r);
}

static bool program_put(struct process *p, unsigned thread, const struct program *prog,
                        struct exec_strings *strings)
{
    if (!threads_to_first(p, thread))
        return false;
    process_memory_empty(p);
    shell_trim(p); /* an exec's paths are long */
    lost_end();
    if (!segments_map(p, prog) || !stack_fill(p, strings))
        return false;
    mail_fill(p->mail, prog, strings);
    p->mail->old_thread = thread;
    memcpy(p->name, strings->file, sizeof p->name);
    program_set(p, prog->file);
    p->executed = true;
    if (p->has_vfork_parent) {
        p->has_vfork_parent = false;
        (void)proc_fork_answer(&p->vfork_parent, p->pid);
    }
    return program_start(p);
}

int exec_program(struct process *p, unsigned thread, uint64_t badge, unsigned server,
                 uint32_t handle, struct exec_strings *strings)
{
    static struct program prog;

    prog = (struct program){ .bias = 0 };
    int e = backing_open(badge, server, handle, &prog.file);
    if (e != 0)
        return e == ENODEV ? EACCES : e;
    e = program_read(&prog);
    if (e == 0 && !program_put(p, thread, &prog, strings))
        process_end(p, 9); /* SIGKILL: nothing is left that could be told */
    backing_drop(prog.file);
    return e;
}
