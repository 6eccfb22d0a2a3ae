#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when processes are to each other, or to their threads, something else than on Linux:
programs/processcases runs on this machine's Linux and on ours, and each of its lines is compared.
What is meant to differ is in the list of differences, with the reason."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compare import Linux, SECONDS                          # noqa: E402
from shell import BUILD, CONFIGS, Timeout, tap              # noqa: E402
from machine import Machine                                 # noqa: E402

results = tap()
linux = Linux(results, [BUILD + '/release/user/processcases'], 'programs/processcases/differences')
for config in CONFIGS:
    folder = '%s/%s' % (BUILD, config)
    with Machine('test', folder + '/kernel', folder + '/system/cases/init',
                 log='build/test-logs/system-processes-%s.log' % config) as m:
        try:
            m.expect(r'^/ # ', 60)
            m.send('/bin/processcases\n')
            linux.compare(config, m.expect(r'^((?:.*\n)*)/ # \Z', SECONDS).group(1))
        except Timeout as e:
            results.ok(False, config + ': it ends', '%s\n%s' % (e, m.tail()))
sys.exit(results.done())
