/* SPDX-License-Identifier: BSD-2-Clause */
#include "files.h"

#include <ipc/cap.h>
#include <stdlib.h>

static unsigned failed;
static seL4_CPtr whole, manager_cap;

void check(bool good, const char *name)
{
    failed += !good;
    printf("%s - %s\n", good ? "ok" : "not ok", name);
}

static seL4_CPtr mint_with(seL4_CapRights_t rights, uint64_t badge)
{
    seL4_CPtr cap;

    if (cap_mint(whole, rights, badge, &cap) != seL4_NoError) {
        puts("not ok - a session's capability is made");
        exit(1);
    }
    return cap;
}

static seL4_CPtr mint(uint64_t badge)
{
    return mint_with(CAP_CALL_ONLY, badge);
}

seL4_CPtr mint_granting(void)
{
    seL4_CPtr cap;

    return cap_mint(whole, seL4_AllRights, UNIX_BADGE_MANAGER, &cap) == seL4_NoError ? cap : 0;
}

struct session manager(void)
{
    return (struct session){ manager_cap };
}

struct file manager_files(void)
{
    return (struct file){ manager_cap };
}

struct file export_forged(unsigned number, uint32_t generation)
{
    return (struct file){ mint(UNIX_BADGE_EXPORT | UNIX_BADGE(number, generation)) };
}

struct file process(unsigned number, uint32_t generation)
{
    return (struct file){ mint(UNIX_BADGE(number, generation)) };
}

void process_is(unsigned number, uint32_t generation, uint32_t uid, uint32_t gid)
{
    const struct session_attributes a = {
        .session = UNIX_BADGE(number, generation), .pid = (int32_t)number, .uid = uid, .gid = gid
    };

    check(session_attributes(manager(), &a, NULL, 0) == 0, "session: whom it acts for");
}

struct file process_begin(unsigned number, uint32_t generation)
{
    if (session_begin(manager(), UNIX_BADGE(number, generation)) != 0)
        puts("not ok - a session begins");
    return process(number, generation);
}

int open_at(struct file to, const char *path, uint32_t flags, uint32_t mode, struct file_opened *o)
{
    char text[600];
    size_t bytes;

    return file_open(to, ROOT, flags, mode, path, strlen(path), o, text, sizeof text, &bytes);
}

struct file process_granting(unsigned number, uint32_t generation)
{
    (void)process_begin(number, generation);
    return (struct file){ mint_with(CAP_CALL_GRANT, UNIX_BADGE(number, generation)) };
}

uint32_t open_handle(struct file to, const char *path, uint32_t flags, uint32_t mode)
{
    struct file_opened o;

    return open_at(to, path, flags, mode, &o) == 0 ? o.handle : 0;
}

int stat_at(struct file to, const char *path, struct file_found *f)
{
    char text[600];
    size_t bytes;

    return file_stat(to, ROOT, 0, path, strlen(path), f, text, sizeof text, &bytes);
}

int remove_at(struct file to, const char *path, uint32_t flags)
{
    struct file_left left;
    char text[600];
    size_t bytes;

    return file_remove(to, ROOT, flags, path, strlen(path), &left, text, sizeof text, &bytes);
}

void server_use(const char *name)
{
    if (ipc_connect(name, &whole) != 0)
        printf("not ok - %s is there\n", name);
    manager_cap = mint(UNIX_BADGE_MANAGER);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 256);
    server_use("memfs");
    test_calls();
    test_sessions();
    test_maps();
    test_quotas();
    test_exports();
    test_ways();
    test_cost();
    test_trees();
    printf("end: %u failed\n", failed);
    return failed != 0;
}
