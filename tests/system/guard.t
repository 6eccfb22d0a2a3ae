#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when programs could be shown more of the kernel than its window on a processor that is open to Meltdown, or when the
kernel does not protect itself where the processor says it has to."""
import json
import os
import re
import socket
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import tap                   # noqa: E402
from machine import Machine, Timeout    # noqa: E402

BUILD = os.environ.get('MYELIN_BUILD', 'build')
KERNEL, ROOT = (os.path.join(BUILD, 'release', name) for name in ('kernel', 'user/abi-tests'))
WINDOW_PAGES = 16

results = tap()


class Monitor:
    """QEMU's monitor by its JSON protocol."""
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + 20
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        self.socket.settimeout(20)
        self.file = self.socket.makefile('rw')
        self.file.readline()
        self.command('qmp_capabilities')

    def command(self, name, **arguments):
        self.file.write(json.dumps({'execute': name, 'arguments': arguments}) + '\n')
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if 'return' in answer or 'error' in answer:
                return answer.get('return')

    def text(self, line):
        return self.command('human-monitor-command', **{'command-line': line})


def kernel_ranges(append):
    """What is mapped of the kernel's half while a program runs: [(first, behind the last), ...]."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'qmp')
        extra = ['-S', '-qmp', 'unix:%s,server=on,wait=off' % path]     # it runs only while it is let
        with Machine('debug', KERNEL, ROOT, append=append, extra=extra) as m:
            monitor = Monitor(path)
            deadline = time.monotonic() + 120
            while time.monotonic() < deadline:
                monitor.command('cont')
                m.read(0.01)
                monitor.command('stop')
                if 'CPL=3' in monitor.text('info registers'):
                    mapped = re.findall(r'^(ffff[0-9a-f]+)-(ffff[0-9a-f]+)', monitor.text('info mem'), re.M)
                    return [(int(first, 16), int(end, 16)) for first, end in mapped]
    raise Timeout('no program was seen running')


def pages(ranges):
    return sum(end - first for first, end in ranges) >> 12


def decided(profile, append=None):
    with Machine(profile, KERNEL, ROOT, append=append) as m:
        return m.expect(r'^protect: (.*)\n', 60).group(1)


try:
    shown, everything = kernel_ranges('meltdown=1'), kernel_ranges('meltdown=0')
    results.ok(0 < pages(shown) <= WINDOW_PAGES, 'guarded: a program is shown the window only', str(shown))
    results.ok(pages(everything) > 1000, 'unguarded: it is shown everything', str(everything))
    results.ok(decided('debug').startswith('meltdown=0 mds=0 lazyfp=0 ibpb=0'), 'a processor that is immune: no protection')
    results.ok(decided('bench').startswith('meltdown=1 mds=1 lazyfp=1 ibpb=0'), 'one that does not say so: all that it may need')
    results.ok(decided('bench', 'meltdown=0 mds=0 lazyfp=0').startswith('meltdown=0 mds=0 lazyfp=0'),
               'the command line has the last word: off')
    results.ok(decided('debug', 'meltdown=1 mds=1 lazyfp=1').startswith('meltdown=1 mds=1 lazyfp=1'),
               'the command line has the last word: on')
except (Timeout, OSError) as e:
    results.ok(False, 'the machine boots and answers', str(e))
sys.exit(results.done())
