#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when a trace does not show what a program asks for and is answered, changes what it does,
or loses its threads, children or signals."""
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compare import Linux, SECONDS                          # noqa: E402
from shell import BUILD, CONFIGS, Shell, tap                # noqa: E402

results = tap()
linux = Linux(results, [BUILD + '/release/user/processcases'], 'programs/processcases/differences')

# what is typed, and a line of the trace
CALLS = (
    ('trace cat /etc/motd',
     r'execve\("[^"]+", \["cat", "/etc/motd"\], 0x\w+ /\* \d+ vars \*/\) = 0'),
    ('', r'openat\(AT_FDCWD, "/etc/motd", O_RDONLY\) = 3'),
    ('', r'rseq\(0x\w+, 32, 0, \d+\) = -1 ENOSYS'),
    ('', r'mprotect\(0x\w+, \d+, PROT_READ\) = 0'),
    ('', r'sendfile\(1, 3, NULL, 16777216\) = 0'),
    ('', r'exit_group\(0\) = \?'),
    ('', r'\+\+\+ exited with 0 \+\+\+'),
    ('trace cat /nowhere', r'openat\(AT_FDCWD, "/nowhere", O_RDONLY\) = -1 ENOENT'),
    ('', r'exit_group\(1\) = \?'),
    ('trace ls -ld /proc',
     r'newfstatat\(AT_FDCWD, "/proc", {st_mode=S_IFDIR\|0555, st_size=0, ...}, '
     r'AT_SYMLINK_NOFOLLOW\) = 0'),
    (r"trace printf 'a\t\001\n%040d\n' 1",
     r'write\(1, "a\\t\\1\\n", 4\) = 4'),
    ('', r'write\(1, "0{32}"..., 41\) = 41'),
    ('echo text | trace tail -n 1', r'read\(0, "text\\n", 8192\) = 5'),
    ('trace sh -c "umask 77; echo > /tmp/new"',
     r'openat\(AT_FDCWD, "/tmp/new", O_WRONLY\|O_CREAT\|O_TRUNC, 0666\) = 3'),
    ('trace sleep 0', r'clock_nanosleep\(CLOCK_REALTIME, 0, {tv_sec=0, tv_nsec=0}, 0x\w+\) = 0'),
    ('trace readlink /bin/sh', r'readlink\("/bin/sh", "/bin/busybox", 80\) = 12'),
    ('trace busybox sh -c "ulimit -n 9"',
     r'prlimit64\(0, RLIMIT_NOFILE, {rlim_cur=9, rlim_max=9}, NULL\) = 0'),
    ('trace sh -c "kill -USR1 $$$$"', r'kill\(\d+, SIGUSR1\) = 0'),
    ('', r'--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=\d+, si_uid=0} ---'),
    ('', r'\+\+\+ killed by SIGUSR1 \+\+\+'),
    ('trace sh -c "trap : TERM; ls >/dev/null; exit 3"',
     r'rt_sigaction\(SIGTERM, {sa_handler=0x\w+, sa_mask=~\[.*\], sa_flags=.*}, NULL, 8\) = 0'),
    ('', r'wait4\(-1, \[{WIFEXITED\(s\) && WEXITSTATUS\(s\) == 0}\], 0, NULL\) = \d+'),
    ('', r'\+\+\+ exited with 3 \+\+\+'),
    ('trace -o /tmp/t true; grep -c = /tmp/t; tail -n 1 /tmp/t', r'\+\+\+ exited with 0 \+\+\+'),
    ('trace true 2>&1 >/dev/null | grep exit_', r'exit_group\(0\) = \?'),
)


def calls(s):
    text = ''
    for line, wanted in CALLS:
        if line:
            text = s.ask(line.replace('$$$$', r'\$\$')).replace('\n\n', '\n')
        s.ok('shown: ' + wanted, lambda: re.search(r'^\d+ %s$' % wanted, text, re.M) is not None)


# what is typed, and a line of what a component received
MESSAGES = (
    ('trace -c memfs cat /etc/motd',
     r'\d+ file\.open\(directory=0x\w+, flags=0, mode=0, path="/etc/motd"\) = handle=\d+, .*'),
    ('', r'\d+ file\.read\(handle=\d+, bytes=4096, offset=0\) = data="\\nMyelin: files.*"\.\.'),
    ('', r'\d+ file\.close\(handle=\d+\) = 0'),
    ('', r'proc session\.end\(session=0x\w+\) = more=.*'),
    ('trace -c memfs cat /nowhere', r'\d+ file\.open\(.*, path="/nowhere"\) = ENOENT'),
    ('trace -c memfs dd if=/bin/busybox of=/dev/null bs=65536 count=1',
     r'\d+ file\.read\(handle=\d+, bytes=65536, offset=-1\) = data=<65536 bytes>'),
    # the reader is there first, since the writer computes
    ("trace -c pipe sh -c '(i=0; while [ $i -lt 5000 ]; do i=$((i+1)); done; echo one) | cat'",
     r'\d+ file\.read\(handle=\d+, bytes=65536, offset=-1\) waits'),
    ('', r'\d+ file\.read\(handle=\d+, bytes=65536, offset=-1\) = data="one\\n"'),
    ('', r'proc session\.fork\(parent=0x\w+, child=0x\w+, pid=\d+, handles=".*"\) = 0'),
    ('trace -c tty echo text',
     r'\d+ file\.write\(handle=\d+, offset=-1, data="text\\n"\) = done=5'),
    ('trace -c proc true', r'\d+ proc\.exec\(server=1, handle=\d+, argc=1, .*'),
    ('', r'\d+ proc\.exit\(status=0\) waits'),
    ('', r'\? fault\(kind=6, ip=0x\w+, address=0x\w+\)'),
    ('trace -c system cat /system/nothing', r'\d+ file\.open\(.*, path="/nothing"\) = ENOENT'),
    ('trace -c echo ping echo', r'component 7 service\.ping\(a=\d+, b=0\) = .*'),
    ('trace -c console sh -c "restart-component console; sleep 1"',
     r'component \d+ console\.attach\(region=capability\) = 0'),
    ('trace -o /tmp/m -c memfs true; tail -n 1 /tmp/m', r'proc file\.close\(handle=\d+\) = 0'),
)


def messages(s):
    text = ''
    for line, wanted in MESSAGES:
        if line:
            text = s.ask(line)
        s.ok('shown: ' + wanted, lambda: re.search(r'^%s$' % wanted, text, re.M) is not None)
    s.case('a status is the program\'s', 'trace -c echo sh -c "exit 7"; echo $?', '^7$')
    s.case('who is restarted is watched still, and nothing is lost',
           'trace -c echo sh -c "/bin/ping echo; restart-component echo; /bin/ping echo; '
           'kill-component echo; /bin/ping echo 20" | grep -c ^comp',
           '^22$')
    s.case('nobody is watched for nothing', 'exec 8</system/component/echo/messages; '
           'dd count=1 <&8 2>/dev/null; exec 8<&-; ping echo; mem', r'^free')
    s.case('no such component', 'trace -c nobody', r'^trace: nobody: no such component$')
    s.case('of user 0 alone', "su user -c 'trace -c memfs true'", 'Permission denied')
    s.case('until it is ended', 'trace -c memfs >/tmp/t & sleep 1; ls / >/dev/null; sleep 1; '
           'kill $!; wait; grep -c file.list /tmp/t', r'^[1-9]')


def running(s):
    """What runs already is traced, from the call on that it waits in, and no longer than wanted."""
    s.case('a process waits',
           'mkfifo /tmp/f; (while read x; do echo "$x"; done </tmp/f >/tmp/g) & p=$!')
    s.case('for what somebody writes', 'exec 9>/tmp/f; sleep 1')
    s.keys('it is traced meanwhile', '(sleep 2; echo one >&9) & trace -p $p\n',
           r'\n\d+ read\(0, "o", 1\) = 1\n(?:.*\n)*\d+ write\(1, "one\\n", 4\) = 4\n')
    s.keys('until ^C', '\x03', r'\n/ # ')
    s.case('into a file', ': >/tmp/h; echo trace /tmp/h >/proc/$p/ctl; sleep 1; echo two >&9; '
           'sleep 1; cat /tmp/h',
           r'^\d+ write\(1, "two\\n", 4\) = 4$')
    s.case('and no more', 'echo trace >/proc/$p/ctl; sleep 1; : >/tmp/h; echo three >&9; '
           'sleep 1; wc -c </tmp/h; tail -n 1 /tmp/g', r'^0\nthree$')
    s.case('only to an absolute name', 'echo trace h >/proc/$p/ctl', 'Invalid argument')
    s.case('nor of what is not there', 'exec 9>&-; wait; trace -p 9999',
           r'^trace: 9999: no such process$')


def cases(s):
    """All of it while what processes do to each other is compared with Linux."""
    s.m.send('trace -o /tmp/t /bin/processcases\n')
    linux.compare(s.config + ': traced', s.m.expect(r'^((?:.*\n)*)/ # \Z', 4 * SECONDS).group(1))
    s.case('threads are followed', "t=$(sed -n 's/.*CLONE_THREAD.* = //p' /tmp/t | head -n 1); "
           'grep "^$t .*xit" /tmp/t',
           r'^\d+ exit\(0\) = \?$', r'^\d+ \+\+\+ exited with 0 \+\+\+$')
    s.case('timers are told', 'grep timerfd_ /tmp/t',
           r'^\d+ timerfd_create\(CLOCK_BOOTTIME, O_NONBLOCK\|O_CLOEXEC\) = \d+$',
           r'^\d+ timerfd_settime\(\d+, 0, {it_interval={tv_sec=7, tv_nsec=0}, '
           r'it_value={tv_sec=1000, tv_nsec=0}}, NULL\) = 0$')
    s.case('sockets, too', 'grep -m 2 processcases-b /tmp/t; grep -m 1 SO_SNDBUF /tmp/t',
           r'^\d+ bind\(\d+, {sa_family=AF_UNIX, sun_path=@"processcases-b"}, 17\) = 0$',
           r'^\d+ sendto\(\d+, "one", 3, 0, {sa_family=AF_UNIX, sun_path=@"processcases-b"}, 17\)'
           r' = 3$',
           r'^\d+ setsockopt\(\d+, SOL_SOCKET, SO_SNDBUF, 0x\w+, 4\) = 0$')
    s.case('and signals that are read', 'grep signalfd /tmp/t',
           r'^\d+ signalfd4\(-1, \[SIGUSR1 SIGUSR2 .*\], 8, O_NONBLOCK\) = \d+$')


for config in CONFIGS:
    with Shell(config, results, '%s/%s/system/cases/init' % (BUILD, config)) as shell:
        calls(shell)
        messages(shell)
        running(shell)
        if config == 'release':
            cases(shell)
sys.exit(results.done())
