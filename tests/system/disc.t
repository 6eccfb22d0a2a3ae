#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when the disc image does not boot: through GRUB, from BIOS and UEFI, by multiboot 2 and 1."""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
from machine import Machine, Tap, Timeout     # noqa: E402

BUILD = os.environ.get('MYELIN_BUILD', 'build')
PROMPT = r'^> ?'
tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))


def boots(name, iso, **options):
    with Machine('release', iso=iso, **options) as m:
        try:
            m.expect(PROMPT, 90)
            tap.ok(True, name)
        except Timeout as e:
            tap.ok(False, name, '%s\n%s' % (e, m.tail()))


with tempfile.TemporaryDirectory() as folder:
    second = folder + '/grub.cfg'
    with open('boot/grub.cfg') as f, open(second, 'w') as g:
        g.write(f.read().replace('set default=0', 'set default=1'))
    for grub in ('boot/grub.cfg', second):
        r = subprocess.run(['tools/mkiso', '-o', folder + '/disc.iso', '--kernel', BUILD + '/release/kernel', '--root',
                            BUILD + '/release/user/init', '--grub', grub], capture_output=True, text=True)
        version = 'multiboot 2' if grub != second else 'multiboot 1'
        if not tap.ok(r.returncode == 0, 'a disc is made, ' + version, r.stderr):
            continue
        boots('it boots from BIOS, ' + version, folder + '/disc.iso')
        if grub != second:
            boots('it boots from UEFI, ' + version, folder + '/disc.iso', uefi=True)
sys.exit(tap.done())
