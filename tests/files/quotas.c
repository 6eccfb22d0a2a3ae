/* SPDX-License-Identifier: BSD-2-Clause */
/* What sessions of a job may have together, and whom it counts for. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { PAGE = 4096, QUOTA = 16 };
#define BADGE(n) UNIX_BADGE(n, 3)

static char page[PAGE];

static void joins(unsigned number, uint32_t job)
{
    const struct session_attributes a = {
        .session = BADGE(number), .pid = (int32_t)number, .bytes_max = ~0ull, .job = job
    };

    (void)session_attributes(manager(), &a, NULL, 0);
}

static uint64_t pages_of(uint32_t job)
{
    uint64_t bytes = 0;

    return session_used(manager(), job, &bytes) == 0 ? bytes / PAGE : ~0ull;
}

static uint64_t free_pages(struct file f)
{
    struct file_statfs s = { 0 };

    return file_statfs(f, ROOT, &s) == 0 ? s.free : ~0ull;
}

/* Write pages behind each other until that is refused; gives with what. */
static int fill(struct file f, uint32_t handle)
{
    uint32_t done = PAGE;
    int e = 0;

    while (e == 0 && done == PAGE)
        e = file_write(f, handle, -1, page, PAGE, &done);
    return e;
}

/* Names of the given kind until one is refused. */
static int names(struct file f, const char *kind, unsigned *made)
{
    struct file_left left;
    struct file_opened o;
    char text[600], path[32], to[500];
    size_t n;
    int e = 0;

    memset(to, 'x', sizeof to);
    for (*made = 0; e == 0 && *made < 10000; *made += e == 0) {
        size_t bytes = (size_t)snprintf(path, sizeof path, "/tmp/q%s%u", kind, *made);
        if (kind[0] == 'd')
            e = file_make_directory(f, ROOT, 0755, path, bytes, &left, text, 600, &n);
        else if (kind[0] == 'l')
            e = file_make_link(f, ROOT, to, sizeof to, path, bytes, &left, text, 600, &n);
        else if (kind[0] == 'h')
            e = file_link(f, ROOT, ROOT, 0, "/tmp/q", 6, path, bytes, &left, text, 600, &n);
        else
            e = open_at(f, path, O_WRONLY | O_CREAT, 0600, &o);
        if (e == 0 && kind[0] == 'f')
            (void)file_close(f, o.handle);
    }
    return e;
}

static void names_go(struct file f, const char *kind, unsigned made)
{
    char path[32];

    while (made-- > 0) {
        snprintf(path, sizeof path, "/tmp/q%s%u", kind, made);
        (void)remove_at(f, path, kind[0] == 'd' ? 0x200 : 0);
    }
}

static void begins(struct file f)
{
    check(session_quota(manager(), 1, 0, QUOTA * PAGE) == 0 &&
              session_quota((struct session){ f.cap }, 2, 0, 0) == EPERM,
          "quota: a job");
    check(session_quota(manager(), 0, 1, 0) == EINVAL &&
              session_quota(manager(), 1, 1, 0) == EINVAL &&
              session_quota(manager(), UNIX_JOBS_MAX, 0, 0) == EINVAL &&
              session_quota(manager(), 2, UNIX_JOBS_MAX, 0) == EINVAL,
          "quota: what can be none");
}

static void contents(struct file f, struct file outside)
{
    uint32_t handle = open_handle(f, "/tmp/q", O_RDWR | O_CREAT, 0600), done, h;
    uint32_t theirs = open_handle(outside, "/tmp/q", O_WRONLY, 0);
    uint64_t used = pages_of(1), without = free_pages(outside);

    check(handle != 0 && used > 0 && used < 4 && free_pages(f) == QUOTA - used,
          "quota: a file takes some of it, and statfs says how much is left");
    check(fill(f, handle) == EDQUOT && pages_of(1) == QUOTA && free_pages(f) == 0,
          "quota: a file gets no longer than it says");
    check(file_write(f, handle, 0, page, PAGE, &done) == 0, "quota: but what it has is written");
    check(file_write(f, handle, 1l << 40, page, 1, &done) == EDQUOT && pages_of(1) == QUOTA,
          "quota: nor has it pages far away");
    check(file_allocate(f, handle, 1, 0, 100 * PAGE) == EDQUOT, "quota: nor by allocating some");
    check(file_allocate(f, handle, 1, 0, 1l << 40) != 0 && pages_of(1) == QUOTA,
          "quota: be they ever so many");
    h = open_handle(f, "/etc/motd", O_RDONLY, 0);
    check(h != 0 && file_close(f, h) == 0, "quota: files can be opened");
    check(free_pages(outside) < without && free_pages(outside) > 0 &&
              file_write(outside, theirs, 1l << 30, page, 1, &done) == 0 && pages_of(1) == QUOTA,
          "quota: outside there is none, of the same file");
    check(file_truncate(outside, theirs, 0) == 0 && pages_of(1) == used,
          "quota: whoever gives pages back");
    check(file_close(f, handle) == 0 && file_close(outside, theirs) == 0, "quota: end of a file");
}

static void kinds(struct file f)
{
    static const char *const kind[] = { "files", "directories", "links", "hard" };
    uint64_t used = pages_of(1);

    for (unsigned i = 0; i < sizeof kind / sizeof kind[0]; i++) {
        unsigned made;
        char name[64];
        int e = names(f, kind[i], &made);
        snprintf(name, sizeof name, "quota: names of %s", kind[i]);
        check(e == EDQUOT && made > 10 && made < 2000 && pages_of(1) >= QUOTA - 2 &&
                  pages_of(1) <= QUOTA,
              name);
        names_go(f, kind[i], made);
        snprintf(name, sizeof name, "quota: %s are gone", kind[i]);
        check(pages_of(1) == used, name);
    }
}

/* What is not there yet is made for who touches it. */
static void mapped(struct file f)
{
    struct file_opened o;
    uint64_t node, lent;
    uint32_t rights;
    int e = 0;

    (void)open_at(f, "/tmp/q", O_RDWR, 0, &o);
    (void)file_truncate(f, o.handle, 1l << 30);
    for (unsigned i = 0; i < 100 && e == 0; i++)
        e = file_map(manager_files(), BADGE(12), o.handle, i * 20, i * 20, 1, ~0u, 1, &node,
                     &rights, &lent);
    check(e == EDQUOT && pages_of(1) == QUOTA, "quota: holes that are mapped");
    check(file_map(manager_files(), BADGE(12), o.handle, 9999, 0, 0, 0, UNIX_JOBS_MAX, &node,
                   &rights, &lent) == EINVAL &&
              file_map(manager_files(), BADGE(12), o.handle, 9999, 0, 0, 0, 1, &node, &rights,
                       &lent) == 0,
          "quota: who asks for no page has none");
    (void)file_close(f, o.handle);
    check(remove_at(f, "/tmp/q", 0) == 0, "quota: the mapped file goes");
}

/* A child is in its parent's job; the next job of that number is another one. */
static void inherited(struct file f)
{
    const struct file child = process(13, 3);
    struct file_opened o;
    uint32_t more;

    check(session_fork(manager(), BADGE(12), BADGE(13), NULL, 0, 13) == 0 &&
              open_at(child, "/tmp/q", O_RDWR | O_CREAT, 0600, &o) == 0 &&
              fill(child, o.handle) == EDQUOT && pages_of(1) == QUOTA,
          "quota: a child's counts as well");
    check(session_quota(manager(), 2, 1, 0) == 0 && session_quota(manager(), 3, 2, PAGE) == 0,
          "quota: a job in it, and one in that");
    uint32_t whole = open_handle(f, "/tmp/q", O_WRONLY, 0);
    check(file_truncate(f, whole, 0) == 0 && file_close(f, whole) == 0, "quota: it is cut");
    joins(13, 3);
    check(file_write(child, o.handle, 0, page, PAGE, &(uint32_t){ 0 }) == 0 &&
              file_write(child, o.handle, PAGE, page, PAGE, &(uint32_t){ 0 }) == EDQUOT &&
              pages_of(3) == 1 && pages_of(2) == 1,
          "quota: the innermost one holds, and all count");
    uint64_t all = pages_of(1);
    joins(13, 0);
    check(session_quota(manager(), 3, 0, 0) == 0 && pages_of(3) == 0 && pages_of(2) == 1 &&
              pages_of(1) == all,
          "quota: what a job leaves is the outer one's");
    while (session_end(manager(), BADGE(13), &more) == 0 && more != 0)
        continue;
    check(remove_at(f, "/tmp/q", 0) == 0 && pages_of(2) == 0, "quota: until it is given back");
}

void test_quotas(void)
{
    const struct file f = process_begin(12, 3), outside = process_begin(14, 3);
    uint64_t before = free_pages(manager_files());
    uint32_t more;

    begins(f);
    joins(12, 1);
    check(free_pages(f) == QUOTA, "quota: all of it is free");
    contents(f, outside);
    kinds(f);
    mapped(f);
    inherited(f);
    (void)session_end(manager(), BADGE(12), &more);
    (void)session_end(manager(), BADGE(14), &more);
    check(pages_of(1) == 0 && free_pages(manager_files()) == before, "quota: nothing is left");
}
