#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when the system does not come up to its prompt, a command there does not do what it says, a component's
fault reaches another one, or a restart loses something. The debug and the release kernel, the same cases."""
import os
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
from machine import Machine, Tap, Timeout     # noqa: E402

BUILD = os.environ.get('MYELIN_BUILD', 'build')
PROMPT = r'^> '
CTRL_C, CTRL_D, CTRL_U, CTRL_W, BACKSPACE, UP = '\x03', '\x04', '\x15', '\x17', '\x7f', '\x1b[A'
tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))

# What faulty does on request, what init must say of it, and how the monitor calls it afterwards.
FAULTS = (
    ('null', r'fault: write 0x[01]: null pointer', 'memory fault'),
    ('stack', r'fault: write 0x[0-9a-f]+: stack overflow', 'memory fault'),
    ('privileged', r'fault: .*general protection', 'exception'),
    ('port', r'fault: .*general protection', 'exception'),
    ('loop', r'fault: budget used up, 2\d\d\d\d us', 'out of budget'),
    ('readonly', r'fault: write 0x[0-9a-f]+: page is read-only', 'memory fault'),
    ('execute', r'fault: execute 0x[0-9a-f]+: page is not executable', 'memory fault'),
    ('divide', r'fault: .*divide', 'exception'),
    ('invalid', r'fault: .*invalid', 'exception'),
    ('cap', r'fault: .*capabilit', 'missing capability'),
    ('kernel', r'fault: write 0xffffffff80100000: ', 'memory fault'),
)
BAD_MANIFESTS = (
    ('bad-keyword', r"bad-keyword:3: unknown keyword 'colour'"),
    ('bad-number', r"bad-number:4: out of range: '300'"),
    ('bad-name', r"bad-name:3: no component 'nobody'"),
    ('bad-priority', r"bad-priority:9: calls must go to a higher priority"),
    ('bad-program', r"bad-program:2: not in the boot archive: 'not-there'"),
    ('bad-unit', r"bad-unit:3: not a number with a unit"),
)


class Session:
    """A booted system at its prompt."""

    def __init__(self, config):
        self.config = config
        self.machine = Machine(config, '%s/%s/kernel' % (BUILD, config), '%s/%s/user/init' % (BUILD, config),
                               log='build/test-logs/boot-%s.log' % config)

    def ok(self, good, name, why=''):
        return tap.ok(good, '%s: %s' % (self.config, name), why)

    def until(self, pattern, seconds=20):
        """All output up to and with the pattern."""
        start = self.machine.seen
        self.machine.expect(pattern, seconds)
        return self.machine.text[start:self.machine.seen]

    def command(self, line, seconds=20):
        """Type a line; what was printed between it and the next prompt."""
        self.machine.send(line + '\n')
        return self.until(PROMPT, seconds)[:-2]

    def says(self, name, line, *patterns, absent=None, seconds=20):
        """One case: what the command prints has all the patterns, and not `absent`."""
        out = self.command(line, seconds)
        missing = [p for p in patterns if not re.search(p, out, re.M)]
        extra = absent and re.search(absent, out, re.M)
        return self.ok(not missing and not extra, name,
                       '%s gave:\n%s%s' % (line, out, ''.join('\nmissing: ' + p for p in missing)))


def test_looking(s):
    s.says('help names every command', 'help', *(r'^  %s ' % c for c in (
        'help', 'components', 'holds', 'mem', 'ls', 'cat', 'check', 'run', 'start', 'stop', 'kill', 'restart', 'signal',
        'ping', 'count', 'bench', 'date')))
    s.says('components shows who runs', 'components', r'^console +running +1 +200', r'^echo +running .*passive$',
           r'^pager +running', r'^monitor +running', r'^faulty +stopped +0')
    s.says('holds shows a driver\'s ports and interrupt', 'holds console', r'I/O ports 0x3f8-0x3ff', r'interrupt 4')
    s.says('holds shows endpoints with badge and rights', 'holds monitor', r'endpoint of echo, badge 7, rights call', 'control')
    s.says('holds of nobody', 'holds nobody', r'^nobody: no such component')
    s.says('mem shows memory in use', 'mem', r'^memory \d+ K, free \d+ K')
    s.says('ls shows the boot archive', 'ls', r'^ +\d+  manifest$', r'^ +\d+  echo$')
    s.says('cat shows a file', 'cat motd', r'^This is a file of the boot archive')
    s.says('cat of a program', 'cat echo', r'^echo: not text')
    s.says('cat of nothing', 'cat nothing', r'^nothing: not found')
    s.says('an unknown command', 'frobnicate', r'^frobnicate: unknown command')
    s.says('a command without its argument', 'ping', r'^usage: ping')
    s.says('bench measures', 'bench', *(r'%s +\d+ cycles' % row for row in (
        'call and reply, 0 words', 'call and reply, 120 words', 'Linux system call, local', 'poll of a notification')))


def test_clock(s):
    def up():
        return float(re.search(r'up (\d+\.\d+) s', s.command('date')).group(1))
    first, host = up(), time.monotonic()
    time.sleep(1)
    passed, host = up() - first, time.monotonic() - host
    s.ok(0.5 * host < passed < 2 * host, 'the clock runs at the pace of time', '%.3f s in %.3f s' % (passed, host))
    s.says('date is a date', 'date', r'^20[2-9]\d-[01]\d-[0-3]\d [0-2]\d:[0-5]\d:[0-5]\d UTC')


def test_calls(s):
    def counted():
        return tuple(int(n) for n in re.search(r'^echo: (\d+) calls, (\d+) signals', s.command('count echo'), re.M).groups())
    s.says('ping echo', 'ping echo', r'^echo: answered the same words, \d+ cycles')
    calls, signals = counted()
    out = s.command('ping echo 20')
    s.ok(out.count('answered the same words') == 20, 'twenty calls, twenty answers', out)
    s.ok(counted()[0] - calls in (20, 21), 'echo counted them')
    s.command('signal echo')
    s.ok(counted()[1] == signals + 1, 'a signal arrives, once')
    s.says('no endpoint, no call', 'ping hello', r'holds no endpoint')
    s.command('stop echo')
    s.says('a call to a stopped component fails', 'ping echo', r'^echo: is dead')
    s.says('it is shown as stopped', 'components', r'^echo +stopped')
    s.command('start echo')
    s.says('started again, it answers', 'ping echo', r'^echo: answered the same words')
    s.says('a killed component is restarted', 'kill echo', r'^init: echo: restarted')
    s.says('and answers', 'ping echo', r'^echo: answered the same words')
    s.command('restart echo')
    s.says('starts are counted', 'components', r'^echo +running +4 ')
    s.command('run killer echo &')
    s.says('a call in flight to a component that dies ends with an error', 'hang', r'^echo: is dead')
    s.command('')
    s.says('its successor answers', 'ping echo', r'^echo: answered the same words')
    s.says('restarts leave no memory behind', 'stress echo 50', r'^50 restarts of echo, .*: the same$', seconds=60)
    s.says('not even of a program with a lot of it', 'stress pager 20', r': the same$', seconds=60)


def test_programs(s):
    s.says('a program runs', 'run hello', r'^hello, world')
    s.says('with arguments, and its exit status is shown', 'run faulty', r'^faulty: exited 2')
    s.says('no such program', 'run nothing', r'^nothing: not found')
    s.says('pages on demand', 'run paged', r'^8 pages on demand, 0 wrong')
    s.says('the pager counted the faults', 'count pager', r'^pager: 8 faults served')
    for name, report, state in FAULTS:
        s.says('fault: %s' % name, 'run faulty ' + name, r'^init: faulty: ' + report, r'^init: faulty:   rax [0-9a-f]{16}',
               r'^faulty: ' + state, absent='nothing happened')
    s.says('after all of them the others are as before', 'components', r'^console +running +1 ', r'^monitor +running +1 ')
    s.says('and echo answers', 'ping echo', r'answered the same words')
    for name, report in BAD_MANIFESTS:
        s.says('wrong manifest: %s' % name, 'check ' + name, report)
    s.says('the manifest is right', 'check manifest', r'^manifest: good')


def test_selftest(s):
    """The personality's own checks, each a case."""
    s.machine.send('run selftest\n')
    out = s.until(r'^selftest: (\d+) failed', 60)
    s.until(PROMPT)
    for verdict, name in re.findall(r'^(ok|not ok) - (.*)$', out, re.M):
        s.ok(verdict == 'ok', name)
    s.ok(out.rstrip().endswith('selftest: 0 failed'), 'linux: the self-test counts no failure', out)


def test_typing(s):
    m = s.machine
    m.send('ping echX' + BACKSPACE + 'o\n')
    s.ok('answered' in s.until(PROMPT), 'backspace removes a character')
    m.send('rubbish' + CTRL_U + 'ping echo\n')
    s.ok('answered' in s.until(PROMPT), '^U removes the line')
    m.send('ping nobody' + CTRL_W + 'echo\n')
    s.ok('answered' in s.until(PROMPT), '^W removes a word')
    m.send(UP + '\n')
    s.ok('answered' in s.until(PROMPT), 'the line before comes back with the up key')
    time.sleep(0.3)
    m.send('rubbish' + CTRL_C)
    s.until(PROMPT)
    s.says('^C gives a line up', 'ping echo', 'answered')
    m.send('run lines\n')
    time.sleep(0.5)
    m.send('one\ntwo two\n' + CTRL_D)
    out = s.until(PROMPT)
    s.ok('line 1 has 3 characters: one' in out and 'line 2 has 7 characters: two two' in out and 'end after 2 lines' in out,
         'a program reads lines until ^D', out)
    m.send('run lines\n')
    time.sleep(0.5)
    m.send('abc\n')
    s.until('line 1 has 3 characters: abc')
    m.send(CTRL_C)
    s.ok('end after' not in s.until(PROMPT), '^C ends a program')
    s.says('and it is over', 'components', r'^lines +stopped')
    m.send('run lines\n')
    time.sleep(0.5)
    for n in range(60):
        m.send('this is line %d of a quick typist\n' % n)
    m.send(CTRL_D)
    out = s.until(PROMPT, 40)
    s.ok('end after 60 lines' in out, 'nothing typed is lost, however fast', out[-400:])
    m.send('x' * 400 + '\n')
    s.ok('unknown command' in s.until(PROMPT), 'a line longer than there is room for is cut, not fatal')
    s.says('and the next one is read', 'ping echo', 'answered')


def test_restarts(s):
    s.says('the console driver is restarted', 'kill console', r'^init: console: restarted')
    s.says('and reads and writes', 'ping echo', r'answered the same words')
    s.machine.send('kill monitor\n')
    out = s.until(r'^Myelin\.') + s.until(PROMPT)
    s.ok('init: monitor: restarted' in out, 'the monitor is restarted', out)
    s.says('and has its authority again', 'ping echo', r'answered the same words')
    s.says('components counts both', 'components', r'^console +running +2 ', r'^monitor +running +2 ')


for config in ('debug', 'release'):
    session = Session(config)
    with session.machine as machine:
        try:
            boot = session.until(PROMPT, 40)
            session.ok(True, 'the prompt is reached')
            session.ok(re.search(r'^init: \d+ components, \d+ running', boot, re.M), 'init says what it started', boot)
            if config == 'debug':
                session.ok('checks on' in boot, 'the kernel says that it checks its invariants', boot)
            for test in (test_looking, test_clock, test_calls, test_programs, test_selftest, test_typing, test_restarts):
                test(session)
        except (Timeout, AttributeError) as e:
            session.ok(False, 'the session goes on', '%s\n%s' % (e, machine.tail()))
sys.exit(tap.done())
