#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when somebody can sleep for ever in a protocol of shared memory: Spin tries all orders of
the steps in tests/model/*.pml. Of each model, variants that leave a step out have to fail: else the
model would not see what the step is for."""
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
from machine import Tap     # noqa: E402

tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))
SECONDS = 200


def errors(model, *defines):
    """How many errors Spin finds, and what it says; None: it did not get to an end."""
    path = os.path.abspath('tests/model/%s.pml' % model)
    with tempfile.TemporaryDirectory() as folder:
        def run(*command):
            return subprocess.run(command, cwd=folder, capture_output=True, text=True,
                                  timeout=SECONDS)
        r = run('spin', '-a', *defines, path)
        if r.returncode == 0:
            r = run('gcc', '-O2', '-DSAFETY', '-DVECTORSZ=2048', '-o', 'pan', 'pan.c')
        if r.returncode == 0:
            r = run('./pan', '-m200000')
        found = re.search(r'errors: (\d+)', r.stdout)
        is_whole = 'Search not completed' not in r.stdout and 'max search depth' not in r.stdout
        text = r.stdout + r.stderr
        count = int(found.group(1)) if found else None
        return (count if count or is_whole else None), text


def model(name, what, *broken, sizes=((),)):
    for size in sizes:
        count, text = errors(name, *size)
        tap.ok(count == 0, '%s%s: %s' % (name, ' '.join(('',) + size), what), text)
    for define, step in broken:
        count, text = errors(name, '-D' + define)
        tap.ok(count is not None and count > 0, '%s: not without %s' % (name, step), text)


model('channel', 'nobody sleeps for ever, everything arrives',
      ('NO_LOOK', 'the look after the wish'), ('NO_SHOW', 'showing before sleeping'),
      sizes=((), ('-DRING=1',)))
model('semaphore', 'every down ends',
      ('NO_PASSING', 'passing the signal on'), ('NO_LOOK', 'the look of a waiter'))
sys.exit(tap.done())
