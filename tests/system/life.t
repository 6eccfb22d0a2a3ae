#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when components can't be ended and restarted, when a dead server leaves a caller hanging,
or when memory leaks."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import CONFIGS, Shell, tap     # noqa: E402

results = tap()


def calls(s):
    s.case('ping echo', 'ping echo', r'^echo: answered the same words, \d+ cycles')
    s.case('ping many times', 'ping echo 20', *[r'^echo: answered the same words'] * 20)
    s.case('ping the terminal', 'ping tty', r'^tty: answered the same words')
    s.case('ping init', 'ping init', r'^init: answered the same words')
    s.case('no endpoint, no call', 'ping hello', r'^hello: monitor holds no endpoint of it')
    s.case('a signal reaches a passive server', 'signal echo', absent='not')
    s.case('and is counted', 'count echo', r'^echo: \d+ calls, 1 signals')
    s.case('no notification, no signal', 'signal hello', r'^hello: not possible')
    s.case('an unknown component', 'kill nobody', r'^nobody: not found')


def ends(s):
    s.case('kill: the manifest says to restart it', 'kill echo', r'^init: echo: killed',
           r'^init: echo: restarted')
    s.case('the restarted one answers', 'ping echo', r'^echo: answered the same words')
    s.case('and has forgotten', 'count echo', r'^echo: 2 calls, 0 signals')
    s.case('stop it to signal it', 'stop echo', absent='restarted')
    s.case('a signal reaches who does not run, too', 'signal echo', absent='not')
    s.case('and start it again', 'start echo', absent='echo:')
    s.case('it answers', 'ping echo', r'^echo: answered the same words')
    s.case('and has the signal', 'count echo', r'^echo: 2 calls, 1 signals')
    s.case('stop: it stays stopped', 'stop echo', absent='restarted')
    s.case('a call to a stopped server is an error', 'ping echo', r'^echo: is dead')
    s.case('stopping it twice is an error', 'stop echo', r'^echo: is not in a state for that')
    s.case('it is listed as stopped', 'components', r'^echo +stopped')
    s.case('start', 'start echo', absent='echo:')
    s.case('the same capability reaches it again', 'ping echo', r'^echo: answered the same words')
    s.case('starting it twice is an error', 'start echo', r'^echo: is not in a state for that')
    s.case('restart', 'restart echo', absent='echo:')
    s.case('after a restart it answers', 'ping echo', r'^echo: answered the same words')
    s.case('a caller whose server dies during the call gets an error', 'hang',
           r'^init: echo: killed', r'^echo: is dead')
    s.case('a passive server that loops on its caller\'s time is ended', 'spin',
           r'^init: echo: fault: budget used up', r'^init: echo: restarted', r'^echo: is dead')
    s.case('and the next call works', 'ping echo', r'^echo: answered the same words')


def servers(s):
    s.keys('kill the console driver', 'kill console\n', r'^init: console: restarted')
    s.settle()
    s.case('what is typed goes through the new driver', 'ping tty',
           r'^tty: answered the same words')
    s.keys('kill the terminal server', 'kill tty\n', r'^init: tty: restarted')
    s.settle()
    s.case('the new one serves', 'ping tty', r'^tty: answered the same words')
    s.case('kill the pager', 'kill pager', r'^init: pager: restarted')
    s.case('its clients can start again', 'run paged 8', r'^8 pages on demand, 0 wrong')
    s.case('a pager\'s client ends with it', 'run lines &', absent='not')
    s.case('stop a program that waits for a line', 'stop lines', absent='not')
    s.keys('kill the monitor itself', 'kill monitor\n',
           r'(?s)^init: monitor: restarted.*Type help.*^> \Z')
    s.case('the new monitor works', 'ping echo', r'^echo: answered the same words')


def programs(s):
    s.case('run a program with arguments', 'run hello one two', r'^hello, world',
           r'^argument 1: one$', r'^argument 2: two$')
    s.case('a driver reads its device', 'run hpet', r'^hpet: a tick is [\d.]+ ns',
           r'^hpet: the counter runs')
    s.case('which it holds', 'holds hpet', r'device hpet 0xfed00000-0xfed00fff')
    s.case('an unknown program', 'run nothing', r'^nothing: not found')
    s.keys('a program reads lines', 'run lines\n', r'run lines\n')
    s.keys('with what was typed and edited', 'abx\x7fc\n', r'^line 1 has 3 characters: abc$')
    s.keys('^D is its end of file', '\x04', r'^end after 1 lines\n> \Z')
    s.keys('a program waits for a line', 'run lines\n', r'run lines\n')
    s.m.quiet(0.5)
    s.keys('^C ends it', '\x03', r'^lines: stopped\n> \Z')
    s.case('someone will end the console driver', 'run killer console 300 &', absent='not')
    s.keys('a program waits for a line', 'run lines\n', r'run lines\n')
    s.keys('while that happens', 'half a ', r'^init: console: restarted')
    s.keys('and gets all of it from the next', 'line\n', r'^line 1 has 11 characters: half a line$')
    s.keys('and its end of file', '\x04', r'^end after 1 lines\n> ')
    s.settle()
    s.keys('a driver that is ended loses no output', 'run killer console 1 &\ncat manifest\n',
           r'(?s)^component console.*^component tty.*^component killer.*^component hpet.*start')
    s.settle()
    s.case('in the background it leaves the prompt its lines', 'run lines &')
    s.case('the prompt gets the line', 'ping echo', r'^echo: answered the same words',
           absent='line 1')
    s.case('stop the one in the background', 'stop lines', absent=r'line \d|not ')
    s.case('the prompt still works', 'ping echo', r'^echo: answered the same words')
    s.case('a program without a processor to spare is stopped by its budget', 'run faulty loop',
           r'^faulty: out of budget')


def leaks(s):
    s.case('50 restarts of a passive server leave nothing behind', 'stress echo 50',
           r'^50 restarts of echo, .*: the same', seconds=60)
    s.case('nor do 20 of the pager', 'stress pager 20', r'^20 restarts of pager, .*: the same',
           seconds=60)
    s.case('nor do 5 of a program that did not run', 'stress lines 5',
           r'^5 restarts of lines, .*: the same')
    s.case('which does not run afterwards', 'components', r'^lines +stopped')
    s.case('nor do 5 of one that ends by itself', 'stress hello 5',
           r'^5 restarts of hello, .*: the same')
    s.case('the monitor does not restart itself', 'stress monitor 2',
           r'^monitor: cannot restart itself')
    before = s.ask('mem')
    for _ in range(5):
        s.ask('run faulty null')
        s.ask('run hello')
    s.ok('nor do faults and programs that end', lambda: s.ask('mem') == before)
    s.case('calls still work', 'ping echo 3', r'^echo: answered', r'^echo: answered',
           r'^echo: answered')


for config in CONFIGS:
    with Shell(config, results) as shell:
        calls(shell)
        ends(shell)
        servers(shell)
        programs(shell)
        leaks(shell)
sys.exit(results.done())
