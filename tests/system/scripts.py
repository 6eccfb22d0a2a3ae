# SPDX-License-Identifier: BSD-2-Clause
"""The cases of tests/system/scripts: what there is, and what their runner (run) printed."""
import re
import time

FOLDER = 'tests/system/scripts'
MKSH = ('mksh-musl', 'mksh-diet', 'mksh-klibc', 'lksh')
# (file, the shell that executes its cases)
FILES = [(name, '/bin/sh') for name in
         ('sh', 'busybox-text', 'busybox-files', 'busybox-archives', 'busybox-process', 'sash',
          'gpgv', 'tini', 'rust', 'go')]
FILES += [('bash', '/bin/bash')] + [('mksh', '/bin/' + shell) for shell in MKSH]
END = r'^CASES END\n'
PROMPT = r'^/ # \Z'


def names(file):
    """Names of the cases of a file, in order."""
    with open('%s/%s' % (FOLDER, file), encoding='utf-8') as f:
        return [line[3:].rstrip('\n') for line in f if line.startswith('== ')]


def answers(text):
    """{number: (name, what it wrote and its status)} of the cases that came to their end."""
    found = re.findall(r'^CASE (\d+) (.*)\n((?:.*\n)*?)STATUS (\d+)\n', text.replace('\r', ''),
                       re.MULTILINE)
    return {int(number): (name, '%sstatus %s' % (written, status))
            for number, name, written, status in found}


def applets_covered():
    """Applets that cases name, and those that are left out."""
    covered = set()
    for file, _ in FILES:
        if file.startswith('busybox-'):
            for name in names(file):
                covered |= set(name.split(':')[0].split())
    with open(FOLDER + '/busybox-left-out', encoding='utf-8') as f:
        lines = [re.split(r' {2,}', line.strip()) for line in f if not line.startswith('#')]
    return covered, {applet for words, reason in lines for applet in words.split() if reason}


class Typist:
    """Runs cases by typing at the prompt of a machine, and begins again with another machine behind
    a case that did not come to its end. boot: makes a machine that stands at its prompt."""

    def __init__(self, boot, idle=120):
        self.boot, self.idle, self.machine = boot, idle, None

    def close(self):
        if self.machine:
            self.machine.close()
        self.machine = None

    def piece(self, file, shell, first):
        """(what was printed from case `first` on, did it come to the end?)"""
        if self.machine is None:
            self.machine = self.boot()
        m = self.machine
        start = m.seen = len(m.text)
        m.send('/tests/run /tests/%s %s %d\n' % (file, shell, first))
        heard, size = time.monotonic(), start
        while not re.search(END, m.text[start:], re.M):
            if not m.read(1) or time.monotonic() - heard > self.idle:
                return m.text[start:], False
            if len(m.text) > size:
                heard, size = time.monotonic(), len(m.text)
        m.quiet(1)      # the prompt
        return m.text[start:], True

    def answers(self, file, shell):
        """As answers() has them, of all cases that came to their end."""
        found, first, total = {}, 1, len(names(file))
        while first <= total:
            text, complete = self.piece(file, shell, first)
            found.update(answers(text))
            if complete:
                break
            begun = [int(n) for n in re.findall(r'^CASE (\d+) ', text, re.M)]
            first = max(begun, default=first) + 1
            self.close()
        return found
