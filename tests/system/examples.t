#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when an example under programs/examples/ does not show what it says. Each is a root server
that prints TAP; they are booted one after another on the release kernel."""
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
from machine import Machine, Tap, Timeout     # noqa: E402

FOLDER = os.path.join(os.environ.get('MYELIN_BUILD', 'build'), 'release')
SECONDS = 60        # for one of them
tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))


def sources():
    """The examples there are, by the name of their program."""
    found = [os.path.basename(p)[:-2] for p in glob.glob('programs/examples/*.c')]
    return sorted('example-' + name.replace('_', '-') for name in found if name != 'example')


def show(name):
    with Machine('test', FOLDER + '/kernel', '%s/user/%s' % (FOLDER, name),
                 log='build/test-logs/%s.log' % name) as m:
        try:
            end = m.expect(r'^(1\.\.\d+( # SKIP.*)?|Bail out!.*)\n', SECONDS).group(1)
        except Timeout as e:
            end = str(e)
        lines = re.findall(r'^(ok|not ok) \d+ - (.*)', m.text, re.M)
        for good, what in lines:
            tap.ok(good == 'ok', '%s: %s' % (name, what))
        tap.ok(lines != [] and end == '1..%d' % len(lines), name + ': runs to its end',
               '%s\n%s' % (end, m.tail()))


for example in sources():
    show(example)
sys.exit(tap.done())
