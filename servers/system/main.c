/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server of /system: init's components, and the machine, as files.
 *
 *   /system/components         a table of all
 *   /system/memory             what init has given out, and what is left
 *   /system/log                what init has had to say
 *   /system/ctl                takes `poweroff`
 *   /system/boot/FILE          the files of the boot archive
 *   /system/component/NAME/    status, holds: what it is like, and what it was given
 *                              ctl: takes start [ARG..], run [ARG..], stop, kill, restart,
 *                              signal
 *                              output: read, gives what it writes that was started by `run`
 *                              end: read, says how it ended, when it has
 *                              messages: what it receives, as records, while it is open
 *
 * A place is what it is, and, above bit 8, of which component or file of the archive.
 */
#include <base/tsc.h>
#include <cpuid.h>
#include <driver/driver.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "system.h"

enum what {
    ROOT,
    COMPONENTS,
    MEMORY,
    MACHINE_CTL,
    BOOT,
    BOOT_FILE,
    ALL,
    ONE,
    STATUS,
    HOLDS,
    CTL,
    END,
    MESSAGES,
    LOG,
    OUTPUT,
};

#define PLACE(what, index) ((uint64_t)(what) | (uint64_t)(index) << 8)
#define WHAT(place) ((enum what)((place)&0xff))
#define INDEX(place) ((unsigned)((place) >> 8))

static const uint32_t modes[] = {
    [ROOT] = S_IFDIR | 0555,        [COMPONENTS] = S_IFREG | 0444, [MEMORY] = S_IFREG | 0444,
    [MACHINE_CTL] = S_IFREG | 0200, [BOOT] = S_IFDIR | 0555,       [BOOT_FILE] = S_IFREG | 0444,
    [ALL] = S_IFDIR | 0555,         [ONE] = S_IFDIR | 0555,        [STATUS] = S_IFREG | 0444,
    [HOLDS] = S_IFREG | 0444,       [CTL] = S_IFREG | 0200,        [END] = S_IFREG | 0444,
    [MESSAGES] = S_IFREG | 0400,    [LOG] = S_IFREG | 0444,        [OUTPUT] = S_IFREG | 0400,
};

struct named {
    const char *name;
    enum what what;
};

static const struct named in_root[] = {
    { "boot", BOOT },       { "component", ALL }, { "components", COMPONENTS },
    { "ctl", MACHINE_CTL }, { "log", LOG },       { "memory", MEMORY },
};
static const struct named in_one[] = {
    { "ctl", CTL },           { "end", END },       { "holds", HOLDS },
    { "messages", MESSAGES }, { "output", OUTPUT }, { "status", STATUS },
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

bool component_read(unsigned index, struct init_component *out)
{
    return init_component(init, index, out) == 0;
}

/* ---- places ---- */

static uint32_t mode_of(uint64_t place)
{
    return WHAT(place) < (int)COUNT(modes) ? modes[WHAT(place)] : 0;
}

static uint64_t above(uint64_t place)
{
    switch (WHAT(place)) {
    case BOOT_FILE: return PLACE(BOOT, 0);
    case ONE: return PLACE(ALL, 0);
    case STATUS:
    case HOLDS:
    case CTL:
    case END:
    case MESSAGES:
    case OUTPUT: return PLACE(ONE, INDEX(place));
    default: return PLACE(ROOT, 0);
    }
}

static bool entry_of(const struct named *list, size_t count, uint64_t directory, uint64_t index,
                     struct tree_entry *out)
{
    if (index >= count)
        return false;
    out->place = PLACE(list[index].what, INDEX(directory));
    snprintf(out->name, sizeof out->name, "%s", list[index].name);
    return true;
}

static bool component_entry(uint64_t index, struct tree_entry *out)
{
    struct init_component c;

    if (!component_read((unsigned)index, &c))
        return false;
    out->place = PLACE(ONE, index);
    snprintf(out->name, sizeof out->name, "%s", c.name);
    return true;
}

static bool entry(uint64_t directory, uint64_t index, struct tree_entry *out)
{
    uint64_t bytes;

    out->next = index + 1;
    switch (WHAT(directory)) {
    case ROOT: return entry_of(in_root, COUNT(in_root), directory, index, out);
    case ONE: return entry_of(in_one, COUNT(in_one), directory, index, out);
    case ALL: return component_entry(index, out);
    case BOOT:
        out->place = PLACE(BOOT_FILE, index);
        return init_file_stat(init, index, &bytes, out->name, sizeof out->name) == 0;
    default: return false;
    }
}

/* ---- reading ---- */

static int boot_read(uint64_t index, uint64_t offset, char *to, size_t room, size_t *got)
{
    char part[INIT_FILE_BYTES_MAX];
    size_t bytes = 1;

    for (*got = 0; *got < room && bytes > 0; *got += bytes) {
        int e = init_file_read(init, index, offset + *got, part, sizeof part, &bytes);
        if (e != 0)
            return e > 0 ? e : EIO;
        bytes = bytes < room - *got ? bytes : room - *got;
        memcpy(to + *got, part, bytes);
    }
    return 0;
}

/* Offsets count from the oldest that is there. */
static int log_read(uint64_t offset, char *to, size_t room, size_t *got)
{
    char part[INIT_LOG_READ_MAX];
    uint64_t first, from;
    size_t bytes;
    int e = init_log_read(init, 0, &first, part, sizeof part, &bytes);

    for (*got = 0; e == 0 && *got < room; *got += bytes) {
        e = init_log_read(init, first + offset + *got, &from, part, sizeof part, &bytes);
        if (e != 0 || bytes == 0)
            break;
        bytes = bytes < room - *got ? bytes : room - *got;
        memcpy(to + *got, part, bytes);
    }
    return e >= 0 ? e : EIO;
}

static int read(struct call *c, struct tree_file *file, uint64_t offset, void *to, size_t room,
                size_t *got)
{
    static char text[TREE_PIECE];
    struct init_component one;
    unsigned index = INDEX(file->place);
    size_t bytes = 0;

    switch (WHAT(file->place)) {
    case COMPONENTS: bytes = text_components(text, sizeof text); break;
    case MEMORY: bytes = text_memory(text, sizeof text); break;
    case STATUS:
        if (component_read(index, &one))
            bytes = text_status(&one, text, sizeof text);
        break;
    case HOLDS: bytes = text_holds(index, text, sizeof text); break;
    case LOG: return log_read(offset, to, room, got);
    case BOOT_FILE: return boot_read(index, offset, to, room, got);
    case END: return ends_read(c, file, index, offset, to, room, got);
    case OUTPUT: return output_read(c, file, index, offset, to, room, got);
    case MESSAGES: return watch_read(c, file, index, offset, to, room, got);
    default: return EINVAL;
    }
    return tree_text(text, bytes, offset, to, room, got);
}

/* ---- writing ---- */

/*
 * QEMU's machines have the power management's control register here; its firmware has put it there.
 * Source: ACPI 6.4, 4.8.3.2 (SLP_EN, bit 13; QEMU's \_S5 has sleep type 0).
 */
static int power_off(void)
{
    enum { CONTROL = 0, SLEEP_ENABLE = 1 << 13 };
    unsigned top, name[3];
    struct driver_ports ports;

    __cpuid(0x40000000, top, name[0], name[1], name[2]);
    if (memcmp(name, "TCGTCGTCGTCG", 12) != 0 && memcmp(name, "KVMKVMKVM\0\0\0", 12) != 0)
        return ENODEV;
    if (!driver_ports_find(&ports))
        return ENODEV;
    (void)seL4_X86_IOPort_Out16(ports.cap, ports.first + CONTROL, SLEEP_ENABLE);
    /* QEMU turns off when its own loop comes round, and lets us run on till then. */
    for (uint64_t end = tsc_read() + process_info()->tsc_hz; tsc_read() < end;)
        seL4_Yield();
    return EIO; /* we are still there */
}

static struct serve *served;

static int component_start(unsigned index, const char *name, const char *arguments)
{
    uint64_t started;
    int e = init_start(init, name, arguments, 0, 0, &started);

    if (e == 0)
        ends_started(index);
    return e;
}

static int component_command(unsigned index, char *line)
{
    static const struct {
        const char *name;
        int (*request)(struct init to, const char *name);
    } known[] = { { "stop", init_stop },
                  { "kill", init_kill },
                  { "restart", init_restart },
                  { "signal", init_signal } };
    struct init_component c;
    char *arguments = line + strcspn(line, " ");

    if (!component_read(index, &c))
        return ENOENT;
    if (*arguments != '\0')
        *arguments++ = '\0';
    arguments += strspn(arguments, " ");
    if (strcmp(line, "start") == 0)
        return component_start(index, c.name, arguments);
    if (strcmp(line, "run") == 0) {
        int e = output_start(served, index, PLACE(OUTPUT, index), c.name, arguments);
        if (e == 0)
            ends_started(index);
        return e;
    }
    for (unsigned i = 0; i < COUNT(known); i++)
        if (strcmp(line, known[i].name) == 0)
            return *arguments != '\0' ? EINVAL : known[i].request(init, c.name);
    return EINVAL;
}

static int command(const struct serve_session *who, uint64_t place, char *line)
{
    int e = EACCES;

    (void)who;
    if (WHAT(place) == CTL)
        e = component_command(INDEX(place), line);
    else if (WHAT(place) == MACHINE_CTL)
        e = strcmp(line, "poweroff") == 0 ? power_off() : EINVAL;
    return e >= 0 ? e : EIO;
}

static int write(struct call *c, struct tree_file *file, const struct call_item *data,
                 uint32_t *done)
{
    return WHAT(file->place) == OUTPUT ? output_write(c, INDEX(file->place), data, done)
                                       : CALL_UNKNOWN;
}

/* ---- */

static void closed(struct tree_file *file)
{
    ends_closed(file);
    watch_closed(file);
    output_closed(file);
}

static void signal_take(struct serve *serve, uint64_t bits)
{
    (void)serve;
    if ((bits & PROCESS_SIGNAL_CHILD) == 0)
        return;
    ends_look();
    output_look();
}

int main(void)
{
    static const struct tree tree = {
        .device = 14,
        .mode = mode_of,
        .above = above,
        .entry = entry,
        .read = read,
        .command = command,
        .write = write,
        .closed = closed,
        .signal = signal_take,
    };

    served = tree_open(&tree);
    served->sessions.ending = watch_ending;
    return tree_serve(&tree);
}
