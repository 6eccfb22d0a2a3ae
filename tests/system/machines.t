#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when a machine that is not as expected, or that firmware and loader describe wrongly,
stops what does not depend on that; when it is not told about in a line; when the kernel waits
without end for a clock, or dies of an address, instead."""
import os
import re
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import BUILD, Machine, Shell, Timeout, tap   # noqa: E402
from firmware import at_first_instruction               # noqa: E402
from monitor import machine_with_monitor, run_to_program, screen_text   # noqa: E402

KERNEL, ROOT = BUILD + '/debug/kernel', BUILD + '/debug/system/default/init'
PROMPT = r'^/ # '
KERNEL_AT = 0x100000
MADT_IOAPIC = 1

results = tap()


def case(name, machine, *patterns, typed=None):
    """Every pattern appears, in this order. `machine`: a context of (machine, ...). typed: a line
    at the prompt and what answers it."""
    text = 'no machine'
    try:
        with machine as started:
            m = started[0]
            try:
                for p in patterns:
                    m.expect(p, 60)
                if typed:
                    m.send(typed[0] + '\n')
                    m.expect(typed[1], 20)
            finally:
                text = m.tail()
        return results.ok(True, name)
    except (Timeout, OSError) as e:
        return results.ok(False, name, '%s\n%s' % (e, text))


class Changed:
    """The machine at the kernel's first instruction, changed, and let run."""
    def __init__(self, change, **options):
        self.change = change
        self.context = at_first_instruction(KERNEL, ROOT, **options)

    def __enter__(self):
        m, memory = self.context.__enter__()
        self.change(memory)
        memory.go()
        return m, memory

    def __exit__(self, *why):
        return self.context.__exit__(*why)


# --- clocks ---

def timer_at(port):
    def change(memory):
        at, table = memory.table(b'FACP')
        struct.pack_into('<I', table, 76, port)
        memory.table_write(at, table)
    return change


NO_CLOCK = ('-machine', 'microvm,x-option-roms=on,pic=on,pit=off,acpi=off,isa-serial=on')


def clocks():
    for port in (0x9000, 0x80, 0x10608, 0xffffffff):
        case('an ACPI timer at port 0x%x: the next clock is taken' % port, Changed(timer_at(port)),
             r'^timer: no rate by the ACPI timer\n', r'^timer: .* by the PIT', PROMPT)
    with Machine('debug', KERNEL, ROOT, extra=NO_CLOCK) as m:
        try:
            m.expect(r'^kernel: cannot boot: there is no clock that counts\n', 60)
            after = m.quiet(1)
            results.ok(after == '', 'no clock at all: one line, and the end', after)
        except Timeout as e:
            results.ok(False, 'no clock at all: one line, and the end', '%s\n%s' % (e, m.tail()))


# --- interrupt controllers ---

def ioapic_at(address):
    def change(memory):
        at, table = memory.table(b'APIC')
        entry = 44
        while table[entry] != MADT_IOAPIC:
            entry += table[entry + 1]
        struct.pack_into('<I', table, entry + 4, address)
        memory.table_write(at, table)
    return change


def lapic_at(address):
    """Said by the table's own field, and by an entry in the place of the first processor's."""
    def change(memory):
        at, table = memory.table(b'APIC')
        struct.pack_into('<I', table, 36, address & 0xffffffff)
        entry = 44
        while table[entry + 1] < 10:        # an interrupt override is as long
            entry += table[entry + 1]
        start, table[entry:entry] = entry, struct.pack('<BBHQ', 5, 12, 0, address)
        del table[-12:]
        assert start < len(table)
        memory.table_write(at, table)
    return change


def controllers():
    for what, address in (('outside the map', 0xe0000000), ('in RAM', 0x1000000),
                          ('below 1 MiB', 0x5000), ('not at a page', 0xfec00010),
                          ('nowhere', 0xffffffff)):
        case('an I/O APIC %s: said, and the PIC is used' % what, Changed(ioapic_at(address)),
             r'^ioapic 0: 0x%x, nothing is there\n' % address, r'^no ioapic: using the PIC',
             PROMPT)
    for what, address in (('that no processor has', 1 << 60), ('in RAM', 0x1000000)):
        case('a local APIC at an address %s: the processor knows better' % what,
             Changed(lapic_at(address)), r'^timer: ', PROMPT)


# --- memory ---

def module_at(start, end):
    return lambda memory: memory.module_set(start, end)


def no_ram_for_the_kernel(memory):
    for entry, base, length, kind in memory.map_entries():
        if base <= KERNEL_AT < base + length:
            memory.map_change(entry, KERNEL_AT + 0x200000, length - 0x200000)


def ram_too_far(memory):
    """An entry that says nothing of use becomes RAM that the processor has no addresses for."""
    entry = [e for e, base, length, kind in memory.map_entries() if kind != 1][-1]
    memory.map_change(entry, 1 << 38, 1 << 32)


def ram_at_the_local_apic(memory):
    entry = [e for e, base, length, kind in memory.map_entries() if kind != 1][-1]
    memory.map_change(entry, 0xfee00000, 0x1000)


def memory_map():
    for what, start, end in (('where no memory is', 0xe0000000, 0xe0100000),
                             ('below 1 MiB', 0x10000, 0x20000),
                             ('behind the end of RAM', 0x1ffff000, 0x20100000),
                             ('in the kernel', KERNEL_AT + 0x10000, KERNEL_AT + 0x20000)):
        case('a root server %s' % what, Changed(module_at(start, end)),
             r'^kernel: cannot boot: the root server at 0x%x is not in RAM of its own\n' % start)
    case('a map without RAM where the kernel is', Changed(no_ram_for_the_kernel),
         r'^kernel: cannot boot: the memory map has no RAM where the kernel is\n')
    case('RAM that the processor has no addresses for is left alone',
         Changed(ram_too_far, extra=('-cpu', 'max,phys-bits=36')),
         r'^memory: 51\d MiB of RAM in', PROMPT)
    case('RAM where the local APIC is, too', Changed(ram_at_the_local_apic),
         r'^memory: .* in 1 ranges', PROMPT, typed=('ping echo', r'^echo: answered the same words'))


def disc_with_holes(folder, count):
    """Page after page of memory is cut out of the map by the loader."""
    cuts = (0x4000000 + 0x11000 * i for i in range(count))
    with open('boot/grub.cfg') as f, open(folder + '/grub.cfg', 'w') as g:
        g.write('insmod mmap\n' + ''.join('cutmem %d %d\n' % (a, a + 0x1000) for a in cuts))
        g.write(f.read())
    subprocess.run(['tools/mkiso', '-o', folder + '/disc.iso', '--kernel', KERNEL, '--root', ROOT,
                    '--grub', folder + '/grub.cfg'], check=True)
    return folder + '/disc.iso'


def holes():
    name = 'more holes in memory than there is room for: small pieces are lost, and said to be'
    with tempfile.TemporaryDirectory() as folder:
        with Machine('debug', iso=disc_with_holes(folder, 200)) as m:
            try:
                m.expect(r'^no room for \d+ KiB of device memory in small pieces: nobody gets', 90)
                m.expect(r'^no room for \d+ KiB of RAM in small pieces: nobody gets them', 20)
                m.expect(r'^root server: .* 230 untypeds', 20)
                m.expect(PROMPT, 60)
                results.ok(True, name)
                m.send('run hpet\n')
                m.expect(r'^hpet: ', 20)
                m.expect(PROMPT, 20)
                results.ok('not started' not in m.text, '... and a driver finds its device',
                           m.tail())
            except Timeout as e:
                results.ok(False, name, '%s\n%s' % (e, m.tail()))


# --- machine checks ---

BANK, STATUS, ADDRESS = 1, 0xb600000000000135, 0x12345000   # valid, uncorrected, with an address


def machine_check(what, config, append, reach):
    """One comes when reach(machine, monitor) has returned."""
    kernel = os.path.join(BUILD, config, 'kernel')
    program = 'user/abi-tests' if reach == run_to_program else 'system/default/init'
    root = os.path.join(BUILD, config, program)
    name = 'a machine check %s, %s%s: ' % (what, config, ', guarded' if append else '')
    with machine_with_monitor('debug', kernel, root, append, ('-vga', 'std')) as (m, monitor):
        try:
            reach(m, monitor)
            monitor.text('mce 0 %d 0x%x 4 0x%x 0' % (BANK, STATUS, ADDRESS))
            monitor.command('cont')
            m.expect(r'^kernel: machine check: 18, ', 20)
            m.expect(r'^kernel: bank %d: status 0x%x, address 0x%x\n' % (BANK, STATUS, ADDRESS))
            m.expect(r'^kernel: panic: machine check\n')
            results.ok(len(re.findall(r'^kernel: bank', m.text, re.M)) == 1,
                       name + 'cause and bank, and the end', m.tail())
            shown = screen_text(monitor)
            results.ok('panic: machine check' in shown and 'bank 1: status' in shown,
                       name + 'on the screen, too', shown)
        except (Timeout, OSError) as e:
            results.ok(False, name + 'cause and bank, and the end', '%s\n%s' % (e, m.tail()))


def run_to_prompt(m, monitor):
    monitor.command('cont')
    m.expect(PROMPT, 60)


def machine_checks():
    for config, append in (('debug', None), ('release', None), ('release', 'meltdown=1 mds=1')):
        machine_check('while a program runs', config, append, run_to_program)
    machine_check('while nobody runs', 'release', None, run_to_prompt)


# --- devices ---

def init_with(folder, old, new):
    """The default system's root server, with a word of its manifest replaced by one as long."""
    with open(ROOT, 'rb') as f:
        image = f.read()
    assert len(old) == len(new) and image.count(old) == 1
    path = os.path.join(folder, 'init')
    with open(path, 'wb') as f:
        f.write(image.replace(old, new))
    return path


def devices():
    with tempfile.TemporaryDirectory() as folder:
        # where there is RAM, so no device
        root = init_with(folder, b'device hpet 0xfed00000', b'device hpet 0x00400000')
        with Shell('debug', results, root=root) as s:
            s.case('a device that is not there: its driver is not started', 'run hpet',
                   r'^init: hpet: not started: device memory not available',
                   r'^run: hpet: is not started')
            s.case('all others are', 'run hello', r'^hello, world')
        # has the clock's in it
        root = init_with(folder, b'ports 0x3f8 0x3ff', b'ports 0x060 0x3ff')
        with Machine('test', KERNEL, root) as m:
            try:
                m.expect(r'^init: console: not started: I/O ports not available', 30)
                m.expect(r'^init: \d+ components, 7 running', 30)
                results.ok(True, 'ports that are not there: the same')
            except Timeout as e:
                results.ok(False, 'ports that are not there: the same', '%s\n%s' % (e, m.tail()))


clocks()
controllers()
memory_map()
holes()
machine_checks()
devices()
sys.exit(results.done())
