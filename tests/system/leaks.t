#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when processes leave something behind, however they end: programs/havoc makes them by
the thousand, kills them in the middle of whatever they do, and lets them make more of themselves in
a job with a quota. Meanwhile the system is to be usable, and afterwards what /proc/resources counts
is to be what it was. MYELIN_LEAKS=N makes N of each instead."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from resources import resources, same     # noqa: E402
from shell import BUILD, Shell, tap     # noqa: E402

KILLS, MANY = 40, {'debug': 300, 'release': 10000}
FILLS = [(kind, 'quota') for kind in ('contents', 'output', 'sparse', 'files', 'links', 'hard',
                                      'directories', 'memfd')] + [('mapped', 'SIGBUS')]
BOMBS = ('fork', 'memory', 'threads')
SHELL_BOMB = 'f() { f | f & }; f;'
CROWD = ("sh -c 'while [ $((n += 1)) -lt 250 ]; do sleep 1000 & p=\"$p $!\"; done; "
         "grep ^processes /proc/resources; kill $p; wait'")
results = tap()


def leaves_nothing(s, name, line, pattern, seconds=200):
    """The first time is for what is kept for later."""
    s.ask(line, seconds)
    before = resources(s)
    s.case(name, line, pattern, seconds=seconds)
    s.ok('%s: nothing is left' % name, lambda: same(s, before))


def bomb(s, name, command):
    """A job that would fill the machine, beside which others go on; all of it is killed at once."""
    line = ("job -m 32M -p 50 sh -c '%s exec sleep 1000' 2>/dev/null & "
            "sleep 0.3; ls /bin | grep -c job; cat /proc/$!/job; job -k $!; wait" % command)
    leaves_nothing(s, name, line, r'^1$\n(?:.*\n)*?memory \d+ kB of 32768 kB\n'
                   r'files \d+ kB of 32768 kB\nprocesses \d+ of 50$')


def quotas(s):
    s.case('a job has no more processes than it may',
           "job -p 3 sh -c 'sleep 1 & sleep 1 & sleep 1 & wait'", r"can't fork")
    s.case('nor more memory: who wants it is killed',
           "job -m 4M sh -c 'x=$(yes | head -c 9000000); echo survived'; echo it $?",
           r'^it 137$', absent='^survived')
    s.case('also when a call writes to it',
           'job -m 4M dd if=/dev/zero of=/dev/null bs=8M count=1; echo it $?', r'^it 137$')
    s.case('a job in a job has both quotas', 'job -p 20 job -m 8M -p 30 cat /proc/self/job',
           r'^job \d+$', r'^in [1-9]\d*$', r'of 8192 kB$', r'^processes 1 of 20$')
    # Of ten seconds of the machine's clock: 2000 ms, but for where a tenth of a second begins.
    for name, script in (('one', 'while :; do :; done'),
                         ('seven', 'f() { while :; do :; done; }; f & f & f & f & f & f & f'),
                         ('who makes others', 'while :; do /bin/true; done')):
        s.case('a job has no more of the processor than it may: ' + name,
               "job -c 20 sh -c '%s' & sleep 10; cat /proc/$!/job; job -k $!; wait" % script,
               r'^time (?:1[6-9]|2[0-2])\d\d ms, 20000 us of every 100000 us$', seconds=120)
    s.case('nor in a job of its own',
           "job -c 10 job -c 50 sh -c 'while :; do :; done' & sleep 10; cat /proc/$!/job; "
           'job -k $!; wait', r'^time (?:[89]\d\d|10\d\d|11\d\d) ms, 10000 us of every',
           seconds=120)
    s.case('others have the rest', "job -c 20 sh -c 'while :; do :; done' & p=$!; "
           'sh -c "while :; do :; done" & q=$!; sleep 5; t() { cut -d " " -f 14 /proc/$1/stat; }; '
           '[ $(t $q) -gt $((3 * $(t $p))) ] && echo more; kill $q; job -k $p; wait', '^more$',
           seconds=120)
    s.case('it has some of it', 'job -c 0x5 true; job -c 100 true; job -c x true; '
           'job -c 08 cat /proc/self/job', *['usage: job'] * 3, r'8000 us of every')
    s.case('outside there is none', 'cat /proc/self/job', r'^job 0$', absent='of')
    s.case('a job can be killed', "job -p 9 sh -c 'sleep 99 & sleep 99 & exec sleep 99' & "
           'sleep 0.1; job -k $!; wait; ps | grep -c sleep.99', r'^1$')
    s.case('but not what is in none', 'job -k 1', r'write error|not permitted')
    s.case('nor the first process', 'echo job 0 0 0 0 >/proc/1/ctl; cat /proc/1/job; job -k 1; '
           'sleep 0.1; echo all goes on', r'^job [1-9]', r'^all goes on$')


def file_bombs(s):
    """What fills the memory of files, in jobs with 1 MiB of it: outside there is enough."""
    for kind, why in FILLS:
        to = ' >/tmp/b/of-the-shell' if kind == 'output' else ''
        line = ('mkdir /tmp/b; job -f 1M -p 9 havoc fill %s /tmp/b%s; '
                'echo as ever >/tmp/c; cat /tmp/c; rm -r /tmp/b /tmp/c' % (kind, to))
        leaves_nothing(s, 'a quota of files: ' + kind, line,
                       r'^refused: %s$\n^as ever$' % why)
    s.case('a job sees what it has left', 'job -f 1M df -k /tmp; job -m 8M cat /proc/self/job',
           r' 1024 +[0-8] ', r'^files \d+ kB of 8192 kB$')
    s.case('who has nothing left goes on, and makes room',
           "job -f 64K sh -c 'yes >/tmp/y; echo x >/tmp/x; ls /tmp/y; rm /tmp/y; echo now >/tmp/x; "
           "cat /tmp/x; rm /tmp/x'", r'quota exceeded', r'write error', r'^/tmp/y$', r'^now$')
    s.case('what a job leaves behind counts for the outer one',
           "job -f 1M sh -c 'job -f 512K havoc fill contents /tmp; "
           'job -f 900K havoc fill sparse /tmp; cat /proc/self/job; '
           "rm /tmp/contents /tmp/sparse; cat /proc/self/job'", *[r'^refused: quota$'] * 2,
           r'^files 10[12]\d kB of 1024 kB$', r'^files \d kB of 1024 kB$')


count = int(os.environ.get('MYELIN_LEAKS', '0'))
for config in ('debug', 'release'):
    with Shell(config, results, root='%s/%s/system/cases/init' % (BUILD, config)) as s:
        quotas(s)
        if config == 'release':
            file_bombs(s)
        many = count or MANY[config]
        leaves_nothing(s, '%d processes and threads' % many, 'havoc many %d' % many,
                       r'^%d of %d were made$' % (many, many))
        if config == 'debug' and not count:
            continue
        leaves_nothing(s, '250 processes at once', CROWD, r'^processes 25[0-5]$')
        kills = count or KILLS
        leaves_nothing(s, '%d are killed' % kills, 'havoc kill 1 %d' % kills,
                       r'^%d of %d were killed$' % (kills, kills))
        bomb(s, "a shell's bomb", SHELL_BOMB)
        for kind in BOMBS:
            bomb(s, 'a bomb of ' + kind, 'havoc bomb %s &' % kind)
sys.exit(results.done())
