// SPDX-License-Identifier: BSD-2-Clause
/* A client of the generated class, of a server that is one (sample.cc). */
#include <idl/sample.hpp>

extern "C" {
#include "sdk.h"
}

namespace
{

constexpr size_t LONG = 20000;

sample::Client server;
char text[LONG + 2], back[LONG + 2];

void *ask_soon(void *twice)
{
    return reinterpret_cast<void *>(
        static_cast<intptr_t>(server.soon(21, *static_cast<uint64_t *>(twice))));
}

bool same_in_capitals(size_t bytes)
{
    size_t room = bytes + 1;
    uint64_t letters = 0;

    for (size_t i = 0; i < bytes; i++)
        text[i] = static_cast<char>('a' + i % 26);
    text[bytes] = '\0';
    memset(back, 'x', sizeof back);
    bool good = server.say(text, back, room, letters) == 0 && letters == bytes;
    for (size_t i = 0; i < bytes; i++)
        good &= back[i] == static_cast<char>('A' + i % 26);
    return good && back[bytes] == '\0' && back[bytes + 1] == 'x';
}

void test_numbers()
{
    uint64_t sum = 0, c = 0, d = 0, twice = 0;

    check(server.connect("nobody") == ENOENT && server.connect("sample") == 0,
          "defined: connected by name");
    check(server.add(20, 22, sum) == 0 && sum == 42 &&
              server.add_until(msg_in_us(1000000), 1, 2, sum) == 0 && sum == 3,
          "defined: a method in C++, and with a deadline");
    check(service_ping(sample_as_service(server), 7, 8, &c, &d) == 0 && c == 7 && d == 8,
          "defined: a method of what it extends");
    pthread_t thread = thread_start(ask_soon, &twice);
    sleep_us(1000);
    check(server.soon(1, sum) == EBUSY, "defined: an error of the handler's");
    check(server.add(1, 1, sum) == 0, "defined: another is served while one waits");
    void *e;
    (void)pthread_join(thread, &e);
    check(e == nullptr && twice == 42, "defined: an answer given later");
}

void test_texts()
{
    static const size_t lengths[] = { 0,   1,   7,   8,    500,  900,  919,
                                      920, 943, 944, 1000, 4095, 4096, LONG };
    bool good = true;
    uint64_t letters;

    for (size_t bytes : lengths)
        good &= same_in_capitals(bytes);
    check(good, "defined: a text of any length, there and back");
    memset(text, 'a', LONG + 1);
    text[LONG + 1] = '\0';
    check(server.say(text, back, sizeof back, letters) == EMSGSIZE,
          "defined: a text that the server has no room for");
    text[5000] = '\0';
    check(server.say(text, back, 5000, letters) == EMSGSIZE,
          "defined: a text that the client has no room for");
}

/* The text is gone with the handler's next call, and with the next request. */
void test_pointers()
{
    uint64_t word, first = 0, now = 0, then = 0;

    memcpy(&word, "abcdefgh", sizeof word);
    check(server.keep("abcdefgh", false, first, now) == 0 && first == word && now == word,
          "defined: a parameter lies in the message");
#ifdef CONFIG_DEBUG_BUILD
    check(server.kept(then) == 0 && then == CALL_POISON,
          "defined: a pointer to it leads nowhere in the next request");
    check(server.keep("abcdefgh", true, first, now) == 0 && first == word && now == CALL_POISON,
          "defined: nor when the handler has made a call");
#else
    (void)then;
#endif
}

} // namespace

extern "C" void test_defined()
{
    test_numbers();
    test_texts();
    test_pointers();
}
