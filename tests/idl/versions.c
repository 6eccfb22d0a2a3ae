/* SPDX-License-Identifier: BSD-2-Clause */
/* An interface that grew: old and new clients with old and new servers. */
#include "transport.h"

static void old_client_new_server(void)
{
    struct before to = { CAP_AFTER };
    struct before_entry list[3] = { { .n = 1 }, { .n = 2 }, { .n = 3 } };
    enum before_mode mode = BEFORE_MODE_A;
    uint32_t x = 0;
    uint64_t y = 0;
    size_t count;
    char text[17];

    transport_reset();
    test_ok(before_plain(to, 1, 2, &x) == 0 && x == 3, "old client, new server: fields");
    test_ok(before_text(to, 5, "name", &y) == 0 && y == 9 && seen.text[0] == 0 && seen.more[0] == 0,
            "... texts it does not know are empty");
    test_ok(before_entries(to, list, 3, list, 3, &count) == EPROTO ||
                (count == 3 && list[2].n == 3),
            "... longer elements");
    test_ok(before_mode(to, BEFORE_MODE_B, &mode) == 0 && (int)mode == 2,
            "... an enumerant it does not know comes through");
    test_ok(before_answer(to, text, sizeof text) == 0 && strcmp(text, "after") == 0,
            "... a result it does not know is not sent");
}

static void new_client_old_server(void)
{
    struct after to = { CAP_BEFORE };
    struct after_entry list[3] = { { .n = 1 }, { .n = 2 }, { .n = 3 } };
    enum after_mode mode = AFTER_MODE_A;
    uint32_t x = 0, y = 9;
    uint64_t z = 9;
    size_t count;
    char text[17], more[17] = "?";

    transport_reset();
    test_ok(after_plain(to, 1, 2, 0, 0, &x, &y, &z) == 0 && x == 3 && y == 0 && z == 0,
            "new client, old server: what it does not use is no matter");
    test_ok(after_plain(to, 1, 2, 5, 0, &x, &y, &z) == E2BIG, "... a field in a hole");
    test_ok(after_plain(to, 1, 2, 0, 5, &x, &y, &z) == E2BIG, "... one behind the end");
    test_ok(after_text(to, 5, "name", "", "", &z) == 0 && z == 9, "... texts that are empty");
    test_ok(after_text(to, 5, "name", "more", "", &z) == E2BIG, "... a text");
    test_ok(after_text(to, 5, "name", "", "fix", &z) == E2BIG, "... a fixed text");
    test_ok(after_entries(to, list, 3, list, 3, &count) == 0 && count == 3 && list[2].n == 3 &&
                list[2].far == 0,
            "... elements with zeros");
    list[1].far = 4;
    test_ok(after_entries(to, list, 3, list, 3, &count) == E2BIG, "... an element that is longer");
    list[1].far = 0, list[0].m = 1;
    test_ok(after_entries(to, list, 3, list, 3, &count) == E2BIG, "... a hole of an element");
    test_ok(after_mode(to, AFTER_MODE_B, &mode) == 0 && mode == AFTER_MODE_B &&
                after_mode(to, AFTER_MODE_C, &mode) == EINVAL,
            "... an enumerant");
    test_ok(after_answer(to, text, sizeof text, more, sizeof more) == 0 &&
                strcmp(text, "before") == 0 && more[0] == '\0',
            "... a result that does not come is empty");
    test_ok(after_extra(to) == ENOSYS, "... a method");
}

static void same(void)
{
    struct after to = { CAP_AFTER };
    struct after_entry list[3] = { { .n = 1, .m = 2, .far = 3 } };
    uint32_t x, y;
    uint64_t z;
    size_t count;
    char text[17], more[17];

    transport_reset();
    test_ok(after_plain(to, 1, 2, 3, 4, &x, &y, &z) == 0 && x == 3 && y == 3 && z == 4 &&
                after_text(to, 1, "a", "b", "c", &z) == 0 && strcmp(seen.text, "b") == 0 &&
                strcmp(seen.more, "c") == 0 && after_entries(to, list, 1, list, 3, &count) == 0 &&
                list[0].far == 8 && after_answer(to, text, sizeof text, more, sizeof more) == 0 &&
                strcmp(more, "more") == 0 && after_extra(to) == 0,
            "new client, new server");
}

void test_versions(void)
{
    old_client_new_server();
    new_client_old_server();
    same();
}
