/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The root server. It is the first process and the only one the kernel starts; it has all authority
 * there is, divides it as the manifest says, and then supervises.
 */
#include <sel4/sel4.h>

#include "archive.h"
#include "component.h"
#include "log.h"
#include "pending.h"
#include "personality.h"
#include "serve.h"
#include "system.h"

extern const uint8_t archive_start[], archive_end[];

_Noreturn void init_main(const seL4_BootInfo *boot);

/*
 * The stubs of lib/sel4 keep one word of thread-local storage; a thread's area ends where fs
 * points.
 */
static struct {
    uint64_t words[7];
    uint64_t *self;
} tls;

static void tls_open(seL4_IPCBuffer *buffer)
{
    /*
     * Setting our own base is an invocation of ours that needs no IPC buffer: one word, in a
     * register.
     */
    tls.self = (uint64_t *)&tls.self;
    (void)seL4_TCB_SetTLSBase(seL4_CapInitThreadTCB, (seL4_Word)&tls.self);
    seL4_SetIPCBuffer(buffer);
}

static _Noreturn void stop(const char *why)
{
    log_line("stopped: %s", why);
    (void)seL4_TCB_Suspend(seL4_CapInitThreadTCB);
    for (;;)
        seL4_Yield();
}

static struct manifest manifest;

static void manifest_load(void)
{
    const struct archive_file *file = archive_find("manifest", NULL);

    if (file == NULL)
        stop("no file 'manifest' in the boot archive");
    if (!manifest_parse((const char *)file->data, file->bytes, archive_has, &manifest)) {
        log_line("manifest:%u: %s", manifest.error_line, manifest.error);
        stop("the manifest is wrong");
    }
}

static void components_load(void)
{
    unsigned index = 0;
    const char *wrong = components_open(&manifest, &index);

    if (wrong == NULL)
        return;
    log_line("manifest:%u: %s: %s", manifest.component[index].line, manifest.component[index].name,
             wrong);
    stop("the manifest asks for what this machine does not have");
}

static void components_boot(void)
{
    unsigned running = 0;

    for (unsigned i = 0; i < component_count; i++) {
        if (components[i].spec->manual)
            continue;
        const char *wrong = component_start(&components[i], NULL);
        if (wrong == NULL)
            running++;
        else
            log_line("%s: not started: %s", components[i].spec->name, wrong);
    }
    log_line("%u components, %u running, %lu MiB of memory", component_count, running,
             sys.ram_bytes >> 20);
}

_Noreturn void init_main(const seL4_BootInfo *boot)
{
    tls_open(boot->ipcBuffer);
    const char *wrong = system_open(boot);
    if (wrong != NULL)
        stop(wrong);
    if (!pending_open())
        stop("no objects for init itself");
    wrong = archive_open(archive_start, archive_end);
    if (wrong != NULL)
        stop(wrong);
    wrong = personality_open();
    if (wrong != NULL) {
        log_line("the personality: %s", wrong);
        stop("no component can run");
    }
    manifest_load();
    components_load();
    components_boot();
    serve();
}
