/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init: idl/init.capnp and faults, of the components of a small system; calls that come to it in
 * the place of those who do not run; passive servers that say that they wait. What components can
 * write of what it reads is changed in between. Then who does not run must have
 * nothing left, and init the memory that it had.
 */
#include "objects.h"
#include "server_priv.h"

#include <base/elf.h>
#include <idl/init.h>
#include <ipc/watch.h>
#include <string.h>

#include "archive.h"
#include "component.h"
#include "log.h"
#include "pending.h"
#include "watch.h"

/* Its loop ends where it would receive: turns are given to it from here. */
static void call_reply_receive(struct call *c, struct call_registers *r, seL4_CPtr endpoint)
{
    (void)c;
    (void)r;
    (void)endpoint;
    abort();
}

static seL4_MessageInfo_t receive_never(void)
{
    server_started(NULL, NULL);
}

#define seL4_RecvWithMRs(endpoint, badge, a, b, c, d, reply) receive_never()
#include "servers/init/serve.c"

enum {
    CNODE_BITS = 16,
    MEMORY_BITS = 24,
    SLOT_MEMORY = 100,
    SLOT_TIME = 101,
    SLOTS_FIRST = 200,
    ARCHIVE_BYTES = 1 << 16,
    FILE_BYTES = 0x3100,
};

_Noreturn void init_main(const seL4_BootInfo *boot);

uint8_t archive_start[ARCHIVE_BYTES];
__asm__(".globl archive_end\n.set archive_end, archive_start + 65536");

/* ---- the boot archive ---- */

static const char manifest_text[] =
    "component pager\n program prog\n priority 200\n serves\n memory 256K\n untyped 4K\n"
    " restart always\n"
    "component tty\n program prog\n priority 190\n serves\n replies 4\n notification\n log\n"
    " memory 256K\n threads 2\n restart always\n irq 4\n ports 0x60 0x64\n"
    "component files\n program prog\n priority 170\n passive\n serves\n replies 4\n notification\n"
    " notify tty bit 1\n memory 256K\n untyped 4K\n slots 512\n use tty\n restart always\n"
    "component control\n program prog\n priority 150\n serves\n notification\n control\n"
    " memory 256K\n threads 3\n use tty\n use files badge 5\n restart fault\n"
    "component clients\n program prog\n priority 120\n memory 256K\n pager pager\n use files\n"
    " use tty rights grant\n restart always\n overrun fault\n"
    "component other\n program prog\n priority 160\n passive\n serves\n memory 256K\n use files\n"
    "component byhand\n program prog\n priority 90\n start manual\n memory 256K\n use tty\n"
    " use control\n args one two\n"
    "component wrong\n program manifest\n start manual\n memory 256K\n"
    "component processes\n program prog\n priority 100\n serves\n processes\n untyped 4K\n"
    " memory 256K\n reserve 1M\n mcp 90\n use files mint\n";

static size_t archive_add(size_t at, const char *name, const void *data, size_t bytes)
{
    size_t name_bytes = strlen(name) + 1;
    char head[120];

    snprintf(head, sizeof head, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08zx%08x", 0, 0,
             0, 0, 0, 0, (unsigned)bytes, 0, 0, 0, 0, name_bytes, 0);
    memcpy(archive_start + at, head, 110);
    memcpy(archive_start + at + 110, name, name_bytes);
    at = (at + 110 + name_bytes + 3) & ~(size_t)3;
    memcpy(archive_start + at, data, bytes);
    return (at + bytes + 3) & ~(size_t)3;
}

/* A program of text and data, or, at the personality's place, of text with notes. */
static void file_make(uint8_t *file, uint64_t address)
{
    struct elf_header *h = (struct elf_header *)file;
    struct elf_segment *s = (struct elf_segment *)(file + sizeof *h);
    bool is_program = address < PROCESS_SYSTEM_ADDR;
    const uint64_t upcall = address + 0x800;
    const uint64_t fixup[] = { address + 0x900, address + 0xa00, address + 0xa00 };
    const uint32_t notes[] = { 7, sizeof upcall, PROCESS_NOTE_UPCALL,
                               7, sizeof fixup,  PROCESS_NOTE_FIXUP };

    *h = (struct elf_header){ .type = ELF_TYPE_EXEC,
                              .machine = ELF_MACHINE_X86_64,
                              .phoff = sizeof *h,
                              .phentsize = sizeof *s,
                              .phnum = 2,
                              .entry = address + 0x100 };
    memcpy(h->ident, "\177ELF", 4);
    h->ident[ELF_IDENT_CLASS] = ELF_CLASS_64;
    h->ident[ELF_IDENT_DATA] = ELF_DATA_LITTLE_ENDIAN;
    s[0] = (struct elf_segment){ .type = ELF_SEGMENT_LOAD,
                                 .flags = ELF_FLAG_EXECUTE,
                                 .vaddr = address,
                                 .filesz = 0x2100,
                                 .memsz = 0x2100 };
    if (is_program) {
        s[1] = (struct elf_segment){ .type = ELF_SEGMENT_LOAD,
                                     .flags = ELF_FLAG_WRITE,
                                     .offset = 0x2100,
                                     .vaddr = address + 0x10100,
                                     .filesz = 0x1000,
                                     .memsz = 0x2000 };
        return;
    }
    s[1] = (struct elf_segment){ .type = ELF_SEGMENT_NOTE, .offset = 512, .filesz = 20 * 2 + 32 };
    memcpy(file + 512, notes, 12);
    memcpy(file + 524, "Myelin", 7);
    memcpy(file + 532, &upcall, sizeof upcall);
    memcpy(file + 540, notes + 3, 12);
    memcpy(file + 552, "Myelin", 7);
    memcpy(file + 560, fixup, sizeof fixup);
}

static void archive_make(void)
{
    static uint8_t file[FILE_BYTES];
    size_t at = archive_add(0, "manifest", manifest_text, sizeof manifest_text - 1);

    file_make(file, PROCESS_IMAGE_ADDR);
    at = archive_add(at, "personality", file, sizeof file);
    memset(file, 0, sizeof file);
    file_make(file, 0x400000);
    at = archive_add(at, "prog", file, sizeof file);
    (void)archive_add(at, "TRAILER!!!", "", 0);
}

/* ---- what the kernel leaves to it ---- */

static const seL4_BootInfo *boot_make(void)
{
    static uint8_t page[2 * seL4_BootInfoFrameSize] __attribute__((aligned(4096)));
    seL4_BootInfo *boot = (seL4_BootInfo *)page;
    seL4_BootInfoHeader *record = (seL4_BootInfoHeader *)(page + seL4_BootInfoFrameSize);
    seL4_Word *words = (seL4_Word *)(record + 1);

    *record = (seL4_BootInfoHeader){ SEL4_BOOTINFO_HEADER_PADDING, sizeof *record + 16 };
    words[0] = MYELIN_BOOTINFO_MAGIC;
    words[1] = 1;
    boot->extraLen = record->len;
    boot->ipcBuffer = &server_buffer;
    boot->empty = (seL4_SlotRegion){ SLOTS_FIRST, 1ul << CNODE_BITS };
    boot->schedcontrol = (seL4_SlotRegion){ SLOT_TIME, SLOT_TIME + 1 };
    boot->untyped = (seL4_SlotRegion){ SLOT_MEMORY, SLOT_MEMORY + 1 };
    boot->untypedList[0].sizeBits = MEMORY_BITS;
    return boot;
}

static void give(struct process_info *info)
{
    (void)info;
    model_open(seL4_CapInitThreadCNode, seL4_CapInitThreadVSpace, CNODE_BITS, MEMORY_BITS);
    (void)model_put(seL4_CapInitThreadTCB, MODEL_THREAD, 0);
    (void)model_put(seL4_CapInitThreadASIDPool, MODEL_OTHER, 0);
    (void)model_put(SLOT_MEMORY, MODEL_UNTYPED, MEMORY_BITS);
    (void)model_put(SLOT_TIME, MODEL_OTHER, 0);
    archive_make();
}

static int start(void)
{
    init_main(boot_make());
}

void model_leaves(void *asks)
{
    (void)asks;
}

/* It has stopped, and said why. */
_Noreturn void model_exit(int status)
{
    char text[400] = "";
    uint64_t at = 0;

    (void)log_read(&at, text, sizeof text - 1);
    fprintf(stderr, "%d: %s\n", status, text);
    abort();
}

myelin_TCB_GetWait_t model_does(void)
{
    bool runs = input != NULL && take_bytes(input, 1) >= 196;

    return (myelin_TCB_GetWait_t){ .kind = runs ? MYELIN_WAIT_PROCESSOR : MYELIN_WAIT_SIGNAL };
}

/* What waits at an endpoint or was signalled: somebody, sometimes; 0: nobody. */
void model_look(seL4_CPtr at, seL4_Word *badge)
{
    (void)at;
    *badge = 0;
    if (input != NULL && take_bytes(input, 1) >= 176)
        *badge = take_bytes(input, 1) < 128 ? BADGE_READY | take_bytes(input, 2) : 1;
}

/* ---- steps ---- */

static const struct call_method *const methods[] = {
    &init_exit_method_,        &init_log_method_,         &init_thread_start_method_,
    &init_thread_exit_method_, &init_protect_method_,     &init_fault_method_,
    &init_client_method_,      &init_fault_entry_method_, &init_time_method_,
    &init_file_stat_method_,   &init_file_find_method_,   &init_file_read_method_,
    &init_component_method_,   &init_holds_method_,       &init_memory_method_,
    &init_start_method_,       &init_start_method_,       &init_stop_method_,
    &init_kill_method_,        &init_restart_method_,     &init_signal_method_,
    &init_watch_method_,       &init_watch_method_,       &init_watch_read_method_,
    &init_log_take_method_,    &init_log_read_method_,    &init_start_method_,
};

static const uint64_t words[] = {
    0, 1, 2, 3, 4, 5, 8, 9, 0x400000, 0x401000, 0x20000000, 0x20001000, 0x1000, 0x4000, ~0ull, 7,
};

static const char *const parts[] = {
    "byhand", "files",     "control", "tty",      "wrong", "clients", "pager",
    "other",  "processes", "prog",    "manifest", " ",     "one",
};

/* A turn of its loop; true: *r is the answer. */
static bool turn(uint64_t badge, struct call_registers *r)
{
    struct call c = { .buf = &server_buffer, .reply = sys.reply, .badge = badge };

    r->badge = badge;
    server_buffer.userData = 0x5af3;
    __sel4_ipc_buffer = &server_buffer;
    turn_begins(badge, r);
    int e = turn_handle(&c, r);
    signals_handle(sys.ready_missed & ~BADGE_READY);
    sys.ready_missed = 0;
    MUST(e == 0 || e == CALL_LATER);
    MUST(server_buffer.userData == 0x5af3 && model_at(sys.reply) != NULL);
    if (e == 0)
        say("answered", badge, r);
    return e == 0;
}

static struct component *component_take(void)
{
    return &components[take_bytes(input, 1) % component_count];
}

static void request(void)
{
    struct component *of = component_take();
    const struct call_method *m =
        methods[take_bytes(input, 1) % (sizeof methods / sizeof methods[0])];
    struct asker from = { .method = m };
    struct call_registers r = { 0 };
    unsigned how = (unsigned)take_bytes(input, 1);

    if (how < 150)
        of = component_find("control"); /* who may do most */
    if (of->state != INIT_STATE_RUNNING)
        return;
    request_make(m, &from, &r);
    if (how >= 225) {
        from.is_odd = true;
        request_spoil(&r);
    }
    r.info &= ~0xf80ul; /* capabilities it has never taken: it has no slot for them */
    KNOWN(&r, sizeof r);
    if (turn(BADGE_REQUEST | of->index, &r))
        answer_check(&from, &r);
}

static void fault(unsigned n)
{
    struct component *of = component_take();
    unsigned thread = n % of->spec->threads;
    struct call_registers r = { .info = CALL_INFO(n % 8, n % 20) };

    if (of->state != INIT_STATE_RUNNING || of->spec->pager_index >= 0)
        return;
    for (unsigned i = 0; i < 4; i++)
        r.word[i] = word_take();
    for (unsigned i = 4; i < 20; i++)
        server_buffer.msg[i] = i < n % 20 ? word_take() : 0;
    model_thread(of->tcb[thread])->registers.rsp = word_take();
    if (turn(BADGE_FAULT | (uint64_t)thread << 8 | of->index, &r))
        MUST(r.info == 0);
}

static void call_dead(void)
{
    struct call_registers r = { .info = CALL_INFO(CALL_LABEL(0x132, 1), 4) };

    if (turn(BADGE_DEAD | component_take()->index, &r))
        MUST(r.info == CALL_INFO(IPC_AGAIN, 0) || r.info == CALL_INFO(IPC_DEAD, 0));
}

static void scribble(seL4_CPtr frame, size_t from, size_t to)
{
    const struct model_object *o = frame != 0 ? model_at(frame) : NULL;
    uint64_t value = word_take();
    size_t at = from + take_bytes(input, 2) % (to - from - sizeof value);

    if (o != NULL)
        memcpy((char *)model_bytes(o) + at, &value, sizeof value);
}

static void step(void)
{
    unsigned n = (unsigned)take_bytes(input, 1);
    struct component *of;
    struct call_registers r = { 0 };

    if (n < 170) {
        request();
    } else if (n < 190) {
        fault((unsigned)take_bytes(input, 1));
    } else if (n < 205) {
        call_dead();
    } else if (n < 220) {
        (void)turn(BADGE_READY | take_bytes(input, 2), &r);
    } else if (n < 226) {
        now += take_bytes(input, 4);
    } else if (n < 234) {
        model_no_memory_after = (unsigned)take_bytes(input, 1) + 1;
    } else {
        of = component_take();
        if (of->state == INIT_STATE_RUNNING && n < 245)
            scribble(of->thread_frame[0], 0, 4096);
        else if (of->watch_memory != 0)
            scribble(of->watch_frame + take_bytes(input, 1) % 64, 0, n < 250 ? 32 : 4096);
    }
}

/* ---- the begin and the end ---- */

static void begin(void)
{
    static const char *const first[] = { "pager",   "tty",   "files",    "control",
                                         "clients", "other", "processes" };

    model_no_memory_after = 0;
    for (unsigned i = 0; i < sizeof first / sizeof first[0]; i++) {
        struct component *c = component_find(first[i]);
        c->quick_ends = 0;
        if (c->state != INIT_STATE_RUNNING)
            MUST(component_start(c, NULL) == NULL);
    }
}

/* All of them, now and then: most go on with the next input, since starting them takes long. */
static void end(void)
{
    enum { INPUTS = 32 };
    static unsigned turns;
    bool all = turns++ % INPUTS == 0;

    input = NULL;
    model_no_memory_after = 0;
    for (unsigned i = 0; i < component_count; i++) {
        struct component *c = &components[i];
        (void)watch_set(c, false);
        if (all || c->spec->manual || c->watch_memory != 0) /* its ring ends with it */
            component_end(c, INIT_STATE_STOPPED, 0, false);
        c->watcher = -1;
        MUST(c->watch_memory == 0);
        MUST(c->pool.untyped == 0 || c->state == INIT_STATE_RUNNING ||
             model_children(c->pool.untyped) == 0); /* CMP-1 */
    }
    /* nobody waits for those who start: all that it keeps callers waiting with is there */
    for (unsigned i = 0; i < component_count; i++)
        pending_answer(i, IPC_DEAD);
    unsigned kept = 0;
    while (pending_add(0))
        kept++;
    MUST(kept == 16);
    pending_answer(0, IPC_DEAD);
}

static uint64_t has(void)
{
    return cap_memory_free_bytes(&sys.memory);
}

static uint64_t number(unsigned n)
{
    return n < 160 ? PROCESS_HEAP_ADDR + take_bytes(input, 1) * 4096 : take_bytes(input, 1) % 10;
}

static const struct fuzzed_kind of_init = {
    .begin = begin,
    .step = step,
    .end = end,
    .word = number,
};

/* Everybody is watched once: the slots for that stay. */
static void warm(struct file self)
{
    (void)self;
    for (unsigned i = 0; i < component_count; i++)
        MUST(watch_set(&components[i], true));
}

const struct fuzzed fuzzed = {
    .of = &of_init,
    .main = start,
    .words = words,
    .word_count = sizeof words / sizeof words[0],
    .parts = parts,
    .part_count = sizeof parts / sizeof parts[0],
    .has_names = true,
    .open = give,
    .warm = warm,
    .has = has,
};

/* Of lib/rt, which formats the log's lines. */
void rt_putchar(char c)
{
    (void)c;
}
