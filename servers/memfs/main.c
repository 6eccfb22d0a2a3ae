/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server of the files that live in memory: / with all that is not mounted from elsewhere. At
 * the start it fills in root.cpio of the boot archive.
 */
#include "fill.h"
#include "frames.h"
#include "locks.h"
#include "memfs.h"

#include <base/tsc.h>
#include <errno.h>
#include <fcntl.h>
#include <idl/init.h>
#include <idl/locker.h>
#include <ipc/process.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void file_end(struct serve_file *file)
{
    struct opened *o = (struct opened *)file;

    locks_closed(o);
    if (opened_writes(o))
        o->node->writers--;
    if ((o->flags & FILE_OPEN_EXECUTE) != 0)
        o->node->executors--;
    node_drop(o->node);
    memory_piece_free(o);
}

/*
 * A description of a node, without users. Who writes finds no page of the archive in the file
 * (FRM-1). What has nothing left of its quota opens files yet, as programs are: descriptions count
 * for no job, but there are no more than handles. NULL: no memory.
 */
static struct opened *opened_new(struct node *node, uint32_t flags, uint32_t root)
{
    struct opened *o = memory_piece_uncounted(sizeof *o);

    if (o == NULL)
        return NULL;
    if (S_ISREG(node->mode) && opened_writes(&(struct opened){ .flags = flags }) &&
        !data_own(&node->data)) {
        memory_piece_free(o);
        return NULL;
    }
    *o = (struct opened){ .flags = flags, .node = node, .root = root };
    node_keep(node);
    node->writers += opened_writes(o);
    node->executors += (flags & FILE_OPEN_EXECUTE) != 0;
    return o;
}

static int limit(struct serve_file *file, uint32_t rights, struct serve_file **limited)
{
    const struct opened *from = (struct opened *)file;
    uint32_t access;
    int e = serve_access_limit(from->flags, rights, &access);

    if (e != 0 || S_ISDIR(from->node->mode))
        return e != 0 ? e : EISDIR;
    *limited = file;
    if ((from->flags & O_ACCMODE) == access)
        return 0;
    const uint32_t dropped = O_ACCMODE | FILE_OPEN_EXECUTE;
    struct opened *o = opened_new(from->node, (from->flags & ~dropped) | access, from->root);
    *limited = o != NULL ? &o->file : NULL;
    return o != NULL ? 0 : ENOMEM;
}

static bool is_root(struct serve_file *file)
{
    return S_ISDIR(((struct opened *)file)->node->mode);
}

/* What has no name any more can't be mounted on, but it can be seen from elsewhere. */
static int pin(struct serve_file *file, bool covers, uint32_t *number)
{
    struct node *node = ((struct opened *)file)->node;

    if (!S_ISDIR(node->mode))
        return ENOTDIR;
    if (node->links == 0)
        return ENOENT;
    *number = pin_take(node, covers);
    return *number != 0 ? 0 : ENOSPC;
}

static void unpin(uint32_t number, bool covers)
{
    if (number == 0)
        pins_drop();
    else
        pin_drop(number, covers);
}

static int other_protocol(struct call *c, struct call_registers *r)
{
    static const struct locker_ops ops = {
        .service = { .ping = serve_ping },
        .record = locks_record,
        .whole = locks_whole,
        .forget = locks_forget,
        .release = locks_release,
    };
    int e = locker_dispatch(c, r, &ops);

    return e == CALL_UNKNOWN ? call_refuse_unknown(c, r) : e;
}

struct serve memfs = {
    .other = other_protocol,
    .tables_eighths = 6, /* files are elsewhere */
    .sessions = { .closed = file_end,
                  .lets_go = locks_let_go,
                  .ending = locks_ending,
                  .name = names_name,
                  .is_root = is_root,
                  .pin = pin,
                  .unpin = unpin,
                  .seen = pin_seen,
                  .quota = memory_job,
                  .used = memory_job_bytes,
                  .limit = limit,
                  .takes_clients = true },
};
struct node *memfs_root;

int memfs_handle(const struct call *c, struct node *node, uint32_t flags, uint32_t root,
                 uint32_t *handle)
{
    struct serve_session *s = memfs_caller(c);
    if ((flags & OPEN_PATH) != 0)
        flags |= OPEN_NEITHER;
    struct opened *o = s != NULL ? opened_new(node, flags, root) : NULL;

    if (o == NULL)
        return s == NULL ? ESRCH : memory_refusal() == EDQUOT ? EDQUOT : ENFILE;
    int e = serve_handle_new(s, &o->file, handle);
    if (e != 0)
        file_end(&o->file);
    return e;
}

int64_t node_now(void)
{
    const struct process_info *info = process_info();
    unsigned __int128 ns = (unsigned __int128)tsc_read() * 1000000000u / info->tsc_hz;

    return (int64_t)(info->boot_time_s * 1000000000ul + (uint64_t)ns);
}

/* ---- the start ---- */

/* A file of the boot archive, and the piece of it that was read last. */
struct archive {
    struct fill_source source; /* first */
    uint64_t index, at;
    size_t bytes;
    char piece[INIT_FILE_BYTES_MAX];
};

static bool archive_read(struct fill_source *source, uint64_t offset, void *to, size_t bytes)
{
    const struct init init = { SLOT_INIT };
    struct archive *a = (struct archive *)source;

    if (offset + bytes <= source->page_bytes) {
        memcpy(to, source->pages + offset, bytes);
        return true;
    }

    for (size_t done = 0; done < bytes;) {
        uint64_t at = offset + done;
        if (at < a->at || at >= a->at + a->bytes) {
            a->at = at;
            if (init_file_read(init, a->index, at, a->piece, sizeof a->piece, &a->bytes) != 0 ||
                a->bytes == 0) {
                a->bytes = 0;
                return false;
            }
        }
        size_t have = a->at + a->bytes - at, n = bytes - done < have ? bytes - done : have;
        memcpy((char *)to + done, a->piece + (at - a->at), n);
        done += n;
    }
    return true;
}

/* NULL, or what is wrong. */
static const char *start(char *path)
{
    static struct archive archive;
    uint64_t bytes;

    const char *wrong = frames_open();
    if (wrong != NULL)
        return wrong;
    memfs_root = node_open(process_info()->random, 0755);
    if (memfs_root == NULL)
        return "there is no memory for files";
    if (init_file_find((struct init){ SLOT_INIT }, "root.cpio", &archive.index, &bytes) == 0) {
        archive.source.read = archive_read;
        archive.source.pages = frames_archive(&archive.source.page_bytes);
        wrong = fill_archive(memfs_root, &archive.source, path);
        if (wrong != NULL)
            return wrong;
    }
    path[0] = '\0';
    return fill_devices(memfs_root);
}

int main(void)
{
    static struct file_ops ops = { .service = { .ping = serve_ping } };
    char path[256] = "";
    const char *wrong = start(path);

    if (wrong != NULL) {
        printf("memfs: %s%s%s\n", path, path[0] != '\0' ? ": " : "", wrong);
        return 1;
    }
    names_fill(&ops);
    files_fill(&ops);
    memfs.receive_slot = frames_receive_slot();
    memfs.export_slot = frames_export_slot();
    map_fill(&ops);
    return serve_files(&memfs, &ops);
}
