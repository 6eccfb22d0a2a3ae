#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when Debian's unmodified busybox, as processes on our servers, does not do what a shell is
for: programs, files, pipes, children and their ends."""
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
from machine import Machine, Tap, Timeout     # noqa: E402

BUILD = os.environ.get('MYELIN_BUILD', 'build')
tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))
PROMPT = '/ # '

# name, line, what all of the output is
CASES = (
    ('a command of the shell', 'echo hello', 'hello'),
    ('a pipe of two processes', 'echo one two | cat', 'one two'),
    ('a pipe of three', 'ls / | grep -v x | wc -l', '15'),
    ('a file written and read', 'echo text > /tmp/a; cat /tmp/a', 'text'),
    ('a file appended to', 'echo more >> /tmp/a; cat /tmp/a | wc -l', '2'),
    ('a program of its own', '/bin/busybox uname -m', 'x86_64'),
    ('the status of a child', 'sh -c "exit 3"; echo $?', '3'),
    ('the end of a child by a signal', 'sh -c "kill -9 \\$\\$"; echo $?', r'Killed\n137'),
    ('a command in the background', 'true & wait; echo over', r'over\n\[1\]\+  Done +true'),
    ('what a subshell says', 'x=$(echo a; echo b); echo $x', 'a b'),
    ('a loop of children', 'for i in 1 2 3 4 5; do /bin/busybox echo $i; done | wc -l', '5'),
    ('a directory made and removed', 'mkdir /tmp/d && rmdir /tmp/d && echo done', 'done'),
    ('a symbolic link', 'ln -s a /tmp/l; cat /tmp/l | head -n 1', 'text'),
    ('a large file through a pipe', 'cat /bin/busybox | md5sum | cut -c 33-', '  -'),
    ('a file that is not there', 'cat /nowhere',
     ".*can't open '/nowhere': No such file or directory"),
    ('processes in /proc', 'cat /proc/self/comm', 'cat'),
    ('components are files', 'grep -c running /system/components', '8'),
    ('each of them', "sed -n '1p;3p' /system/component/pipe/status", r'name pipe\nstate running'),
    ('what it holds', 'grep ports /system/component/console/holds', '.*0x3f8-0x3ff'),
    ('the boot archive', 'head -n 1 /system/boot/manifest', '# SPDX.*'),
    ('no such component', 'cat /system/component/nobody/status', '.*No such file or directory'),
    ('no such command', 'echo dance >/system/component/pipe/ctl', '.*Invalid argument'),
    ('the end of what nobody started', 'cat /system/component/pipe/end',
     '.*Resource temporarily unavailable'),
    ('a directory of it', 'cd /system/component/tty; pwd; cd ../..; ls -1; cd /',
     r'/system/component/tty\nboot\ncomponent\ncomponents\nctl\nlog\nmemory'),
    ('no files are made in it', 'touch /system/new', '.*No such file or directory'),
    ('nor removed', 'rm -f /system/memory', '.*Operation not permitted'),
    ('the name of one that is open', 'readlink /proc/self/fd/3 3</system/component/tty/status',
     '/system/component/tty/status'),
    ('of its root', 'readlink /proc/self/fd/3 3</system', '/system'),
    ('of one of /proc', 'readlink /proc/self/fd/3 3</proc/1/stat', '/proc/1/stat'),
    ('nothing of /proc can be changed', 'chmod 777 /proc/1/stat', '.*Operation not permitted'),
    ('what terminal it is', 'tty; tty </dev/tty', r'/dev/console\n/dev/tty'),
    ('which has the numbers of its name',
     "stat -L -c '%d %i %t:%T' /dev/console /proc/self/fd/0 | uniq | wc -l", '1'),
    ('what memory is free', 'f() { x=$(grep MemF /proc/meminfo); }; f; echo 1', '1'),
    ('some processes', 'm() { for i in 1 2 3 4 5 6 7 8; do busybox true; done; f; }; m; echo 2',
     '2'),
    ('how long all have computed',
     "b() { awk '{ print int(100 * ($1 - $2)) }' /proc/uptime; }; x=$(b); echo 1", '1'),
    ('those that have ended, too',
     "sh -c 'for i in $(seq 40000); do :; done'; [ $(b) -ge $((x + 5)) ] && echo 2", '2'),
    # In one line, which the shell remembers: that takes memory, too.
    ('memory of processes comes back', 'm; m; a=$x; m; [ "$a" = "$x" ] && echo same || echo $a $x',
     'same'),
    ('memory is free', 'k() { sed -n "s/^$1 *\\([0-9]*\\) .*/\\1/p" $2; }; echo 1', '1'),
    ('MiB in use', 'echo $(((524288-$(k MemFree: /proc/meminfo)-$(k free /system/memory))/1024))',
     '1[0-6]'),
    ('a file of the archive is written to',
     'cp /bin/fcat /tmp/f; echo x >>/bin/fcat; cmp /tmp/f /bin/fcat', 'cmp: EOF on /tmp/f'),
    ('and is as it was',
     'truncate -s $(wc -c </tmp/f) /bin/fcat; cmp /tmp/f /bin/fcat && echo same', 'same'),
    ('is cut', ': >/bin/fcat; wc -c </bin/fcat', '0'),
    ('and another', 'cp /tmp/f /bin/fcat; cmp /tmp/f /bin/fcat && echo same', 'same'),
    ('short files in more memory than there was: each as it was written',
     '(cd /tmp;for n in $(seq 600);do echo l$n>q$n;done;cat q*|grep -c ^l;rm q*)', '600'),
    ('a descriptor by its name', 'echo more | cat /dev/stdin', 'more'),
    ('a FIFO', 'mkfifo /tmp/p; (echo through > /tmp/p &); cat /tmp/p', 'through'),
    ('a FIFO whose reader polls for the end, behind a writer that waited for it',
     '( (exec < /tmp/p; read x; echo $?) & exec 9>/tmp/p; exec 9>&-; wait)', '1'),
    ('a while', 'u() { for k in $(seq 9999); do :; done; }; echo 1', '1'),
    ('40 who wait for one FIFO',
     '(for i in $(seq 40);do cat /tmp/p& done;u;echo x>/tmp/p;wait);echo all', r'x\nall'),
    ('40 FIFOs', 'for i in $(seq 40); do mkfifo /tmp/q$i; done; echo 2', '2'),
    ('that are full',
     'g() { for i in $(seq 40);do cat /bin/busybox 1<>/tmp/q$i& done; }; echo 3', '3'),
    ('leave room for a pipe', '(g; u; seq 9999 | tail -n 1; killall cat); rm /tmp/q*', '9999'),
    ('what runs is not written', 'cp /bin/busybox /tmp/sh; /tmp/sh -c "echo > /tmp/sh"',
     ".*can't create /tmp/sh: Text file busy"),
    ('who runs', 'readlink /proc/self/exe', '/bin/busybox'),
    ('200 processes at once', 'seq 60 259 | xargs -n 1 -P 200 sleep; echo $?', '0'),
)

# Keys, and what the terminal shows then up to where the next ones are typed: job control.
JOBS = (
    ('a job in the foreground', 'echo on; cat\n', '\non\n'),
    ('reads what is typed', 'a\n', 'a\na\n'),
    ('^Z stops it', '\x1a', r'\^Z\[1\]\+  Stopped +cat\n/ # '),
    ('fg lets it go on', 'fg\n', 'fg\ncat\n'),
    ('where it was', 'b\n', 'b\nb\n'),
    ('^C ends it', '\x03', r'\^C\n/ # '),
    ('as its status says', 'echo $?\n', '\n130\n/ # '),
    ('a job in the background', 'cat &\n', '/ # '),
    ('stops when it reads', 'sleep 1; jobs\n', r'\[1\]\+  Stopped \(tty input\) +cat\n/ # '),
    ('fg', 'fg\n', 'fg\ncat\n'),
    ('it may read now', 'c\n', 'c\nc\n'),
    (r'^\ quits', '\x1c', r'\^\\Quit\n/ # '),
    ('stty tostop', 'stty tostop; echo out &\n', '/ # '),
    ('the background may not write', 'sleep 1; jobs\n', r'Stopped \(tty output\) +echo out\n/ # '),
    ('until it is in the foreground', 'fg\n', '\nout\n/ # '),
    ('stty -tostop', 'stty -tostop\n', '/ # '),
    ('a pipeline is one job', 'echo on; cat | cat\n', '\non\n'),
    ('that reads', 'd\n', 'd\nd\n'),
    ('and stops as one', '\x1a', r'\[1\]\+  Stopped +cat \| cat\n/ # '),
    ('bg: it stops again', 'bg; sleep 1; jobs\n', r'Stopped \(tty input\) +cat \| cat\n/ # '),
    ('kill of a job that is stopped',
     'kill %1; kill -CONT %1; sleep 1; jobs\n', 'Terminated +cat.*\n/ # '),
    ('a shell in the shell', 'PS1="sub> " sh\n', '\nsub> '),
    ('has jobs of its own', 'echo on; cat\n', '\non\n'),
    ('that read', 'e\n', 'e\ne\n'),
    ('that stop', '\x1a', r'\[1\]\+  Stopped +cat\nsub> '),
    ('its end hangs up what is stopped', 'exit\n', 'stopped jobs.\nsub> '),
    ('and gives the terminal back', 'exit\n', '\n/ # '),
    ('nothing of it is left', 'ps | grep -c [c]at\n', '\n0\n/ # '),
    ('a handler of ^C', 'trap "echo caught" INT; echo on; cat; trap - INT\n', '\non\n'),
    ('is there', 'f\n', 'f\nf\n'),
    ('is called', '\x03', 'caught\n/ # '),
    ('a session without a terminal', 'setsid sh -c "cat </dev/tty; echo end"\n',
     "can't open /dev/tty.*\nend\n"),
    ('the first process is not stopped', 'kill -STOP 1; echo runs\n', '\nruns\n/ # '),
)

# The same of the terminal itself.
LINES = 200
TERMINAL = (
    ('typing ahead', 'sleep 1; echo one\necho two\n', r'\none\n/ # (?:echo two\n)?two\n/ # '),
    ('%d lines are pasted' % LINES,
     ''.join('echo %d >> /tmp/lines\n' % i for i in range(LINES)) + 'echo all\n', '\nall\n/ # '),
    ('none is lost', 'seq 0 %d | cmp - /tmp/lines && echo same\n' % (LINES - 1), '\nsame\n/ # '),
    # It computes while that is typed: the machine's clock goes on at once where nobody does.
    ('what fills the terminal is typed', 'stty -icanon -echo; echo on; for i in $(seq 9999); do :; '
     'done; head -c 4095 | wc -c; dd bs=1 count=3 2>/dev/null; stty icanon echo\n', '\non\n'),
    ('and read', 'x' * 4095, '4095\n'),
    ('and what comes then', 'abc', r'abc/ # '),
    ('a line is read', 'echo on; read x; echo "$x" | od -c | head -n 1\n', '\non\n'),
    ('and edited by characters', 'h\u00e9\u00e9\x7fx\n', r'h 303 251 +x +\\n\n/ # '),
    ('VTIME alone', 'stty -icanon min 0 time 3; cat; stty icanon; echo over\n', '\nover\n/ # '),
    ('VMIN and VTIME', 'stty -icanon min 3 time 1; echo on; dd bs=3 count=1 | od -c; stty icanon\n',
     '\non\n'),
    ('give what there is', 'a', r'0000000 +a\n0000001\n/ # '),
    ('stty says how it is', 'stty | tail -n 1\n', '\n-brkint -imaxbel iutf8\n/ # '),
    ('less', 'seq 60 > /tmp/n; less /tmp/n\n', '23\n/tmp/n'),
    ('goes on by a page', ' ', '46\n:'),
    ('and ends', 'q', '/ # '),
    ('vi', 'vi /tmp/v\n', '- /tmp/v 1/1 100%'),
    ('takes text', 'ihello', 'hello'),
    ('until the end of that', '\x1b', r'- /tmp/v \[Modified\] 1/1 100%'),
    ('and commands', 'yyp:wq\n', '/ # '),
    ('and keeps them', 'cat /tmp/v\n', '\nhello\nhello\n/ # '),
    ('a job is left behind', '(cat; echo gone > /tmp/gone) & sleep 1\n', '/ # '),
    ('and one that holds on to the terminal', 'tail -f /etc/motd & sleep 1\n', '/ # '),
    ('the shell says so', 'exit\n', 'stopped jobs.\n/ # '),
    ('its end is followed by another', 'exit\n', '\n/ # '),
    ('what was stopped has been hung up', 'ps | grep -c [c]at; cat /tmp/gone\n', '\n0\ncat: .*'),
    ('what is typed is for this shell', 'stty -icanon min 1; head -c 1 | od -c; stty sane\n', '\n'),
    ('alone', 'z', r'0000000 +z\n[^/]*/ # '),
    ('jobs go on', 'echo on; cat\n', '\non\n'),
    ('in the foreground', 'b\n', 'b\nb\n'),
    ('and stop', '\x1a', r'\[1\]\+  Stopped +cat\n/ # '),
    ('somebody polls a pipe', '(sleep 900 | (read -t 800 x; echo > /tmp/woken)) & sleep 1\n',
     '/ # '),
    ('and is told when its server dies, though nothing else happens',
     'echo kill >/system/component/pipe/ctl; while [ ! -e /tmp/woken ]; do :; done; echo woken\n',
     '\nwoken\n/ # '),
)


def type_all(m, config, cases):
    for name, keys, shown in cases:
        m.send(keys)
        try:
            m.expect(shown, 180)
        except Timeout as e:
            tap.ok(False, '%s: %s' % (config, name), '%s\n%s' % (e, m.tail(6)))
            return
        tap.ok(True, '%s: %s' % (config, name))


def shell(config):
    folder = '%s/%s' % (BUILD, config)
    with Machine('test', folder + '/kernel', folder + '/system/default/init',
                 log='build/test-logs/system-shell-%s.log' % config) as m:
        try:
            m.expect(re.escape(PROMPT), 120)
            tap.ok(True, config + ': boots to the prompt')
        except Timeout as e:
            tap.ok(False, config + ': boots to the prompt', str(e))
            return
        for name, line, wanted in CASES:
            try:
                m.send(line + '\n')
                shown = m.expect(r'\n((?:.*\n)*?)/ # ', 60).group(1)
                good = re.fullmatch('(?:%s)\n' % wanted, shown) is not None
                tap.ok(good, '%s: %s' % (config, name), shown)
            except Timeout as e:
                tap.ok(False, '%s: %s' % (config, name), str(e))
                return
        tap.ok('job control' not in m.text, config + ': nothing is said of job control')
        type_all(m, config, JOBS)
        type_all(m, config, TERMINAL)


for each in ('release', 'debug'):
    shell(each)
sys.exit(tap.done())
