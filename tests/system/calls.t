#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when a Linux system call answers otherwise than Linux does: programs/linuxcases runs on
this machine's Linux and on ours, and each of its lines is compared. What is meant to differ is in
the list of differences, with the reason."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compare import Linux, SECONDS                          # noqa: E402
from shell import BUILD, CONFIGS, Shell, Timeout, tap       # noqa: E402

results = tap()
linux = Linux(results, [BUILD + '/release/user/linuxcases-native'],
              'programs/linuxcases/differences')
for config in CONFIGS:
    with Shell(config, results) as s:
        try:
            linux.compare(config, s.ask('run linuxcases', SECONDS))
        except Timeout as e:
            results.ok(False, config + ': it ends', '%s\n%s' % (e, s.m.tail()))
sys.exit(results.done())
