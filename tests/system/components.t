#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when an example under programs/examples/components/ does not do at the prompt what it
says."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import BUILD, CONFIGS, Shell, tap     # noqa: E402

results = tap()

EXAMPLES = (
    ('frames', r'^portal 7 says: NESTED$', r'^more than came: refused$'),
    ('ceiling', r'^balance: 100100$'),
    ('queue', r'^1000 readings, sum 332833500$'),
    ('visit', r'^noted: 17 and 4$', r'^the board says: The desk is open\.$',
     r'^writes refused: 1$'),
    ('later', r'^client 0: has given up$', r'^nobody waits for the answer to 0$'),
    ('later', r'^client 2: answered as number 0$'),
    ('later', r'^client 1: answered as number 1$'),
    ('submit', r'^submitted; the client goes on$', r'^request 0: 2016$', r'^request 1: 4032$',
     r'^request 2: 6048$'),
    ('browse', r'^/notes/today has 8192 bytes$', r'^one by one: 64 messages, \d+ ticks$',
     r'^in a batch: 1 message, \d+ ticks, the same: yes$',
     r'^in place: 1 message, the same: yes$'),
    ('lend', r'^the log says: written by another$', r'^what was lent for writing is read: no$',
     r'^after it was taken back it is written: no$', r'^the log says: written by another$'),
    ('circle', r'^miller: refused, it would wait for itself', r'^baker: answered$',
     r'^customer: answered$'),
    ('chain', r'^a little: done, charged to the client: yes$', r'^timeout handler: ',
     r'^too much: cut short, charged to the client: yes$'),
    ('ticks', r'^at least 9 ticks later: yes$', r'^5 seconds are too long: given up$'),
)

for config in CONFIGS:
    with Shell(config, results, '%s/%s/system/examples/init' % (BUILD, config)) as s:
        for name, *shown in EXAMPLES:
            s.case('run ' + name, 'run ' + name, *shown, absent='exited|fault')
        s.case('run survive', 'run survive', r'^with 8 the sum is 12$', r'tally: fault: ',
               r'^the tally died of 13$', r'^the next one does not know this session: yes$',
               r'^told once more what it was, it has 12$', r'^with 16 the sum is 43$',
               absent='exited')
        s.case('visit once more', 'run visit', r'^noted: 17 and 4$')
        s.case('a desk that died', 'kill-component desk', r'restarted')
        s.case('serves new sessions', 'run visit', r'^noted: 17 and 4$')
sys.exit(results.done())
