# SPDX-License-Identifier: BSD-2-Clause
"""Does what a page of docs/ says, for the scripts of this folder. Its blocks are executed in order
in a copy of the tree: `sh` blocks are commands; in `console` blocks `$` begins a command and `/ #`
what is typed at the prompt; the other lines must be shown, in this order, where `...` stands for
anything.

    follow('docs/programming.md')
"""
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
import tree                                   # noqa: E402
from machine import Machine, Tap, Timeout     # noqa: E402

PROMPT = r'^/ # '
BUILD_SECONDS, ANSWER_SECONDS = 400, 30
tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))


def blocks(page):
    with open(page) as f:
        return re.findall(r'^```(sh|console)\n(.*?)^```$', f.read(), re.M | re.S)


def run(folder, text):
    return subprocess.run(['bash', '-e', '-c', text], cwd=folder, env=tree.environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=BUILD_SECONDS)


def line_pattern(line):
    return '^' + '.*'.join(map(re.escape, line.split('...'))) + '$'


def shows(text, lines):
    """The first of the lines that the text does not show behind those before it, or None."""
    at = 0
    for line in lines:
        found = re.compile(line_pattern(line), re.M).search(text, at)
        if not found:
            return line
        at = found.end()
    return None


def steps(lines):
    """[what is typed, the lines that are shown then], ..."""
    found = []
    for line in lines:
        if line.startswith('/ # '):
            found.append([line[4:], []])
        else:
            found[-1][1].append(line)
    return found


def session(folder, command, lines):
    """Type at the prompt of a machine that the command boots."""
    with Machine(command=command.split(), cwd=folder, env=tree.environment()) as m:
        try:
            m.expect(PROMPT, BUILD_SECONDS)
            for typed, shown in steps(lines):
                start = len(m.text)
                m.send(typed)
                m.expect(re.escape(typed), ANSWER_SECONDS)
                m.send('\n')
                m.expect(r'\n', ANSWER_SECONDS)
                m.expect(PROMPT + r'\Z', ANSWER_SECONDS)
                missing = shows(m.text[start:], shown)
                tap.ok(missing is None, 'at the prompt: ' + typed,
                       'not shown: %s\n%s' % (missing, m.tail()))
        except Timeout as e:
            tap.ok(False, command, '%s\n%s' % (e, m.tail()))


def console(folder, text):
    first, *lines = text.splitlines()
    command = first[2:]
    if any(line.startswith('/ # ') for line in lines):
        session(folder, command, lines)
        return
    r = run(folder, command)
    missing = shows(r.stdout, lines)
    tap.ok(missing is None, command, 'not shown: %s\n%s' % (missing, r.stdout))


def follow(page):
    """All of it; ends the script."""
    with tempfile.TemporaryDirectory() as folder:
        tree.copy(folder, 'release')
        for kind, text in blocks(page):
            if kind == 'sh':
                r = run(folder, text)
                tap.ok(r.returncode == 0, text.splitlines()[0], r.stdout)
            else:
                console(folder, text)
    sys.exit(tap.done())
