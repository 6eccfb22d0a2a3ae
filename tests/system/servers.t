#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when a process can't serve files to others, or when one that does not do so well is a
harm to anybody but those who ask it."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import BUILD, CONFIGS, Shell, tap     # noqa: E402

results = tap()
KILL = "kill $(ps | grep '[s]criptfs' | awk '{print $1}'); sleep 1; "


def script(s):
    s.case('a script is mounted', 'mkdir /m; scriptfs /m /usr/share/scriptfs/notes; ns',
           r'^mount scriptfs\.\d+ /m$')
    s.case('ls', 'ls /m', r'^now$')
    s.case('cat', 'cat /m/now', r' UTC 20\d\d$')
    s.case('a file is written and read', 'echo hello >/m/a; cat /m/a', r'^hello$')
    s.case('appended to', 'echo more >>/m/a; cat /m/a', r'^hello$', r'^more$')
    s.case('ls -l', 'ls -l /m', r'^-rw-r--r-- +1 root +root +11 .* a$', r'^-r--r--r-- .* now$')
    s.case('cp, both ways', 'cp /bin/busybox /tmp/b; head -c 200000 /tmp/b >/tmp/c; '
           'cp /tmp/c /m/c; cp /m/c /tmp/d; cmp /tmp/c /tmp/d && echo same', r'^same$')
    s.case('a native program reads it', 'fcat /m/a /m/now', r'^hello$', r' UTC 20\d\d$')
    s.case('a file that is not there', 'cat /m/nothing', r'No such file or directory$')
    s.case('what the script refuses', 'echo >/m/now', r'(denied|error)')
    s.case('it is the current directory', 'cd /m; cat a; cat ../etc/motd; cd ..; pwd', r'^hello$',
           r'^/$')
    s.case('children have what their parent has open', 'exec 5</m/a; cat <&5; exec 5<&-',
           r'^hello$')
    s.case('at the same position', '(read x; cat) </m/a', r'^more$')
    s.case('a loop of them', 'while read x; do busybox echo got $x; done </m/a', r'^got hello$',
           r'^got more$')
    s.case('a rename to another server', 'mv /m/a /tmp/a2 2>/dev/null; cat /tmp/a2', r'^hello$')
    s.case('it is bound elsewhere', 'mkdir -p /n; bind /m /n; ls /n',
           r'^a +c +now$')
    s.case('its end is seen', KILL + 'ls -A /m /n', absent='now')
    s.case('no name leads to it', 'ns | wc -l', r'^3$')
    s.case('a script that takes too long', 'printf "#!/bin/sh\\nsleep 900\\n" >/tmp/s; '
           'chmod 755 /tmp/s; scriptfs -t 1 /m /tmp/s; ls /m', r'timed out')
    s.case('is ended', "ps | grep -c '[s]leep 900'", r'^0$')
    s.case('a place that is not there', KILL + 'scriptfs /nowhere /tmp/s', r'^/nowhere: not found$')
    s.case('a script whose files are programs', 'cat >/tmp/r <<\\!\n#!/bin/sh\n'
           'case $1:$2 in stat:/) echo dir ;; stat:*) echo file 9 755 ;; read:*) cat /bin/fcat ;;\n'
           '*) exit 38 ;; esac\n!', r'')
    s.case('one of them is run', 'chmod 755 /tmp/r; scriptfs /m /tmp/r; /m/any /etc/passwd | '
           'head -n 1', r'^root:')
    s.case('and once more', '/m/other /etc/passwd | head -n 1; ' + KILL, r'^root:')
    s.case('a script that is not there', 'scriptfs /m /tmp/none', r'No such file')
    s.case('another user may serve, but not mount', "su user -c 'scriptfs /m /tmp/s'",
           r'^/m: ')
    s.case('memory of all that comes back',
           'f() { x=$(grep MemF /proc/meminfo); }; '
           'r() { scriptfs /m /usr/share/scriptfs/notes; cat /m/now >/dev/null; ' + KILL +
           '}; r; r; f; a=$x; r; r; f; [ "$a" = "$x" ] && echo same', r'^same$', seconds=60)


def doorbell(s):
    s.case('a server that is waited for', 'mkdir -p /m; doorbell /m & sleep 1; ls -1 /m', r'^bell$',
           r'^open$')
    s.case('who polls it is woken', '(for i in $(seq 99); do :; done; echo ring >/m/bell) & '
           'read -t 100 x </m/bell; echo "=$x"', r'^=ding$')
    s.case('or it has taken too long', 'read -t 1 x </m/bell; echo "=$?"', r'^=1$')
    s.case('what is open has a name', 'readlink /proc/self/fd/3 3</m/bell; '
           'readlink /proc/self/fd/3 3</m', r'^/m/bell$', r'^/m$')
    s.case("another process's, too", 'sleep 900 3</m/bell & sleep 1; readlink /proc/$!/fd/3; '
           'cat /m/open', r'^/m/bell$', r'^1$')
    s.case('but not to any user', 'su user -c "readlink /proc/$!/fd/3"; echo =$?', r'^=1$')
    s.case('it is closed with its process', 'kill $!; sleep 1; cat /m/open', r'^0$')
    s.case('it is handed on', 'echo ring >/m/bell; passer pass /m/bell; cat /m/open', r'^got ding$',
           r'^0$')
    s.case('nobody takes it', 'passer drop /m/bell; cat /m/open', r'^0$')
    s.case('nobody asks for it', 'passer exit /m/bell; cat /m/open', r'^0$')
    s.case('what nobody knows is open ends with an exec', 'passer exec /m/bell cat /m/open', r'^0$')
    s.case('beside what is known', 'passer keep /m/bell cat /m/open; cat /m/open', r'^1$', r'^0$')
    s.case('a file of /proc is handed on', 'passer pass /proc/self/comm', r'^got passer$')
    s.case('or lost', 'passer drop /proc/uptime; passer exit /proc/uptime; echo on', r'^on$')
    s.case('the server ends before it is taken', 'passer late /m/bell killall doorbell',
           r'^then -1$')


def hostile(s):
    for kind in ('silent', 'deaf', 'spins'):
        s.case(kind + ': is mounted', 'hostile %s /m; ns' % kind, 'mount %s /m' % kind)
        s.case(kind + ': who asks waits, ps goes on', 'cat /m/x & sleep 1; ps | grep -c "[c]at /m"',
               r'^1$')
        s.case(kind + ': other files go on', 'ls /proc/1/fd >/dev/null; head -n 1 /etc/passwd',
               r'^root')
        s.case(kind + ': who waits is killed', 'kill -9 %1; wait; ps | grep -c "[c]at /m"', r'^0$')
        s.case(kind + ': a program of it is not run', '/m/x & sleep 1; kill -9 %1; wait; echo on',
               r'^on$')
        s.case(kind + ': ^C ends who waits', 'cat /m/y & sleep 1; kill -INT %1; wait; echo on',
               r'^on$')
        s.case(kind + ': it is unmounted', 'unmount /m; ls -A /m | wc -l', r'^0$')
        s.case(kind + ': it is killed', "kill -9 $(ps | grep '[h]ostile' | awk '{print $1}'); "
               "sleep 1; ps | grep -c '[h]ostile'", r'^0$')
    for kind in ('ends', 'faults'):
        s.case(kind + ': who asks is told', 'hostile %s /m; cat /m/x' % kind,
               r'(Input/output|I/O) error$')
        s.case(kind + ': the name is gone', 'ls -A /m | wc -l; ns | wc -l', r'^0$', r'^3$')
    s.case('lies: who asks is told something', 'hostile lies /m; cat /m/x; ls -l /m/x; echo on',
           r'^on$')
    s.case('lies: and can go on', "kill -9 $(ps | grep '[h]ostile' | awk '{print $1}'); sleep 1; "
           'ns | wc -l', r'^3$')


for config in CONFIGS:
    with Shell(config, results, root='%s/%s/system/cases/init' % (BUILD, config)) as s:
        script(s)
        doorbell(s)
        hostile(s)
sys.exit(results.done())
