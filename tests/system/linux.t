#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when a program of the C library finds a Linux system call other than Linux promises it."""
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import CONFIGS, Shell, Timeout, tap     # noqa: E402

results = tap()

for config in CONFIGS:
    with Shell(config, results) as s:
        try:
            shown = s.ask('run selftest', 60)
        except Timeout as e:
            results.ok(False, config + ': selftest ends', '%s\n%s' % (e, s.m.tail()))
            continue
        for line in shown.splitlines():
            found = re.match(r'(ok|not ok) - (.*)', line)
            if found:
                results.ok(found.group(1) == 'ok', '%s: %s' % (config, found.group(2)))
        results.ok(re.search(r'^selftest: 0 failed', shown, re.MULTILINE) is not None,
                   config + ': selftest ends', shown)
        s.case('a second run finds the same', 'run selftest', r'^selftest: 0 failed', seconds=60)
        s.case('hello runs', 'run hello', r'^hello, world', r'^slept at least 20 ms',
               r'^allocated and filled 100000 bytes')
sys.exit(results.done())
