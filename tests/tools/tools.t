#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when the boot archive is not reproducible, a wrong manifest is not refused with file and
line, or QEMU is started with a machine that images don't expect."""
import os
import re
import signal
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
    tap.ok(first == second,
           'the same files make the same archive, whatever their times and folders')
    tap.ok(first[:6] == b'070701' and b'eins' in first, 'archives are newc')
    tap.ok(first.index(b'one\0') < first.index(b'two\0'), 'files stand in the order given')
    tap.ok('two files' in str(archive(folder + '/3', old[0], new[0])),
           'two files of one name are refused')

    kernel = write(folder + '/kernel', '', 0)

    def line(*options):
        return run('tools/qemu', '--print', '--kernel', kernel, *options)[1]

    tap.ok('-icount shift=0,sleep=off' in line('--profile', 'bench'),
           'bench runs under the instruction clock')
    tap.ok('-cpu Nehalem' in line('--profile', 'suite') and '-m 3G' in line('--profile', 'suite'),
           'suite machine')
    tap.ok('-icount shift=3,sleep=off' in line('--profile', 'suite-icount'),
           'suite under the instruction clock')
    tap.ok(line('--profile', 'sel4bench') == line('--profile', 'bench'),
           'profiles are known by both names')
    flags = open('/proc/cpuinfo').read()
    virtual = bool(re.search(r'^flags.* (vmx|svm)( |$)', flags, re.M))
    tap.ok(virtual or 'kvm' not in line(), 'no KVM where the processor does not show vmx or svm')
    tap.ok('-accel tcg' in line('--profile', 'test'), 'tests never run under KVM')
    tap.ok(run('tools/qemu', '--profile', 'nonsense')[0] == 2, 'an unknown profile is refused')
    tap.ok(run('tools/qemu', '--kernel', folder + '/none')[0] == 2,
           'a kernel that is not there is refused')
    tap.ok('-gdb' in line('--gdb') and ' -S' in line('--gdb'),
           'a debugger finds the machine stopped')

MANIFEST = 'build/tools/manifest'
PROGRAMS = ('hello', 'echo')
HELLO = 'component a\n    program hello\n'
with tempfile.TemporaryDirectory() as folder:
    path = folder + '/manifest'
    for text, error in ((HELLO + '    colour green\n', "3: unknown keyword 'colour'"),
                        ('# a good line\n' + HELLO + '    priority 300\n',
                         "4: out of range: '300'"),
                        (HELLO + '    use nobody\n', "3: no component 'nobody'"),
                        ('component a\n    program not-there\n',
                         "2: not in the boot archive: 'not-there'")):
        with open(path, 'w') as f:
            f.write(text)
        status, _, said = run(MANIFEST, path, *PROGRAMS)
        tap.ok(status == 1 and said == '%s:%s\n' % (path, error), 'a manifest: ' + error, said)
tap.ok('build/tools/manifest system/default/manifest' in run('make', '-nB')[1],
       'a system is built with its manifest checked')
tap.ok(run(MANIFEST, 'system/orders/manifest', 'orders', 'orders-server', 'orders-caller')[0] == 0,
       'a good manifest is accepted')
page = open('docs/manifest.md').read()
with tempfile.TemporaryDirectory() as folder:
    example = folder + '/manifest'
    with open(example, 'w') as f:
        f.write(re.search(r'^```\n(component.*?)^```', page, re.M | re.S).group(1))
    status, _, said = run(MANIFEST, example, 'echo')
    tap.ok(status == 0, 'the example of docs/manifest.md is accepted', said)
words = set(re.findall(r'text_equal\(word, "(\w+)"\)', open('servers/init/manifest.c').read()))
tap.ok(len(words) > 20 and words <= set(re.findall(r'\w+', page)),
       'docs/manifest.md has all statements', words - set(re.findall(r'\w+', page)))
tap.ok(run(MANIFEST, 'system/none/manifest')[0] == 1, 'a manifest that is not there is refused')

# ---- packages ----

tap.ok(run('tools/deps', '--check')[0] == 0, 'all packages are there')
status, out, error = run('tools/deps', 'sailing')
tap.ok(status == 2 and 'run gdb iso clang test check' in error, 'a group that is none is refused')
listed = run('tools/deps', '--list')[1].split()
tap.ok(len(listed) == len(set(listed)) and 'qemu-system-x86' in listed,
       'the list of packages has none twice')
running = run('tools/deps', '--list', 'run')[1].split()
tap.ok({'gcc', 'qemu-system-x86'} <= set(running) and
       not {'clang', 'cppcheck', 'gdb', 'grub-common', 'perl', 'xorriso'} & set(running),
       'running needs no tools for testing', running)

# Fakes of what tools/deps calls: a machine without QEMU.
FAKES = {
    'dpkg-query': 'case "$*" in *qemu*) ;; *) printf installed ;; esac',
    'id': 'echo ${FAKE_UID:-0}',
    'sudo': 'exit 1',
    'apt-get': '''case "$*" in
update) ;;
*--assume-no*) echo "0 upgraded, 7 newly installed, 0 to remove and 3 not upgraded."
    echo "Need to get 12.3 MB of archives."
    echo "After this operation, 45.6 MB of additional disk space will be used." ;;
*) echo "some words of dpkg"
    for n in 0 33 34 90; do echo "dlstatus:2:$n.5:Retrieving file" >&3; done
    for n in 0 50 100; do echo "pmstatus:libx:amd64:$n.0000:Unpacking libx" >&3; done
    [ -z "$FAKE_FAILS" ] || { echo "E: it broke"; exit 100; } ;;
esac''',
}


def deps(**environment):
    with tempfile.TemporaryDirectory() as folder:
        for name, script in FAKES.items():
            with open(os.path.join(folder, name), 'w') as f:
                f.write('#!/bin/sh\n%s\n' % script)
            os.chmod(f.name, 0o755)
        path = folder + ':' + os.environ['PATH']
        r = subprocess.run(['tools/deps', 'run'], capture_output=True, text=True,
                           stdin=subprocess.DEVNULL, env=dict(environment, PATH=path))
        return r.returncode, r.stdout, r.stderr


status, out, error = deps()
tap.ok(status == 0 and out == '''installing: qemu-system-x86
  reading the lists of packages
  7 newly installed
  12.3 MB to fetch
  45.6 MB on the disk
  fetching: 0 %
  fetching: 30 %
  fetching: 90 %
  installing: 0 %
  installing: 50 %
  installing: 100 %
  done
''', 'an installation says what, how much, and how far it is', out + error)
status, out, error = deps(FAKE_FAILS='1')
tap.ok(status == 1 and 'E: it broke' in error and 'apt-get install' in error and 'done' not in out,
       'one that fails says why', out + error)
status, out, error = deps(FAKE_UID='1000')
tap.ok(status == 1 and 'apt-get install -y --no-install-recommends qemu-system-x86' in error,
       'without rights the command is printed', out + error)
for tool in sorted(os.listdir('tools')):
    path = os.path.join('tools', tool)
    if os.access(path, os.X_OK) and os.path.isfile(path):
        status, out, _ = run(path, '--help')
        tap.ok(status == 0 and len(out) > 20, '%s explains itself' % tool)
# The machine is a cat, which says what it was told.
SLEEPER = """
import sys
sys.path.insert(0, 'tools')
from machine import Machine
with Machine(command=['cat']) as m:
    m.send('%d\\n' % m.proc.pid)
    print(m.expect(r'^(\\d+)\\n', 20).group(1), flush=True)
    m.expect('never', 60)
"""
with subprocess.Popen([sys.executable, '-c', SLEEPER], stdout=subprocess.PIPE, text=True) as test:
    machine = int(test.stdout.readline())
    test.send_signal(signal.SIGTERM)
    test.wait(30)
    tap.ok(test.returncode == 143 and not os.path.exists('/proc/%d' % machine),
           'a test that is ended ends its machine')

sys.exit(tap.done())
