#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when a Linux system call answers otherwise than Linux does: programs/linuxcases runs on
this machine's Linux and on ours, as a component and as a process, and each of its lines is
compared. What is meant to differ is in the lists of differences, with the reason."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compare import Linux, SECONDS                          # noqa: E402
from shell import BUILD, CONFIGS, Shell, Timeout, tap       # noqa: E402

# What is run at the prompt of which system, and the list of what differs.
RUNS = (('component', 'default', 'run linuxcases', 'differences'),
        ('process', 'cases', '/bin/linuxcases', 'differences-process'))

results = tap()
for kind, system, line, differences in RUNS:
    linux = Linux(results, [BUILD + '/release/user/linuxcases-native'],
                  'programs/linuxcases/' + differences)
    for config in CONFIGS:
        name = '%s, %s' % (kind, config)
        root = '%s/%s/system/%s/init' % (BUILD, config, system)
        with Shell(config, results, root=root) as s:
            try:
                linux.compare(name, s.ask(line, SECONDS))
            except Timeout as e:
                results.ok(False, name + ': it ends', '%s\n%s' % (e, s.m.tail()))
sys.exit(results.done())
