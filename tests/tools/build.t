#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when make boots another system than it was asked for, misses a changed flag, takes a wrong
value or wants a package before it is installed; when the tree can't be built in a path with a
space, or is another there; when what is built is no good in a copy, or an interface definition has
programs made anew that it does not change; when running damages the terminal; or when ^C in the
debugger ends the machine."""
import os
import pty
import re
import select
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
import tree                 # noqa: E402
from machine import Tap     # noqa: E402

MINE = ('console', 'tty', 'memfs', 'pipe', 'system', 'proc', 'echo')    # of this test's system
SPACE = 'a tree'
# Programs of all kinds, in C and C++; the kernel and a root server, with what is in its archive.
ANEW = ['build/generic/' + part for part in ('kernel', 'system/mine/init', 'system/sdk/init',
                                             'user/linuxbench', 'user/example-death')]
SAME = ['build/generic/' + part for part in ('kernel', 'user/proc', 'user/personality')]
PROMPT = rb'\n/ # (\x1b\[6n)?$'

tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))


def make_system():
    """system/mine: a part of the default system."""
    os.mkdir(copy + '/system/mine')
    with open(copy + '/system/default/manifest') as f:
        parts = re.split(r'^(?=component )', f.read(), flags=re.M)[1:]
    with open(copy + '/system/mine/manifest', 'w') as f:
        kept = ''.join(part for part in parts if part.split()[1] in MINE)
        f.write(kept)
    with open(copy + '/system/mine/build.mk', 'w') as f:
        f.write('system-mine-files := manifest\nsystem-mine-progs := %s\n'
                'system-mine-root := init\nsystem-mine-tree := ../default/tree\n' % ' '.join(MINE))


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, *command, cwd):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(command[0], command, tree.environment(TERM='dumb'))  # no colours
        self.text = b''

    def read(self, seconds):
        """Read what comes within the time; False at the end."""
        if select.select([self.fd], [], [], seconds)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return False
            self.text += data.replace(b'\r', b'')
            return data != b''
        return True

    def expect(self, pattern, seconds=60, start=0):
        """Does the pattern appear in time, behind `start`?"""
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.text[start:]):
            if time.monotonic() > deadline or not self.read(0.2):
                return bool(re.search(pattern, self.text[start:]))
        return True

    def send(self, data):
        os.write(self.fd, data)

    def ends(self, seconds=20):
        """Does the command end in time? Its exit status, or None."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
            self.read(0.1)
        os.killpg(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)
        return None


def make(*arguments):
    return tree.make(*arguments, cwd=copy)


def succeeds(name, *arguments):
    r = make(*arguments)
    return tap.ok(r.returncode == 0, name, r.stdout[-1500:] + r.stderr[-1500:])


def to_do(*arguments):
    """The files that make would make."""
    return set(re.findall(r"printf '  %-7s %s\\n' '\w+' '([^']+)'", make('-n', *arguments).stdout))


def refused(name, variable, there_is, *arguments):
    """A wrong value ends make at once, with what there is instead."""
    r = make(*arguments)
    good = r.returncode == 2 and variable in r.stderr and there_is in r.stderr
    tap.ok(good and r.stdout == '', name, r.stderr + r.stdout)


def append(path, text):
    with open(os.path.join(copy, path), 'a') as f:
        f.write(text)


def wrong_values():
    systems = ' '.join(sorted(os.listdir(copy + '/system')))
    refused('a wrong SYSTEM', 'SYSTEM=wrong', systems, 'run', 'SYSTEM=wrong')
    refused('a wrong SYSTEM for the disc', 'SYSTEM=wrong', systems, 'iso', 'SYSTEM=wrong')
    refused('a wrong CONFIG', 'CONFIG=wrong', 'debug generic release', 'CONFIG=wrong')
    refused('an empty CONFIG', 'CONFIG=', 'debug generic release', 'CONFIG=')
    refused('two CONFIGs', 'CONFIG=debug release', 'debug generic', 'CONFIG=debug release')
    refused('a wrong PROFILE', 'PROFILE=wrong', 'suite-icount', 'run', 'PROFILE=wrong')
    refused('a wrong ARCH', 'ARCH=z80', 'x86_64', 'ARCH=z80')
    refused('the fake ARCH of host tests', 'ARCH=host', 'x86_64', 'ARCH=host')
    refused('a wrong CC', 'CC=no-such-cc', 'gcc and clang', 'CC=no-such-cc')
    refused('a KERNEL that is not there', 'KERNEL=none', 'build/release/kernel', 'run',
            'KERNEL=none')
    refused('a ROOTSERVER that is not there', 'ROOTSERVER=none', 'build/release/system/mine/init',
            'run', 'ROOTSERVER=none', 'SYSTEM=mine')
    refused('a T that no test has in its name', 'T=nothing', 'system/prompt', 'test', 'T=nothing')
    refused('a variable that is none', 'SYTSEM=', 'ROOTSERVER SYSTEM', 'run', 'SYTSEM=mine')
    refused('bench-compare without KERNEL', 'bench-compare', 'KERNEL=path', 'bench-compare')
    r = make('help')
    tap.ok(r.returncode == 0 and 'SYSTEM=default of: ' + systems in r.stdout,
           'help lists systems', r.stdout + r.stderr)


def elsewhere():
    """From nothing, by every rule that programs of all kinds and systems need."""
    if not succeeds('the tree is built in a path with a space', '-s', *ANEW):
        return False
    tap.ok(make('-q', *ANEW).returncode == 0, 'a second make has nothing to do')
    for path in SAME:
        with open(path, 'rb') as here, open(os.path.join(copy, path), 'rb') as there:
            tap.ok(here.read() == there.read(), 'it is the same wherever it is built: ' + path)
    return True


def taken_along():
    """What is built stays good in a copy of the tree."""
    tree.copy(copy, 'release')
    got = to_do()
    tap.ok(got == {'release/obj/system-mine/archive.S.o'} |
           {'release/system/mine/' + f for f in ('root.cpio', 'boot.cpio', 'init')},
           'what is built can be taken along: only the system that is new is to be made',
           '\n'.join(sorted(got)))
    if succeeds('and it is made', '-s'):
        tap.ok(make('-q').returncode == 0, 'after which there is nothing to do')


def flags():
    """After `make` of all systems."""
    changed = {'release/obj/prog-echo/echo.c.o', 'release/user/echo'}
    those = ('default', 'cases', 'mine')    # those with the program
    systems = {'release/system/%s/%s' % (s, f) for s in those for f in ('boot.cpio', 'init')}
    objects = {'release/obj/system-%s/archive.S.o' % s for s in those}
    append('servers/echo/build.mk', 'prog-echo-cflags := -DCHANGED\n')
    got = to_do()
    tap.ok(got == changed | systems | objects, "a program's changed flags make it anew, no other",
           '\n'.join(sorted(got)))
    succeeds('and it is made', '-s')
    tap.ok(not to_do() and make('-q').returncode == 0, 'once', '\n'.join(to_do()))
    append('lib/ipc/build.mk', 'lib-ipc-cflags += -DCHANGED\n')
    got = to_do()
    tap.ok('release/lib/musl/libipc.a' in got and 'release/obj/kernel/tcb.c.o' not in got,
           "a library's changed flags make it anew", '\n'.join(sorted(got)))
    append('servers/echo/build.mk', 'prog-echo-ldflags := -Wl,--no-gc-sections\n')
    tap.ok('release/user/echo' in to_do(), 'changed flags of the linker link anew')
    append('system/mine/build.mk', 'system-mine-progs += hello\n')
    tap.ok('release/system/mine/boot.cpio' in to_do(), 'a changed list of files archives anew')
    got = to_do('KERNEL_OPT=-O1')
    tap.ok('release/obj/kernel/tcb.c.o' in got and 'release/obj/lib-ipc-musl/message.c.o' not in
           to_do('KERNEL_OPT=-O1', 'build/release/kernel'), 'flags on the command line, too')


def definitions():
    """After `make` of all systems: a remark in an interface definition changes no program."""
    program = copy + '/build/release/user/echo'
    made = os.stat(program).st_mtime_ns
    append('idl/echo.capnp', '# A remark.\n')
    tap.ok(make('-q').returncode == 1, 'a changed interface definition is read')
    succeeds('and what it says is made', '-s')
    tap.ok(os.stat(program).st_mtime_ns == made and make('-q').returncode == 0,
           'which is nothing else than before: no program is made of it')
    header, lost = copy + '/build/gen/idl/echo.h', copy + '/build/lost.h'
    os.rename(header, lost)
    succeeds('a header that is lost is made again', '-s', 'build/gen/idl/echo.h')
    with open(header) as new, open(lost) as old:
        tap.ok(new.read() == old.read(), 'as it was')
    os.rename(lost, header)


def before_packages(database):
    """The files that make would make without waiting for its packages (make -p's output)."""
    needs, made, waits = {}, [], {}
    for block in database.split('\n\n'):
        rule = re.search(r'^(build/[^\n:#=]*): ?(.*)$', block, re.M)
        if not rule or block.startswith('# Not a target'):
            continue
        needs[rule[1]] = rule[2].replace('|', ' ').split()
        if 'recipe to execute' in block:
            made.append(rule[1])

    def is_waiting(target):
        if target not in waits:
            waits[target] = '/.deps-' in target
            waits[target] = waits[target] or any(map(is_waiting, needs.get(target, ())))
        return waits[target]

    return len(made), [target for target in made if not is_waiting(target)]


def packages():
    count, early = before_packages(make('-npq').stdout)
    tap.ok(count > 300 and not early, 'nothing is made before the packages for it are there',
           '%d rules\n%s' % (count, '\n'.join(early)))


def runs(name, components, *arguments):
    """make run boots the system with that many components, and leaves the terminal as it was."""
    t = Terminal('make', 'run', *arguments, cwd=copy)
    good = t.expect(rb'\ninit: %d components.*(?s:.*)%s' % (components, PROMPT))
    tap.ok(good, name, t.text.decode(errors='replace'))
    before = t.text.split(b'Myelin kernel')[0]
    tap.ok(b'Ctrl-A x' in before, 'the first lines say how to leave it', repr(before))
    tap.ok(b'\x1b' not in before, 'nothing is sent to the terminal before the kernel speaks',
           repr(before))
    t.send(b'\x01x')
    tap.ok(t.ends() == 0, 'and that leaves it', t.text.decode(errors='replace'))


def debugger():
    t = Terminal('make', 'gdb', cwd=copy)
    log = os.path.join(copy, 'build', 'debug-serial.log')

    def step(name, keys, pattern):
        start = len(t.text)
        t.send(keys)
        return tap.ok(t.expect(pattern, start=start), name, t.text.decode(errors='replace'))

    tap.ok(t.expect(rb'0x0*fff0.*\n\(gdb\) $'),
           'gdb finds the machine stopped at its first instruction',
           t.text.decode(errors='replace'))
    step('which goes on', b'continue\n', rb'Continuing')
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        t.read(0.2)
        if os.path.exists(log) and '/ # ' in open(log, errors='replace').read():
            break
    else:
        tap.ok(False, 'the system boots under it', open(log, errors='replace').read())
    step('^C stops it', b'\x03', rb'SIGINT(?s:.*)\(gdb\) $')
    step('and it is still there', b'info registers rip\n', rb'rip +0x[0-9a-f]+(?s:.*)\(gdb\) $')
    t.send(b'quit\n')
    tap.ok(t.ends() is not None, 'quit ends both', t.text.decode(errors='replace'))


def main():
    tree.copy(copy)
    make_system()
    wrong_values()
    packages()
    if not elsewhere():
        return tap.done()
    taken_along()
    runs('SYSTEM=mine boots it', len(MINE), 'SYSTEM=mine')
    with open(copy + '/system/default/manifest') as f:
        count = len(re.findall(r'^component ', f.read(), re.M))
    runs('SYSTEM=default then boots that', count, 'SYSTEM=default')
    if succeeds('a disc of it is made', '-s', 'iso', 'CONFIG=release'):
        tap.ok(make('-q', 'iso', 'CONFIG=release').returncode == 0, 'once')
        tap.ok(make('-q', 'iso', 'CONFIG=release', 'SYSTEM=mine').returncode == 1,
               'that of another system is another')
    tap.ok('build/generic/kernel' in make('-n', 'iso').stdout, 'and usually for any processor')
    debugger()
    definitions()
    flags()
    return tap.done()


with tempfile.TemporaryDirectory() as folder:
    copy = os.path.join(folder, SPACE)
    os.mkdir(copy)
    status = main()
sys.exit(status)
