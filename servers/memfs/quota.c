/* SPDX-License-Identifier: BSD-2-Clause */
#include "quota.h"

#include <string.h>

static struct quota {
    uint64_t pages, pages_max; /* the last 0: no quota */
    uint8_t in;
} quotas[UNIX_JOBS_MAX];

void quota_open(void)
{
    memset(quotas, 0, sizeof quotas);
}

bool quota_take(unsigned job)
{
    for (unsigned j = job; j != 0; j = quotas[j].in)
        if (quotas[j].pages_max != 0 && quotas[j].pages >= quotas[j].pages_max)
            return false;
    for (unsigned j = job; j != 0; j = quotas[j].in)
        quotas[j].pages++;
    return true;
}

void quota_give(unsigned job)
{
    for (; job != 0; job = quotas[job].in)
        quotas[job].pages--;
}

uint64_t quota_pages(unsigned job)
{
    return quotas[job].pages;
}

void quota_room(unsigned job, uint64_t *all, uint64_t *free)
{
    for (; job != 0; job = quotas[job].in) {
        const struct quota *q = &quotas[job];
        if (q->pages_max == 0)
            continue;
        uint64_t left = q->pages < q->pages_max ? q->pages_max - q->pages : 0;
        *all = q->pages_max < *all ? q->pages_max : *all;
        *free = left < *free ? left : *free;
    }
}

static bool is_in(unsigned job, unsigned other)
{
    while (job != other && job != 0)
        job = quotas[job].in;
    return job == other;
}

uint64_t quota_end(unsigned job, uint8_t heir[UNIX_JOBS_MAX])
{
    uint64_t pages = quotas[job].pages;

    for (unsigned j = 0; j < UNIX_JOBS_MAX; j++)
        heir[j] = is_in(j, job) ? quotas[job].in : (uint8_t)j;
    for (unsigned j = 0; j < UNIX_JOBS_MAX; j++)
        if (heir[j] != j)
            quotas[j] = (struct quota){ 0 };
    return pages;
}

void quota_begin(unsigned job, unsigned in, uint64_t pages_max)
{
    quotas[job] = (struct quota){ .pages_max = pages_max, .in = (uint8_t)in };
}
