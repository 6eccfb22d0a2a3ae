#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when tools/new-component makes something that does not build, or overwrites something."""
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
import tree                     # noqa: E402
from machine import Tap         # noqa: E402

tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))
PROGRAMS = ['build/release/user/summer', 'build/release/user/summercall']


def programs(system):
    """Those that the system's manifest names."""
    with open('system/%s/manifest' % system) as f:
        return re.findall(r'^ +program (\S+)', f.read(), re.M)


def new(folder, *arguments):
    return subprocess.run(['tools/new-component', *arguments], cwd=folder, capture_output=True,
                          text=True)


with tempfile.TemporaryDirectory() as folder:
    tree.copy(folder)
    for name in ('Summer', '2nd', 'a-b', 'muchtoolong', ''):
        tap.ok(new(folder, name).returncode == 2, 'refused as a name: %r' % name)
    tap.ok(new(folder, 'echo').returncode == 2, 'refused: what is there already')
    tap.ok(new(folder, 'summer', '--system', 'none').returncode == 2, 'refused: no such system')
    r = new(folder, 'summer')
    tap.ok(r.returncode == 0, 'a component is made', r.stderr)
    r = tree.make('CONFIG=release', *PROGRAMS, 'layouts', cwd=folder)
    tap.ok(r.returncode == 0, 'its server and client build', r.stderr)
    r = tree.make('build/tools/manifest', cwd=folder)
    r = subprocess.run(['build/tools/manifest', 'system/default/manifest', 'summer', 'summercall',
                        *os.listdir(folder + '/build/release/user'), *programs('default')],
                       cwd=folder, capture_output=True, text=True)
    tap.ok(r.returncode == 0, 'the manifest is good', r.stdout + r.stderr)
    tap.ok(new(folder, 'summer').returncode == 2, 'it is not made twice')
sys.exit(tap.done())
