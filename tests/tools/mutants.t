#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when the list of faults no longer fits the kernel, or when tools/mutants overlooks that a
test fails, or takes a fault that nothing notices for noticed."""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
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

sys.exit(tap.done())
