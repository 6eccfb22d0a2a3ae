#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when programs could be shown more of the kernel than its trampoline on a processor that is
open to Meltdown, or anything of others in there; when the kernel does not protect itself where the
processor says it has to, or does not work with some of its protections on; when a non-maskable
interrupt disturbs a guarded kernel."""
import os
import re
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import tap                   # noqa: E402
from machine import Machine, Timeout    # noqa: E402
from monitor import machine_with_monitor, run_to_program    # noqa: E402

BUILD = os.environ.get('MYELIN_BUILD', 'build')
KERNEL, ROOT = (os.path.join(BUILD, 'release', name) for name in ('kernel', 'user/abi-tests'))
TRAMPOLINE_PAGES = 16
TRAMPOLINE_STACK = 24           # words before it
IMAGE_BASE = 0xffffffff80000000
USER_SS, USER_CS = 0x23, 0x2b

results = tap()


def kernel_ranges(append):
    """What is mapped of the kernel's half while a program runs: [(first, behind the last), ...]."""
    with machine_with_monitor('debug', KERNEL, ROOT, append) as (m, monitor):
        run_to_program(m, monitor)
        mapped = re.findall(r'^(ffff[0-9a-f]+)-(ffff[0-9a-f]+)', monitor.text('info mem'), re.M)
        return [(int(first, 16), int(end, 16)) for first, end in mapped]


def trampoline_words():
    """What is in the stack and the frame of struct trampoline after many kernel entries, while a
    program runs."""
    symbols = subprocess.run(['nm', KERNEL + '.elf'], capture_output=True, text=True,
                             check=True).stdout
    page = int(re.search(r'^([0-9a-f]+) \w trampolines$', symbols, re.M).group(1), 16) - IMAGE_BASE
    with machine_with_monitor('test', KERNEL, ROOT, 'meltdown=1 mds=1 lazyfp=1') as (m, monitor):
        monitor.command('cont')
        m.expect(r'^ok 150\b', 120)
        run_to_program(m, monitor)
        dump = monitor.text('xp /512xg 0x%x' % page)
    words = [int(word, 16) for line in dump.splitlines()
             for word in re.findall(r'0x([0-9a-f]{16})', line)]
    return words[TRAMPOLINE_STACK:-5], words[-5:]


def works(append, disturb=False):
    """Do the first of the interface's tests pass? disturb: with NMIs all the time."""
    with machine_with_monitor('test', KERNEL, ROOT, append) as (m, monitor):
        monitor.command('cont')
        deadline = time.monotonic() + 180
        while not re.search(r'^(not ok|ok 150)\b', m.text, re.M) and time.monotonic() < deadline:
            if disturb and '\nroot server: ' in m.text: # there is an interrupt table by then
                for _ in range(100):
                    monitor.command('inject-nmi')
            m.read(0.001 if disturb else 1)
        good = re.search(r'^ok 150\b', m.text, re.M) and not re.search(r'^not ok', m.text, re.M)
        return bool(good), m.tail()


def pages(ranges):
    return sum(end - first for first, end in ranges) >> 12


def decided(profile, append=None):
    with Machine(profile, KERNEL, ROOT, append=append) as m:
        return m.expect(r'^protect: (.*)\n', 60).group(1)


try:
    shown, everything = kernel_ranges('meltdown=1'), kernel_ranges('meltdown=0')
    results.ok(0 < pages(shown) <= TRAMPOLINE_PAGES, 'guarded: only the trampoline is shown',
               str(shown))
    results.ok(pages(everything) > 1000, 'unguarded: it is shown everything', str(everything))
    results.ok(decided('debug').startswith('meltdown=0 mds=0 lazyfp=0 ibpb=0'),
               'a processor that is immune: no protection')
    results.ok(decided('bench').startswith('meltdown=1 mds=1 lazyfp=1 ibpb=0'),
               'one that does not say so: all that it may need')
    for profile, asked in (('bench', 'meltdown=0 mds=0 lazyfp=0'),
                           ('debug', 'meltdown=1 mds=1 lazyfp=1')):
        results.ok(decided(profile, asked).startswith(asked),
                   'the command line has the last word: ' + asked)
    stack, (rip, cs, rflags, rsp, ss) = trampoline_words()
    vectors = set(range(256)) | {2**64 - n for n in range(1, 129)}
    results.ok(set(stack) <= vectors, 'guarded: its stack has nothing but vectors',
               ' '.join('%x' % word for word in stack if word not in vectors))
    results.ok((cs, ss) == (USER_CS, USER_SS) and max(rip, rsp) < 2**47 and rflags < 2**22,
               'guarded: its frame is a program\'s',
               '%x %x %x %x %x' % (rip, cs, rflags, rsp, ss))
    for append in ('meltdown=1 mds=0', 'meltdown=0 mds=1', 'meltdown=1 mds=0 nofastpath',
                   'meltdown=0 mds=1 nofastpath'):
        good, output = works(append)
        results.ok(good, 'the kernel works with ' + append, output)
    good, output = works('meltdown=1 mds=1', disturb=True)
    results.ok(good, 'guarded: non-maskable interrupts at any time disturb nothing', output)
except (Timeout, OSError) as e:
    results.ok(False, 'the machine boots and answers', str(e))
sys.exit(results.done())
