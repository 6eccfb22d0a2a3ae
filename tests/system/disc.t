#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when the disc does not boot through GRUB: from BIOS and UEFI, by multiboot 2 and 1, on a
processor without any recent feature, without a serial port."""
import os
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from monitor import Machine, Timeout, machine_with_monitor, screen_text     # noqa: E402
from shell import tap                                                       # noqa: E402

PARTS = os.path.join(os.environ.get('MYELIN_BUILD', 'build'), 'generic')
PROMPT = r'^/ # '
# No serial port where GRUB and the kernel look for one.
DEAF = ('-global', 'isa-serial.iobase=0x2e8', '-global', 'isa-serial.irq=5')
results = tap()


def disc(path, grub='boot/grub.cfg'):
    r = subprocess.run(['tools/mkiso', '-o', path, '--kernel', PARTS + '/kernel', '--root',
                        PARTS + '/system/default/init', '--grub', grub],
                       capture_output=True, text=True)
    return results.ok(r.returncode == 0, 'a disc is made with ' + os.path.basename(grub), r.stderr)


def boots(name, iso, profile='generic', **options):
    with Machine(profile, iso=iso, **options) as m:
        try:
            m.expect(PROMPT, 90)
            results.ok(True, name)
        except Timeout as e:
            results.ok(False, name, '%s\n%s' % (e, m.tail()))


def shows(name, iso):
    """On the screen, without a serial port."""
    with machine_with_monitor('generic', iso=iso, extra=('-vga', 'std', *DEAF)) as (m, monitor):
        monitor.command('cont')
        deadline = time.monotonic() + 90
        text = ''
        while 'the root server runs' not in text and time.monotonic() < deadline:
            m.read(0.5)
            text = screen_text(monitor)
        results.ok('Myelin kernel' in text and 'the root server runs' in text, name, text)


with tempfile.TemporaryDirectory() as folder:
    first, other = os.path.join(folder, '1.iso'), os.path.join(folder, '2.iso')
    grub = os.path.join(folder, 'multiboot1.cfg')
    with open('boot/grub.cfg') as f, open(grub, 'w') as g:
        g.write(f.read().replace('set default=0', 'set default=1'))
    if disc(first):
        boots('it boots from BIOS', first)
        boots('it boots from UEFI', first, uefi=True)
        boots('it boots where there is everything', first, 'release')
        for model in 'core2duo', 'phenom':
            boots('it boots on a ' + model, first, extra=('-cpu', model))
        shows('it boots without a serial port, and the screen says so', first)
    if disc(other, grub):
        boots('it boots by multiboot 1', other)
sys.exit(results.done())
