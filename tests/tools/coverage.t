#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when tools/coverage takes what no test reached for reached, or the other way round, or
overlooks that a test fails."""
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
from machine import Tap     # noqa: E402

tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))
BUILD = os.environ.get('MYELIN_BUILD', 'build')
TIMER = 'kernel/arch/x86_64/timer.c'
TEST = 'kernel/test/timer_test.c'


def run(build, out, program):
    r = subprocess.run(['tools/coverage', '--build', build, '--host', '--out', out, program],
                       capture_output=True, text=True)
    return r.returncode, r.stdout + r.stderr


def function(name):
    """The numbers of the lines of a function's body."""
    with open(TIMER) as f:
        lines = f.read().splitlines()
    first = next(i for i, l in enumerate(lines) if re.match(r'\S.*\b%s\(' % name, l))
    return range(first + 2, lines.index('}', first) + 1)


with tempfile.TemporaryDirectory() as folder:
    code, said = run(BUILD, folder, 'x86-timer')
    tap.ok(code == 0 and re.search(r'^lines: \d+ of \d+, .*\nby file', said, re.M),
           'coverage: of one program', said)
    with open(os.path.join(folder, 'unreached.txt')) as f:
        listed = f.read()
    missed = {int(n) for n in re.findall(r'^%s:(\d+): line' % TIMER, listed, re.M)}
    tap.ok(missed & set(function('arch_us_to_ticks')), 'coverage: what no test calls is listed',
           listed)
    tap.ok(not missed & set(function('reading_take')), 'coverage: what they call is not', listed)
    tap.ok(TEST not in listed, 'coverage: of the kernel, not of its tests', listed)

    # The same test, made to fail when it ends.
    with open(folder + '/fails.h', 'w') as f:
        f.write('__attribute__((destructor)) static void fails(void) { __builtin_trap(); }\n')
    os.makedirs(os.path.join(folder, 'host', 'obj'))
    for name in ('x86-timer.link', 'obj/x86-timer.flags'):
        with open('%s/host/%s' % (BUILD, name)) as f:
            text = f.read().replace('%s/host/' % BUILD, folder + '/host/')
        with open('%s/host/%s' % (folder, name), 'w') as f:
            f.write(text + (' -include %s/fails.h' % folder if 'flags' in name else ''))
    code, said = run(folder, folder + '/again', 'x86-timer')
    tap.ok(code == 1 and 'tools/coverage: ' in said, 'coverage: a test fails', said)
    code, said = run(BUILD, folder + '/none', 'no-such-test')
    tap.ok(code == 1 and 'no-such-test' in said, 'coverage: no such test', said)

sys.exit(tap.done())
