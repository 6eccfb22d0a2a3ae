#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when an ordinary user can take everything of a kind, so that others can't go on, or when
something is left of that user's processes: programs/havoc holds as much of each kind as it gets, in
as many processes as it takes. MYELIN_HOGS="KIND .." tries these alone."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from resources import KEPT, resources, same     # noqa: E402
from shell import BUILD, Shell, tap     # noqa: E402

KINDS = ('mappings file-mappings handles proc-handles tty-handles terminals memfds locks pipes '
         'fifos sockets listeners flights events timers sets signals processes threads '
         'lock-waiters jobs tables memory')
# What waits for the next: page tables, and pages for 200 processes.
HELD = dict(KEPT, **{'slots': 6000, 'own-pages': 300})
results = tap()

with Shell('release', results, root='%s/release/system/cases/init' % BUILD) as s:
    for kind in os.environ.get('MYELIN_HOGS', KINDS).split():
        before = resources(s)
        s.case('a user has all there is to have: ' + kind,
               'havoc hog %s 1000 2>/tmp/said & while [ ! -s /tmp/said ]; do sleep 0.1; done; '
               'cat /tmp/said; havoc each 0; havoc each 1001; echo by | cat; '
               'head -n 1 /proc/$!/job' % kind,
               r'^hog: \d+ in \d+ processes', r'^user 0 has one of each$',
               r'^user 1001 has one of each$', r'^by$', r'^job \d', seconds=120)
        s.ask('kill -9 %1; wait; rm -rf /tmp/hog /tmp/said', 60)
        s.ok('nothing is left of it: ' + kind, lambda: same(s, before, HELD))
sys.exit(results.done())
