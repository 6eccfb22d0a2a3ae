/* SPDX-License-Identifier: BSD-2-Clause */
#include "log.h"

#include <stdarg.h>

#include "text.h"

enum { UART_DATA = 0, UART_LINE_STATUS = 5, LINE_STATUS_CAN_SEND = 0x20 };

/* A port that never becomes ready must not stop the system. */
#define SPIN_MAX 100000

static seL4_X86_IOPort port;

/* Byte n of the log is kept[n % LOG_BYTES]: those from `written - LOG_BYTES` on are there. */
static char kept[LOG_BYTES];
static uint64_t written, shown; /* so many bytes */
static bool (*shower)(void);

static void port_put(char c)
{
    for (int i = 0; i < SPIN_MAX; i++) {
        seL4_X86_IOPort_In8_t in = seL4_X86_IOPort_In8(port, LOG_PORT_FIRST + UART_LINE_STATUS);
        if (in.error != 0 || (in.result & LINE_STATUS_CAN_SEND) != 0)
            break;
    }
    (void)seL4_X86_IOPort_Out8(port, LOG_PORT_FIRST + UART_DATA, (seL4_Word)(unsigned char)c);
}

static void char_put(char c)
{
    kept[written++ % LOG_BYTES] = c;
}

static void text_put_all(const char *s)
{
    for (; *s != '\0'; s++)
        char_put(*s);
}

/* The oldest byte from number `at` on that is there. */
static uint64_t oldest(uint64_t at)
{
    return written > LOG_BYTES && at < written - LOG_BYTES ? written - LOG_BYTES : at;
}

size_t log_read(uint64_t *at, char *to, size_t room)
{
    size_t n = 0;

    *at = oldest(*at);
    for (; n < room && *at + n < written; n++)
        to[n] = kept[(*at + n) % LOG_BYTES];
    return n;
}

size_t log_take(char *to, size_t room)
{
    size_t n = log_read(&shown, to, room);

    shown += n;
    return n;
}

void log_flush(void)
{
    char c;

    if (port == 0 || shown == written || (shower != NULL && shower()))
        return;
    while (log_take(&c, 1) == 1) {
        if (c == '\n')
            port_put('\r');
        port_put(c);
    }
}

void log_shown_by(bool (*tell)(void))
{
    shower = tell;
}

void log_open(seL4_X86_IOPort ports)
{
    port = ports;
}

void log_line(const char *format, ...)
{
    char line[200];
    struct text t = text_into(line, sizeof line);
    va_list args;

    va_start(args, format);
    text_vformat(&t, format, args);
    va_end(args);
    text_put_all("init: ");
    text_put_all(line);
    char_put('\n');
    log_flush();
}

void log_from(const char *component, const char *data, size_t bytes)
{
    bool at_start = true;

    for (size_t i = 0; i < bytes; i++) {
        if (at_start) {
            text_put_all(component);
            text_put_all(": ");
        }
        at_start = data[i] == '\n';
        /* A component may not steer the terminal through the log. */
        char_put(at_start || (data[i] >= ' ' && data[i] <= '~') ? data[i] : '?');
    }
    if (!at_start)
        char_put('\n');
    log_flush();
}
