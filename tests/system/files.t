#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when the server of files does not do what idl/file.capnp says, or the sessions of
lib/serve are not what idl/session.capnp says. tests/files/ tries it, from inside system/files."""
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
from machine import Machine, Tap, Timeout     # noqa: E402

BUILD = os.environ.get('MYELIN_BUILD', 'build')
SECONDS = 120       # for all of it
tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))


def files(config):
    folder = '%s/%s' % (BUILD, config)
    with Machine('test', folder + '/kernel', folder + '/system/files/init',
                 log='build/test-logs/system-files-%s.log' % config) as m:
        try:
            end = m.expect(r'^client: (end: \d+ failed|fault: .*)\n', SECONDS).group(1)
        except Timeout as e:
            end = str(e)
        for good, name in re.findall(r'^client: (ok|not ok) - (.*)', m.text, re.M):
            tap.ok(good == 'ok', '%s: %s' % (config, name))
        tap.ok(end == 'end: 0 failed', config + ': all of it runs to its end',
               '%s\n%s' % (end, m.tail()))


files('release')
files('debug')
sys.exit(tap.done())
