#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when the system's own commands do not do at the prompt what their pages say, or when what
is typed does not reach a program as a terminal's line."""
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import CONFIGS, Shell, tap     # noqa: E402

results = tap()
PAGES = sorted(os.listdir('system/default/man'))
COMMANDS = sorted(os.listdir('system/default/bin')) + [
    verb + '-component' for verb in ('stop', 'kill', 'restart', 'signal')]


def commands(s):
    s.case('an unknown command is named', 'frobnicate', r'^-?sh: frobnicate: not found')
    s.case('an empty line does nothing', '', absent='found')
    s.case('components lists who runs', 'components', r'^console +running +1 +200',
           r'^system +running .*passive$', r'^proc +running', r'^echo +running.*passive$',
           r'^hello +stopped +0')
    s.case('components NAME: one of them', 'components echo hpet', r'^program echo',
           r'^passive yes', r'^name hpet', r'^passive no')
    s.case('components: an unknown name', 'components nobody',
           r'^components: nobody: no such component')
    s.case('holds: the driver has its ports and its interrupt', 'holds console',
           r'I/O ports 0x3f8-0x3ff', r'interrupt 4')
    s.case('holds: the server of /system has control', 'holds system',
           r'endpoint of tty', r'control of other components', absent='interrupt')
    s.case('holds: hello has the terminal and nothing else', 'holds hello', r'endpoint of tty',
           absent='control|I/O|interrupt|echo')
    s.case('holds: an unknown name', 'holds nobody', r'^holds: nobody: no such component')
    s.case('holds: a missing name', 'holds', r'^usage: holds NAME')
    s.case('mem shows memory and slots', 'mem', r'^total \d+ K', r'^free \d+ K',
           r'^slots \d+ of \d+')
    s.case('date', 'date', r' UTC 20\d\d$')
    s.case('ipcbench', 'ipcbench', r'call and reply, two numbers +\d+ cycles',
           r'call and reply, 80 bytes +\d+ cycles', r'Linux system call, local +\d+ cycles',
           absent='failed')
    s.case('the first to become another user has its groups', 'su user -c id',
           r'^uid=1000\(user\) gid=1000\(user\) '
           r'groups=(1000\(user\),)?100\(users\)(,1000\(user\))?$')
    s.case('only user 0 may order components',
           "su user -c 'echo kill >/system/component/echo/ctl'", r'Permission denied')
    s.case('echo was not touched', 'components echo', r'^starts 1$')


def output(s):
    s.case('what a component prints goes through a pipe', 'ping echo | tr a-z A-Z',
           r'^ECHO: ANSWERED THE SAME WORDS')
    s.case('all of it, and into a file',
           'run linuxcases >/tmp/cases; run linuxcases | cmp - /tmp/cases && wc -l </tmp/cases',
           r'^\d{3,}$', seconds=60)
    s.case('its end as well', 'run faulty null | cat', r'^faulty: memory fault$')
    s.case('whose reader goes away, it ends', 'run linuxcases | head -n 1; echo back', r'^back$')
    s.case('and can be run again', 'run hello | head -n 1', r'^hello, world')
    s.case('what was started has the terminal', 'start-component hello | cat; sleep 1',
           r'^hello, world')
    s.case('the log keeps what happened', 'dmesg | head -n 1; dmesg | tail -n 30',
           r'^init: \d+ components', r'^init: faulty: fault: write 0x0: null pointer$')
    s.case('its lines begin lines', "printf 'a b'; kill-component echo; echo c",
           r'^a b\ninit: echo: killed\ninit: echo: restarted\nc$')


def pages(s):
    s.case('man lists the pages', 'man', *['^%s - ' % page for page in PAGES])
    s.case('man shows one', 'man run | cat', r'^run - ', r'usage: run NAME')
    s.case('man: no such page', 'man nothing', r'^man: nothing: there is no such page')
    for command in COMMANDS:
        s.case(command + ' --help', command + ' --help', r'^ +usage: \S')


def numbers(s):
    for line in ('ping echo -1', 'ping echo abc', 'ping echo 0', 'ping echo 1x',
                 'ping echo 99999999999999999999'):
        s.case('no number of calls: ' + line, line, r'^ping: COUNT is', absent='answered')
    for line in ('stress-component echo', 'stress-component echo -3', 'stress-component echo 2x'):
        s.case('no number of restarts: ' + line, line, r'^usage: stress-component NAME COUNT',
               absent='restarts of')


def arguments(s):
    words, text = ['%d' % n for n in range(23)], 'x' * 159
    s.case('23 arguments arrive', 'run hello ' + ' '.join(words),
           *['^argument %d: %s$' % (n + 1, w) for n, w in enumerate(words)])
    s.case('24 are refused', 'run hello 23 ' + ' '.join(words),
           r'^run: hello: is not started: .*too many arguments', absent='hello, world')
    s.ask('x=%s' % text)
    s.case('159 characters arrive', 'run hello $x', '^argument 1: ' + text + '$')
    s.case('160 are refused', 'run hello x$x', r'^run: hello: is not started',
           absent='hello, world')
    s.case('and many more', 'run hello $x$x', r'^run: hello: is not started', absent='hello, world')
    s.case('start-component refuses them, too', 'start-component hello x$x',
           r'^start-component: hello: is not started', absent='hello, world')
    s.case('the refused component does not run', 'components', r'^hello +exited 0 ')
    s.case('a status is the command\'s', 'run faulty; echo $?', r'^faulty: exited 2$', '^2$')
    s.case('and that of a fault', 'run faulty null >/tmp/out; echo $?; cat /tmp/out', '^1$',
           r'^faulty: memory fault$')


def files(s):
    s.case('the boot archive is listed', 'ls /system/boot', r'console', r'manifest', r'root.cpio')
    s.case('a file longer than a message', 'cat /system/boot/manifest', r'^component console',
           r'^component hpet', r'start manual')
    s.case('read from a position', 'tail -c 13 /system/boot/manifest | head -c 5; echo', r'^start$')
    s.case('no such file', 'cat /system/boot/nothing', r"can't open .*: No such file")
    s.case('a program', 'head -c 4 /system/boot/echo | tail -c 3; echo', r'^ELF$')


def typing(s):
    s.keys('the shell\'s own editing: delete', 'pinx\x7fg echo\n',
           r'^echo: answered the same words')
    s.keys('^U removes the line', 'nonsense\x15ping echo\n', r'^echo: answered the same words')
    s.keys('^W removes a word', 'ping nobody\x17echo\n', r'^echo: answered the same words')
    s.settle()
    s.keys('a program reads a line', 'echo ready; head -n 1 | tr a-z A-Z\n', r'^ready\n')
    s.keys('with what was typed and edited', 'abx\x7fc\n', r'^ABC$')
    s.settle()
    s.keys('another one', 'echo ready; wc -l\n', r'^ready\n')
    s.keys('^D is its end of file', 'one\ntwo\n\x04', r'^2\n/ # \Z')
    s.case('the end of the shell is the begin of another', 'exit', r'^/ # ')
    s.keys('lines typed ahead are kept', 'date\nping echo\nmem\n',
           r'(?s) UTC 20.*answered the same words.*slots .*^/ # \Z')
    s.settle()


def the_end(s):
    def check():
        s.m.send('poweroff\n')
        deadline = time.monotonic() + 30
        while s.m.read(1):
            if time.monotonic() > deadline:
                return False
        return True
    s.ok('poweroff turns the machine off', check)


for config in CONFIGS:
    with Shell(config, results) as shell:
        commands(shell)
        output(shell)
        pages(shell)
        numbers(shell)
        arguments(shell)
        files(shell)
        typing(shell)
        the_end(shell)
sys.exit(results.done())
