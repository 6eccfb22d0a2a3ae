#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when the boot archive is not reproducible, or QEMU is started with a machine that images don't expect."""
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
from machine import Tap     # noqa: E402

tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))


def run(*command):
    r = subprocess.run(command, capture_output=True, text=True)
    return r.returncode, r.stdout, r.stderr


with tempfile.TemporaryDirectory() as folder:
    def archive(name, *files):
        status, _, error = run('tools/mkarchive', '-o', name, *files)
        return open(name, 'rb').read() if status == 0 else error

    def write(path, text, age):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as f:
            f.write(text)
        os.utime(path, (age, age))
        return path

    old = [write(folder + '/a/one', 'eins', 1000), write(folder + '/a/two', 'zwei', 2000)]
    new = [write(folder + '/b/one', 'eins', 50000), write(folder + '/b/two', 'zwei', 60000)]
    first, second = archive(folder + '/1', *old), archive(folder + '/2', *new)
    tap.ok(first == second, 'the same files make the same archive, whatever their times and folders')
    tap.ok(first[:6] == b'070701' and b'eins' in first, 'archives are newc')
    tap.ok(first.index(b'one\0') < first.index(b'two\0'), 'files stand in the order given')
    tap.ok('two files' in str(archive(folder + '/3', old[0], new[0])), 'two files of one name are refused')

    kernel = write(folder + '/kernel', '', 0)

    def line(*options):
        return run('tools/qemu', '--print', '--kernel', kernel, *options)[1]

    tap.ok('-icount shift=0,sleep=off' in line('--profile', 'bench'), 'bench runs under the instruction clock')
    tap.ok('-cpu Nehalem' in line('--profile', 'suite') and '-m 3G' in line('--profile', 'suite'), 'suite machine')
    tap.ok('-icount shift=3,sleep=off' in line('--profile', 'suite-icount'), 'suite under the instruction clock')
    tap.ok(line('--profile', 'sel4bench') == line('--profile', 'bench'), 'profiles are known by both names')
    flags = open('/proc/cpuinfo').read()
    virtual = bool(re.search(r'^flags.* (vmx|svm)( |$)', flags, re.M))
    tap.ok(virtual or 'kvm' not in line(), 'no KVM where the processor does not show vmx or svm')
    tap.ok('-accel tcg' in line('--profile', 'test'), 'tests never run under KVM')
    tap.ok(run('tools/qemu', '--profile', 'nonsense')[0] == 2, 'an unknown profile is refused')
    tap.ok(run('tools/qemu', '--kernel', folder + '/none')[0] == 2, 'a kernel that is not there is refused')
    tap.ok('-gdb' in line('--gdb') and ' -S' in line('--gdb'), 'a debugger finds the machine stopped')

tap.ok(run('tools/deps', '--check')[0] == 0, 'all packages are there')
listed = run('tools/deps', '--list')[1].split()
tap.ok(len(listed) == len(set(listed)) and 'qemu-system-x86' in listed, 'the list of packages has none twice')
for tool in sorted(os.listdir('tools')):
    path = os.path.join('tools', tool)
    if os.access(path, os.X_OK) and os.path.isfile(path):
        status, out, _ = run(path, '--help')
        tap.ok(status == 0 and len(out) > 20, '%s explains itself' % tool)
sys.exit(tap.done())
