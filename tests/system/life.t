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
COUNT = 'run call count echo'


def calls(s):
    s.case('ping echo', 'ping echo', r'^echo: answered the same words, \d+ cycles')
    s.case('ping many times', 'ping echo 20', *[r'^echo: answered the same words'] * 20)
    s.case('ping the terminal', 'ping tty', r'^tty: answered the same words')
    s.case('ping init', 'ping init', r'^init: answered the same words')
    s.case('no endpoint, no call', 'ping hello', r'^hello: call holds no endpoint of it')
    s.case('a signal reaches a passive server', 'signal-component echo', absent='has no')
    s.case('and is counted', COUNT, r'^echo: \d+ calls, 1 signals')
    s.case('no notification, no signal', 'signal-component hello', r'hello: has no notification')
    s.case('an unknown component', 'kill-component nobody', r'nobody: no such component')


def ends(s):
    s.case('kill: the manifest says to restart it', 'kill-component echo', r'^init: echo: killed',
           r'^init: echo: restarted')
    s.case('the restarted one answers', 'ping echo', r'^echo: answered the same words')
    s.case('and has forgotten', COUNT, r'^echo: 2 calls, 0 signals')
    s.case('stop it to signal it', 'stop-component echo', absent='restarted')
    s.case('a signal reaches who does not run, too', 'signal-component echo', absent='has no')
    s.case('and start it again', 'start-component echo', absent='echo:')
    s.case('it answers', 'ping echo', r'^echo: answered the same words')
    s.case('and has the signal', COUNT, r'^echo: 2 calls, 1 signals')
    s.case('stop: it stays stopped', 'stop-component echo', absent='restarted')
    s.case('a call to a stopped server is an error', 'ping echo', r'^echo: is dead')
    s.case('stopping it twice is an error', 'stop-component echo', r'echo: does not run')
    s.case('it is listed as stopped', 'components', r'^echo +stopped')
    s.case('start', 'start-component echo', absent='echo:')
    s.case('the same capability reaches it again', 'ping echo', r'^echo: answered the same words')
    s.case('starting it twice is an error', 'start-component echo',
           r'echo: is not started: it runs')
    s.case('restart', 'restart-component echo', absent='echo:')
    s.case('after a restart it answers', 'ping echo', r'^echo: answered the same words')
    s.case('a caller whose server dies during the call gets an error',
           '(sleep 0.3; kill-component echo) & run call hang; wait', r'^init: echo: killed',
           r'^echo: is dead')
    s.case('a passive server that loops on its caller\'s time is ended', 'run call spin',
           r'^init: echo: fault: budget used up', r'^init: echo: restarted', r'^echo: is dead')
    s.case('and the next call works', 'ping echo', r'^echo: answered the same words')


def servers(s):
    s.keys('kill the console driver', 'kill-component console\n', r'^init: console: restarted')
    s.settle()
    s.case('what is typed goes through the new driver', 'ping tty',
           r'^tty: answered the same words')
    for server, lost in (('tty', 'what was open'), ('pipe', 'pipes'), ('system', 'nothing'),
                         ('memfs', 'all files and processes'), ('proc', 'all processes')):
        s.keys('kill %s: %s' % (server, lost), 'kill-component %s\n' % server,
               r'^init: %s: restarted' % server)
        s.m.quiet(2)    # a new shell, perhaps, comes by itself
        s.settle()
        s.case('the shell works', 'echo one two | wc -w; ls /system', r'^2$', r'components')
        s.case('and calls', 'ping tty', r'^tty: answered the same words')
        if server == 'tty':
            s.case('the first process has outlived it', 'dmesg | grep -c "proc: exited"', '^0$')
    s.keys('tty restarted by request', 'restart-component tty\n', r'BusyBox(?:.*\n)+/ # ')
    s.settle()
    s.case('the shell works, typed to without anything else happening', 'echo a b | wc -w', r'^2$')
    s.case('who had pipes open can still make processes',
           'mkfifo /tmp/f; exec 8<>/tmp/f; kill-component pipe; ls /system | wc -l; exec 8>&-',
           r'^\d+$')
    s.case('the driver has outlived the terminal', 'components console', r'^starts 2$')
    s.case('kill the pager', 'kill-component pager', r'^init: pager: restarted')
    s.case('its clients can start again', 'run paged 8', r'^8 pages on demand, 0 wrong')
    s.case('stop a program that waits for an answer',
           '(sleep 0.3; stop-component call) & run call hang; wait', r'^call: stopped')
    s.case('who waits for the end of one that is restarted is told',
           'restart-component echo; (sleep 0.3; restart-component call) & run call hang; wait; '
           'sleep 0.3',
           r'^call: restarted')


def programs(s):
    s.case('run a program with arguments', 'run hello one two', r'^hello, world',
           r'^argument 1: one$', r'^argument 2: two$')
    s.case('a driver reads its device', 'run hpet', r'^hpet: a tick is [\d.]+ ns',
           r'^hpet: the counter runs')
    s.case('which it holds', 'holds hpet', r'device hpet 0xfed00000-0xfed00fff')
    s.case('an unknown program', 'run nothing', r'^run: nothing: no such component')
    s.keys('someone will end the console driver',
           '(sleep 1; kill-component console) & echo ready; head -n 1 | wc -c\n', r'^ready\n')
    s.keys('while a line is typed', 'half a ', r'^init: console: restarted')
    s.keys('all of it is read from the next', 'line\n', r'^12\n')
    s.settle()
    s.keys('a driver that is ended loses no output',
           'kill-component console & cat /system/boot/manifest\n',
           r'(?s)^component console.*^component tty.*^component proc.*^component hpet.*start')
    s.settle()
    s.case('a program without a processor to spare is stopped by its budget', 'run faulty loop',
           r'^faulty: out of budget')


def leaks(s):
    s.case('50 restarts of a passive server leave nothing behind', 'stress-component echo 50',
           r'^50 restarts of echo, .*: the same', seconds=60)
    s.case('nor do 20 of the pager', 'stress-component pager 20',
           r'^20 restarts of pager, .*: the same', seconds=60)
    s.case('nor do 5 of a program that did not run', 'stress-component paged 5',
           r'^5 restarts of paged, .*: the same')
    s.case('which does not run afterwards', 'components', r'^paged +(?:stopped|exited)')
    s.case('nor do 5 of one that ends by itself', 'stress-component hello 5',
           r'^5 restarts of hello, .*: the same')
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
