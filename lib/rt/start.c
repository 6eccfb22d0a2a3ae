/* SPDX-License-Identifier: BSD-2-Clause */
/* From the first instruction to main(): thread-local storage, IPC buffer, console. */

#include <base/elf.h>
#include <rt/rt.h>
#include "rt_priv.h"

#define TLS_ALIGN 64

/* Set by the linker to where the file header is in memory. */
extern const struct elf_header __ehdr_start __attribute__((visibility("hidden")));

seL4_BootInfo *rt_bootinfo;

static const struct elf_segment *tls_segment(void)
{
    const struct elf_segment *ph = (const void *)((const char *)&__ehdr_start + __ehdr_start.phoff);

    for (int i = 0; i < __ehdr_start.phnum; i++) {
        if (ph[i].type == ELF_SEGMENT_TLS) {
            return &ph[i];
        }
    }
    return NULL;
}

/* Bytes below the thread pointer: variant II, the segment ends at it (ELF Handling For TLS, 3). */
static size_t tls_below(const struct elf_segment *tls)
{
    size_t align = tls->align ? tls->align : 1;

    return (tls->memsz + align - 1) / align * align;
}

size_t rt_tls_size(void)
{
    const struct elf_segment *tls = tls_segment();

    return (tls ? tls_below(tls) : 0) + 2 * TLS_ALIGN;
}

seL4_Word rt_tls_make(void *memory, size_t size)
{
    const struct elf_segment *tls = tls_segment();
    size_t below = tls ? tls_below(tls) : 0;

    if (size < rt_tls_size()) {
        return 0;
    }
    memset(memory, 0, size);
    seL4_Word base = ((seL4_Word)memory + below + TLS_ALIGN - 1) & ~(seL4_Word)(TLS_ALIGN - 1);
    if (tls) {
        memcpy((void *)(base - below), (const void *)tls->vaddr, tls->filesz);
    }
    *(seL4_Word *)base = base; /* %fs:0 is the thread pointer itself */
    return base;
}

void rt_tls_set_ipc_buffer(seL4_Word tls_base, seL4_IPCBuffer *buffer)
{
    seL4_Word own;

    __asm__("mov %%fs:0, %0" : "=r"(own));
    /* The variable is as far from one thread pointer as from the other. */
    *(seL4_IPCBuffer **)((char *)&__sel4_ipc_buffer + (tls_base - own)) = buffer;
}

void rt_start(seL4_BootInfo *bootinfo)
{
    static char storage[1024] __attribute__((aligned(TLS_ALIGN)));
    seL4_Word base = rt_tls_make(storage, sizeof(storage));
    /* Not the stub: it may touch the storage that this call sets. */
    struct myelin_registers r = {
        .rdi = seL4_CapInitThreadTCB,
        .rsi = seL4_MessageInfo_new(TCBSetTLSBase, 0, 0, 1).words[0],
        .word = { base },
    };

    myelin_enter_seL4_Call_1(&r);
    rt_bootinfo = bootinfo;
    seL4_SetIPCBuffer(bootinfo->ipcBuffer);
    rt_console_init(bootinfo);
    rt_exit(main(bootinfo));
}
