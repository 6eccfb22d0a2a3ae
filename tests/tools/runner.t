#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when a failing, hanging, lying or empty test run would pass: what tools/run-test and
tools/test conclude."""
import contextlib
import io
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
import tree                                   # noqa: E402
from machine import Machine, Tap, Timeout     # noqa: E402

run_test = tree.program('tools/run-test')
tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))


def read(lines, reader_class=run_test.TapReader):
    """What a reader concludes of these lines: (results, failures, finished)."""
    inner = Tap()
    reader = reader_class(inner)
    with contextlib.redirect_stdout(io.StringIO()):
        for line in lines:
            reader.line(line)
        reader.verdict()
    return inner.count, inner.failed, reader.finished


def reads(name, lines, expected, reader_class=run_test.TapReader):
    got = read(lines, reader_class)
    tap.ok(got == expected, name, 'got %s, expected %s' % (got, expected))


reads('a plan first, fulfilled', ['1..2', 'ok 1 - a', 'ok 2 - b'], (2, 0, True))
reads('a plan last, fulfilled', ['ok 1 - a', 'ok 2 - b', '1..2'], (2, 0, True))
reads('a failed case', ['1..2', 'ok 1 - a', 'not ok 2 - b'], (2, 1, True))
reads('kernel output between results', ['boot', 'ok 1 - a', '<<x>>', '1..1'], (1, 0, True))
reads('fewer results than planned', ['1..3', 'ok 1 - a', 'ok 2 - b', '# end'], (3, 1, True))
reads('no plan', ['ok 1 - a', '# end'], (2, 1, True))
reads('nothing at all', [], (1, 1, False))
reads('a plan of no tests', ['1..0'], (1, 1, True))
reads('wrong numbers', ['ok 1 - a', 'ok 3 - b', '1..2'], (4, 2, True))
reads('bail out', ['ok 1 - a', 'Bail out! no memory'], (3, 2, True))
reads('a skipped case', ['ok 1 - a # SKIP no device', '1..1'], (1, 0, True))
reads('suite output',
      ['Starting test 0: A', 'Test A passed', 'Starting test 1: B', '\tError: x', 'Test B failed',
                       'Test suite failed'], (2, 1, True), run_test.SuiteReader)
reads('suite output that stops early', ['Starting test 0: A'], (1, 0, False), run_test.SuiteReader)


def harness(script, *options):
    """tools/test on a folder of tests of its own: (exit status, last line)."""
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(folder + '/host')
        os.makedirs(folder + '/build')
        if script is not None:
            path = folder + '/host/probe'
            with open(path, 'w') as f:
                f.write('#!/bin/sh\n' + script)
            os.chmod(path, 0o755)
        environment = {k: v for k, v in os.environ.items()
                       if k not in ('MYELIN_TEST_FILTER', 'MYELIN_TEST_ROOTS')}
        environment['MYELIN_BUILD'] = folder
        environment['MYELIN_HOST_TESTS'] = 'probe' if script is not None else ''
        r = subprocess.run([os.path.abspath('tools/test'), *options], cwd=folder, env=environment,
                           capture_output=True, text=True)
        return r.returncode, r.stdout.strip().split('\n')[-1]


def concludes(name, script, expected, *options):
    got = harness(script, *options)
    tap.ok(got == expected, name, 'got %s, expected %s' % (got, expected))


concludes('the total of a good run', 'echo 1..2; echo ok 1; echo ok 2', (0, '2 passed, 0 failed'))
concludes('the total of a failed case', 'echo 1..2; echo ok 1; echo not ok 2',
          (1, '1 passed, 1 failed'))
concludes('a plan not met fails', 'echo 1..3; echo ok 1', (1, '1 passed, 1 failed'))
concludes('an exit status fails', 'echo 1..1; echo ok 1; exit 3', (1, '1 passed, 1 failed'))
concludes('no output fails', ':', (1, '0 passed, 1 failed'))
concludes('nothing to run fails', None, (1, '0 passed, 1 failed'))
concludes('a hang fails', 'echo 1..2; echo ok 1; sleep 30', (1, '1 passed, 1 failed'),
          '--limit', '1')
concludes('a filter selects by name', 'echo 1..1; echo ok 1', (0, '1 passed, 0 failed'),
          '--filter', 'prob')
concludes('a filter that no test has in its name is refused', 'echo 1..1; echo ok 1',
          (2, ''), '--filter', 'robot')
concludes('the part behind a colon is for the cases',
          'echo 1..1; [ "$MYELIN_TEST_FILTER" = "a\\ b" ] && echo ok 1',
          (0, '1 passed, 0 failed'), '--filter', 'probe:a b')
concludes('no case with that in its name fails', 'echo "1..0 # SKIP"',
          (1, '0 passed, 1 failed'), '--filter', 'probe:nothing')

with tempfile.TemporaryDirectory() as folder:
    # A disc with nothing on it: the firmware says so and waits. Nothing of what is expected comes.
    disc = folder + '/empty.iso'
    with open(disc, 'wb') as f:
        f.write(bytes(4096))
    machine = Machine('test', iso=disc)
    try:
        machine.expect('never printed', 2)
        tap.ok(False, 'waiting for output is bounded in time')
    except Timeout as e:
        tap.ok('did not appear' in str(e), 'waiting for output is bounded in time', e)
    machine.close()
    tap.ok(machine.proc.poll() is not None, 'closing ends the machine')
sys.exit(tap.done())
