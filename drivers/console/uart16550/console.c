/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The console: a file that many may write and read. What is typed becomes lines; a read takes one line.
 *
 * Nobody waits for anybody else: a read without a line and a write without room are put aside with their reply
 * object, and the loop goes on with the next free one. What is typed goes to the client in front. One client, the
 * leader, says who that is; its badge is our argument in the manifest.
 *
 *   keys -> uart -> line editor -> lines (a queue of bytes) -> read
 *   write -> (waiting writes) -> uart's send queue -> device
 *
 * CON-1: one reply object is always free to receive with.   CON-2: a client has at most one request put aside.
 */
#include <file/file.h>
#include <ipc/console.h>
#include <ipc/init.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"
#include "uart.h"

enum { WAITING_MAX = SLOT_REPLY_END - SLOT_REPLY_FIRST, TYPED_BYTES = 2048, COLUMNS = 80, ROWS = 24 };
enum { END_OF_FILE = 4 };       /* as a byte among the typed ones: ^D itself can't be typed into a line */

/* A request put aside. Entries are in the order they came. */
struct waiting {
    seL4_CPtr reply;
    seL4_Word badge;
    bool      write;
    size_t    bytes;            /* a read: how much it takes; a write: how much there is */
    char      data[FILE_BYTES_MAX];
};

static struct waiting waiting[WAITING_MAX];
static unsigned waiting_count;
static seL4_CPtr free_reply[WAITING_MAX];
static unsigned free_count;

static struct line line;
static struct {
    char   byte[TYPED_BYTES];
    size_t count;
} typed;

static seL4_Word leader, front;     /* badges */
static bool interrupted;            /* ^C came while the leader was in front but not reading */

static seL4_IPCBuffer *buf;

/* ---- output ---- */

/* Queue text with newlines as terminals want them; false when it does not fit. */
static bool show_all(const char *text, size_t length)
{
    if (uart_room() < 2 * length)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n')
            (void)uart_send("\r", 1);
        (void)uart_send(&text[i], 1);
    }
    return true;
}

/* Echo: lost when there is no room, as on any terminal that is too slow. */
static void show(const char *text, size_t length)
{
    (void)show_all(text, length);
}

/* ---- requests put aside ---- */

static void waiting_remove(unsigned i)
{
    free_reply[free_count++] = waiting[i].reply;
    memmove(&waiting[i], &waiting[i + 1], (--waiting_count - i) * sizeof waiting[0]);
}

/* Put the current request aside under its reply object; false when it would be the last one (CON-1). */
static bool waiting_add(seL4_CPtr reply, seL4_Word badge, bool write, const char *data, size_t bytes)
{
    for (unsigned i = 0; i < waiting_count; i++)
        if (waiting[i].badge == badge) {
            waiting_remove(i);          /* CON-2: it was of an earlier life of this client */
            break;
        }
    if (free_count == 0)
        return false;
    struct waiting *w = &waiting[waiting_count++];
    w->reply = reply;
    w->badge = badge;
    w->write = write;
    w->bytes = bytes;
    if (write)
        memcpy(w->data, data, bytes);
    return true;
}

static bool writes_wait(void)
{
    for (unsigned i = 0; i < waiting_count; i++)
        if (waiting[i].write)
            return true;
    return false;
}

static void writes_continue(void)
{
    for (unsigned i = 0; i < waiting_count; ) {
        if (!waiting[i].write) {
            i++;
            continue;
        }
        if (!show_all(waiting[i].data, waiting[i].bytes))
            return;                     /* those behind it have to wait as well */
        buf->msg[0] = waiting[i].bytes;
        ipc_reply(buf, waiting[i].reply, IPC_OK, 1);
        waiting_remove(i);
    }
}

/* ---- input ---- */

/* Length of the first line, 0 when there is none. */
static size_t typed_line(void)
{
    if (typed.count > 0 && typed.byte[0] == END_OF_FILE)
        return 1;
    const char *end = memchr(typed.byte, '\n', typed.count);
    return end == NULL ? 0 : (size_t)(end - typed.byte) + 1;
}

/* Move up to `most` bytes of the first line into the answer; its length in words. There is a line. */
static unsigned typed_take(size_t most)
{
    size_t length = typed_line();
    bool end_of_file = typed.byte[0] == END_OF_FILE;
    size_t taken = end_of_file || length < most ? length : most;
    unsigned words = file_read_answer(buf, typed.byte, end_of_file ? 0 : taken);

    typed.count -= taken;
    memmove(typed.byte, typed.byte + taken, typed.count);
    return words;
}

/* The read of the client in front, or waiting_count. */
static unsigned read_in_front(void)
{
    for (unsigned i = 0; i < waiting_count; i++)
        if (!waiting[i].write && waiting[i].badge == front)
            return i;
    return waiting_count;
}

static void reads_continue(void)
{
    while (typed_line() > 0) {
        unsigned i = read_in_front();
        if (i == waiting_count)
            return;
        unsigned words = typed_take(waiting[i].bytes);
        ipc_reply(buf, waiting[i].reply, IPC_OK, words);
        waiting_remove(i);
    }
}

/* ^C: the client in front is told, and so is the component the manifest names. */
static void interrupt(void)
{
    const struct process_cap *listener = process_cap(PROCESS_CAP_NOTIFICATION, NULL);
    unsigned i = read_in_front();

    typed.count = 0;
    interrupted = i == waiting_count && front == leader;
    if (i < waiting_count) {
        ipc_reply(buf, waiting[i].reply, IPC_INTERRUPTED, 0);
        waiting_remove(i);
    }
    if (listener != NULL)
        seL4_Signal(listener->slot);
}

static void front_set(seL4_Word badge)
{
    front = badge;
    interrupted = false;
    reads_continue();
}

static void typed_add(const char *bytes, size_t count)
{
    if (count > sizeof typed.byte - typed.count) {
        show("\a", 1);
        return;
    }
    memcpy(typed.byte + typed.count, bytes, count);
    typed.count += count;
}

static void key_received(char key)
{
    switch (line_key(&line, key, show)) {
    case LINE_DONE:
        typed_add(line.text, line.length);
        line_reset(&line);
        break;
    case LINE_END_OF_FILE:
        typed_add(&(char){ END_OF_FILE }, 1);
        break;
    case LINE_INTERRUPT:
        interrupt();
        break;
    case LINE_NOTHING:
        break;
    }
}

static bool client_runs(seL4_Word badge)
{
    buf->msg[0] = badge;
    return ipc_call(buf, SLOT_INIT, INIT_CLIENT, 1, NULL) != IPC_NOT_FOUND;
}

/* A client ended: forget what it wanted, or the next line would go to nobody. */
static void clients_check(void)
{
    for (unsigned i = waiting_count; i-- > 0; )
        if (!client_runs(waiting[i].badge))
            waiting_remove(i);
    if (front != leader && !client_runs(front))
        front_set(leader);
}

static void signals_handle(seL4_Word badge)
{
    if ((badge & PROCESS_SIGNAL_CLIENT) != 0)
        clients_check();
    if ((badge & uart_badge()) != 0) {
        uart_interrupt(key_received);
        writes_continue();
        reads_continue();
    }
}

/* ---- requests ---- */

struct answer {
    bool now;                   /* false: put aside */
    enum ipc_status status;
    unsigned words;
};

static struct answer answer_of(enum ipc_status status, unsigned words)
{
    return (struct answer){ true, status, words };
}

static const struct answer put_aside = { false, IPC_OK, 0 };

static struct answer do_read(const struct ipc_request *r, const struct file_request *f, seL4_CPtr reply)
{
    if (f->bytes == 0)
        return answer_of(IPC_OK, file_read_answer(buf, "", 0));
    if (r->badge == front && interrupted) {
        interrupted = false;
        return answer_of(IPC_INTERRUPTED, 0);
    }
    if (r->badge == front && typed_line() > 0)
        return answer_of(IPC_OK, typed_take(f->bytes));
    return waiting_add(reply, r->badge, false, NULL, f->bytes) ? put_aside : answer_of(IPC_BUSY, 0);
}

static struct answer do_write(const struct ipc_request *r, const struct file_request *f, seL4_CPtr reply)
{
    if (!writes_wait() && show_all(f->data, f->bytes)) {
        buf->msg[0] = f->bytes;
        return answer_of(IPC_OK, 1);
    }
    return waiting_add(reply, r->badge, true, f->data, f->bytes) ? put_aside : answer_of(IPC_BUSY, 0);
}

static struct answer do_info(void)
{
    buf->msg[0] = FILE_KIND_STREAM;
    buf->msg[1] = 0;
    buf->msg[2] = COLUMNS;
    buf->msg[3] = ROWS;
    return answer_of(IPC_OK, 4);
}

static struct answer do_front(const struct ipc_request *r)
{
    if (r->badge != leader)
        return answer_of(IPC_DENIED, 0);
    if (r->words < 1)
        return answer_of(IPC_INVALID, 0);
    front_set(buf->msg[0]);
    return answer_of(IPC_OK, 0);
}

static struct answer handle(const struct ipc_request *r, seL4_CPtr reply)
{
    struct file_request f;

    if (r->op == IPC_PING)
        return answer_of(IPC_OK, r->words);
    if (r->op == FILE_INFO)
        return do_info();
    if (r->op == CONSOLE_FRONT)
        return do_front(r);
    enum ipc_status status = file_request_take(buf, r, &f);
    if (status != IPC_OK)
        return answer_of(status, 0);
    return r->op == FILE_READ ? do_read(r, &f, reply) : do_write(r, &f, reply);
}

static void serve(void)
{
    seL4_CPtr reply = free_reply[--free_count];
    struct ipc_request r;

    ipc_receive(buf, SLOT_SERVE, reply, &r);
    for (;;) {
        struct answer a = put_aside;
        bool signal = (r.badge & PROCESS_BADGE_SIGNAL) != 0;
        if (signal)
            signals_handle(r.badge);
        else
            a = handle(&r, reply);
        if (a.now) {
            ipc_reply_receive(buf, SLOT_SERVE, reply, a.status, a.words, &r);
            continue;
        }
        if (!signal)
            reply = free_reply[--free_count];       /* CON-1 */
        ipc_receive(buf, SLOT_SERVE, reply, &r);
    }
}

int main(int argc, char **argv)
{
    buf = ipc_buffer();
    leader = front = argc > 1 ? strtoul(argv[1], NULL, 0) : 0;
    for (unsigned i = 0; i < process_info()->reply_count; i++)
        free_reply[free_count++] = SLOT_REPLY_FIRST + i;
    if (free_count < 2 || !uart_open()) {
        puts("needs ports, an interrupt and at least two reply objects");
        return 1;
    }
    serve();
}
