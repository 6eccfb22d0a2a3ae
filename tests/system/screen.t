#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when a machine without a serial port does not say on its screen what happens: while
booting, and when the kernel refuses; when the kernel writes there while the screen is a program's;
when the log needs a screen or a serial port."""
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import tap                                       # noqa: E402
from machine import Timeout                                 # noqa: E402
from monitor import machine_with_monitor, screen_text       # noqa: E402

BUILD = os.environ.get('MYELIN_BUILD', 'build')
SCREEN = ('-vga', 'std')
# nothing at the port that is looked at
DEAF = ('-global', 'isa-serial.iobase=0x2e8', '-global', 'isa-serial.irq=5')

results = tap()


def shown(name, wanted, config='release', root='system/default/init', extra=(), append=None,
          absent=None, until=''):
    """Every text of `wanted` comes to be shown, in this order, and `until` on the serial line."""
    kernel = os.path.join(BUILD, config, 'kernel')
    root = root and os.path.join(BUILD, config, root)
    with machine_with_monitor('debug', kernel, root, append, [*SCREEN, *extra]) as (m, monitor):
        monitor.command('cont')
        deadline = time.monotonic() + 60
        while True:
            m.read(0.2)
            text, at = screen_text(monitor), 0
            for w in wanted:
                at = text.find(w, at)
                if at < 0:
                    break
            if (at >= 0 and until in m.text) or time.monotonic() > deadline:
                break
        results.ok(at >= 0 and not (absent and absent in text), name, text)
        return m.text


try:
    log = ('Myelin kernel', 'cpu:', 'memory: ', 'ioapic 0: ', 'timer: ', 'root server: entry',
           'the root server runs')
    for config in ('release', 'debug'):
        shown(config + ': the log is on the screen', log, config, absent='no serial port')
        text = shown(config + ': and says so when there is no serial port',
                     (log[0], 'no serial port at 0x3f8', *log[1:]), config, extra=DEAF)
        results.ok(text == '', config + ': nothing is sent then', text)
    shown('what programs print is not on it', ('the root server runs',), 'debug', 'user/abi-tests',
          absent='ok 1', until='\nok 20 ')
    shown('the port that is asked for is the one looked at',
          ('no serial port at 0x3e8', 'the root server runs'), append='console_port=0x3e8')
    shown('a refusal is on the screen', ('cannot boot: there is no root server',), root=None,
          extra=DEAF)
    shown('a processor without 64-bit mode is refused there',
          ('kernel: cannot boot: the processor has no 64-bit mode',),
          extra=('-cpu', 'qemu32', *DEAF), absent='\u266a')
except (Timeout, OSError) as e:
    results.ok(False, 'the machine boots and answers', str(e))
sys.exit(results.done())
