#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when a path that got dearer would pass, a picture is not the same twice, or tools/bench
fails without a reason."""
import copy
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
import explain              # noqa: E402
import performance          # noqa: E402
import plot                 # noqa: E402
import tree                 # noqa: E402
from machine import Tap     # noqa: E402

tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))
folder = tempfile.TemporaryDirectory()

FIGURES = {
    'rows': [{'name': 'call', 'what': 'a call', 'instructions': 100, 'guarded': 120,
              'privileged_ops': 1, 'kernel': 90, 'user': 10,
              'code_lines': 5, 'data_lines': 6, 'kinds': {'sysret': 2, 'iret': 1}}],
    'skipped': {},
    'curves': [{'name': 'level', 'picture': 'p', 'which': 'a < b', 'bound_percent': 5,
                'x': [1, 2, 4, 64], 'instructions': [100, 100, 101, 100]},
               {'name': 'rising', 'picture': 'p', 'which': 'slope', 'bound_percent': 0,
                'x': [1, 2, 4, 64], 'instructions': [100, 200, 300, 400]}],
    'pictures': [{'name': 'p', 'title': 'A title', 'growing': 'things'}],
    'sizes': {'text_bytes': 1, 'source_tokens': 2},
    'steps': {'call': [{'place': 'kernel', 'instructions': 9, 'steps': [
        {'function': 'f', 'file': 'kernel/f.c', 'what': 'This | that.', 'instructions': 9}]}]},
}


def bench(*options):
    r = subprocess.run(['tools/bench', *options], capture_output=True, text=True)
    return r.returncode, r.stdout, r.stderr


def file_of(figures):
    path = os.path.join(folder.name, 'figures.json')
    with open(path, 'w') as f:
        f.write(figures if isinstance(figures, str) else json.dumps(figures))
    return path


# ---- what is refused, and how ----

def refused(name, status, words, *options):
    got, _, error = bench(*options)
    tap.ok(got == status and words in error and 'Traceback' not in error, name, error)


refused('nothing to measure', 2, '--kernel and --root are needed', '--json', 'x')
refused('a row is explained only when measured', 2, '--explain measures', '--explain', 'call',
        '--from', 'x')
refused('a row is explained only with symbols', 2, '--explain measures', '--explain', 'call',
        '--kernel', 'k', '--root', 'r')
refused('a comparison needs a root server', 2, '--compare needs --root',
        '--from', 'x', '--compare', 'k')
refused('figures that are not there', 1, 'No such file', '--from',
        os.path.join(folder.name, 'none'))
refused('figures that are not JSON', 1, 'Expecting value', '--from', file_of('no json'))
refused('figures that are a list of rows', 1, 'has no curves', '--from', file_of('[]'))
broken = copy.deepcopy(FIGURES)
del broken['curves'][0]['bound_percent']
refused('figures of another version', 1, 'bound_percent', '--from', file_of(broken))

# ---- what is too dear ----

baseline = os.path.join(folder.name, 'baseline.json')
with open(baseline, 'w') as f:
    json.dump(FIGURES, f)


def judged(name, status, words, change):
    figures = copy.deepcopy(FIGURES)
    change(figures)
    got, out, error = bench('--from', file_of(figures), '--baseline', baseline)
    tap.ok(got == status and words in out, name, out + error)


judged('the same figures pass', 0, 'level', lambda f: None)
judged('a row may rise by two percent', 0, 'call: 100 -> 102, +2.0 %',
       lambda f: f['rows'][0].update(instructions=102))
judged('a row may not rise by three', 1, 'call: 100 -> 103, +3.0 %  NOT',
       lambda f: f['rows'][0].update(instructions=103))
judged('nor its guarded figure', 1, 'call, guarded: 120 -> 124, +3.3 %  NOT',
       lambda f: f['rows'][0].update(guarded=124))
judged('a row may fall', 0, '-50.0 %', lambda f: f['rows'][0].update(instructions=50))
judged('a row may not be left out', 1, 'call is in the baseline', lambda f: f['rows'].clear())
judged('a point may not rise by three percent', 1, 'rising at 4: 300 -> 309',
       lambda f: f['curves'][1].update(instructions=[100, 200, 309, 400]))
judged('a point may not be left out', 1, 'rising at 64 is in the baseline',
       lambda f: f['curves'][1].update(x=[1, 2, 4], instructions=[100, 200, 300]))
judged('a curve may not be left out', 1, 'level at 1 is in the baseline',
       lambda f: f['curves'].pop(0))
judged('a curve may not leave its bound', 1, 'level: rises from 94 to 100',
       lambda f: f['curves'][0].update(instructions=[94, 94, 94, 100]))

# ---- what is beyond a bound ----

bounds = os.path.join(folder.name, 'bounds.json')


def bounded(name, status, words, given):
    figures = copy.deepcopy(FIGURES)
    figures['rows'].append(dict(figures['rows'][0], name='long', instructions=300))
    with open(bounds, 'w') as f:
        json.dump(given, f)
    got, out, error = bench('--from', file_of(figures), '--bounds', bounds)
    tap.ok(got == status and words in out, name, out + error)


bounded('a row at its bound', 0, 'call', {'call': 100})
bounded('a row beyond it, whatever it was before', 1, 'call: 100, and may be 99  NOT', {'call': 99})
bounded('what is over another row, for each', 0, 'long',
        {'long': {'over': 'call', 'times': 2, 'most': 100}})
bounded('more of that', 1, 'long: 300, and may be 100 + 99 * 2  NOT',
        {'long': {'over': 'call', 'times': 2, 'most': 99}})
bounded('the guarded figure has a bound of its own', 0, 'call',
        {'call': {'most': 100, 'guarded': 120}})
bounded('which counts, too', 1, 'call, guarded: 120, and may be 119  NOT',
        {'call': {'most': 100, 'guarded': 119}})
bounded('a row with a bound has a figure', 1, 'none has a bound', {'none': 1})
bounded('and so has the one below', 1, 'and none was not measured',
        {'call': {'over': 'none', 'most': 1}})

# ---- pictures and tables ----

first, second = performance.pictures(FIGURES), performance.pictures(json.loads(json.dumps(FIGURES)))
tap.ok(first == second and list(first) == ['p.svg'], 'the same figures give the same picture')
picture = first['p.svg']
ElementTree.fromstring(picture)
tap.ok('a &lt; b' in picture and picture.count('class="line ') == 2,
       'a picture is XML with a line for each curve')
tap.ok('A title' in picture and 'things' in picture and 'instructions' in picture,
       'title and axes are named')
tap.ok('prefers-color-scheme: dark' in picture, 'a picture has colours for dark pages')
bench('--from', file_of(FIGURES), '--pictures', folder.name)
with open(os.path.join(folder.name, 'p.svg')) as f:
    tap.ok(f.read() == picture, 'tools/bench draws the same picture')
one = plot.svg('t', 'x', [{'which': 'w', 'x': [0, 1], 'instructions': [1, 1]}])
tap.ok('logarithmic' in picture and 'logarithmic' not in one,
       'only sizes that double have a logarithmic axis')
heights = plot.spread([100, 101, 99])
tap.ok(min(abs(a - b) for a, b in zip(heights, heights[1:] + heights[:1])) >= plot.LABEL_GAP,
       'labels are kept apart')

suite = tree.program('tools/bench')
printed = ('x\nJSON OUTPUT\n[{"Benchmark": "IPC", "Results": '
           '[{"Size": 3, "Mean": 8.5, "Median": 7, "Samples": 16}]}]\nEND JSON OUTPUT\n')
tap.ok(suite.suite_medians(printed) == {'IPC, Size 3': 7}, "medians of upstream's benchmark suite")

places = ''.join('<!-- generated: %s -->\nold\n<!-- end -->\n' % name
                 for name in performance.TABLES)
made = performance.document(FIGURES, places)
tap.ok('old' not in made and performance.document(FIGURES, made) == made,
       'tables are put in their places')
tap.ok('| `call` | a call | **100** | 120 | 90 | 1 | 2 `sysret`, `iret` | 5 | 6 |' in made,
       'a row stands in the table')
tap.ok(r'This \| that.' in made, 'a bar in a comment does not end the cell')
try:
    performance.document(FIGURES, '')
    tap.ok(False, 'a missing place is an error')
except ValueError as e:
    tap.ok('no place' in str(e), 'a missing place is an error', e)

# ---- where instructions go ----

source = os.path.join(folder.name, 'some.c')
with open(source, 'w') as f:
    f.write('/* Not this. */\nint g(void) { return 0; }\n\n'
            '/*\n * First: the sentence\n * that counts. More.\n */\n'
            'static inline int f(int a,\n                    int b)\n{\n    return g();\n}\n\n'
            '/* Entry, in assembly */\n        .globl  h\n        .balign 64\nh:\n')
tap.ok(explain.what('f', source) == 'First: the sentence that counts.',
       'a function is described by its comment', explain.what('f', source))
tap.ok(explain.what('g', source) == 'Not this.', 'each by its own', explain.what('g', source))
tap.ok(explain.what('h', source) == 'Entry, in assembly', 'a label, too', explain.what('h', source))
tap.ok(explain.what('x', source) == '' and explain.what('x', '??') == '', 'or by nothing')
parts = explain.parts([1, 2, 3], '/bin/sh')
tap.ok([(place, root.total) for place, root in parts] == [('user', 3)],
       'user instructions need no symbols')

# ---- the figures as committed ----

with open('bench/baseline.json') as f:
    committed = json.load(f)
steps = committed['steps']['call_reply_0w']
row = next(r for r in committed['rows'] if r['name'] == 'call_reply_0w')
tap.ok(sum(part['instructions'] for part in steps) == row['instructions'],
       'the steps of a call are all its instructions')
tap.ok(all(sum(s['instructions'] for s in part['steps']) == part['instructions']
           for part in steps if part['steps']),
       'each kernel instruction belongs to a step')
names = re.findall(r'^    ROW\((\w+),', open('bench/root/rows.h').read(), re.M)
tap.ok(sorted(names) == sorted(r['name'] for r in committed['rows']), 'every row has a figure')
with open('bench/bounds.json') as f:
    beyond = tree.program('tools/bench').beyond({r['name']: r for r in committed['rows']},
                                                json.load(f))
tap.ok(not beyond, 'and is within its bound', beyond)
names = re.findall(r'^    CURVE\((\w+),', open('bench/root/curves.h').read(), re.M)
tap.ok(sorted(names) == sorted(c['name'] for c in committed['curves']), 'every curve has figures')
sys.exit(tap.done())
