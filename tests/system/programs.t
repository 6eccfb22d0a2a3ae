#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when an unmodified program of Debian does not do here what it does on Linux: scripts for
busybox's applets and shell, bash, mksh with three C libraries, sash, gpgv, tini, two in Go and one
in Rust run on this machine's Linux and on ours, and what they write is compared. Or when an applet
of busybox has neither a case nor a reason to have none."""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import onlinux      # noqa: E402
import scripts      # noqa: E402
from shell import BUILD, Machine, Timeout, tap     # noqa: E402

ROOT = BUILD + '/release/system/debian/root.cpio'
results = tap()


def applets(folder):
    """Every applet has a case, or a reason to have none."""
    _, shown = onlinux.run(folder, '/bin/busybox', '--list')
    there = set(shown.split())
    covered, left_out = scripts.applets_covered()
    # The shell and the language have files of their own.
    missing = there - covered - left_out - {'sh', 'getty'}
    results.ok(not missing, 'every applet has a case or a reason', 'without: %s' % sorted(missing))
    results.ok(not left_out & covered, 'what is left out has no case', left_out & covered)


def on_linux(folder, file, shell):
    status, text = onlinux.run(folder, '/tests/run', '/tests/' + file, shell)
    answers = scripts.answers(text)
    wanted = scripts.names(file)
    results.ok(status == 0 and [name for name, _ in answers.values()] == wanted,
               '%s, %s: all cases end on Linux' % (file, shell), text[-600:])
    return answers


def boot():
    m = Machine('test', BUILD + '/release/kernel', BUILD + '/release/system/debian/init',
                log='build/test-logs/system-programs.log')
    m.expect(scripts.PROMPT, 60)
    return m


def compare(file, shell, linux, ours):
    for number, (name, wanted) in linux.items():
        _, found = ours.get(number, (name, 'it did not come to its end'))
        results.ok(found == wanted, '%s, %s: %s' % (file, shell, name),
                   'is\n%s\nnot\n%s' % (found, wanted))


def on_ours(linux):
    typist = scripts.Typist(boot)
    try:
        for (file, shell), answers in linux.items():
            compare(file, shell, answers, typist.answers(file, shell))
    except Timeout as e:
        results.ok(False, 'it boots to the prompt', e)
    finally:
        typist.close()


with tempfile.TemporaryDirectory() as tree:
    onlinux.unpack(ROOT, tree)
    applets(tree)
    expected = {(file, shell): on_linux(tree, file, shell) for file, shell in scripts.FILES}
on_ours(expected)
sys.exit(results.done())
