#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when a program that does a bad thing is not stopped, is not reported with its registers,
or harms another."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import CONFIGS, Shell, tap     # noqa: E402

CASES = (
    ('null', r'write 0x0: null pointer', 'memory fault'),
    ('stack', r'write 0x3fe\w+: stack overflow', 'memory fault'),
    ('privileged', r'exception 13, .*privileged instruction', 'exception'),
    ('port', r'exception 13, .*privileged instruction', 'exception'),
    ('loop', r'budget used up, \d+ us', 'out of budget'),
    ('readonly', r'write 0x4\w+: page is read-only', 'memory fault'),
    ('execute', r'execute 0x4\w+: page is not executable', 'memory fault'),
    ('divide', r'exception 0, .*divide error', 'exception'),
    ('invalid', r'exception 6, .*invalid instruction', 'exception'),
    ('cap', r'no such capability 0x12345678', 'missing capability'),
    ('kernel', r'write 0xffffffff80100000: no page there', 'memory fault'),
)
results = tap()

for config in CONFIGS:
    with Shell(config, results) as s:
        s.case('faulty lists what it can do', 'run faulty', r'^faulty null', r'^faulty abort',
               r'^faulty: exited 2')
        for name, report, state in CASES:
            s.case('faulty %s is stopped and reported' % name, 'run faulty ' + name,
                   r'^init: faulty: fault: ' + report,
                   r'^init: faulty:   thread 0  rip [0-9a-f]{16}', r'^init: faulty:   r13 ',
                   r'^faulty: ' + state, absent='nothing happened')
        s.case('abort ends a program without a fault', 'run faulty abort', r'^faulty: exited 134',
               absent='init:')
        s.case('the others did not notice', 'components', r'^console +running +1 ',
               r'^proc +running +1 ', r'^pager +running +1 ', r'^echo +running +1 ')
        s.case('a program runs after all that', 'run hello', r'^hello, world')
        s.case('the pager serves faults', 'run paged 8', r'^8 pages on demand, 0 wrong')
        s.case('and counts them', 'run call count pager', r'^pager: 8 faults served')
        s.case('pages of an earlier life are gone', 'run paged 12', r'^12 pages on demand, 0 wrong')
        s.case('a fault that the pager does not serve is init\'s', 'run paged 4 beyond',
               r'^4 pages on demand, 0 wrong',
               r'^init: paged: fault: write 0x40200000: no page there', r'^paged: memory fault')
        s.case('a call may touch pages that the pager gives, and others', 'run paged 4 told',
               r'^8 bytes of what comes', r'^of what does not: EFAULT')
        s.case('more pages than the pager has', 'run paged 60',
               r'^init: paged: fault: (read|write) 0x40', r'^paged: memory fault')
        s.case('the pager lives', 'ping pager', r'^pager: answered the same words')
        s.case('and serves again', 'run paged 8', r'^8 pages on demand, 0 wrong')
sys.exit(results.done())
