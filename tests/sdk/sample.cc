// SPDX-License-Identifier: BSD-2-Clause
/* Serves idl/sample.capnp with the generated class. */
#include <idl/sample.hpp>

namespace
{

struct Sample : sample::Server<Sample> {
    int ping(Call &, uint64_t a, uint64_t b, uint64_t &c, uint64_t &d)
    {
        c = a;
        d = b;
        return 0;
    }

    int add(Call &, uint64_t a, uint64_t b, uint64_t &sum)
    {
        sum = a + b;
        if (owes)
            (void)sample_soon_answer(&owed, 2 * number);
        owes = false;
        return 0;
    }

    int say(Call &c, const call_item *text, call_item *back, uint64_t &letters)
    {
        int e = call_read_text(&c, text, buffer, sizeof buffer);

        if (e != 0)
            return e;
        for (char *at = buffer; *at != '\0'; at++)
            if (*at >= 'a' && *at <= 'z') {
                *at = static_cast<char>(*at - 'a' + 'A');
                letters++;
            }
        call_text(back, buffer);
        return 0;
    }

    int soon(Call &c, uint64_t n, uint64_t &)
    {
        if (owes)
            return EBUSY;
        number = n;
        int e = call_later(&c, &owed);
        owes = e == CALL_LATER;
        return e;
    }

    int keep(Call &, const char *text, bool ask, uint64_t &first, uint64_t &now)
    {
        uint64_t same;
        const struct service init = { SLOT_INIT };

        place = reinterpret_cast<const volatile uint64_t *>(text);
        first = *place;
        if (ask && service_ping(init, 1, 2, &same, &same) != 0)
            return EIO;
        now = *place;
        return 0;
    }

    int kept(Call &, uint64_t &now)
    {
        now = *place;
        return 0;
    }

    bool owes;
    uint64_t number;
    Call owed;
    const volatile uint64_t *place;
    char buffer[20001];
};

Sample server;

} // namespace

int main()
{
    return server.serve();
}
