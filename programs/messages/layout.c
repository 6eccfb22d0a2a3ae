/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layouts of interfaces, a line for each fact: docs/idl.md. The files are the system's own; a line
 * that is not understood is passed over, so that it only goes unshown.
 */
#include "messages.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 12, RECORDS_MAX = 512, METHODS_MAX = 256, ENUMS_MAX = 256, INTERFACES_MAX = 64 };

static struct record *records[RECORDS_MAX];
static unsigned record_count;
static struct method methods[METHODS_MAX];
static unsigned method_count;
static struct {
    char type[NAME_BYTES], name[NAME_BYTES];
    uint64_t value;
} enums[ENUMS_MAX];
static unsigned enum_count;
static struct {
    char name[NAME_BYTES];
    unsigned id;
} interfaces[INTERFACES_MAX];
static unsigned interface_count;

static void *grow(void *list, unsigned count, size_t each)
{
    void *now = realloc(list, (count + 1) * each);

    if (now == NULL) {
        perror("trace");
        exit(1);
    }
    memset((char *)now + count * each, 0, each);
    return now;
}

static void name_set(char *to, size_t room, const char *from)
{
    snprintf(to, room, "%s", from);
}

static struct record *record_of(const char *name)
{
    for (unsigned i = 0; i < record_count; i++)
        if (strcmp(records[i]->name, name) == 0)
            return records[i];
    if (record_count == RECORDS_MAX)
        return NULL;
    records[record_count] = grow(NULL, 0, sizeof **records);
    name_set(records[record_count]->name, sizeof records[0]->name, name);
    return records[record_count++];
}

static struct method *method_of(const char *name)
{
    for (unsigned i = 0; i < method_count; i++)
        if (strcmp(methods[i].name, name) == 0)
            return &methods[i];
    if (method_count == METHODS_MAX)
        return NULL;
    name_set(methods[method_count].name, sizeof methods[0].name, name);
    return &methods[method_count++];
}

/* "uint32" and the like into a field. */
static void type_set(struct field *f, char **word, unsigned count)
{
    f->type = word[0][0];
    f->bits = f->type == 'b'   ? 1
              : f->type == 'e' ? 16
                               : (unsigned)atoi(strpbrk(word[0], "0123456789") ?: "64");
    f->type_index = -1;
    f->member = -1;
    for (unsigned i = 0; f->type == 'e' && count > 1 && i < enum_count; i++)
        if (f->type_index < 0 && strcmp(enums[i].type, word[1]) == 0)
            f->type_index = (int)i;
    for (unsigned i = 1; i + 1 < count; i++) {
        if (strcmp(word[i], "default") == 0)
            f->otherwise = strtoull(word[i + 1], NULL, 10);
        if (strcmp(word[i], "if") == 0 && i + 2 < count) {
            name_set(f->within, sizeof f->within, word[i + 1]);
            f->member = atoi(word[i + 2]);
        }
    }
}

/* What is behind "NAME bit N": a number, or a member of a union. */
static void field_add(struct record *r, const char *name, char **word, unsigned count)
{
    bool is_union = word[1][0] >= '0' && word[1][0] <= '9';

    for (unsigned i = 0; is_union && i < r->fields; i++)
        if (r->field[i].type == '|' && strcmp(r->field[i].name, name) == 0)
            return;
    r->field = grow(r->field, r->fields, sizeof *r->field);
    struct field *f = &r->field[r->fields++];
    name_set(f->name, sizeof f->name, name);
    f->at = (unsigned)atoi(word[0]);
    if (is_union)
        *f = (struct field){ .type = '|', .at = f->at, .bits = 16, .member = -1, .type_index = -1 };
    else
        type_set(f, word + 1, count - 1);
    if (is_union)
        name_set(f->name, sizeof f->name, name);
}

static unsigned bytes_of(const char *type)
{
    const char *digits = strpbrk(type, "0123456789");

    return digits != NULL ? (unsigned)atoi(digits) / 8 : 1;
}

/* What is behind "NAME pointer N": words of tools/idl/layout.cc's kind_text(). */
static void item_add(struct record *r, const char *name, char **word, unsigned count)
{
    static const char *const kinds[] = { "text", "data", "list", "", "struct", "", "", "handle" };
    struct item item = { .kind = ITEM_CAPABILITY };

    name_set(item.name, sizeof item.name, name);
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(word[0], kinds[i]) == 0)
            item.kind = (enum item_kind)i;
    for (unsigned i = 1; i + 1 < count; i++) {
        if (strcmp(word[i], "window") == 0)
            item.window = (unsigned)atoi(word[i + 1]);
        if (strcmp(word[i], "fixed") == 0) {
            item.kind = item.kind == ITEM_TEXT ? ITEM_FIXED_TEXT : ITEM_FIXED_DATA;
            item.bytes = (unsigned)atoi(word[i + 1]);
        }
    }
    if (item.kind == ITEM_LIST && count > 2 && strcmp(word[2], "struct") == 0)
        item.kind = ITEM_STRUCTS;
    else if (item.kind == ITEM_LIST && count > 2)
        item.bytes = bytes_of(word[2]);
    if (item.kind == ITEM_STRUCT && count > 1) {
        char of[2 * NAME_BYTES];
        snprintf(of, sizeof of, "struct %s", word[1]);
        item.record = record_of(of);
    }
    r->item = grow(r->item, r->items, sizeof *r->item);
    r->item[r->items++] = item;
}

/* "OWNER.NAME bit|pointer .."; `side`: "in ", "out " or "struct ". */
static void member_take(const char *side, char **word, unsigned count)
{
    char owner[3 * NAME_BYTES];
    char *dot = strrchr(word[0], '.');

    if (count < 4 || dot == NULL)
        return;
    *dot = '\0';
    snprintf(owner, sizeof owner, "%s%s", side, word[0]);
    struct record *r = record_of(owner);
    if (r != NULL && strcmp(word[1], "bit") == 0)
        field_add(r, dot + 1, word + 2, count - 2);
    else if (r != NULL && strcmp(word[1], "pointer") == 0)
        item_add(r, dot + 1, word + 3, count - 3);
}

static const struct record **side_of(const char *side, const char *name)
{
    struct method *m = method_of(name);

    return m == NULL ? NULL : side[0] == 'i' ? &m->in : &m->out;
}

static void method_take(char **word, unsigned count)
{
    struct method *m = count >= 3 ? method_of(word[1]) : NULL;
    size_t length = m != NULL ? strcspn(m->name, ".") : 0;

    if (m != NULL && strcmp(word[2], "windows") == 0 && count > 3)
        m->windows = (unsigned)atoi(word[3]);
    else
        for (unsigned i = 0; m != NULL && i < interface_count; i++)
            if (strlen(interfaces[i].name) == length &&
                strncmp(interfaces[i].name, m->name, length) == 0)
                m->label = interfaces[i].id << 8 | (unsigned)atoi(word[2]);
}

static void line_take(char *line)
{
    char *word[WORDS];
    unsigned count = 0;

    for (char *w = strtok(line, " \n"); w != NULL && count < WORDS; w = strtok(NULL, " \n"))
        word[count++] = w;
    if (count < 3)
        return;
    if (strcmp(word[0], "enum") == 0 && count > 3 && enum_count < ENUMS_MAX) {
        name_set(enums[enum_count].type, NAME_BYTES, word[1]);
        name_set(enums[enum_count].name, NAME_BYTES, word[3]);
        enums[enum_count++].value = strtoull(word[2], NULL, 10);
    } else if (strcmp(word[0], "interface") == 0 && word[2][0] == '0' &&
               interface_count < INTERFACES_MAX) {
        name_set(interfaces[interface_count].name, NAME_BYTES, word[1]);
        interfaces[interface_count++].id = (unsigned)strtoul(word[2], NULL, 0);
    } else if (strcmp(word[0], "method") == 0) {
        method_take(word, count);
    } else if (strcmp(word[0], "struct") == 0) {
        member_take("struct ", word + 1, count - 1);
    } else if (strcmp(word[0], "in") == 0 || strcmp(word[0], "out") == 0) {
        char side[8];
        snprintf(side, sizeof side, "%s ", word[0]);
        if (count > 4 && strcmp(word[2], "is") == 0) {
            char of[2 * NAME_BYTES];
            const struct record **to = side_of(side, word[1]);
            snprintf(of, sizeof of, "struct %s", word[4]);
            if (to != NULL)
                *to = record_of(of);
        } else {
            member_take(side, word + 1, count - 1);
        }
    }
}

/* Parameters and results that are no named structs. */
static void sides_find(void)
{
    static const struct record none;
    char name[3 * NAME_BYTES];

    for (unsigned i = 0; i < method_count; i++) {
        struct method *m = &methods[i];
        for (unsigned side = 0; side < 2; side++) {
            const struct record **to = side == 0 ? &m->in : &m->out;
            snprintf(name, sizeof name, "%s %s", side == 0 ? "in" : "out", m->name);
            for (unsigned n = 0; n < record_count && *to == NULL; n++)
                if (strcmp(records[n]->name, name) == 0)
                    *to = records[n];
            if (*to == NULL)
                *to = &none;
        }
    }
}

bool layouts_read(const char *folder)
{
    char line[512], path[512];
    DIR *dir = opendir(folder);

    if (dir == NULL)
        return false;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (strstr(entry->d_name, ".layout") == NULL)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = fopen(path, "re");
        while (file != NULL && fgets(line, sizeof line, file) != NULL)
            line_take(line);
        if (file != NULL)
            fclose(file);
    }
    closedir(dir);
    sides_find();
    return method_count > 0;
}

const struct method *method_find(uint64_t label)
{
    for (unsigned i = 0; i < method_count; i++)
        if (methods[i].label == (label & 0xfffff))
            return &methods[i];
    return NULL;
}

const char *enum_name(const struct field *f, uint64_t value)
{
    for (unsigned i = (unsigned)f->type_index; f->type_index >= 0 && i < enum_count; i++)
        if (strcmp(enums[i].type, enums[f->type_index].type) == 0 && enums[i].value == value)
            return enums[i].name;
    return NULL;
}
