/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads that find nothing and writes that find no room are put aside. What is typed goes to the
 * client in front; the leader says who that is.
 *
 * CON-2: a client has at most one request put aside.
 */
#include "components.h"

#include <errno.h>
#include <file/file.h>
#include <idl/init.h>
#include <ipc/console.h>
#include <string.h>

enum { WAITING_MAX = SLOT_REPLY_END - SLOT_REPLY_FIRST, COLUMNS = 80, ROWS = 24 };

/* A request put aside. Entries are in the order they came. */
struct waiting {
    struct call call;
    bool write;
    size_t bytes; /* a read: how much it takes; a write: how much there is */
    size_t done;
    uint8_t data[FILE_BYTES_MAX];
};

static struct waiting waiting[WAITING_MAX];
static unsigned waiting_count;
static struct line *line;
static uint64_t leader, front; /* badges */
static bool interrupted;       /* ^C came while the leader was in front but not reading */

void components_open(struct line *of, uint64_t leading)
{
    line = of;
    leader = front = leading;
}

/* ---- requests put aside ---- */

static void waiting_drop(unsigned i)
{
    memmove(&waiting[i], &waiting[i + 1], (--waiting_count - i) * sizeof waiting[0]);
}

static void waiting_answer(unsigned i, enum ipc_status status, unsigned words)
{
    struct waiting *w = &waiting[i];

    ipc_reply(w->call.buf, w->call.reply, status, words);
    call_later_forget(&w->call);
    waiting_drop(i);
}

/* Put a request aside. False: there is no reply object or place for it. */
static struct waiting *waiting_add(struct call *c, bool write, size_t bytes)
{
    for (unsigned i = 0; i < waiting_count; i++)
        if (waiting[i].call.badge ==
            c->badge) { /* CON-2: it was of an earlier life of this client */
            call_later_forget(&waiting[i].call);
            waiting_drop(i);
            break;
        }
    if (waiting_count == WAITING_MAX)
        return NULL;
    struct waiting *w = &waiting[waiting_count];
    if (call_later(c, &w->call) != CALL_LATER)
        return NULL;
    w->write = write;
    w->bytes = bytes;
    w->done = 0;
    waiting_count++;
    return w;
}

static void writes_go_on(void)
{
    for (unsigned i = 0; i < waiting_count;) {
        struct waiting *w = &waiting[i];
        if (w->write)
            w->done += line_write(line, w->data + w->done, w->bytes - w->done);
        if (!w->write) {
            i++;
            continue;
        }
        if (w->done < w->bytes)
            return; /* those behind it have to wait as well */
        w->call.buf->msg[0] = w->bytes;
        waiting_answer(i, IPC_OK, 1);
    }
}

bool components_wait(void)
{
    for (unsigned i = 0; i < waiting_count; i++)
        if (waiting[i].write)
            return true;
    return false;
}

/* The read of the client in front, or waiting_count. */
static unsigned read_in_front(void)
{
    unsigned i = 0;

    while (i < waiting_count && (waiting[i].write || waiting[i].call.badge != front))
        i++;
    return i;
}

/* Read into an answer; its length in words. */
static unsigned read_answer(seL4_IPCBuffer *buf, size_t most)
{
    uint8_t bytes[FILE_BYTES_MAX];
    size_t n = line_peek(line, bytes, most < sizeof bytes ? most : sizeof bytes);

    line_consume(line, n);
    return file_answer_read(buf, bytes, n);
}

static void reads_go_on(void)
{
    for (unsigned i; (i = read_in_front()) < waiting_count;) {
        if (line_read_state(line, waiting[i].bytes) != LINE_NOW)
            return;
        waiting_answer(i, IPC_OK, read_answer(waiting[i].call.buf, waiting[i].bytes));
    }
}

void components_go_on(void)
{
    writes_go_on();
    reads_go_on();
}

void components_interrupt(void)
{
    unsigned i = read_in_front();

    interrupted = i == waiting_count && front == leader;
    if (i < waiting_count)
        waiting_answer(i, IPC_INTERRUPTED, 0);
}

static bool client_runs(uint64_t badge)
{
    return init_client((struct init){ SLOT_INIT }, badge) != ENOENT;
}

static void front_set(uint64_t badge)
{
    front = badge;
    interrupted = false;
}

void components_check(void)
{
    for (unsigned i = waiting_count; i-- > 0;)
        if (!client_runs(waiting[i].call.badge)) {
            call_later_forget(&waiting[i].call);
            waiting_drop(i);
        }
    if (front != leader && !client_runs(front))
        front_set(leader);
    reads_go_on();
}

/* ---- requests ---- */

static int answer(struct call *c, struct call_registers *r, enum ipc_status status, unsigned words)
{
    r->info = (uint64_t)status << 12 | words;
    memcpy(r->word, c->buf->msg, sizeof r->word);
    return 0;
}

static int do_read(struct call *c, struct call_registers *r, size_t bytes)
{
    bool is_front = c->badge == front;

    if (bytes == 0)
        return answer(c, r, IPC_OK, file_answer_read(c->buf, "", 0));
    if (is_front && interrupted) {
        interrupted = false;
        return answer(c, r, IPC_INTERRUPTED, 0);
    }
    if (is_front && line_read_state(line, bytes) == LINE_NOW)
        return answer(c, r, IPC_OK, read_answer(c->buf, bytes));
    return waiting_add(c, false, bytes) != NULL ? CALL_LATER : answer(c, r, IPC_BUSY, 0);
}

static int do_write(struct call *c, struct call_registers *r, const struct file_request *f)
{
    uint8_t data[FILE_BYTES_MAX];
    size_t done = 0;

    memcpy(data, f->data, f->bytes);
    if (!components_wait())
        done = line_write(line, data, f->bytes);
    if (done == f->bytes) {
        c->buf->msg[0] = f->bytes;
        return answer(c, r, IPC_OK, 1);
    }
    struct waiting *w = waiting_add(c, true, f->bytes);
    if (w == NULL)
        return answer(c, r, IPC_BUSY, 0);
    memcpy(w->data, data, f->bytes);
    w->done = done;
    return CALL_LATER;
}

static int do_info(struct call *c, struct call_registers *r)
{
    c->buf->msg[0] = FILE_KIND_STREAM;
    c->buf->msg[1] = 0;
    c->buf->msg[2] = COLUMNS;
    c->buf->msg[3] = ROWS;
    return answer(c, r, IPC_OK, 4);
}

int components_request(struct call *c, struct call_registers *r)
{
    struct ipc_request request = { c->badge, r->info >> 12, (unsigned)(r->info & 0x7f), 0 };
    struct file_request f;

    call_received_delete(c);
    memcpy(c->buf->msg, r->word, sizeof r->word);
    if (request.op == IPC_PING)
        return answer(c, r, IPC_OK, request.words);
    if (request.op == FILE_INFO)
        return do_info(c, r);
    if (request.op == CONSOLE_FRONT) {
        if (c->badge != leader || request.words < 1)
            return answer(c, r, c->badge != leader ? IPC_DENIED : IPC_INVALID, 0);
        front_set(c->buf->msg[0]);
        reads_go_on();
        return answer(c, r, IPC_OK, 0);
    }
    enum ipc_status status = file_request_take(c->buf, &request, &f);
    if (status != IPC_OK)
        return answer(c, r, status, 0);
    return request.op == FILE_READ ? do_read(c, r, f.bytes) : do_write(c, r, &f);
}
