#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when pipes lose bytes or ends, or a terminal does not do what processes and the process
server ask of it. tests/pipes/ tries it, from inside system/pipes."""
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
from machine import Machine, Tap, Timeout     # noqa: E402

BUILD = os.environ.get('MYELIN_BUILD', 'build')
SECONDS = 120       # for all of it
tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))


def pipes(config):
    folder = '%s/%s' % (BUILD, config)
    with Machine('test', folder + '/kernel', folder + '/system/pipes/init',
                 log='build/test-logs/system-pipes-%s.log' % config) as m:
        try:
            m.expect(r'^type: hello\n', SECONDS)
            m.send('helx\x7flo\n')
            m.expect(r'^type: \^C\n', SECONDS)
            m.send('\x03')
            m.expect(r'^type: more\n', SECONDS)
            m.send('more\n')
            end = m.expect(r'^(?:client: )?(end: \d+ failed|fault: .*)\n', SECONDS).group(1)
        except Timeout as e:
            end = str(e)
        for good, name in re.findall(r'^(ok|not ok) - (.*)', m.text, re.M):
            tap.ok(good == 'ok', '%s: %s' % (config, name))
        tap.ok(end == 'end: 0 failed', config + ': all of it runs to its end',
               '%s\n%s' % (end, m.tail()))
        tap.ok('shown\n' in m.text, config + ': what is written is shown')


CONFIGS = ('release', 'debug')
for each in CONFIGS:
    pipes(each)
sys.exit(tap.done())
