#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when the system's own time does not pass as time does, when it boots without saying what
it is, when typed characters get lost, or when the drivers get no interrupts from the PIC."""
import os
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import CONFIGS, Shell, Timeout, tap     # noqa: E402

results = tap()


def uptime(s):
    return float(re.search(r'^(\d+\.\d+) ', s.ask('cat /proc/uptime'), re.M).group(1))


def clock(s):
    """Loose bounds: the machine that runs this may be busy with other things."""
    first, host = uptime(s), time.monotonic()
    s.m.quiet(2)
    passed, host = uptime(s) - first, time.monotonic() - host
    results.ok(0.5 * host < passed < 1.5 * host, s.config + ': the clock runs at the pace of time',
               '%.3f s passed in %.3f s' % (passed, host))


def burst(s):
    """Faster than anyone types, but no faster than the line is: 115200 bits a second."""
    def check():
        s.m.send('echo ready; cat >/tmp/typed; wc -l /tmp/typed\n')
        s.m.expect('^ready\n', 20)
        for n in range(60):
            s.m.send('this is line %d of a quick typist\n' % n)
            s.m.read(0.003)
        s.m.send('\x04')
        s.m.expect('^60 /tmp/typed', 60)
    s.ok('sixty lines typed at once all arrive', check)


for config in CONFIGS:
    with Shell(config, results, profile=config) as shell:      # in real time
        boot = shell.m.text
        results.ok(re.search(r'^init: \d+ components, \d+ running', boot, re.M),
                   config + ': init says what it started', boot)
        if config == 'debug':
            results.ok('checks on' in boot, 'debug: the kernel says that it checks its invariants',
                       boot)
        try:
            clock(shell)
            burst(shell)
        except (Timeout, AttributeError) as e:
            results.ok(False, config + ': the session goes on', '%s\n%s' % (e, shell.m.tail()))
with Shell('debug', results, profile='test-pic') as shell:
    results.ok('no ioapic: using the PIC' in shell.m.text,
               'debug: without an I/O APIC the PIC is used', shell.m.text)
    shell.case('a typed line arrives through it', 'ping echo', r'^echo: answered the same words')
sys.exit(results.done())
