#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when some order of starts, stops, kills, exits, signals and calls of passive servers, and
of the ends of their callers, leaves a server that answers nobody. tests/orders/ tries them all,
from inside."""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
from machine import Machine, Tap, Timeout     # noqa: E402

BUILD = os.environ.get('MYELIN_BUILD', 'build')
SECONDS = 60        # for one order: it takes a hundredth of one
tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))


def orders(config, steps):
    name = '%s: both servers answer after every order of up to %d steps' % (config, steps)
    with open('%s/%s/system/orders/init' % (BUILD, config), 'rb') as f:
        image = f.read()
    assert image.count(b'args 3 ') == 1
    with tempfile.NamedTemporaryFile() as root:
        root.write(image.replace(b'args 3 ', b'args %d ' % steps))
        root.flush()
        with Machine('test', '%s/%s/kernel' % (BUILD, config), root.name,
                     log='build/test-logs/system-orders-%s.log' % config) as m:
            line = ''
            try:
                while not line.endswith(' failed'):
                    line = m.expect(r'^orders: (.*)\n', SECONDS).group(1)
            except Timeout as e:
                line = '%s; the last order does not end' % e
            tap.ok(line.endswith(', 0 failed'), name, '%s\n%s' % (line, m.tail()))


orders('release', 3)
orders('debug', 2)
sys.exit(tap.done())
