/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace.h"

#include <ipc/tty.h>

#include "files.h"
#include "linux_trace.h"
#include "path.h"
#include "served.h"

enum { ARGUMENTS = 6 };

#define CALL(number, call, ...) [number] = { call, { __VA_ARGS__ } },
static const struct {
    const char *name;
    uint8_t kind[1 + ARGUMENTS]; /* of the result first */
} calls[LINUX_CALLS] = { LINUX_TRACE_TABLE(CALL) };

/* ---- lines ---- */

static void line_begin(struct trace_line *line)
{
    line->used = 0;
    trace_number(line, thread_tid(linux_thread()->index));
    trace_text(line, " ");
}

/*
 * Write all of a line, whatever comes meanwhile; false: nobody reads it any more. A signal that is
 * due ends what waits, again and again: then the rest is lost.
 */
static bool bytes_put(const struct linux_file *file, const char *from, size_t bytes)
{
    enum { PATIENCE = 16, EFBIG_ = 27 };
    unsigned interrupted = 0;
    int64_t offset = AT_POSITION;

    while (bytes > 0 && interrupted < PATIENCE) {
        uint32_t done = 0;
        int error = file_write(path_server(file->server), file->handle, offset, from, bytes, &done);
        if (error == UNIX_EBACKGROUND && file->server == UNIX_TTY)
            offset = TTY_OFFSET_ANYWAY;
        else if (error == CALL_INTERRUPTED)
            interrupted++;
        else if (error == UNIX_ECROWDED)
            linux_sleep_crowded();
        else if (error != 0)
            return error == LINUX_EAGAIN || error == LINUX_ENOSPC || error == EFBIG_;
        else if (done == 0 || done > bytes)
            return false; /* no server that is right says so */
        from += done;
        bytes -= done;
    }
    return true;
}

static void line_end(struct trace_line *line)
{
    const struct files *files = &linux_state()->own.files;
    unsigned index = __atomic_load_n(&linux_state()->trace, __ATOMIC_RELAXED);

    trace_text(line, "\n");
    if (index == 0 || files->file[index - 1].kind != FILE_SERVED)
        return;
    if (line->text[line->used - 1] != '\n') { /* it was too long */
        line->text[line->used - 3] = line->text[line->used - 2] = '.';
        line->text[line->used - 1] = '\n';
    }
    if (!bytes_put(&files->file[index - 1], line->text, line->used))
        trace_set(-1);
}

/* ---- calls ---- */

/* Whether the call has the argument: open() has a mode only if it creates. */
static bool is_meant(const uint8_t *kind, unsigned n, const uint64_t *arg)
{
    enum { TEMPORARY = 020000000 };

    return kind[n] != TRACE_NOTHING &&
           (kind[n] != TRACE_OCTAL || n == 0 || kind[n - 1] != TRACE_NAMES + TRACE_SET_OPEN ||
            (arg[n - 1] & (O_CREAT | TEMPORARY)) != 0);
}

/* Arguments from *n on: before the call up to the first that is a result. */
static void arguments(struct trace_line *line, const uint8_t *kind, const uint64_t *arg,
                      unsigned *n, bool is_over, long result)
{
    for (; *n < ARGUMENTS && is_meant(kind, *n, arg); ++*n) {
        unsigned shown = kind[*n];
        bool is_result = shown > TRACE_RESULTS && shown < TRACE_NAMES;
        if (is_result && !is_over)
            return;
        if (is_result && result < 0)
            shown = TRACE_POINTER;
        if (*n > 0)
            trace_text(line, ", ");
        trace_argument(line, shown, arg + *n, result > 0 ? (size_t)result : 0);
    }
}

static void result_put(struct trace_line *line, unsigned kind, long result)
{
    enum { ERRORS = 4095 };
    uint64_t word = (uint64_t)result;

    trace_text(line, ") = ");
    if (result == -LINUX_ERESTART) {
        trace_text(line, "? ERESTARTSYS");
    } else if (result < 0 && result >= -ERRORS) {
        trace_text(line, "-1 ");
        trace_value(line, TRACE_SET_ERROR, (uint64_t)-result);
    } else {
        trace_argument(line, kind, &word, 0);
    }
}

static long call_do(uint32_t number, const uint64_t *a)
{
    typedef long call(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

    if (number >= LINUX_CALLS)
        return -LINUX_ENOSYS;
    return ((call *)(uintptr_t)linux_calls[number])(a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* The last line of a thread, or process, that says itself that it ends. */
static void exited(int64_t status)
{
    struct trace_line line;

    line_begin(&line);
    trace_text(&line, "+++ exited with ");
    trace_number(&line, status & 0xff);
    trace_text(&line, " +++");
    line_end(&line);
}

long linux_traced(struct linux_frame *f)
{
    const uint64_t arg[ARGUMENTS] = { f->rdi, f->rsi, f->rdx, f->r10, f->r8, f->r9 };
    uint32_t number = (uint32_t)f->number;
    bool is_known = number < LINUX_CALLS && calls[number].name != NULL;
    const uint8_t *kind = calls[is_known ? number : 0].kind;
    struct trace_line line;
    unsigned n = is_known ? 0 : ARGUMENTS;

    line_begin(&line);
    trace_text(&line, is_known ? calls[number].name : "syscall_");
    if (!is_known)
        trace_number(&line, number);
    trace_text(&line, "(");
    arguments(&line, kind + 1, arg, &n, false, 0);
    if (is_known && kind[0] == TRACE_NONE) {
        trace_text(&line, ") = ?");
        line_end(&line);
        if (kind[1] != TRACE_NOTHING)
            exited((int64_t)arg[0]);
        return call_do(number, arg);
    }
    long result = call_do(number, arg);
    arguments(&line, kind + 1, arg, &n, true, result);
    result_put(&line, is_known ? kind[0] : TRACE_LONG, result);
    line_end(&line);
    return result;
}

/* ---- signals ---- */

void trace_signal(const struct linux_siginfo *info)
{
    struct trace_line line;
    enum trace_set codes = info->signal == SIGCHLD && info->code > 0 && info->code < 7
                               ? TRACE_SET_CHILD
                               : TRACE_SET_CODE;

    line_begin(&line);
    trace_text(&line, "--- ");
    trace_value(&line, TRACE_SET_SIGNAL, (uint64_t)info->signal);
    trace_text(&line, " {si_signo=");
    trace_value(&line, TRACE_SET_SIGNAL, (uint64_t)info->signal);
    trace_text(&line, ", si_code=");
    trace_value(&line, codes, (uint32_t)info->code);
    if (info->code <= 0 || codes == TRACE_SET_CHILD) {
        trace_text(&line, ", si_pid=");
        trace_number(&line, (int32_t)info->fields[0]);
        trace_text(&line, ", si_uid=");
        trace_number(&line, (int64_t)(info->fields[0] >> 32));
    }
    trace_text(&line, "} ---");
    line_end(&line);
}

void trace_killed(unsigned signal)
{
    struct trace_line line;

    line_begin(&line);
    trace_text(&line, "+++ killed by ");
    trace_value(&line, TRACE_SET_SIGNAL, signal);
    trace_text(&line, " +++");
    line_end(&line);
}

/* ---- on and off ---- */

/* TRC-1 */
static void threads_set(bool on)
{
    for (uint64_t left = threads_running(); left != 0; left &= left - 1) {
        uint64_t at = process_thread_address((uint64_t)__builtin_ctzll(left)) + THREAD_LOCAL_OFFSET;
        trace_thread((struct thread_local *)at, on);
    }
}

void trace_set(int fd)
{
    threads_set(files_trace(fd));
}

/* A file of a name, which the trace makes longer; where it can't be opened there is no trace. */
static void trace_to(const char *name, size_t bytes)
{
    enum { READABLE = 0644 };
    struct path path;
    struct linux_file file;
    long error = path_set(&path, AT_FDCWD, name, bytes);

    if (error == 0)
        error = path_open(&path, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY,
                          READABLE & ~linux_umask_now(), &file);
    if (error != 0)
        return;
    long fd = file_add(&file, true);
    if (fd < 0) {
        served_close(&file);
        return;
    }
    trace_set((int)fd);
    (void)linux_close((int)fd);
}

static size_t text_bytes(const char *text, size_t room)
{
    size_t n = 0;

    while (n < room && text[n] != '\0')
        n++;
    return n;
}

void trace_ask(void)
{
    char name[UNIX_TRACE_NAME_MAX]; /* proc may write another one */

    for (size_t i = 0; i < sizeof name; i++)
        name[i] = process_mail()->trace[i];
    linux_state()->trace_asked = false;
    size_t bytes = text_bytes(name, sizeof name);
    if (bytes == 0)
        trace_set(-1);
    else
        trace_to(name, bytes);
}

void trace_start(const struct process_mail *mail, uint64_t rsp, uint64_t file, uaddr_t where)
{
    bool secure = mail->ruid != mail->euid || mail->rgid != mail->egid;
    uint64_t arguments = rsp + 8, variables = arguments + 8 * ((uint64_t)mail->argc + 1);
    char name[UNIX_TRACE_NAME_MAX];
    struct trace_line line;
    bool begins = linux_state()->trace == 0 && !secure;

    if (linux_state()->trace != 0 && secure)
        trace_set(-1);
    long bytes = begins ? user_text(name, where, sizeof name) : 0;
    if (bytes == 1 && name[0] == '1')
        trace_set(2);
    else if (bytes > 0 && (size_t)bytes < sizeof name)
        trace_to(name, (size_t)bytes);
    trace_thread(linux_thread(), linux_state()->trace != 0);
    if (!trace_is_on())
        return;
    line_begin(&line);
    trace_text(&line, "execve(");
    trace_argument(&line, TRACE_TEXT, &file, 0);
    trace_text(&line, ", ");
    trace_argument(&line, TRACE_ARGV, &arguments, 0);
    trace_text(&line, ", ");
    trace_argument(&line, TRACE_ENVP, &variables, 0);
    trace_text(&line, ") = 0");
    line_end(&line);
}
