# SPDX-License-Identifier: BSD-2-Clause
"""The default system with someone at its prompt, for the scripts of this folder.

    with Shell('debug', tap) as s:
        s.case('ping reaches echo', 'ping echo', r'^echo: answered the same words')
"""
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
from machine import Machine, Tap, Timeout     # noqa: E402

BUILD = os.environ.get('MYELIN_BUILD', 'build')
COLUMNS = 80
CONFIGS = ('debug', 'release')
PROMPT = r'^/ # '


def tap():
    return Tap(os.environ.get('MYELIN_TEST_FILTER'))


class Shell:
    def __init__(self, config, results, root=None, profile='test'):
        self.config, self.tap = config, results
        # By default the virtual clock: budgets and sleeps then don't depend on the host's load.
        log = 'build/test-logs/system-%s-%s.log' % (os.path.basename(sys.argv[0]), config)
        self.m = Machine(profile, '%s/%s/kernel' % (BUILD, config),
                         root or '%s/%s/system/default/init' % (BUILD, config), log=log)

    def __enter__(self):
        self.ok('boots to the prompt', lambda: self.m.expect(PROMPT, 60))
        return self

    def __exit__(self, *unused):
        self.m.close()
        return False

    def ok(self, name, action):
        """A case that is good when the action does not run out of time nor return False."""
        try:
            return self.tap.ok(action() is not False, '%s: %s' % (self.config, name), self.m.tail())
        except Timeout as e:
            return self.tap.ok(False, '%s: %s' % (self.config, name), '%s\n%s' % (e, self.m.tail()))

    def ask(self, line, seconds=30):
        """Type a line and return what is shown from its echo to the next prompt."""
        start = len(self.m.text)
        self.m.seen = start
        # Return comes when the line is shown: what it starts prints past the terminal, perhaps.
        # A line that goes on in the next row is not shown as it was typed.
        self.m.send(line)
        if len(line) < COLUMNS - len('/ # '):
            self.m.expect(re.escape(line), seconds)
        self.m.send('\n')
        self.m.expect('\n', seconds)
        self.m.expect(PROMPT + r'\Z', seconds)
        return self.m.text[start:self.m.seen]

    def case(self, name, line, *patterns, absent=None, seconds=30):
        """Type a line: each pattern must appear in what is shown, in order; `absent` must not."""
        def check():
            shown, at = self.ask(line, seconds), 0
            for p in patterns:
                found = re.compile(p, re.MULTILINE).search(shown, at)
                if not found:
                    return False
                at = found.end()
            return not (absent and re.search(absent, shown, re.MULTILINE))
        return self.ok(name, check) or self.recover()

    def recover(self):
        """After a failure: what is on its way must not be taken for the answer to the next line."""
        self.m.quiet(1)
        return False

    def keys(self, name, text, pattern, seconds=20):
        """Type keys and wait for a pattern."""
        def check():
            self.m.seen = len(self.m.text)
            self.m.send(text)
            self.m.expect(pattern, seconds)
        return self.ok(name, check)

    def settle(self, seconds=20):
        """After something that prints by itself: press Return until a prompt stands alone."""
        def check():
            self.m.quiet(0.5)
            self.m.seen = len(self.m.text)
            self.m.send('\n')
            self.m.expect(PROMPT + r'\Z', seconds)
        return self.ok('the prompt is back', check)
