/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * manifest FILE NAME...: check a system's manifest, as init would at boot; the names are the files
 * of its boot archive. Says FILE:LINE: REASON and fails when the manifest is wrong.
 */
#include "manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_MAX = 1 << 20 };

static char **names; /* of the archive, up to a NULL */

static bool has_program(const char *name)
{
    for (char **n = names; *n != NULL; n++)
        if (strcmp(*n, name) == 0)
            return true;
    return false;
}

/* The file's text, or NULL. */
static char *text_read(const char *path, size_t *bytes)
{
    static char text[BYTES_MAX];
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        return NULL;
    *bytes = fread(text, 1, sizeof text, file);
    bool whole = feof(file) != 0;
    fclose(file);
    return whole ? text : NULL;
}

int main(int argc, char **argv)
{
    static struct manifest manifest;
    size_t bytes;

    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        puts("manifest FILE NAME...: check a system's manifest; NAME: the files of its boot "
             "archive");
        return argc < 2 ? 2 : 0;
    }
    char *text = text_read(argv[1], &bytes);
    if (text == NULL) {
        fprintf(stderr, "%s: cannot be read, or has more than %d bytes\n", argv[1], BYTES_MAX);
        return 1;
    }
    names = argv + 2;
    if (manifest_parse(text, bytes, has_program, &manifest))
        return 0;
    fprintf(stderr, "%s:%u: %s\n", argv[1], manifest.error_line, manifest.error);
    return 1;
}
