#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when tools/prove takes a contract that does not hold for proved. Without Frama-C
(tools/deps prove): when that is taken for a proof."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
from machine import Tap     # noqa: E402

tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))
BUILD = os.environ.get('MYELIN_BUILD', 'build')
MORE = '/*@ requires x < 1000; assigns \\nothing; ensures \\result > x; */ int more(int x)\n'


def run(text, **environment):
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + '/t.c', 'w') as f:
            f.write('/*\n * prove: more\n%s' % text)
        r = subprocess.run(['/usr/bin/python3', 'tools/prove', '--build', BUILD, '--from', folder],
                           capture_output=True, text=True, env={**os.environ, **environment})
    return r.returncode, r.stdout + r.stderr


code, out = run(' */\n' + MORE + '{ return x + 1; }\n', PATH='/nowhere')
tap.ok(code == 1 and 'missing: frama-c' in out, 'prove: without Frama-C nothing is proved', out)
for name, good, text in (
        ('a contract that holds', True, ' */\n' + MORE + '{ return x + 1; }\n'),
        ('one that does not', False, ' */\n' + MORE + '{ return x; }\n'),
        ('an overflow', False, ' */\n' + MORE.replace('x < 1000', 'x > 0') + '{ return x + 1; }\n'),
        ('one that is said not to be proved', True,
         ' * unproved: more_ensures: it is wrong\n */\n' + MORE + '{ return x; }\n'),
        ('one that is, though said not to be', False,
         ' * unproved: more_ensures: it is not\n */\n' + MORE + '{ return x + 1; }\n')):
    if shutil.which('frama-c'):
        code, out = run(text)
        tap.ok((code == 0) == good, 'prove: ' + name, out)
    else:
        tap.skip('prove: ' + name, 'Frama-C is not installed')

sys.exit(tap.done())
