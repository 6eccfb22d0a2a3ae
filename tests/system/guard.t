#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when programs could be shown more of the kernel than its window on a processor that is open to Meltdown, or anything of
others in there; when the kernel does not protect itself where the processor says it has to, or does not work with some of its
protections on; when a non-maskable interrupt disturbs a guarded kernel."""
import contextlib
import json
import os
import re
import socket
import subprocess
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
WINDOW_STACK = 24           # words before it
IMAGE_BASE = 0xffffffff80000000
USER_SS, USER_CS = 0x23, 0x2b

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


@contextlib.contextmanager
def machine_with_monitor(profile, append):
    """(machine, its monitor); it runs only while it is let."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'qmp')
        extra = ['-S', '-qmp', 'unix:%s,server=on,wait=off' % path]
        with Machine(profile, KERNEL, ROOT, append=append, extra=extra) as m:
            yield m, Monitor(path)


def run_to_program(m, monitor):
    """Let the machine run until it is stopped while a program runs."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        monitor.command('cont')
        m.read(0.01)
        monitor.command('stop')
        if 'CPL=3' in monitor.text('info registers'):
            return
    raise Timeout('no program was seen running')


def kernel_ranges(append):
    """What is mapped of the kernel's half while a program runs: [(first, behind the last), ...]."""
    with machine_with_monitor('debug', append) as (m, monitor):
        run_to_program(m, monitor)
        mapped = re.findall(r'^(ffff[0-9a-f]+)-(ffff[0-9a-f]+)', monitor.text('info mem'), re.M)
        return [(int(first, 16), int(end, 16)) for first, end in mapped]


def window_words():
    """What is in the stack and the frame of the window (struct window) after many kernel entries, while a program runs."""
    symbols = subprocess.run(['nm', KERNEL + '.elf'], capture_output=True, text=True, check=True).stdout
    page = int(re.search(r'^([0-9a-f]+) \w windows$', symbols, re.M).group(1), 16) - IMAGE_BASE
    with machine_with_monitor('test', 'meltdown=1 mds=1 lazyfp=1') as (m, monitor):
        monitor.command('cont')
        m.expect(r'^ok 150\b', 120)
        run_to_program(m, monitor)
        dump = monitor.text('xp /512xg 0x%x' % page)
    words = [int(word, 16) for line in dump.splitlines() for word in re.findall(r'0x([0-9a-f]{16})', line)]
    return words[WINDOW_STACK:-5], words[-5:]


def works(append, disturb=False):
    """Do the first of the interface's tests pass? disturb: with non-maskable interrupts all the time."""
    with machine_with_monitor('test', append) as (m, monitor):
        monitor.command('cont')
        deadline = time.monotonic() + 180
        while not re.search(r'^(not ok|ok 150)\b', m.text, re.M) and time.monotonic() < deadline:
            if disturb and '\nroot server: ' in m.text: # there is an interrupt table by then
                for _ in range(100):
                    monitor.command('inject-nmi')
            m.read(0.001 if disturb else 1)
        return bool(re.search(r'^ok 150\b', m.text, re.M)) and not re.search(r'^not ok', m.text, re.M), m.tail()


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
    stack, (rip, cs, rflags, rsp, ss) = window_words()
    vectors = set(range(256)) | {2**64 - n for n in range(1, 129)}
    results.ok(set(stack) <= vectors, 'guarded: nothing is left in the window\'s stack but vectors',
               ' '.join('%x' % word for word in stack if word not in vectors))
    results.ok((cs, ss) == (USER_CS, USER_SS) and max(rip, rsp) < 2**47 and rflags < 2**22,
               'guarded: the frame in the window is a program\'s', '%x %x %x %x %x' % (rip, cs, rflags, rsp, ss))
    for append in ('meltdown=1 mds=0', 'meltdown=0 mds=1', 'meltdown=1 mds=0 nofastpath', 'meltdown=0 mds=1 nofastpath'):
        good, output = works(append)
        results.ok(good, 'the kernel works with ' + append, output)
    good, output = works('meltdown=1 mds=1', disturb=True)
    results.ok(good, 'guarded: non-maskable interrupts at any time disturb nothing', output)
except (Timeout, OSError) as e:
    results.ok(False, 'the machine boots and answers', str(e))
sys.exit(results.done())
