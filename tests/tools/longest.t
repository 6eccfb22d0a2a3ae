#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when an operation of the kernel takes longer than 20,000 instructions at a stretch, or
tools/longest would not notice."""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
import tree                 # noqa: E402
from machine import Tap     # noqa: E402

longest = tree.program('tools/longest')
BUILD = os.path.join(os.environ.get('MYELIN_BUILD', 'build'), 'sel4bench')
tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))


class Kept(Tap):
    """Results that are looked at instead of printed."""
    def __init__(self):
        super().__init__()
        self.results = []

    def ok(self, good, name, why=''):
        self.results.append((bool(good), name))


def rows(*stretches):
    return [('op%d' % i, 'an operation', s, s, 0) for i, s in enumerate(stretches)]


# ---- what is too long ----

kept = Kept()
longest.judge(rows(20001, 20000), kept)
tap.ok([good for good, _ in kept.results] == [False, True], 'the limit is 20,000 instructions')
kept = Kept()
longest.judge([('op', 'an operation', 10, 20001, 0)], kept)
tap.ok(not kept.results[0][0], 'for guarded processors, too')


def refused(name, words, act):
    try:
        act()
        tap.ok(False, name, 'accepted')
    except longest.LongestError as e:
        tap.ok(words in str(e), name, e)


PRINTED = 'longest: operation 0 a: first\nlongest: operation 1 b: second\n'
tap.ok(longest.figures_of(PRINTED, ['1 longest=7 looks=2', '0 longest=5 looks=0']) ==
       [('a', 'first', 5, 0), ('b', 'second', 7, 2)], 'figures get their names')
refused('an operation without figures', 'not measured: b',
        lambda: longest.figures_of(PRINTED, ['0 longest=5 looks=0']))
refused('no operation at all', 'not measured', lambda: longest.figures_of('', []))
refused('a kernel without preemption points', '0 functions',
        lambda: longest.look_address('/bin/sh'))

# ---- the table ----

many = rows(*range(12000, 0, -1000))
page = longest.document(many, 'before\n<!-- generated: longest -->\nold\n<!-- end -->\nafter\n')
tap.ok(page.count('| `op') == 12 and 'old' not in page and '12,000' in page, 'all rows', page)
tap.ok('5 of 12 operations keep' in page, 'it says how many keep to the aim', page)
tap.ok(longest.stale(many, page) == [], 'a table that was just made is of now')
tap.ok(longest.stale(rows(*range(24000, 0, -2000)), page) != [], 'one that is not is found')
tap.ok(longest.stale([('new', 'an operation', 1, 1, 0)] + many, page) == ['new is not in it: 1'],
       'so is one that lacks a row')
tap.ok(len(longest.stale(many, 'nothing')) == 12, 'or all of them')
tap.ok(longest.stale(many[1:], page) == ['op0 is in it, and is not measured'],
       'or has one of what is not measured')
refused('a page without a place for it', 'no place', lambda: longest.document(many, 'nothing'))

# ---- the kernel ----

result = subprocess.run(['tools/longest', '--kernel', os.path.join(BUILD, 'kernel'), '--symbols',
                         os.path.join(BUILD, 'kernel.elf'), '--root',
                         os.path.join(BUILD, 'user', 'longest')],
                        capture_output=True, text=True,
                        env={k: v for k, v in os.environ.items() if k != 'MYELIN_TEST_FILTER'})
lines = [line for line in result.stdout.splitlines() if ' - ' in line]
for line in lines:
    tap.ok(line.startswith('ok'), line.split(' - ', 1)[1])
tap.ok(len(lines) > 40 and result.returncode == 0, 'everything is measured', result.stderr)
sys.exit(tap.done())
