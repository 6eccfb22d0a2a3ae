# SPDX-License-Identifier: BSD-2-Clause
"""The source tree, for what looks at it: its files, a copy, make as if called from a shell."""
import glob
import importlib.machinery
import importlib.util
import os
import shutil
import subprocess

# What a make tells those that it starts, and they would take for their own.
MAKES_OWN = ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL', 'MAKEOVERRIDES')


def files(*patterns):
    """Names of all sources, tracked or new, that match one of the patterns; without any, of all."""
    out = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard', '--', *patterns],
                         capture_output=True, text=True, check=True).stdout
    return [f for f in out.split('\n') if os.path.isfile(f)]


def copy(to, *configs):
    """The tree as it is; of what is built that of these configurations, so that make goes on."""
    for path in files():
        os.makedirs(os.path.join(to, os.path.dirname(path)), exist_ok=True)
        shutil.copy2(path, os.path.join(to, path))
    if configs:
        build = os.environ.get('MYELIN_BUILD', 'build')
        parts = ['build/gen', 'build/tools', 'build/debian/busybox-static',
                 *glob.glob('build/.deps*'), *glob.glob(build + '/.compiler*'),
                 *(build + '/' + c for c in configs)]
        subprocess.run(['cp', '-a', '--parents', *filter(os.path.exists, parts), to], check=True)


def program(path):
    """A program in Python, as a module."""
    loader = importlib.machinery.SourceFileLoader(os.path.basename(path).replace('-', '_'), path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def environment(**more):
    """For a make that is no part of the one that may have called this program."""
    return {k: v for k, v in os.environ.items() if k not in MAKES_OWN} | more


def make(*arguments, cwd=None, **more):
    return subprocess.run(['make', *arguments], cwd=cwd, env=environment(**more),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
