#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when what a person types at the prompt does not do what help says: commands, files, line
editing."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import CONFIGS, Shell, tap     # noqa: E402

results = tap()

ECHO = r'(?s)^echo: answered the same words.*^> \Z'
MANIFESTS = (
    ('an unknown keyword', 'bad-keyword', r"^bad-keyword:3: unknown keyword 'colour'"),
    ('a number out of range', 'bad-number', r"^bad-number:4: out of range: '300'"),
    ('a name nobody has', 'bad-name', r"^bad-name:3: no component 'nobody'"),
    ('a call to a lower priority', 'bad-priority',
     r"^bad-priority:9: calls must go to a higher priority.*'low'"),
    ('a program that is not there', 'bad-program',
     r"^bad-program:2: not in the boot archive: 'not-there'"),
    ('a wrong unit', 'bad-unit', r"^bad-unit:3: not a number with a unit"),
)


def commands(s):
    s.case('help lists the commands', 'help', r'^  help ', r'^  components ', r'^  ping ',
           r'^  bench ')
    s.case('an unknown command is named', 'frobnicate', r'^frobnicate: unknown command, try help')
    s.case('an empty line does nothing', '', absent='unknown')
    s.case('a line of blanks does nothing', '     ', absent='unknown')
    s.case('components lists who runs', 'components', r'^console +running +1 +200',
           r'^echo +running.*passive$',
           r'^monitor +running', r'^hello +stopped +0')
    s.case('holds: the driver has its ports and its interrupt', 'holds console',
           r'I/O ports 0x3f8-0x3ff', r'interrupt 4')
    s.case('holds: the monitor has endpoints and control', 'holds monitor',
           r'endpoint of tty, badge 100, rights call',
           r'endpoint of echo', r'control of other components', absent='I/O ports')
    s.case('holds: hello has the console and nothing else', 'holds hello', r'endpoint of tty',
           absent='control|I/O|interrupt|echo')
    s.case('holds: an unknown name', 'holds nobody', r'^nobody: no such component')
    s.case('holds: a missing name', 'holds', r'^usage: holds NAME')
    s.case('mem shows memory and slots', 'mem', r'^memory \d+ K, free \d+ K',
           r"^init's slots: \d+ of \d+ in use")
    s.case('date', 'date', r'^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC, up \d+\.\d+ s')
    s.case('bench', 'bench', r'call and reply, two numbers +\d+ cycles',
           r'call and reply, 80 bytes +\d+ cycles', r'Linux system call, local +\d+ cycles',
           absent='failed')


def numbers(s):
    for line in ('ping echo -1', 'ping echo abc', 'ping echo 0', 'ping echo 1x',
                 'ping echo 99999999999999999999'):
        s.case('no number of calls: ' + line, line, r'^usage: ping NAME', absent='answered')
    for line in ('stress echo', 'stress echo -3', 'stress echo 2x'):
        s.case('no number of restarts: ' + line, line, r'^usage: stress NAME COUNT',
               absent='restarts')
    s.case('killer after no time', 'run killer echo soon', r'^usage: killer', absent='killed')


def arguments(s):
    words, text = ['%d' % n for n in range(23)], 'x' * 159
    s.case('23 arguments arrive', 'run hello ' + ' '.join(words),
           *['^argument %d: %s$' % (n + 1, w) for n, w in enumerate(words)])
    s.case('24 are refused', 'run hello 23 ' + ' '.join(words),
           r'^hello: too many arguments: .* 23 words', absent='hello, world')
    s.case('159 characters arrive', 'run hello ' + text, '^argument 1: ' + text + '$')
    s.case('160 are refused', 'run hello x' + text, r'^hello: too many arguments: 159 characters',
           absent='hello, world')
    s.case('start refuses them, too', 'start hello x' + text, r'^hello: too many arguments',
           absent='hello, world')
    s.case('the refused component does not run', 'components', r'^hello +exited 0 ')


def files(s):
    s.case('ls lists the boot archive', 'ls', r'^ +\d+  manifest$', r'^ +\d+  motd$',
           r'^ +\d+  console$')
    s.case('cat shows a file', 'cat motd', r'^This is a file of the boot archive\.',
           r'started them\.$')
    s.case('cat shows a file longer than a message', 'cat manifest', r'^component console',
           r'^component killer', r'start manual')
    s.case('cat refuses a program', 'cat hello', r'^hello: not text')
    s.case('cat: no such file', 'cat nothing', r'^nothing: not found')
    s.case('the manifest in use is good', 'check manifest', r'^manifest: good, \d+ components')
    for name, file, expected in MANIFESTS:
        s.case('check: ' + name, 'check ' + file, expected)


def editing(s):
    s.keys('delete removes a character', 'help x\x7f\x7f\n', r'(?s)^  help .*^> \Z')
    s.keys('and within a word', 'pinx\x7fg echo\n', ECHO)
    s.keys('^U removes the line', 'nonsense\x15ping echo\n', ECHO)
    s.keys('^W removes a word', 'ping nobody\x17echo\n', ECHO)
    s.keys('^C gives a line up', 'nonsense\x03', r'\^C\n(\n)?> \Z')
    s.case('and the next one works', 'ping echo', r'^echo: answered the same words')
    s.case('a line of 255 characters arrives whole', 'x' * 255, r'^x{255}: unknown command')
    s.keys('^D on an empty line does not end the prompt', '\x04', r'^> \Z')
    s.keys('lines typed ahead are kept', 'date\nping echo\nmem\n',
           r'(?s)UTC, up.*answered the same words.*slots: .*^> \Z')
    s.settle()


for config in CONFIGS:
    with Shell(config, results) as shell:
        commands(shell)
        numbers(shell)
        arguments(shell)
        files(shell)
        editing(shell)
sys.exit(results.done())
