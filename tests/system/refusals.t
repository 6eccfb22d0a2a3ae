#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when the kernel starts on what it cannot run with, or stops there without saying why in
one line."""
import os
import struct
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
from machine import Machine, Tap, Timeout     # noqa: E402

BUILD = os.environ.get('MYELIN_BUILD', 'build')
ROOT = BUILD + '/debug/system/default/init'
tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))


def refused(name, reason, root=None, extra=(), config='debug', append=None):
    """The kernel prints one line that starts with its complaint, and nothing after it."""
    with Machine('debug', BUILD + '/%s/kernel' % config, root, extra=extra, append=append) as m:
        try:
            found = m.expect(r'kernel: cannot boot: (.*)\n', 20).group(1)
            after = m.quiet(1)
            good = reason in found and after.strip() == ''
            tap.ok(good, name, 'said "%s", then "%s"' % (found, after))
        except Timeout as e:
            tap.ok(False, name, '%s\n%s' % (e, m.tail()))


def elf(**changes):
    """An ELF header as a root server's, with some fields changed."""
    field = dict(magic=b'\x7fELF', bits=2, order=1, type=2, machine=62, entry=0x400000, phoff=64,
                 phentsize=56, phnum=1)
    ph = dict(type=1, flags=5, offset=0, vaddr=0x400000, filesz=120, memsz=120)
    for k, v in changes.items():
        if k.startswith('ph_'):
            ph[k[3:]] = v
        else:
            field[k] = v
    head = field['magic'] + bytes((field['bits'], field['order'], 1)) + bytes(9)
    head += struct.pack('<HHIQQQIHHHHHH', field['type'], field['machine'], 1, field['entry'],
                        field['phoff'], 0, 0, 64, field['phentsize'], field['phnum'], 0, 0, 0)
    head += struct.pack('<IIQQQQQQ', ph['type'], ph['flags'], ph['offset'], ph['vaddr'], 0,
                        ph['filesz'], ph['memsz'], 4096)
    return head


refused('no root server', 'no root server')
refused('a processor without 64-bit mode', '64-bit', ROOT, ('-cpu', 'qemu32'))
refused('a processor without the XSAVE it is configured for', 'lacks XSAVE', ROOT,
        ('-cpu', 'max,-xsave'))
refused('a processor without no-execute', 'lacks NX', ROOT, ('-cpu', 'max,-nx'))
refused('too little memory', 'memory', ROOT, ('-m', '4M'))
refused('no root server, release kernel', 'no root server', config='release')

with tempfile.TemporaryDirectory() as folder:
    def broken(name, data, reason='root server'):
        path = folder + '/root'
        with open(path, 'wb') as f:
            f.write(data)
        refused(name, reason, path)

    broken('a root server that is no ELF', b'not a program\n' * 20)
    broken('a root server of one byte', b'x')
    broken('a 32-bit root server', elf(bits=1))
    broken('a root server for another processor', elf(machine=243))
    broken('program headers outside the file', elf(phoff=1 << 40))
    broken('a segment outside the file', elf(ph_offset=1 << 40))
    broken('a segment longer than the file', elf(ph_filesz=1 << 20, ph_memsz=1 << 20))
    broken('a segment in the kernel\'s half',
           elf(ph_vaddr=0xffffffff80000000, entry=0xffffffff80000000))
    broken('a segment that wraps around', elf(ph_memsz=(1 << 64) - 0x1000))
    broken('a root server larger than memory', elf(ph_memsz=1 << 40))
    broken('nothing to load', elf(ph_type=4))
sys.exit(tap.done())
