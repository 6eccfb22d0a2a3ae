#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when a Linux system call answers otherwise than Linux does: programs/linuxcases runs on
this machine's Linux and on ours, and each of its lines is compared. What is meant to differ is in
the list of differences, with the reason."""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import BUILD, CONFIGS, Shell, Timeout, tap     # noqa: E402

SECONDS = 120
DIFFERENCES = 'programs/linuxcases/differences'
results = tap()


def cases(text):
    """{name: answer} of the lines of a run."""
    pairs = [line.rsplit(': ', 1) for line in text.splitlines() if ': ' in line]
    return dict(p for p in pairs if len(p) == 2)


def intended():
    with open(DIFFERENCES) as f:
        return {name: answer for name, answer, _ in
                (line.rstrip('\n').split('\t') for line in f)}


native = subprocess.run([BUILD + '/release/user/linuxcases-native'], capture_output=True, text=True,
                        timeout=SECONDS)
linux, meant = cases(native.stdout), intended()
results.ok(native.returncode == 0 and native.stdout.endswith('end\n'), 'it ends on Linux',
           native.stdout[-300:])
for name in sorted(set(meant) - set(linux)):
    results.ok(False, 'difference in %s' % name, 'there is no such case')
for name in meant:
    results.ok(meant[name] != linux.get(name), 'difference in %s' % name, 'Linux answers the same')

for config in CONFIGS:
    with Shell(config, results) as s:
        try:
            shown = s.ask('run linuxcases', SECONDS)
        except Timeout as e:
            results.ok(False, config + ': it ends', '%s\n%s' % (e, s.m.tail()))
            continue
        ours = cases(shown)
        results.ok('\nend\n' in shown, config + ': it ends', shown[-600:])
        for name, answer in linux.items():
            wanted = meant.get(name, answer)
            results.ok(ours.get(name) == wanted, '%s: %s' % (config, name),
                       'is %s, not %s' % (ours.get(name), wanted))
sys.exit(results.done())
