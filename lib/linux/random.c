/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers: the processor's generator where it has one, stirred into a sequence seeded by
 * init and the cycle counter. On a processor without a generator they are unpredictable only as far
 * as the counter is.
 */
#include <base/number.h>
#include <base/secret.h>
#include <base/tsc.h>

#include "files.h"

static uint64_t random_word(bool hardware)
{
    const uint64_t *seed = process_info()->random;
    uint64_t word = hardware ? hardware_random() : 0;

    /* relaxed: only that no two threads get the same */
    uint64_t at = __atomic_add_fetch(&linux_state()->random, 0x9e3779b97f4a7c15ull + seed[0],
                                     __ATOMIC_RELAXED);
    return number_mix(at ^ word ^ tsc_read() ^ seed[1]);
}

size_t random_put(struct pieces *pieces)
{
    enum { WORDS = 8 };
    bool hardware = has_hardware_random();
    size_t done = 0;

    while (pieces->total > 0) {
        uint64_t word[WORDS];
        for (int i = 0; i < WORDS; i++)
            word[i] = random_word(hardware);
        size_t wanted = pieces->total < sizeof word ? pieces->total : sizeof word,
               put = pieces_put(pieces, (const char *)word, wanted);
        done += put;
        if (put < wanted)
            break;
    }
    return done;
}

long linux_getrandom(uaddr_t data, size_t bytes, unsigned flags)
{
    enum { GRND_NONBLOCK = 1, GRND_RANDOM = 2, GRND_INSECURE = 4 };
    struct pieces pieces;

    if ((flags & ~(unsigned)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) != 0 ||
        (flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
        return -LINUX_EINVAL;
    long error = pieces_one(&pieces, data, bytes);
    if (error != 0)
        return error;
    size_t done = random_put(&pieces);
    return done == 0 && bytes > 0 ? -LINUX_EFAULT : (long)done;
}
