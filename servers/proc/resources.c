/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is in use of all that processes are made of, for /proc/resources, without what is kept for
 * the next ones in shells (shell.h), where no table counts that has no page. When processes have
 * ended the numbers are what they were before, but for two that grow with the most that there was
 * at once: own-pages (own.h), and slots, which objects have that are kept in pools.
 */
#include <idl/session.h>
#include <stdio.h>
#include <string.h>

#include "backing.h"
#include "job.h"
#include "limit.h"
#include "own.h"
#include "servers.h"
#include "shell.h"
#include "view.h"

static const char *const object_name[OBJECT_KINDS] = {
    [OBJECT_TABLE] = "page-tables",
    [OBJECT_DIRECTORY] = "page-directories",
    [OBJECT_POINTERS] = "page-pointers",
    [OBJECT_SPACE] = "address-spaces",
    [OBJECT_CNODE] = "capability-spaces",
    [OBJECT_CNODE_ALL] = "large-capability-spaces",
    [OBJECT_THREAD] = "threads",
    [OBJECT_TIME] = "scheduling-contexts",
    [OBJECT_NOTIFICATION] = "notifications",
};

/* Sessions and handles of a server. */
static size_t server_count(unsigned server, struct view_resource *to)
{
    uint32_t sessions, handles;

    if (server_cap(server) == 0 ||
        session_count((struct session){ server_cap(server) }, &sessions, &handles) != 0)
        return 0;
    snprintf(to[0].name, sizeof to[0].name, "%s-sessions", server_name(server));
    to[0].count = sessions;
    snprintf(to[1].name, sizeof to[1].name, "%s-handles", server_name(server));
    to[1].count = handles;
    return 2;
}

size_t view_resources(struct view_resource to[VIEW_RESOURCES_MAX])
{
    struct shells kept;
    uint64_t files, files_free;

    server_memory(&files, &files_free);
    shells_count(&kept);
    const struct view_resource own[] = {
        { "processes", processes_count() },
        { "jobs", jobs_count() },
        { "frames", frames_count() - kept.frames },
        { "slots", slots_count() },
        { "chunks", chunks_count() - kept.chunks },
        { "tables", tables_count() - kept.tables },
        { "regions", regions_count() },
        { "mapped-files", backings_count() },
        { "file-pages", (files - files_free) / PAGE },
        { "own-pages", own_space()->resident },
    };
    size_t n = sizeof own / sizeof own[0];

    _Static_assert(sizeof own / sizeof own[0] + OBJECT_KINDS + 2 * UNIX_SERVERS_MAX <=
                       VIEW_RESOURCES_MAX,
                   "room for all");
    memcpy(to, own, sizeof own);
    for (unsigned kind = 0; kind < OBJECT_KINDS; kind++, n++) {
        snprintf(to[n].name, sizeof to[n].name, "%s", object_name[kind]);
        to[n].count = object_count((enum object_kind)kind) - kept.objects[kind];
    }
    for (unsigned server = 1; server < UNIX_SERVERS_MAX; server++)
        n += server_count(server, &to[n]);
    return n;
}
