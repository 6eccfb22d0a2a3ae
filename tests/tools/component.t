#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when tools/new-component makes something that does not build or run, overwrites something,
or changes something before it refuses."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
import tree                     # noqa: E402
from machine import Tap         # noqa: E402

tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))
PROGRAMS = ['build/release/user/summer', 'build/release/user/summercall']
CONFIGS = ('debug', 'release')
IMAGES = ['build/%s/%s' % (c, i) for c in CONFIGS for i in ('kernel', 'system/other/init')]


def programs(system):
    """Those that the system's manifest names."""
    with open('system/%s/manifest' % system) as f:
        return re.findall(r'^ +program (\S+)', f.read(), re.M)


def new(folder, *arguments):
    return subprocess.run(['tools/new-component', *arguments], cwd=folder, capture_output=True,
                          text=True)


def contents(folder):
    return {p: open(os.path.join(folder, p), 'rb').read()
            for p in subprocess.run(['find', 'idl', 'programs', 'servers', 'system', 'tests',
                                     '-type', 'f'], cwd=folder, capture_output=True, text=True,
                                    check=True).stdout.split()}


def refused(folder):
    before = contents(folder)
    for name in ('Summer', '2nd', 'a-b', 'muchtoolong', '', 'double', 'class', 'linux'):
        tap.ok(new(folder, name).returncode == 2, 'refused as a name: %r' % name)
    tap.ok(new(folder, 'echo').returncode == 2, 'refused: what is there already')
    tap.ok(new(folder, 'summer', '--system', 'none').returncode == 2, 'refused: no such system')
    tap.ok(contents(folder) == before, 'and nothing was changed')


def made(folder):
    """In the default system: it is as the manifest's rules want it."""
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


def run(folder):
    """In another system: its own test boots that one and passes."""
    shutil.copytree('system/default', folder + '/system/other')
    with open(folder + '/system/other/build.mk') as f:
        text = f.read()
    with open(folder + '/system/other/build.mk', 'w') as f:
        f.write(text.replace('default', 'other'))
    r = new(folder, 'winter', '--system', 'other')
    tap.ok(r.returncode == 0, 'a component of another system is made', r.stderr)
    r = tree.make('layouts', *IMAGES, cwd=folder)
    tap.ok(r.returncode == 0, 'that system builds', r.stderr)
    r = subprocess.run(['tests/system/winter.t'], cwd=folder, capture_output=True, text=True,
                       env=tree.environment(MYELIN_BUILD='build', MYELIN_TEST_FILTER=''))
    tap.ok(r.returncode == 0 and r.stdout.count('\nok ') >= 10, "the component's own test passes",
           r.stdout + r.stderr)


with tempfile.TemporaryDirectory() as folder:
    tree.copy(folder, *CONFIGS)
    refused(folder)
    made(folder)
    run(folder)
sys.exit(tap.done())
