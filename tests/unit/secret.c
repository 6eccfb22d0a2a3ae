/* SPDX-License-Identifier: BSD-2-Clause */
/* Breaks when numbers that keep a secret are not those of SipHash 2-4. */
#include <base/secret.h>

#include "tap.h"

int main(void)
{
    /* of the paper's appendix: the key 00 01 .. 0f; the message of 8 bytes as its program gives */
    static const uint64_t key[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
    unsigned differ = 0;

    tap_ok(secret_of(key, 0x0706050403020100) == 0x93f5f5799a932462, "the published number");
    for (uint64_t x = 0; x < 1000; x++)
        differ += (unsigned)__builtin_popcountll(secret_of(key, x) ^ secret_of(key, x + 1));
    tap_ok(secret_mark(1) != secret_mark(2) && secret_mark(1) != 1 &&
               secret_mark(secret_mark(1)) != 1 && secret_mark(0) != 0,
           "a mark is another number");
    tap_ok(differ > 31000 && differ < 33000, "half of the bits change with one");
    return tap_done();
}
