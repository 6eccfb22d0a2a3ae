# SPDX-License-Identifier: BSD-2-Clause
"""A machine under test: QEMU with its serial line on a pipe, every wait bounded in time.

    m = Machine('debug', 'build/debug/kernel', 'build/debug/system/default/init')
    m.expect(r'^/ # ', 20)
    m.send('ping echo\n')
    m.close()
"""
import os
import re
import selectors
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ESCAPES = re.compile(rb'\x1b(\[[0-9;?=]*[A-Za-z]|c|[()][A-Z0-9])')

# Who is ended by `timeout` ends its machine first, as at any other end.
signal.signal(signal.SIGTERM, lambda *unused: sys.exit(128 + signal.SIGTERM))


class Timeout(Exception):
    """Nothing that was waited for came in time; or QEMU ended before it did."""


class Machine:
    def __init__(self, profile='release', kernel=None, root=None, append=None, iso=None, uefi=False,
                 plugins=(), extra=(), log=None, command=None, cwd=None, env=None):
        cmd = [os.path.join(HERE, 'qemu'), '--batch', '--profile', profile]
        for name, value in (('--kernel', kernel), ('--root', root), ('--append', append),
                            ('--iso', iso)):
            if value:
                cmd += [name, value]
        if uefi:
            cmd.append('--uefi')
        cmd.append('--')
        for p in plugins:
            cmd += ['-plugin', p]
        cmd += extra
        # Or another command that ends up running QEMU, such as make run.
        # A session of its own, so that close() ends QEMU and nothing else.
        self.proc = subprocess.Popen(command or cmd, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, start_new_session=True, cwd=cwd,
                                     env=env)
        os.set_blocking(self.proc.stdout.fileno(), False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.proc.stdout, selectors.EVENT_READ)
        self.raw = b''          # read, but cut off before a complete escape sequence
        self.text = ''          # all output so far, without escape sequences and carriage returns
        self.seen = 0           # everything before this offset has been matched by expect()
        self.ended = False
        if log:
            os.makedirs(os.path.dirname(log) or '.', exist_ok=True)
        self.log = open(log, 'wb') if log else None

    def read(self, seconds):
        """Read what comes within the time, at least once; False when QEMU's output has ended."""
        if self.ended:
            return False
        if not self.selector.select(max(0, seconds)):
            return True
        data = self.proc.stdout.read()
        if data is None:
            return True
        if data == b'':
            self.ended = True
            return False
        if self.log:
            self.log.write(data)
            self.log.flush()
        data = ESCAPES.sub(b'', self.raw + data)
        cut = data.rfind(b'\x1b', max(0, len(data) - 16))
        self.raw, data = (data[cut:], data[:cut]) if cut >= 0 else (b'', data)
        self.text += data.decode('utf-8', 'replace').replace('\r', '')
        return True

    def expect(self, pattern, seconds=20):
        """Wait for a regular expression in output not yet matched; return the match behind it."""
        wanted = re.compile(pattern, re.MULTILINE)
        deadline = time.monotonic() + seconds
        while True:
            found = wanted.search(self.text, self.seen)
            if found:
                self.seen = found.end()
                return found
            left = deadline - time.monotonic()
            if left <= 0:
                raise Timeout('%r did not appear within %g s' % (pattern, seconds))
            if not self.read(min(left, 1)):
                raise Timeout('QEMU ended while %r was expected' % pattern)

    def send(self, text):
        self.proc.stdin.write(text.encode())
        self.proc.stdin.flush()

    def quiet(self, seconds):
        """Read for a while and return what came; for showing that nothing does."""
        start = len(self.text)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.read(deadline - time.monotonic()):
            pass
        return self.text[start:]

    def tail(self, lines=30):
        return '\n'.join(self.text.splitlines()[-lines:])

    def close(self):
        if self.proc.poll() is None:
            os.killpg(self.proc.pid, signal.SIGTERM)    # plug-ins write their results on SIGTERM
            try:
                self.proc.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.proc.pid, signal.SIGKILL)
                self.proc.wait()
        while self.read(0) and not self.ended:
            if not self.selector.select(0):
                break
        if self.log:
            self.log.close()
        return self.proc.returncode

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


class Tap:
    """Print numbered TAP lines, the plan last. A failed line is followed by the last output."""

    def __init__(self, name_filter=None):
        self.count = self.failed = 0
        self.filter = re.compile(name_filter) if name_filter else None

    def ok(self, good, name, why=''):
        if self.filter and not self.filter.search(name):
            return good
        self.count += 1
        self.failed += not good
        print('%s %d - %s' % ('ok' if good else 'not ok', self.count, name), flush=True)
        if not good:
            for line in str(why).splitlines():
                self.note(line)
        return good

    def skip(self, name, why):
        if not self.filter or self.filter.search(name):
            self.count += 1
            print('ok %d - %s # SKIP %s' % (self.count, name, why), flush=True)

    def note(self, line):
        print('# ' + line, flush=True)

    def done(self):
        print('1..%d' % self.count, flush=True)
        return 1 if self.failed else 0
