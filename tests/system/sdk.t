#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when what programs link (capabilities of one's own, messages, and what is built on them)
does not do what its headers say. tests/sdk/ tries it, from inside system/sdk."""
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
from machine import Machine, Tap, Timeout     # noqa: E402

BUILD = os.environ.get('MYELIN_BUILD', 'build')
# On the PCI bus, for tests/sdk/sync.c.
SERIAL = ('-chardev', 'null,id=nobody', '-device', 'pci-serial,chardev=nobody,addr=5')
SECONDS = 120       # for all of it
tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))


def sdk(config):
    folder = '%s/%s' % (BUILD, config)
    with Machine('test', folder + '/kernel', folder + '/system/sdk/init', extra=SERIAL,
                 log='build/test-logs/system-sdk-%s.log' % config) as m:
        try:
            end = m.expect(r'^sdk: (end: \d+ failed|fault: .*)\n', SECONDS).group(1)
        except Timeout as e:
            end = str(e)
        for good, name in re.findall(r'^sdk: (ok|not ok) - (.*)', m.text, re.M):
            tap.ok(good == 'ok', '%s: %s' % (config, name))
        refused = re.search(r'^crash: asked about 0x20\n(?s:.*)^init: crash: fault: write 0x20',
                            m.text, re.M)
        tap.ok(refused is not None and 'crash: went on' not in m.text,
               config + ': exception: init reports what the function refuses', m.tail())
        tap.ok(end == 'end: 0 failed', config + ': all of it runs to its end',
               '%s\n%s' % (end, m.tail()))


sdk('release')
sdk('debug')
sys.exit(tap.done())
