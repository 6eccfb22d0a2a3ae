/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls and replies over the IPC buffer. The first four words of a message travel in registers;
 * these functions load them from the buffer and store them there, so that callers see one array.
 */
#include <base/text.h>
#include <ipc/message.h>

static seL4_MessageInfo_t info_make(seL4_Word label, unsigned words)
{
    return seL4_MessageInfo_new(label, 0, 0, words);
}

enum ipc_status ipc_call(seL4_IPCBuffer *buf, seL4_CPtr dest, unsigned op, unsigned words,
                         unsigned *got)
{
    seL4_Word *m = buf->msg, first[4] = { m[0], m[1], m[2], m[3] };
    seL4_MessageInfo_t info;

    for (;;) {
        info = seL4_CallWithMRs(dest, info_make(op, words), &m[0], &m[1], &m[2], &m[3]);
        if (seL4_MessageInfo_get_label(info) != IPC_AGAIN)
            break;
        /* That answer has no words: only the registers have to be filled again. */
        for (int i = 0; i < 4; i++)
            m[i] = first[i];
    }
    if (got != NULL)
        *got = (unsigned)seL4_MessageInfo_get_length(info);
    return (enum ipc_status)seL4_MessageInfo_get_label(info);
}

static void request_set(struct ipc_request *request, seL4_MessageInfo_t info, seL4_Word badge)
{
    request->badge = badge;
    request->op = seL4_MessageInfo_get_label(info);
    request->words = (unsigned)seL4_MessageInfo_get_length(info);
    request->caps = (unsigned)seL4_MessageInfo_get_extraCaps(info);
}

void ipc_receive(seL4_IPCBuffer *buf, seL4_CPtr src, seL4_CPtr reply, struct ipc_request *request)
{
    seL4_Word *m = buf->msg, badge;
    seL4_MessageInfo_t info = seL4_RecvWithMRs(src, &badge, &m[0], &m[1], &m[2], &m[3], reply);

    request_set(request, info, badge);
}

void ipc_reply_receive(seL4_IPCBuffer *buf, seL4_CPtr src, seL4_CPtr reply, enum ipc_status status,
                       unsigned words, struct ipc_request *request)
{
    seL4_Word *m = buf->msg, badge;
    seL4_MessageInfo_t info = seL4_ReplyRecvWithMRs(src, info_make(status, words), &badge, &m[0],
                                                    &m[1], &m[2], &m[3], reply);

    request_set(request, info, badge);
}

void ipc_passive_receive(seL4_IPCBuffer *buf, seL4_CPtr src, seL4_CPtr reply,
                         struct ipc_request *request)
{
    static bool was_called; /* one thread of a passive server receives */
    seL4_Word *m = buf->msg, badge;

    if (was_called) {
        ipc_receive(buf, src, reply, request);
        return;
    }
    seL4_MessageInfo_t info = seL4_NBSendRecvWithMRs(SLOT_READY, info_make(0, 0), src, &badge,
                                                     &m[0], &m[1], &m[2], &m[3], reply);
    request_set(request, info, badge);
    was_called = (badge & PROCESS_BADGE_SIGNAL) == 0;
}

void ipc_reply(seL4_IPCBuffer *buf, seL4_CPtr reply, enum ipc_status status, unsigned words)
{
    seL4_Word *m = buf->msg;

    seL4_SendWithMRs(reply, info_make(status, words), &m[0], &m[1], &m[2], &m[3]);
}

const struct process_cap *process_cap(enum process_cap_kind kind, const char *name)
{
    const struct process_info *info = process_info();

    for (uint32_t i = 0; i < info->cap_count; i++) {
        const struct process_cap *cap = &info->caps[i];
        if (cap->kind == kind && (name == NULL || text_equal(cap->name, name)))
            return cap;
    }
    return NULL;
}

unsigned ipc_put_text(seL4_IPCBuffer *buf, unsigned word, const char *text)
{
    char *to = (char *)&buf->msg[word];
    size_t room = (IPC_WORDS_MAX - word) * sizeof(seL4_Word), n = 0;

    while (n + 1 < room && text[n] != '\0') {
        to[n] = text[n];
        n++;
    }
    to[n++] = '\0';
    return word + (unsigned)((n + sizeof(seL4_Word) - 1) / sizeof(seL4_Word));
}

bool ipc_get_text(const seL4_IPCBuffer *buf, unsigned word, unsigned words, char *text, size_t size)
{
    if (word >= words || words > IPC_WORDS_MAX)
        return false;

    const char *from = (const char *)&buf->msg[word];
    size_t room = (words - word) * sizeof(seL4_Word);
    for (size_t i = 0; i < room && i < size; i++) {
        text[i] = from[i];
        if (from[i] == '\0')
            return true;
    }
    return false;
}
