#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when a process without rights can do harm: whatever it asks for at random - Linux's calls,
messages to the servers, the kernel's own calls - others notice nothing, no component ends, and all
memory comes back. The same each time; MYELIN_SEED=N tries another, MYELIN_SOAK=N that many."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import BUILD, CONFIGS, Shell, tap     # noqa: E402

SEED = os.environ.get('MYELIN_SEED', '1')
COUNT = os.environ.get('MYELIN_SOAK', '1000')
# Files, a pipe, processes, /proc and a component: each time the same, in lines of its own.
WITNESS = ('while [ ! -e /tmp/over ]; do '
           'seq 500 >/tmp/w; [ "$(sort -n /tmp/w | tail -n 1 | cat)" = 500 ] || echo WRONG; '
           'ps | grep -q witness || echo NO ps; '
           'grep -q running /system/component/echo/status || echo NO echo; done')
results = tap()


def memory(s):
    s.ask('true')
    return s.ask('mem')


def components(s):
    return s.ask('components')


for config in CONFIGS:
    with Shell(config, results, '%s/%s/system/cases/init' % (BUILD, config)) as s:
        s.ask("echo '%s' >/tmp/witness" % WITNESS)
        s.ask('mkdir -m 777 /tmp/intruder; md5sum /bin/busybox /bin/man /etc/* >/root/sums')
        for what in ('calls', 'messages', 'kernel', 'typed'):
            before, there = memory(s), components(s)
            s.case('a process beside others: ' + what,
                   'rm -f /tmp/over; sh /tmp/witness & intruder victim & '
                   'intruder %s %s %s; touch /tmp/over; wait; echo; echo all over'
                   % (what, SEED, COUNT),
                   r'^intruder: \d+ children, \d+ exited, \d+ ended by a signal',
                   '^victim: all is as it was', '^all over', absent='WRONG|NO |CHANGED',
                   seconds=600)
            s.ask('find /tmp -depth -user 1000 -exec rm -rf {} \\;; rm -f /tmp/over /tmp/w', 120)
            s.ok('%s: components are as they were' % what, lambda: components(s) == there)
            s.ok('%s: memory is what it was' % what, lambda: memory(s) == before)
        s.ask('cd /tmp; mkdir -p intruder/jail/tmp m closed/open; chmod 700 closed; '
              'echo x >intruder/secret; echo x >closed/open/hidden; cd /')
        s.ask("ns new sh -c 'bind /tmp/closed/open /tmp/m; exec sleep 1000' & bind /etc /tmp/m")
        s.case('a door beside the name', 'intruder doors',
               '^user 0: some files of others, one in a closed directory\n'
               'a user: some files of others, none in a closed directory\n'
               'a user with a root of its own: no files of others, none in a closed directory\n'
               'a FIFO of others: Permission denied\nits name only: No error information, no key\n'
               'the console: Permission denied\na terminal that is not there: No such file.*\n'
               'a FIFO that others write, to write: Permission denied\nto read: a key\n'
               'with that: No error information\nto write: No such device or address\n'
               'the other way round: No such device or address\nwith half: Invalid argument\n'
               'both ways, and then to write: No error information, No such device or address\n'
               'a socket, to read: No error information, no key\nto write: a key\n'
               'bound with that: No error information\nreached by the name: Connection refused')
        s.case('caps says what answers', 'grep session /proc/self/caps; '
               '[ $(intruder sessions) = $(grep -c session /proc/self/caps) ] && echo the same',
               '^memfs: session, at /, at /tmp/m\npipe: session\ntty: session\n'
               'system: session, at /system\nthe same')
        s.case('but only its own user', 'su user -c "cat /proc/1/caps; cat /proc/self/caps"',
               "can't open '/proc/1/caps': Permission denied", r'^proc: process \d+, at /proc$',
               r'^notifications: 1, of its threads$')
        s.ask('kill $!; unmount /tmp/m; rm -rf /tmp/m /tmp/closed')
        s.case('files are what they were', 'md5sum -c /root/sums | grep -v ": OK"; echo so',
               r'^so', absent='FAILED')
sys.exit(results.done())
