# SPDX-License-Identifier: BSD-2-Clause
"""A machine stopped at the kernel's first instruction, to change what loader and firmware left.

    with at_first_instruction(kernel, root) as (m, memory):
        memory.write(memory.loader_info + 20, bytes(4))
        memory.go()
        m.expect('cannot boot')
"""
import contextlib
import os
import re
import struct
import subprocess
import tempfile

from machine import Machine, Timeout
from monitor import connect

INFO_REGISTER = 1               # ebx, in the order that QEMU sends registers in
MB1_MODULES, MB1_MAP = 24, 48   # offsets (Multiboot 0.6.96, 3.3)


class Memory:
    """Physical memory, through QEMU's gdb stub, before the kernel has changed the address space."""
    def __init__(self, path, start):
        self.socket = connect(path, 60)
        self.rest = b''
        self.ask('Z1,%x,1' % start)
        if not self.ask('c').startswith('T'):
            raise Timeout('the kernel was not reached')
        self.ask('z1,%x,1' % start)
        registers = bytes.fromhex(self.ask('g'))
        self.loader_info = struct.unpack_from('<Q', registers, 8 * INFO_REGISTER)[0]

    def send(self, text):
        self.socket.sendall(b'$%s#%02x' % (text.encode(), sum(text.encode()) & 0xff))

    def ask(self, text):
        self.send(text)
        while True:
            found = re.search(rb'\$([^#]*)#..', self.rest)
            if found:
                self.rest = self.rest[found.end():]
                self.socket.sendall(b'+')
                return found.group(1).decode()
            data = self.socket.recv(65536)
            if not data:
                raise Timeout('QEMU ended')
            self.rest += data

    def go(self):
        self.send('c')

    def read(self, address, size):
        data = b''
        while len(data) < size:
            part = min(1024, size - len(data))
            data += bytes.fromhex(self.ask('m%x,%x' % (address + len(data), part)))
        return data

    def write(self, address, data):
        if self.ask('M%x,%x:%s' % (address, len(data), data.hex())) != 'OK':
            raise Timeout('memory could not be written')

    def word(self, address):
        return struct.unpack('<I', self.read(address, 4))[0]

    # --- what the loader left (version 1: QEMU is one) ---

    def module_set(self, start, end):
        self.write(self.word(self.loader_info + MB1_MODULES), struct.pack('<II', start, end))

    def map_entries(self):
        """[(address of the entry, base, length, type), ...]"""
        size, at = struct.unpack('<II', self.read(self.loader_info + MB1_MAP - 4, 8))
        return [(at + i, *struct.unpack('<QQI', self.read(at + i + 4, 20)))
                for i in range(0, size, 24)]

    def map_change(self, entry, base, length, kind=1):
        self.write(entry + 4, struct.pack('<QQI', base, length, kind))

    # --- ACPI ---

    def table(self, name):
        """Address and bytes of the table of this name."""
        area = self.read(0xe0000, 0x20000)
        root = struct.unpack_from('<I', area, area.index(b'RSD PTR ') + 16)[0]
        entries = (self.word(root + 4) - 36) // 4
        for at in struct.unpack('<%dI' % entries, self.read(root + 36, 4 * entries)):
            if self.read(at, 4) == name:
                return at, bytearray(self.read(at, self.word(at + 4)))
        raise Timeout('no table %r' % name)

    def table_write(self, at, table):
        table[9] = 0
        table[9] = -sum(table) & 0xff
        self.write(at, bytes(table))


@contextlib.contextmanager
def at_first_instruction(kernel, root, profile='debug', extra=(), append=None):
    symbols = subprocess.run(['nm', kernel + '.elf'], capture_output=True, text=True, check=True)
    start = int(re.search(r'^([0-9a-f]+) T _start$', symbols.stdout, re.M).group(1), 16)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'gdb')
        stub = ['-S', '-gdb', 'unix:%s,server=on,wait=off' % path]
        with Machine(profile, kernel, root, append=append, extra=[*extra, *stub]) as m:
            yield m, Memory(path, start)
