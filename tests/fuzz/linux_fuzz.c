/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The personality: system calls with arguments of the fuzzer's bytes, of several threads of one
 * process, or of a component; signals, faults, forks, executions, other threads' calls in between.
 * After each the tables are whole, nothing is locked, and what the program gets is a result.
 */
#include "linux_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clone.h"
#include "count.h"
#include "files.h"
#include "process.h"
#include "registers.h"
#include "trace.h"
#include "vectors.h"

enum { HZ = 1000000000, CALLS_MAX = 300, NESTED = 2, PID = 100, AFTER_CALL = 0x400002 };
enum { SYSTEM_BYTES = PROCESS_BLOCK_ADDR - PROCESS_SYSTEM_ADDR };

_Noreturn void linux_start(void);
_Noreturn void linux_thread_begin(void);
_Noreturn void linux_fault(void);
_Noreturn void linux_interrupted(struct linux_context *context);
long linux_leave(struct linux_frame *frame, long result);
long linux_return(void);

LIBSEL4_THREAD_LOCAL seL4_IPCBuffer *__sel4_ipc_buffer;
struct bytes *input;
bool is_hostile;
static uint64_t now;
static jmp_buf *way_out;
static unsigned depth;
static bool has_begun[THREADS];

/* ---- of entry.S, start.S, vdso.S: where others would go on ---- */

void linux_thread_entry(void)
{
}

void linux_fault_entry(void)
{
}

const uint8_t linux_vdso[1];

long linux_fork(void)
{
    return linux_fork_complete();
}

long linux_vfork(void)
{
    return linux_vfork_complete();
}

long linux_clone(unsigned long flags, uaddr_t stack, uaddr_t parent_tid, uaddr_t child_tid,
                 unsigned long tls)
{
    return linux_clone_complete(flags, stack, parent_tid, child_tid, tls);
}

long linux_clone3(uaddr_t arguments, size_t bytes)
{
    return linux_clone3_complete(arguments, bytes);
}

_Noreturn void leave(enum why why)
{
    longjmp(*way_out, (int)why);
}

_Noreturn void linux_resume(const struct linux_context *context)
{
    MUST(context->rip < seL4_UserTop);
    linux_thread()->rsp = context->rsp;
    stack_seen(context->rsp + 8); /* as a handler returns */
    leave(GOES_ON);
}

/* ---- the kernel ---- */

void loud(const char *format, ...)
{
    va_list list;

    if (getenv("FUZZ_LOUD") == NULL)
        return;
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
}

bool nothing_locked(void)
{
    const struct linux_state *s = linux_state();

    return s->own.files.lock.held == 0 && s->threads.lock.held == 0 && s->signals.lock.held == 0;
}

uint64_t fake_tsc(void)
{
    return now;
}

void fake_signal(seL4_CPtr slot)
{
    MUST(slot >= process_info()->thread_slot_first &&
         slot < process_info()->thread_slot_first + UNIX_THREADS_MAX);
}

void fake_yield(void)
{
    now++;
}

/* Who sleeps when nothing is left to come sleeps for ever. */
myelin_Result fake_wait(seL4_CPtr slot, uint64_t deadline)
{
    MUST(slot == linux_bell(linux_thread()->index) && nothing_locked());
    if (input->left == 0 && deadline == MYELIN_NEVER)
        leave(PROCESS_ENDED);
    if (deadline != MYELIN_NEVER && (input->left == 0 || take_bytes(input, 1) < 100)) {
        now = now > deadline ? now : deadline;
        return (myelin_Result){ .outcome = MYELIN_DEADLINE };
    }
    something_happens();
    return (myelin_Result){ .outcome = MYELIN_OK };
}

/* ---- threads ---- */

static char *thread_page(uint64_t index)
{
    return (char *)process_thread_address(index);
}

static struct thread_local *thread_of(uint64_t index)
{
    return (struct thread_local *)(thread_page(index) + THREAD_LOCAL_OFFSET);
}

static void thread_go(uint64_t index)
{
    (void)syscall(SYS_arch_prctl, 0x1001 /* ARCH_SET_GS */, thread_page(index));
    __sel4_ipc_buffer = (seL4_IPCBuffer *)thread_page(index);
}

static void thread_make(uint64_t index)
{
    *thread_of(index) = (struct thread_local){
        .self = (uint64_t)thread_page(index),
        .index = index,
        .rsp = STACK_TOP - 0x1000 * index,
        .stack = (uint64_t)thread_page(index) + PROCESS_THREAD_STEP - PROCESS_THREAD_ABOVE,
        .calls = LINUX_CALLS,
    };
    has_begun[index] = index == 0;
}

static bool thread_runs(uint64_t index)
{
    return (threads_running() >> index & 1) != 0;
}

/* ---- what must hold ---- */

static void files_check(const struct files *files)
{
    unsigned users[LINUX_FILES] = { 0 };

    for (unsigned fd = 0; fd < LINUX_FDS; fd++) {
        MUST(files->fd[fd].file <= LINUX_FILES);
        if (files->fd[fd].file != 0)
            users[files->fd[fd].file - 1]++;
    }
    if (linux_state()->trace != 0)
        users[linux_state()->trace - 1]++;
    for (unsigned i = 0; i < LINUX_FILES; i++) {
        MUST(files->file[i].users == users[i]); /* FIL-1 */
        MUST(users[i] == 0 || (files->file[i].kind > 0 && files->file[i].kind < FILE_KINDS));
    }
}

static void signals_check(const struct signals *signals)
{
    uint64_t there = 0;

    MUST(signals->high <= LINUX_QUEUED);
    for (unsigned i = 0; i < LINUX_QUEUED; i++) {
        unsigned signal = signal_entry(i)->signal;
        MUST(signal == 0 || i < signals->high);
        MUST(signal <= LINUX_SIGNALS);
        if (signal != 0)
            there |= signal_bit(signal);
    }
    MUST(signals->there == there);
}

static void check(void)
{
    const struct linux_state *s = linux_state();

    MUST(nothing_locked() && s->heap.lock.held == 0);
    MUST(linux_thread()->self == (uint64_t)ipc_buffer());
    files_check(&s->own.files);
    signals_check(&s->signals);
}

/* ---- what happens ---- */

/* A door of the personality's that may not come back. */
struct door {
    void (*enter)(struct door *d);
    unsigned number;
    uint64_t argument[6];
    long result;
};

/* The program's registers have no rounding of their own, and no exceptions, in the target. */
static void vectors_restore(void)
{
    static const uint32_t mxcsr = 0x1f80;

    __asm__ volatile("fninit; ldmxcsr %0" ::"m"(mxcsr));
}

static enum why go(struct door *d)
{
    jmp_buf here, *outer = way_out;
    volatile unsigned depth_before = depth;

    way_out = &here;
    int why = setjmp(here);
    if (why == 0)
        d->enter(d);
    way_out = outer;
    depth = depth_before;
    vectors_restore();
    return (enum why)why;
}

static void door_start(struct door *d)
{
    (void)d;
    linux_start();
}

static void door_thread(struct door *d)
{
    (void)d;
    linux_thread_begin();
}

static void door_fault(struct door *d)
{
    (void)d;
    linux_fault();
}

static void door_interrupt(struct door *d)
{
    struct linux_context c = { .rip = 0x400000, .rsp = linux_thread()->rsp, .flags = 0x202 };

    (void)d;
    linux_interrupted(&c);
}

typedef long call(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

/* As entry.S has it. */
static void door_call(struct door *d)
{
    struct linux_frame *f = linux_frame();
    const uint64_t *a = d->argument;

    *f = (struct linux_frame){ .number = d->number,
                               .rdi = a[0],
                               .rsi = a[1],
                               .rdx = a[2],
                               .r10 = a[3],
                               .r8 = a[4],
                               .r9 = a[5],
                               .rip = AFTER_CALL,
                               .flags = 0x202 };
    d->result =
        linux_thread()->trace != 0
            ? linux_traced(f)
            : ((call *)(uintptr_t)linux_calls[d->number])(a[0], a[1], a[2], a[3], a[4], a[5]);
    while (linux_thread()->pending != 0)
        d->result = linux_leave(f, d->result);
    if (f->rip != AFTER_CALL) /* the program is to make it again */
        d->result = -LINUX_EINTR;
}

/* What comes from outside and ends a process, a thread, or makes it another one, ends it here. */
static void go_on(enum why why, uint64_t index)
{
    struct door start = { door_start };

    while (why == EXECUTES && depth == 0) {
        for (unsigned i = 0; i < THREADS; i++)
            thread_make(i);
        thread_go(0);
        why = go(&start);
    }
    if (why == THREAD_ENDED && depth == 0 && index == 0 && !linux_is_process())
        why = PROCESS_ENDED;
    if (why == PROCESS_ENDED || why == IS_CHILD || why == EXECUTES) {
        if (depth > 0)
            leave(why);
        if (why == PROCESS_ENDED)
            input->left = 0;
    }
}

/* No more can be done than was asked for. */
static void result_check(const struct door *d)
{
    bool has_bytes = d->number == SYS_read || d->number == SYS_write || d->number == SYS_pread64 ||
                     d->number == SYS_pwrite64 || d->number == SYS_sendto ||
                     d->number == SYS_sendfile || d->number == SYS_getrandom;
    uint64_t bytes = d->argument[d->number == SYS_sendfile    ? 3
                                 : d->number == SYS_getrandom ? 1
                                                              : 2];

    MUST(d->result != -LINUX_ERESTART || is_hostile);
    MUST(!has_bytes || d->result <= 0 || (uint64_t)d->result <= bytes);
}

static void call_make(void)
{
    struct door d = { .enter = door_call };
    uint64_t index = linux_thread()->index;

    do
        d.number = (unsigned)take_bytes(input, 2) % LINUX_CALLS;
    while (input->left > 0 && linux_calls[d.number] == linux_calls[LINUX_CALLS - 1]);
    arguments_take(d.number, d.argument);
    if (d.number == SYS_rt_sigreturn)
        linux_thread()->rsp = stack_take();
    loud("%lu: call %u %lx %lx %lx %lx\n", index, d.number, d.argument[0], d.argument[1],
         d.argument[2], d.argument[3]);
    calls++;
    enum why why = go(&d);
    loud("%lu: call %u: %ld, %d\n", index, d.number, d.result, why);
    if (why == CAME_BACK) {
        result_check(&d);
        result_seen(d.result);
    }
    if (why <= GOES_ON)
        check();
    go_on(why, index);
}

/* proc puts a signal into the mail, and says so. */
static void signal_comes(void)
{
    struct process_mail *mail = process_mail();
    unsigned n = (unsigned)take_bytes(input, 1);

    if (mail->put - mail->taken >= UNIX_MAIL_SIGNALS || !linux_is_process())
        return;
    mail->signal[mail->put % UNIX_MAIL_SIGNALS] = (struct unix_signal){
        .signal = n < 250 ? 1 + n % 65 : 0,
        .thread = take_bytes(input, 1) % 4 == 0 ? PID + n % THREADS : 0,
        .code = (int32_t)n % 3,
        .fields = { any_word() },
    };
    mail->put++;
    if (n % 16 == 0)
        mail->stopped = 1;
    for (unsigned i = 0; i < THREADS; i++)
        thread_of(i)->pending = 1;
}

static void fault_comes(void)
{
    struct process_fault *f = (void *)((char *)ipc_buffer() + THREAD_FAULT_OFFSET);
    struct door d = { .enter = door_fault };
    unsigned n = (unsigned)take_bytes(input, 1);

    *f = (struct process_fault){ .label = n % 4 == 0   ? PROCESS_FAULT_FILE
                                          : n % 2 == 0 ? seL4_Fault_VMFault
                                                       : seL4_Fault_UserException,
                                 .address = n % 2 == 0 ? any_word() : n / 2 % 32,
                                 .code = n / 4 % 32,
                                 .registers = { 0x400000, linux_thread()->rsp, 0x202 } };
    go_on(go(&d), linux_thread()->index);
}

/* Another thread goes on, which may have to begin. */
static void thread_switch(void)
{
    uint64_t index = take_bytes(input, 1) % THREADS;
    struct door d = { door_thread };

    if (!thread_runs(index))
        return;
    thread_go(index);
    if (has_begun[index])
        return;
    has_begun[index] = true;
    go_on(go(&d), index);
}

/* Calls of another thread while this one waits. */
static void others_call(void)
{
    uint64_t index = linux_thread()->index;

    if (depth >= NESTED)
        return;
    depth++;
    for (uint64_t i = 0; i < THREADS; i++) {
        if (i == index || !thread_runs(i) || !has_begun[i])
            continue;
        thread_go(i);
        call_make();
        break;
    }
    depth--;
    thread_go(index);
}

void something_happens(void)
{
    unsigned n = (unsigned)take_bytes(input, 1);

    if (n >= 80 && n < 150)
        signal_comes();
    else if (n >= 150 && n < 170)
        now += take_bytes(input, 4);
    else if (n >= 170)
        others_call();
}

static void step(void)
{
    struct door interrupt = { door_interrupt };
    unsigned n = (unsigned)take_bytes(input, 1);

    if (!thread_runs(linux_thread()->index)) { /* the one that ended was it */
        for (uint64_t i = 0; i < THREADS; i++)
            if (thread_runs(i) && has_begun[i])
                thread_go(i);
        if (!thread_runs(linux_thread()->index)) {
            input->left = 0;
            return;
        }
    }
    if (n < 216)
        call_make();
    else if (n < 224)
        signal_comes();
    else if (n < 230)
        go_on(go(&interrupt), linux_thread()->index);
    else if (n < 234)
        fault_comes();
    else if (n < 244)
        thread_switch();
    else if (n < 250)
        program_write();
    else
        now += take_bytes(input, 4);
}

/* ---- the begin and the end ---- */

static void name_put(struct process_names *names, uint8_t **at, const char *prefix, uint32_t server,
                     uint32_t root)
{
    uint16_t head[2] = { (uint16_t)strlen(prefix), (uint16_t)server };
    uint32_t rest[3] = { root, root + 100, 0 };

    memcpy(*at, head, sizeof head);
    memcpy(*at + sizeof head, rest, sizeof rest);
    memcpy(*at + sizeof head + sizeof rest, prefix, head[0]);
    *at += UNIX_NAME_HEAD + head[0];
    names->count++;
}

static void names_make(void)
{
    struct process_names *names = (struct process_names *)PROCESS_NAMES_ADDR;
    uint8_t *at = names->entry;

    *names = (struct process_names){ 0 };
    name_put(names, &at, "/tmp/d", UNIX_MEMFS, 5);
    name_put(names, &at, "/proc", UNIX_PROC, 0);
    name_put(names, &at, "/srv", 9, 0);
    name_put(names, &at, "/dev", UNIX_TTY, 0);
    name_put(names, &at, "", UNIX_MEMFS, 0);
}

static void info_make(bool is_component)
{
    struct process_info *info = (struct process_info *)PROCESS_INFO_ADDR;

    *info = (struct process_info){
        .tsc_hz = HZ,
        .tsc_inverse = ~0ull / HZ,
        .tsc_ns = 1ull << 32,
        .boot_time_s = 1000000000,
        .thread_max = THREADS,
        .manager = is_component ? PROCESS_BY_INIT : PROCESS_BY_PROC,
        .thread_slot_first = is_component ? SLOT_THREAD_FIRST : UNIX_SLOT_THREAD_FIRST,
        .random = { 4711 },
    };
    if (!is_component)
        return;
    info->heap_base = HEAP_ADDR;
    info->heap_bytes = HEAP_BYTES;
    info->cap_count = take_bytes(input, 1) % 2;
    info->caps[0] = (struct process_cap){ "tty", PROCESS_CAP_ENDPOINT, SLOT_GRANT_FIRST, 0, 0 };
}

static void mail_make(void)
{
    static const char *const trace[] = { "", "", "", "LINUX_TRACE=1", "LINUX_TRACE=/srv/t" };
    struct process_mail *mail = process_mail();
    char *block = (char *)STACK_TOP;
    unsigned n = (unsigned)take_bytes(input, 1);

    *mail = (struct process_mail){ .pid = PID,
                                   .thread_max = THREADS,
                                   .files_max = n < 128 ? 256 : n % 16,
                                   .entry = 0x400000,
                                   .block = STACK_TOP,
                                   .argc = 2,
                                   .envc = 2,
                                   .stack_end = STACK_TOP + 256 };
    strcpy(block, "a");
    strcpy(block + 2, "bc");
    strcpy(block + 5, "X=y");
    strcpy(block + 9, trace[n % 5]);
    strcpy(block + 10 + strlen(trace[n % 5]), "/bin/a");
}

static void system_clear(void)
{
    memset((void *)PROCESS_STATE_ADDR, 0, PROCESS_STATE_BYTES);
    program_clear();
    names_make();
    now = HZ;
    depth = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        memset(thread_page(i), 0, PROCESS_THREAD_STEP);
        thread_make(i);
    }
    thread_go(0);
}

/* The fixed addresses are free in a program that is where it would be by itself. */
static void here_always(char **argv)
{
    int is = personality(0xffffffff);

    if ((is & ADDR_NO_RANDOMIZE) != 0)
        return;
    (void)personality((unsigned long)is | ADDR_NO_RANDOMIZE);
    (void)execv("/proc/self/exe", argv);
}

static void map_at(uint64_t at, size_t bytes)
{
    MUST(mmap((void *)at, bytes, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == (void *)at);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    here_always(*argv);
    map_at(PROCESS_SYSTEM_ADDR, SYSTEM_BYTES);
    map_at(PROCESS_BLOCK_ADDR, PROCESS_BLOCK_BYTES);
    program_open();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes b = { data, size };
    struct door start = { door_start };

    input = &b;
    unsigned kind = (unsigned)take_bytes(&b, 1);
    is_hostile = kind % 2 == 1;
    system_clear();
    servers_clear();
    info_make(kind % 16 >= 14);
    if (linux_is_process()) {
        mail_make();
        go_on(go(&start), 0);
    }
    for (unsigned i = 0; i < CALLS_MAX && b.left > 0; i++) {
        step();
        if (b.left > 0)
            servers_check();
    }
    return 0;
}
