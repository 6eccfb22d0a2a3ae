# SPDX-License-Identifier: BSD-2-Clause
"""A machine with QEMU's monitor at hand, for the scripts of this folder.

    with machine_with_monitor('debug', kernel, root) as (m, monitor):
        monitor.command('cont')
        print(monitor.text('info registers'))
"""
import contextlib
import json
import os
import re
import socket
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
from machine import Machine, Timeout    # noqa: E402

SCREEN_AT, ROWS, COLUMNS = 0xb8000, 25, 80


def connect(path, timeout):
    """A connection to one of QEMU's sockets, which it may only be about to open."""
    s = socket.socket(socket.AF_UNIX)
    deadline = time.monotonic() + 20
    while True:
        try:
            s.connect(path)
            break
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    s.settimeout(timeout)
    return s


class Monitor:
    """QEMU's monitor by its JSON protocol."""
    def __init__(self, path):
        self.socket = connect(path, 20)
        self.file = self.socket.makefile('rw')
        self.file.readline()
        self.command('qmp_capabilities')

    def command(self, name, **arguments):
        self.file.write(json.dumps({'execute': name, 'arguments': arguments}) + '\n')
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if 'return' in answer or 'error' in answer:
                return answer.get('return')

    def text(self, line):
        return self.command('human-monitor-command', **{'command-line': line})


@contextlib.contextmanager
def machine_with_monitor(profile, kernel=None, root=None, append=None, extra=(), iso=None):
    """(machine, its monitor); it runs only while it is let."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'qmp')
        qmp = ['-S', '-qmp', 'unix:%s,server=on,wait=off' % path]
        with Machine(profile, kernel, root, append=append, extra=[*extra, *qmp], iso=iso) as m:
            yield m, Monitor(path)


def run_to_program(m, monitor):
    """Let the machine run until it is stopped while a program runs."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        monitor.command('cont')
        m.read(0.01)
        monitor.command('stop')
        if 'CPL=3' in monitor.text('info registers'):
            return
    raise Timeout('no program was seen running')


def screen_text(monitor):
    """What the VGA text screen shows, a line for each row."""
    dump = monitor.text('xp /%dhx 0x%x' % (ROWS * COLUMNS, SCREEN_AT))
    cells = [int(c, 16) & 0xff for line in dump.splitlines()
             for c in re.findall(r'0x([0-9a-f]{4})\b', line.split(':')[1])]
    rows = [bytes(cells[i:i + COLUMNS]).decode('cp437') for i in range(0, len(cells), COLUMNS)]
    return '\n'.join(row.rstrip() for row in rows)
