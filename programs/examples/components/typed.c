/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints what is typed at the PS/2 keyboard, up to Return. Several can at once: see keyboard.c. */
#include <idl/keyboard.h>
#include <ipc/process.h>
#include <stdio.h>

enum { RELEASED = 0x80, RETURN = 0x1c };

/* Scan code set 1, of a keyboard with American letters; the others are not shown. */
static const char letters[] = "................qwertyuiop....asdfghjkl.....zxcvbnm";

int main(void)
{
    struct keyboard keyboard;
    uint64_t seen, number;
    uint8_t code = 0;
    int e = keyboard_connect(&keyboard, "keyboard");

    if (e == 0)
        e = keyboard_last(keyboard, &seen); /* what was typed before is not for us */
    setvbuf(stdout, NULL, _IOLBF, 256);
    printf("%s: waits for keys\n", process_info()->name);
    while (e == 0 && code != RETURN) {
        e = keyboard_next(keyboard, seen, &number, &code);
        if (e == 0 && (code & RELEASED) == 0 && code < sizeof letters - 1 && letters[code] != '.')
            printf("%s: %c\n", process_info()->name, letters[code]);
        if (e == 0 && number > seen + 1)
            printf("%s: missed %lu\n", process_info()->name, number - seen - 1);
        seen = number;
    }
    if (e == 0)
        printf("%s: has seen Return\n", process_info()->name);
    return e == 0 ? 0 : ipc_perror("keyboard", e);
}
