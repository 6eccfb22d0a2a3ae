/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * newc: a header of 6 + 13 * 8 characters, all numbers in hexadecimal, then the name, then the
 * data, each padded to four bytes; the last file is called TRAILER!!!.  Source: cpio(5).
 */
#include "archive.h"

#include "text.h"

enum { HEADER = 110, FIELD = 8, FIELD_SIZE = 6, FIELD_NAME = 11 };

static struct archive_file files[ARCHIVE_FILES_MAX];
static size_t file_count;

/* Field number `n` of a header; false when it is not hexadecimal. */
static bool field_read(const uint8_t *header, unsigned n, uint32_t *value)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < FIELD; i++) {
        uint8_t c = header[6 + n * FIELD + i];
        uint8_t low = c | 32;
        if (c >= '0' && c <= '9')
            v = v << 4 | (uint32_t)(c - '0');
        else if (low >= 'a' && low <= 'f')
            v = v << 4 | (uint32_t)(low - 'a' + 10);
        else
            return false;
    }
    *value = v;
    return true;
}

static bool magic_good(const uint8_t *header)
{
    static const char magic[] = "070701";

    for (unsigned i = 0; i < 6; i++)
        if (header[i] != (uint8_t)magic[i])
            return false;
    return true;
}

static size_t pad4(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

const char *archive_open(const uint8_t *start, const uint8_t *end)
{
    const uint8_t *at = start;

    for (;;) {
        uint32_t bytes, name_bytes;
        if ((size_t)(end - at) < HEADER || !magic_good(at))
            return "boot archive: not a newc cpio archive";
        if (!field_read(at, FIELD_SIZE, &bytes) || !field_read(at, FIELD_NAME, &name_bytes))
            return "boot archive: bad number in a header";
        size_t data_at = pad4((size_t)HEADER + name_bytes);
        size_t left = (size_t)(end - at);
        if (name_bytes == 0 || data_at > left || bytes > left - data_at ||
            at[HEADER + name_bytes - 1] != '\0')
            return "boot archive: a file is cut off";

        const char *name = (const char *)at + HEADER;
        if (text_equal(name, "TRAILER!!!"))
            return NULL;
        if (file_count == ARCHIVE_FILES_MAX)
            return "boot archive: too many files";
        files[file_count++] = (struct archive_file){ name, at + data_at, bytes };
        size_t step = pad4(data_at + bytes);
        at = step < left ? at + step : end;
    }
}

const struct archive_file *archive_file(size_t index)
{
    return index < file_count ? &files[index] : NULL;
}

const struct archive_file *archive_find(const char *name, size_t *index)
{
    for (size_t i = 0; i < file_count; i++)
        if (text_equal(files[i].name, name)) {
            if (index != NULL)
                *index = i;
            return &files[i];
        }
    return NULL;
}

bool archive_has(const char *name)
{
    return archive_find(name, NULL) != NULL;
}
