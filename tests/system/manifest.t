#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when init starts a system with a wrong manifest, or does not say file, line and reason."""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import BUILD, Machine, Timeout, tap     # noqa: E402

results = tap()
CASES = (
    ('a priority out of range', b'priority 200', b'priority 999',
     r'^init: manifest:\d+: out of range: \'999\''),
    ('an unknown keyword', b'serves\n    replies', b'served\n    replies',
     r"^init: manifest:\d+: unknown keyword 'served'"),
    ('a program that is not there', b'program pager', b'program paper',
     r"^init: manifest:\d+: not in the boot archive: 'paper'"),
    ('an endpoint of nobody', b'use echo badge', b'use ecco badge',
     r"^init: manifest:\d+: no component 'ecco'"),
    ('a caller above whom it calls', b'priority 150', b'priority 050',
     r"^init: manifest:\d+: calls must go to a higher priority"),
    ('an interrupt that does not exist', b'irq 4 ', b'irq 99',
     r"^init: manifest:\d+: out of range: '99'"),
    ('memory that is no power of two', b'memory 1M', b'memory 3M',
     r'^init: manifest:\d+: not a power of two'),
    ('no manifest at all', b'\0manifest\0', b'\0manifesT\0',
     r"^init: stopped: no file 'manifest' in the boot archive"),
    ('an archive that is none', b'070701', b'070702',
     r'^init: stopped: boot archive: not a newc cpio archive'),
)

with open(BUILD + '/debug/system/default/init', 'rb') as f:
    image = f.read()
start = image.index(b'070701')                  # the archive inside the root server

for name, old, new, expected in CASES:
    if name == 'no manifest at all':            # a name follows its header directly
        old, new = b'manifest\0', b'manifesT\0'
    if len(new) < len(old):
        new += b' ' * (len(old) - len(new))
    new = new[:len(old)] if len(new) > len(old) else new
    at = image.find(old, start)
    if at < 0:
        results.ok(False, name, 'the manifest has no %r' % old)
        continue
    with tempfile.NamedTemporaryFile() as root:
        root.write(image[:at] + new + image[at + len(old):])
        root.flush()
        with Machine('test', BUILD + '/debug/kernel', root.name) as m:
            try:
                m.expect(expected, 30)
                results.ok('/ # ' not in m.quiet(1), name, m.tail())
            except Timeout as e:
                results.ok(False, name, '%s\n%s' % (e, m.tail()))
sys.exit(results.done())
