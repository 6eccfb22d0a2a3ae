#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when some order of programs, their ends, faults, and ends of drivers and servers leaves
the system hanging or costs it memory: rounds of random commands, of which several run at once and
some are killed, for so many seconds of the machine's clock. Then everything that is counted is to
be what it was. The choice is the same each time; MYELIN_SEED=N is another one. MYELIN_SOAK_S is so
many seconds of a machine that runs by the host's clock: `make soak` is an hour of it."""
import itertools
import os
import random
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shell import BUILD, Shell, Timeout, tap     # noqa: E402

SEED = int(os.environ.get('MYELIN_SEED', '1'))
SECONDS = os.environ.get('MYELIN_SOAK_S')
PLAN = {'release': int(SECONDS)} if SECONDS else {'release': 8, 'debug': 2}
PROFILE = 'release' if SECONDS else 'test'
CLOCK = 0 if SECONDS else 1      # the virtual clock jumps: there, seconds of computing
SYSTEM = {'release': 'debian', 'debug': 'cases'}
ROUND_S = 300           # of the host: what takes longer hangs
BATCH = 5               # rounds between two looks at the clock

# ---- what a user's processes do, each in a directory of its own; $R is a number below 100
BUSYBOX = (
    'seq 30000 | sort -rn | md5sum',
    'tar c /usr/share/man | gzip | gunzip | tar t | wc -l',
    'awk "BEGIN { for (i = 0; i < 200000; i++) a[i % 97] += i; for (k in a) print a[k] }" | sort',
    'for i in 1 2 3 4 5 6 7 8; do echo $i >f$i; ln f$i g$i; mv f$i h$i; done; rm -r *; ls',
    'mkdir -p a/b/c/d; cp /etc/motd a/b/c/d; ln -s a/b l; cat l/c/d/motd; rm -r a',
    'mkfifo f; (seq 500 >f) & sort -n <f | tail -n 1; wait',
    'dd if=/dev/zero of=big bs=64k count=20; cmp big /dev/zero; truncate -s 5000 big; cat big | wc',
    'find / -name "*.h" | head; ls -lR /proc /system | wc -l; cat /proc/*/maps | wc -l',
    'for i in 1 2 3; do (sleep 1 | cat | cat) & done; ps; wait',
    'trap "echo got" USR1; for i in 1 2 3; do kill -USR1 $$; done; (sleep 30) & kill $!; wait',
    'yes | head -c 200000 | split -b 30000; cat x* | sha1sum; rm x*',
    'script -q -c "ls -l /; stty size" /dev/null | tail -n 2',
    'trace -o t ls -l /bin; tail -n 1 t',
    'time dd if=/dev/urandom of=r bs=4k count=50; xxd r | tail',
    'job -m 6M -p 8 sh -c "yes | sort | head -n 1"', 'job -p 5 sh -c "f() { f | f & }; f; sleep 2"',
    'sleep $((R / 10)); find /tmp', 'timeout 1 yes >/dev/null; timeout 2 cat /dev/zero | wc -c',
    'vi -c q! /etc/motd </dev/null', 'echo "2 1000 ^ p" | dc | wc -c', 'diff -r /etc /usr/share',
)
CASES = (
    'havoc kill $R 20', 'havoc many 200', 'job -p 40 havoc bomb fork & sleep 1; job -k $!',
    *('processcases ' + subject for subject in
      ('epolls', 'events', 'timers', 'signalfds', 'sockets rights', 'ptys', 'filelocks seals',
       'threads locks targets', 'maps lents copies', 'waits orphans stops', 'polls selects',
       'groups sessions jobs', 'memory images execs', 'clones signals masks alarms', 'crowds')),
)
DEBIAN = (
    'bash -c "for ((i = 0; i < 20000; i++)); do a[i]=\\$((i * i)); done; echo \\${a[99]}"',
    'bash -c "coproc cat; echo x >&\\${COPROC[1]}; read y <&\\${COPROC[0]}; cat <(seq 9) <<<\\$y"',
    'mksh-musl -c "let i=0; while ((i < 50000)); do ((i += 1)); done; cat |& print -p x; read -p"',
    'mksh-klibc -c "(seq 100 | while read n; do print \\$n; done) | tail -n 1"',
    'gojq -n "[range(30000)] | map(. * .) | add"', 'seq 20000 | gojq -s add',
    'shfmt -l /bin /tests; shfmt -f /tests', 'try threads', 'try children; try trouble',
    'tini-static -s -- sh -c "(sleep 1; echo orphan) & kill -TERM $$"', 'sash -c "ls -l /"',
)
# ---- what is done to them, and how often
SIGNALS = ('KILL', 'KILL', 'KILL', 'TERM', 'INT', 'HUP', 'PIPE', 'STOP', 'TSTP', 'QUIT')
COMPONENTS = ('console', 'tty', 'pipe', 'system', 'echo', 'pager')
# ---- commands about components. What must not be in any answer:
BAD = ('not ok', 'NOT the same', 'SOMETHING ELSE', 'is not started', 'given up')
FAULTS = 'null stack privileged port loop readonly execute divide invalid cap kernel abort'.split()
COMMANDS = (
    *('run faulty ' + fault for fault in FAULTS),
    *('run paged ' + pages for pages in ('1', '8', '31', '50', '3 beyond')),
    *('ping %s 3' % who for who in ('echo', 'pager', 'tty', 'init')),
    'run selftest', 'run hello a b', 'run hpet', 'ipcbench', 'signal-component echo', 'components',
    'run call spin', '(sleep 0.1; kill-component echo) & run call hang; wait', 'holds system',
    'stress-component echo 3', 'stress-component pager 2', 'run call count echo', 'mem', 'man',
    'trace -c memfs ls /', 'trace -c pipe sh -c "echo x | cat"', 'dmesg | tail -n 3',
    'mkdir /tmp/n; bind /etc /tmp/n; ls /tmp/n; unmount /tmp/n; rmdir /tmp/n; ns | wc -l',
)
ALL = '/tmp/soak'
GO_ON = 'for i in 1 2 3 4; do mkdir -p %s/$i; done; chmod -R 777 %s' % (ALL, ALL)
# Pages of the shell's own. Two grow with the most processes that there were at once, of which WARM
# makes many: a page for each number of a process, and slots of objects that
# are kept for the next ones. kB that are free: less by tables that a shell is left (proc/shell.h).
KEPT = {'frames': 16, 'chunks': 2, 'tables': 2, 'page-tables': 2, 'own-pages': 64, 'slots': 1500,
        'MemFree': 512}
WARM = ['job -p 60 havoc bomb %s & sleep 1; job -k $!; wait' % kind for kind in ('fork', 'threads')]
results = tap()


def activity(choice, config):
    lists = (BUSYBOX, BUSYBOX, CASES, DEBIAN) if config == 'release' else (BUSYBOX, CASES)
    return choice.choice(choice.choice(lists))


def begin(number, what, choice):
    """As a user, who can be swept out; jobs have numbers from 2 on, behind the watch."""
    script = 'cd %s/%d; R=%d; %s' % (ALL, number, choice.randrange(100), what)
    return "su user -s /bin/sh -c '%s' >/dev/null 2>&1 &" % script.replace("'", "'\\''")


def trouble(count, choice):
    """Some computing, then a signal for one of so many jobs, or the end of a component."""
    words = ['i=0; while [ $i -lt %d ]; do i=$((i+1)); done' % choice.randrange(20000)]
    kind = choice.randrange(10)
    job = 2 + choice.randrange(count)
    signal = choice.choice(SIGNALS)
    if kind < 7:
        words.append('kill -%s %%%d' % (signal, job))
        if signal in ('STOP', 'TSTP'):
            words.append(choice.choice(('bg %%%d', 'kill -CONT %%%d', 'kill -KILL %%%d')) % job)
    elif kind == 7:
        words.append('kill -9 $(pidof su sh havoc sort processcases gojq | tr " " "\\n" | '
                     'grep -vw -e 1 -e $$ | head -n 2)')
    else:
        words.append('%s-component %s' % (choice.choice(('kill', 'restart')),
                                          choice.choice(COMPONENTS)))
    return words


def mixture(choice, config):
    """Several at once. If they come to no end by themselves, the watch is theirs."""
    count = 1 + choice.randrange(4)
    words = ["(sleep 20; su user -c 'kill -9 -1') >/dev/null 2>&1 &"]
    words += [begin(n + 1, activity(choice, config), choice) for n in range(count)]
    for _ in range(choice.randrange(4)):
        words += trouble(count, choice)
    words += ['wait ' + ' '.join('%%%d' % (2 + n) for n in range(count)), 'kill %1', 'wait']
    return ' '.join(w if w.endswith('&') else w + ';' for w in words)


def lines(choice, config):
    """A round."""
    if choice.random() < 0.3:
        return [choice.choice(COMMANDS)]
    return ['{ %s } 2>/dev/null' % mixture(choice, config)]


def back(s):
    """After whatever there was: a prompt, perhaps another shell's, and nothing typed is left."""
    s.m.seen = len(s.m.text)
    end = time.monotonic() + ROUND_S
    for n in itertools.count():
        s.m.send("echo ba''ck %d\n" % n)
        try:
            s.m.expect(r'^back %d\s+/ # \Z' % n, 5)
            return
        except Timeout:
            if time.monotonic() > end:
                raise


def round_(s, line):
    """One line; what is wrong with its answer, or None."""
    if 'component tty' in line or 'component console' in line or 'component pipe' in line:
        s.m.send(line + '\n')
        s.m.quiet(1)
        back(s)
        return None
    shown = s.ask(line, ROUND_S)
    return next((b for b in BAD if b in shown), None)


def clean(s):
    s.ask("su user -s /bin/sh -c 'kill -9 -1'; wait; rm -rf /tmp/*; %s" % GO_ON,
          ROUND_S)


def clock(s):
    """Emulated seconds since the start, and in how many of them processes computed."""
    found = re.search(r'^([\d.]+) ([\d.]+)$', s.ask('cat /proc/uptime'), re.M)
    return float(found.group(1)), float(found.group(1)) - float(found.group(2))


def state(s):
    """{what: how much of it is in use}, when only the shell and what asks are there."""
    clean(s)
    # A watch goes, whose shell went with its terminal; the memory of one stays with its component.
    s.ask('rm -rf %s; sleep 30; (trace -c memfs true; trace -c pipe true) >/dev/null' % ALL,
          ROUND_S)
    text = s.ask('cat /proc/resources; grep MemFree /proc/meminfo; stat -f -c "blocks %f" /tmp; '
                 'stat -f -c "inodes %d" /tmp', ROUND_S)
    found = dict(re.findall(r'^([a-zA-Z-]+):? +(\d+)(?: kB)?$', text, re.M))
    found['system'] = s.ask('mem')
    s.ask(GO_ON)
    return found


def same(before, now):
    wrong = {}
    for what in before:
        was, is_ = before[what], now.get(what, '')
        if was != is_ and not (was.isdigit() and is_.isdigit() and
                               abs(int(was) - int(is_)) <= KEPT.get(what, 0)):
            wrong[what] = was, is_
    return wrong


def soak(s, choice, config, seconds):
    """Rounds; (what went wrong or None, how many)."""
    count, first = 0, clock(s)[CLOCK]
    while True:
        for _ in range(BATCH):
            for line in lines(choice, config):
                try:
                    wrong = round_(s, line)
                    clean(s)
                except Timeout as e:
                    wrong = str(e)
                if wrong:
                    return 'round %d: %s: %s' % (count, line, wrong), count
            count += 1
        if clock(s)[CLOCK] - first >= seconds:
            return None, count


def run(config, seconds):
    root = '%s/%s/system/%s/init' % (BUILD, config, SYSTEM[config])
    with Shell(config, results, root, PROFILE) as s:
        s.ask(GO_ON)
        for line in (*WARM, *COMMANDS[-6:], *('kill-component ' + c for c in COMPONENTS)):
            round_(s, line)         # what is kept for the next time is there
        before, (begun, used) = state(s), clock(s)
        wrong, count = soak(s, random.Random(SEED), config, seconds)
        results.ok(wrong is None, '%s: random rounds, seed %d, are all answered' % (config, SEED),
                   '%s\n%s' % (wrong, s.m.tail()))
        if wrong:
            return
        now, (ended, used_now) = state(s), clock(s)
        results.note('%d rounds, %.0f s of the machine, %.0f s of it computing'
                     % (count, ended - begun, used_now - used))
        differs = same(before, now)
        results.ok(not differs and len(before) > 20, '%s: and leave all as it was' % config,
                   'was, is: %s\n%s' % (differs, s.ask('ps -o pid,ppid,pgid,stat,args')))
        s.case('the system works', 'ping echo', r'^echo: answered the same words')


for each, least in PLAN.items():
    run(each, least)
sys.exit(results.done())
