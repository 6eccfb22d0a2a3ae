/* SPDX-License-Identifier: BSD-2-Clause */
#include "log.h"

#include <stdarg.h>

#include "text.h"

enum { UART_DATA = 0, UART_LINE_STATUS = 5, LINE_STATUS_CAN_SEND = 0x20 };

/* A port that never becomes ready must not stop the system. */
#define SPIN_MAX 100000

static seL4_X86_IOPort port;

static void char_put(char c)
{
    if (port == 0)
        return;
    for (int i = 0; i < SPIN_MAX; i++) {
        seL4_X86_IOPort_In8_t in = seL4_X86_IOPort_In8(port, LOG_PORT_FIRST + UART_LINE_STATUS);
        if (in.error != 0 || (in.result & LINE_STATUS_CAN_SEND) != 0)
            break;
    }
    (void)seL4_X86_IOPort_Out8(port, LOG_PORT_FIRST + UART_DATA, (seL4_Word)(unsigned char)c);
}

static void text_out(const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == '\n')
            char_put('\r');
        char_put(*s);
    }
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
    text_out("init: ");
    text_out(line);
    text_out("\n");
}

void log_from(const char *component, const char *data, size_t bytes)
{
    bool at_start = true;

    for (size_t i = 0; i < bytes; i++) {
        if (at_start) {
            text_out(component);
            text_out(": ");
        }
        at_start = data[i] == '\n';
        if (at_start)
            char_put('\r');
        /* A component may not steer the terminal through the log. */
        char_put(at_start || (data[i] >= ' ' && data[i] <= '~') ? data[i] : '?');
    }
    if (!at_start)
        text_out("\n");
}
