#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when programs/examples/components/keyboard.c does not give each key of the PS/2 keyboard
to everybody who waits, or does not come back when it was ended."""
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import BUILD, CONFIGS, PROMPT, tap     # noqa: E402
from machine import Timeout                       # noqa: E402
from monitor import machine_with_monitor          # noqa: E402

SECONDS = 30
results = tap()


def type_keys(monitor, keys):
    for key in keys:
        monitor.text('sendkey ' + key)


def session(config, m, monitor):
    def expect(name, *patterns):
        """All of them, in any order."""
        start = m.seen
        try:
            for p in patterns:
                m.seen = start
                m.expect(p, SECONDS)
            good = True
        except Timeout:
            good = False
        results.ok(good, '%s: %s' % (config, name), m.tail())
        m.seen = len(m.text)

    def start(line, name):
        m.send(line + '\n')
        expect(line, '%s: waits for keys' % name)

    monitor.command('cont')
    m.expect(PROMPT, SECONDS)
    for life in ('first', 'second'):
        start('restart-component left', 'left') # whether it is still at its end or not
        start('restart-component right', 'right')
        type_keys(monitor, ('h', 'i'))
        expect(life + ' life: both get every key', *(
            r'%s: h\n(.*\n)*?.*%s: i\n' % (n, n) for n in ('left', 'right')))
        type_keys(monitor, ('ret',))
        expect(life + ' life: they end', 'left: has seen Return', 'right: has seen Return')
        m.send('kill-component keyboard\n')
        expect('the driver is ended', r'keyboard: restarted')
    text = re.sub('(left|right): waits for keys', '', m.text)
    results.ok('missed' not in text and 'fault' not in text, config + ': nothing was missed', text)


for config in CONFIGS:
    with machine_with_monitor('test', '%s/%s/kernel' % (BUILD, config),
                              '%s/%s/system/examples/init' % (BUILD, config)) as (m, monitor):
        try:
            session(config, m, monitor)
        except Timeout as e:
            results.ok(False, config + ': boots to the prompt', '%s\n%s' % (e, m.tail()))
sys.exit(results.done())
