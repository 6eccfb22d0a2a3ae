#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when the tree of files that a system begins with is not what its list says, is not
reproducible or aligned, or when a wrong list is taken."""
import os
import re
import stat
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
import newc                 # noqa: E402
from machine import Tap     # noqa: E402

PAGE = 4096
tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))


def entries(data):
    """{name: (mode, offset of the data, data)} of a newc archive."""
    return {name: (mode, at, body) for name, mode, _, body, at in newc.entries(data)}


with tempfile.TemporaryDirectory() as folder:
    def make(text, *options):
        """(archive or None, what was said) for a list of that text."""
        out = folder + '/out'
        with open(folder + '/list', 'w') as f:
            f.write(text)
        r = subprocess.run(['tools/mkroot', '-o', out, '--programs', folder, *options,
                            folder + '/list'], capture_output=True, text=True)
        if r.returncode:
            return None, r.stderr
        with open(out, 'rb') as f:
            return f.read(), r.stderr

    for name, text in (('one', 'eins'), ('empty', ''), ('big', 'x' * 5000)):
        with open('%s/%s' % (folder, name), 'w') as f:
            f.write(text)
    good = '''# a comment
dir /etc 755
dir /tmp 1777   # behind a statement
file /etc/one 640 one
file /etc/empty 600 empty
program /etc/big 4755 big
link /etc/two one
device /etc/null 666 1 3
'''
    data, said = make(good, '--align', str(PAGE))
    tap.ok(data is not None, 'a list with every statement is taken', said)
    tree = entries(data)
    tap.ok(list(tree) == ['etc', 'tmp', 'etc/one', 'etc/empty', 'etc/big', 'etc/two', 'etc/null'],
           'the order is that of the list', tree.keys())
    for name, mode, body in (('etc', stat.S_IFDIR | 0o755, b''),
                             ('tmp', stat.S_IFDIR | 0o1777, b''),
                             ('etc/one', stat.S_IFREG | 0o640, b'eins'),
                             ('etc/empty', stat.S_IFREG | 0o600, b''),
                             ('etc/big', stat.S_IFREG | 0o4755, b'x' * 5000),
                             ('etc/two', stat.S_IFLNK | 0o777, b'one'),
                             ('etc/null', stat.S_IFCHR | 0o666, b'')):
        tap.ok(tree[name][0] == mode and tree[name][2] == body, name + ': mode and contents',
               tree[name])
    tap.ok(all(at % PAGE == 0 for mode, at, body in tree.values() if len(body) >= PAGE and
               stat.S_ISREG(mode)), 'files of a page or more begin at one', tree)
    os.utime(folder + '/one', (1, 1))
    tap.ok(make(good, '--align', str(PAGE))[0] == data, 'the same list makes the same bytes')
    with open('/dev/null', 'wb') as null:
        packed = subprocess.run(['tools/mkarchive', '-o', folder + '/boot', folder + '/one',
                                 folder + '/out'], stderr=null).returncode
    tap.ok(packed == 0, 'it goes into a boot archive')
    for what, text, reason in (
            ('an unknown statement', 'pipe /x 644', 'no such statement'),
            ('a missing word', 'dir /x', 'not so many words'),
            ('a word too many', 'link /x y z', 'not so many words'),
            ('a path that is relative', 'dir etc 755', 'no plain absolute path'),
            ('a path that goes up', 'dir /a/../b 755', 'no plain absolute path'),
            ('the same path twice', 'dir /a 755\nlink /a b', 'list:2: /a is there already'),
            ('a missing folder', 'dir /a/b 755', 'there is no folder /a before'),
            ('no octal mode', 'dir /a 999', 'list:1: '),
            ('a mode that is too large', 'dir /a 17777', 'no mode'),
            ('a missing file', 'file /a 644 nowhere', 'nowhere'),
            ('applets of nothing', 'applets /bin/busybox', 'there is no file /bin/busybox')):
        data, said = make(text)
        tap.ok(data is None and reason in said, 'refused with its reason: ' + what, said)

r = subprocess.run(['tools/debian', '../etc'], capture_output=True, text=True)
tap.ok(r.returncode != 0 and 'no name of a package' in r.stderr, 'no package has such a name',
       r.stderr)
tree = entries(open('build/release/system/default/root.cpio', 'rb').read())
tap.ok(tree['bin/sh'][2] == b'/bin/busybox' and len(tree['bin/busybox'][2]) > 1 << 20
       and tree['bin/busybox'][0] == stat.S_IFREG | 0o755, 'the default system has busybox as sh')
tap.ok(re.search(rb'root:x:0:0', tree['etc/passwd'][2]), 'and a root user')
sys.exit(tap.done())
