#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when the list of faults no longer fits the kernel, or when tools/mutants overlooks that a
test fails, or takes a fault that nothing notices for noticed; or when a change by rule is not what
is compiled."""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
import mutantrules          # noqa: E402
from machine import Tap     # noqa: E402

tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))
TIMER = 'kernel/arch/x86_64/timer.c'


def run(*arguments):
    r = subprocess.run(['tools/mutants', '--build', os.environ.get('MYELIN_BUILD', 'build'),
                        *arguments], capture_output=True, text=True)
    return r.returncode, r.stdout + r.stderr


def with_list(text, *arguments):
    with tempfile.NamedTemporaryFile('w', suffix='.txt') as f:
        f.write(text)
        f.flush()
        return run('--from', f.name, *arguments)


code, out = run('--list')
tap.ok(code == 0, 'mutants: every fault of the list fits its file once', out)

code, out = run('--host', 'waitq-front-keeps-prev')
tap.ok(code == 0 and 'waitq_test' in out, 'mutants: a fault in a queue is noticed', out)

with open(TIMER) as f:
    line = next(l for l in f if l.startswith('#include'))
code, out = with_list('@ harmless %s\n! nothing\n-%s+%s+ \n' % (TIMER, line, line), '--host')
tap.ok(code == 1 and 'not ok' in out and '0 of 1' in out,
       'mutants: what nothing notices is not taken for noticed', out)

for name, text, wanted in (
        ('lines that are not there', '@ a %s\n! b\n-no such line\n+x\n' % TIMER, 'occur 0 times'),
        ('a fault without lines', '@ a %s\n! b\n' % TIMER, 'no description or no lines'),
        ('two of one name', ('@ a %s\n! b\n-c\n' % TIMER) * 2, 'the same name'),
        ('a line of another kind', '@ a %s\n? b\n' % TIMER, 'a line starts with')):
    code, out = with_list(text, '--list')
    tap.ok(code == 1 and wanted in out, 'mutants: the list has ' + name, out)

code, out = run('--operators', 'kernel/notification.c', '--by', 'notification_test')
tap.ok('# notification_test: ' in out and '\n1..' in out, 'mutants: by rule, they are noticed', out)
code, out = run('--operators', 'kernel/notification.c', '--by', 'cspace_test')
tap.ok(code == 1 and 'not ok' in out and ' 0 left' not in out,
       'mutants: by rule, what nothing notices is left', out)

PROGRAM = '''#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
/* 1 + 1 == 2 */
#define MANY 0x2ful /* 3 */
#define TWICE(x) (2 * (x))
static unsigned long f(unsigned long a, unsigned long b, const unsigned long *p, bool is_odd)
{
    if (!is_odd && a < b || a == b &&
        (p[1] - a + 2 * b >= 7 || b > 3 && a - 1 != p[0]))
        return a <= b ? a + b - 3 : (a != 5) == is_odd;
    return is_odd == true ? a << (b + 1) : a - b - 1;
}
static bool g(unsigned long a, const char *text, const bool *is_set)
{
    assert(a != 99 &&
           a != 98);
    if (text[a] >= '!' && text[a] != '\\'' && !is_set[a & 1])
        return !(a == MANY) == !!is_set[0] || "2 < 1"[0] != '2';
    return a & !is_set[1] && !text[TWICE(0)];
}
int main(void)
{
    const unsigned long p[] = { 3, 5, 4, 2 };
    for (unsigned long a = 0; a < 8; a++)
        for (unsigned long b = 0; b < 8; b++)
            printf("%lu-1 %lu ", f(a, b, p, false), f(a, b, p, 0));
    for (unsigned long a = 45; a < 50; a++)
        for (unsigned b = 0; b < 4; b++)
            printf("%d %d ", g(a & 7, "a'! 'b! '!!", (const bool[]){ b & 1, b > 1 }),
                   g(a, "01234567890123456789012345678901234567890123456789",
                     (const bool[]){ b & 1, a & 1 }));
}
'''


def built(folder, text):
    path = folder + '/program'
    with open(path + '.c', 'w') as f:
        f.write(text)
    subprocess.run(['gcc', '-w', '-fsanitize=bounds', '-o', path, path + '.c'], check=True)
    return path


def printed(path, **env):
    r = subprocess.run([path], env=dict(os.environ, **env), capture_output=True)
    return r.returncode, r.stdout


places = mutantrules.places_of('program.c', PROGRAM)
numbers = {p.name: n for n, p in enumerate(places, 1)}
with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
    switched = built(folder, mutantrules.SWITCH_H + mutantrules.SWITCH_C +
                     mutantrules.with_switches(PROGRAM, places, numbers))
    wrong = [p.name for p in places if printed(built(other, p.changed(PROGRAM))) !=
             printed(switched, MUTANT=str(numbers[p.name]))]
    same = printed(switched) == printed(built(other, PROGRAM))
tap.ok(len(places) > 70 and same and not wrong, 'mutants: a switch does what the change does',
       '%d places, %s' % (len(places), wrong))

sys.exit(tap.done())
