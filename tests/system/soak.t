#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when some order of starts, ends, faults and calls leaves the system hanging or costs it
memory. The order is random but the same each time; MYELIN_SEED=N tries another, MYELIN_SOAK=N that
many commands."""
import os
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import CONFIGS, Shell, Timeout, tap     # noqa: E402

SEED = int(os.environ.get('MYELIN_SEED', '1'))
COUNT = int(os.environ.get('MYELIN_SOAK', '60'))
FAULTS = 'null stack privileged port loop readonly execute divide invalid cap kernel abort'.split()
BAD = ('not ok', 'NOT the same', 'SOMETHING ELSE', 'is not started', 'given up', 'can\'t fork')
# weight, commands to choose from
KINDS = (
    (30, ['run faulty ' + f for f in FAULTS]),
    (12, ['kill-component echo', 'restart-component echo', 'restart-component pager',
          'kill-component pager', '(sleep 0.1; kill-component echo) & run call hang; wait',
          'run call spin', 'stress-component echo 3']),
    (12, ['run paged %d' % n for n in (1, 2, 8, 30, 31, 50)] + ['run paged 3 beyond']),
    (12, ['ping %s %d' % (who, n) for who in ('echo', 'pager', 'tty', 'init')
          for n in (1, 20)]),
    (12, ['run selftest', 'run hello a b', 'run hpet', 'ipcbench']),
    (12, ['signal-component echo', 'run call count echo', 'run call count pager', 'components',
          'mem', 'man', 'ls -lR /system | wc -l', 'cat /system/boot/manifest', 'holds system']),
    (8, ['ls -lR /bin | sort | tail -n 3', 'for i in 1 2 3 4; do sh -c "exit $i"; done',
         'sh -c "kill -9 \\$\\$"', 'ps']),
    (2, ['kill-component console']),
)
results = tap()


def memory(s):
    s.ask('true')
    return s.ask('mem')


def command(choice):
    kind = choice.choices([k for _, k in KINDS], [w for w, _ in KINDS])[0]
    return choice.choice(kind)


def run(s, choice):
    """Run the commands; what went wrong, or None."""
    for n in range(COUNT):
        line = command(choice)
        try:
            if line == 'kill-component console':
                s.m.seen = len(s.m.text)
                s.m.send(line + '\n')
                s.m.expect('restarted', 20)
                s.m.quiet(0.5)
                s.ask('')
            elif any(b in s.ask(line) for b in BAD):
                return 'command %d, %s' % (n, line)
        except Timeout as e:
            return 'command %d, %s: %s' % (n, line, e)
    return None


for config in CONFIGS:
    with Shell(config, results) as s:
        before = memory(s)
        wrong = run(s, random.Random(SEED))
        results.ok(wrong is None,
                   '%s: %d random commands, seed %d, are all answered' % (config, COUNT, SEED),
                   '%s\n%s' % (wrong, s.m.tail()))
        s.ok('and leave memory as it was', lambda: memory(s) == before)
        s.case('the system works', 'ping echo', r'^echo: answered the same words')
sys.exit(results.done())
