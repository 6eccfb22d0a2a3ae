#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when a name leads to another server than the one that was mounted there, when what carries
a mount is renamed or removed, or when one name space's mounts are seen in another."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import CONFIGS, Shell, tap     # noqa: E402

results = tap()


def binds(s):
    s.case('ns tells how it is', 'ns', r'^mount memfs /$', r'^mount proc /proc$',
           r'^mount system /system$')
    s.case('directories to play with', 'mkdir -p /t/a/b /t/n /t/r; echo deep >/t/a/b/f; cd /', r'')
    s.case('bind', 'bind /t/a /t/n && cat /t/n/b/f', r'^deep$')
    s.case('ns has it', 'ns', r'^bind /t/a /t/n$')
    s.case('/proc/mounts, too', 'mount', r'^/t/a on /t/n type memfs \(rw\)$')
    s.case('a file is made in both', 'echo new >/t/n/g; cat /t/a/g', r'^new$')
    s.case('.. leads out of it to where it is mounted', 'cd /t/n/b; cd ../..; pwd; ls; cd /',
           r'^/t$', r'^a +n +r$')
    s.case('so it does in one path', 'ls /t/n/b/../..', r'^a +n +r$')
    s.case('and from a handle alone', 'cd /t/n/b; ls -d ../../../t/r; cd /', r'^\.\./.*/t/r$')
    s.case('a name with .. leads into it', 'cat /t/r/../n/b/f', r'^deep$')
    s.case('a relative link does', 'ln -s n /t/l; ln -s ../t/n/b /t/k; cat /t/l/b/f /t/k/f',
           r'^deep$', r'^deep$')
    s.case('it is not removed', 'rmdir /t/n', r'Device or resource busy$')
    s.case('nor what is on the way', 'rmdir /t/r/../n', r'Device or resource busy$')
    s.case('nor made', 'mkdir /t/n', r'File exists$')
    s.case('nor renamed', 'mv /t/n /t/m', r'Device or resource busy$')
    s.case('nor what it is in', 'mv /t /u', r'Device or resource busy$')
    s.case('others are', 'mv /t/r /t/q && mv /t/q /t/r && ls -d /t/r', r'^/t/r$')
    s.case('what is seen there may have another name', 'mv /t/a /t/c; cat /t/n/b/f; mv /t/c /t/a',
           r'^deep$')
    s.case('nor is /proc', 'rmdir /proc; rmdir /t/../proc; mv /proc /pro',
           r'busy$', r'busy$', r'(busy|link)$')
    s.case('/proc by a detour', 'cat /t/../proc/self/comm', r'^cat$')
    s.case('something is mounted in it', 'mount system /t/n/b && ls /t/n/b', r'^boot +component')
    s.case('which is seen in both', 'ls /t/a/b', r'^boot +component')
    s.case('its .. is where it was mounted', 'ls /t/n/b/component/../..', r'^b +g$')
    s.case('unmount, by another name', 'unmount /t/l/b && cat /t/n/b/f', r'^deep$')
    s.case('one above the other', 'mount proc /t/r && bind /t/a /t/r && cat /t/r/g', r'^new$')
    s.case('the last one goes first', 'unmount /t/r && cat /t/r/self/comm', r'^cat$')
    s.case('then the other', 'unmount /t/r && ls -A /t/r | wc -l', r'^0$')
    s.case('three of them', 'mount memfs /t/r; mount proc /t/r; mount system /t/r; ls /t/r; '
           'unmount /t/r; unmount /t/r; ls -d /t/r/t/a; unmount /t/r; ls -A /t/r | wc -l',
           r'^boot', r'^/t/r/t/a$', r'^0$')
    s.case('unmount', 'unmount /t/n && ls -A /t/n | wc -l', r'^0$')
    s.case('once', 'unmount /t/n', r'Invalid argument$')
    s.case('the root stays', 'unmount /', r'busy$')
    s.case('a file is no place', 'mount proc /t/a/g', r'Not a directory$')
    s.case('nor is what is not there', 'mount proc /t/none', r'No such file')
    s.case('no such server', 'mount nobody /t/n', r'(failed|No such)', absent='on /t/n type')
    s.case('nor such options', 'busybox mount -o bind,ro /t/a /t/n', r'(Invalid|failed|denied)')
    s.case('what was a place is none any more', 'rmdir /t/n && mkdir /t/n && mv /t/n /t/m && '
           'mv /t/m /t/n && echo done', r'^done$')
    s.case('only user 0', "su user -c 'bind /t/a /t/n'", r'(must be root|not permitted|ermission)')
    s.case('a long name', 'x=0123456789abcdef; x=$x$x$x$x; mkdir -p /t/$x$x/$x$x; '
           'bind /t/a /t/$x$x/$x$x', r'(too long|failed|Invalid)')


def spaces(s):
    s.case('a name space of its own', "ns new sh -c 'bind /t/a /t/n; cat /t/n/g'", r'^new$')
    s.case('is not seen from outside', 'ls -A /t/n | wc -l', r'^0$')
    s.case('two are there at once',
           "mkfifo /t/q; ns new sh -c 'mount proc /t/n; echo on; exec cat /t/q' & sleep 1",
           r'^on$')
    s.case('one has what the other has not', 'ls -A /t/n | wc -l; ls -A /t/r/../n | wc -l',
           r'^0$', r'^0$')
    s.case('a directory below is reached', 'mkdir -p /t/n/x/y; echo 1 >/t/n/x/y/z; '
           'cat /t/l/x/y/z; cd /t/r/../n/x; pwd; cat y/z; ls ..; cd /', r'^1$', r'^/t/n/x$', r'^1$',
           r'^x$')
    s.case('a place of the other is not removed', 'rm -r /t/n/x; rmdir /t/n', r'busy$')
    s.case('ns shows it by its number', "ns $(ps | grep '[c]at /t/q' | awk '{print $1}')",
           r'^mount proc /t/n$')
    s.case('it ends', 'kill %1; wait; rmdir /t/n && mkdir /t/n && echo free', r'^free$')
    s.case('chroot keeps what is mounted inside', 'mkdir -p /t/a/bin /t/a/p; '
           'cp /bin/busybox /t/a/bin; mount proc /t/a/p; '
           "chroot /t/a /bin/busybox sh -c 'read x </p/self/comm; echo $x; cd /p; cd ..; pwd; ls'",
           r'^busybox$', r'^/$', r'^b +bin +g +p$')
    s.case('a bind of what is outside is not seen there', 'bind /t/r /t/a/b; '
           'chroot /t/a /bin/busybox ls /b', r'No such file')
    s.case('all goes away', 'unmount /t/a/b; unmount /t/a/p; rm -r /t; ns | wc -l', r'^3$')


for config in CONFIGS:
    with Shell(config, results) as s:
        binds(s)
        spaces(s)
sys.exit(results.done())
