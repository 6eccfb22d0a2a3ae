# SPDX-License-Identifier: BSD-2-Clause
"""Making and running programs whose kernel has a fault in it: for tools/mutants."""
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

BOX = 'build/mutants'           # a tree of links to the real one, but for what is changed
SECONDS = 240                   # of a processor, for one test
UNIT_SECONDS = 2                # for one of kernel/test/
FAST = ['-O0', '-g1']           # how a fault is compiled for kernel/test/


class MutantError(Exception):
    pass


def words(path):
    with open(path) as f:
        return shlex.split(f.read())


class Builder:
    """Makes programs with a mutant in them, in a box of links to the tree."""

    def __init__(self, build):
        self.build = build
        shutil.rmtree(BOX, ignore_errors=True)
        os.makedirs(BOX)
        for name in os.listdir('.'):
            if name != 'kernel' and not name.startswith('.'):
                os.symlink(os.path.abspath(name), os.path.join(BOX, name))
        subprocess.run(['cp', '-rs', os.path.abspath('kernel'), BOX], check=True)
        self.depends, self.units, self.more, self.jobs = {}, [], [], 2
        self.noticed = Counter()        # (file, program): how often

    def put(self, texts, flags=()):
        """Put these files (path: text) in the place of those of the tree."""
        self.texts, self.flags, self.made = texts, list(flags), {}
        shutil.rmtree(os.path.join(BOX, 'out'), ignore_errors=True)
        os.makedirs(os.path.join(BOX, 'out'))
        for path in texts:
            self.write(path)

    def write(self, path):
        os.unlink(os.path.join(BOX, path))
        with open(os.path.join(BOX, path), 'w') as f:
            f.write(self.texts[path])
        self.made = {o: out for o, out in self.made.items() if path not in self.depends[o]}

    def take_away(self):
        for path in self.texts:
            os.unlink(os.path.join(BOX, path))
            os.symlink(os.path.abspath(path), os.path.join(BOX, path))

    def is_affected(self, obj):
        if obj not in self.depends:
            try:
                with open(obj + '.d') as f:
                    self.depends[obj] = set(re.split(r'[\s\\:]+', f.read()))
            except FileNotFoundError:
                self.depends[obj] = set()
        return not self.depends[obj].isdisjoint(self.texts)

    def affected(self, link):
        """Objects of a program that are made from these files."""
        return [w for w in words(link) if w.endswith('.o') and self.is_affected(w)]

    def compile(self, obj):
        """Where the mutated object is."""
        if obj not in self.made:
            found = re.match(r'(.*)/obj/([^/]+)/(.*)\.o$', obj)
            folder, name, source = found.groups()
            flags = '%s/obj/%s.flags' % (folder, name)
            if name.startswith('kernel') or not os.path.exists(source):
                source = 'kernel/' + source
            out = os.path.join('out', obj.replace('/', '_'))
            more = self.flags
            if not more and folder.endswith('/host') and name == 'kernel':
                more = FAST
            r = subprocess.run(['gcc', '@' + flags, *more, '-w', '-c', '-o', out, source], cwd=BOX,
                               capture_output=True, text=True)
            if r.returncode:
                raise MutantError('does not compile:\n' + r.stderr)
            self.made[obj] = out
        return self.made[obj]

    def link(self, link, out):
        return self.link_words(words(link), out)

    def link_words(self, all_words, out):
        affected = [w for w in all_words if w.endswith('.o') and self.is_affected(w)]
        with ThreadPoolExecutor(self.jobs) as pool:
            made = dict(zip(affected, pool.map(self.compile, affected)))
        command = ['gcc'] + [made.get(w, w) for w in all_words + self.more]
        r = subprocess.run(command + ['-w', '-o', out], cwd=BOX, capture_output=True, text=True)
        if r.returncode:
            raise MutantError('does not link:\n' + r.stderr)
        return os.path.join(BOX, out)

    def command(self, program):
        """What runs a host program with the mutant in it."""
        link = '%s/host/%s.link' % (self.build, program)
        if not self.is_unit(program):
            return [self.link(link, 'out/' + program)]
        if not os.path.exists(os.path.join(BOX, 'out/units')):
            self.link_words(self.units or self.join_units(link, program), 'out/units')
        return [os.path.join(BOX, 'out/units'), program]

    def is_unit(self, program):
        return os.path.exists('%s/host/obj/kernel/test/%s.c.o' % (self.build, program))

    def join_units(self, link, program):
        """What all unit tests are linked from, as one program: its first argument says which."""
        folder = '%s/host/obj/kernel/test/' % self.build
        names = [f[:-len('.c.o')] for f in os.listdir(folder) if f.endswith('_test.c.o')]
        names = [n for n in names if os.path.exists('%s/host/%s.link' % (self.build, n))]
        os.makedirs(os.path.join(BOX, 'units'))
        source = '#include <string.h>\nint main(int argc, char **argv)\n{\n'
        for n in names:
            subprocess.run(['objcopy', '--redefine-sym', 'main=main_' + n, folder + n + '.c.o',
                            os.path.join(BOX, 'units', n + '.o')], check=True)
            source = 'int main_%s(int, char **);\n%s' % (n, source)
            source += 'if (!strcmp(argv[1], "%s")) return main_%s(argc - 1, argv + 1);\n' % (n, n)
        with open(os.path.join(BOX, 'units/main.c'), 'w') as f:
            f.write(source + 'return 2;\n}\n')
        rest = [w for w in words(link) if w != folder + program + '.c.o']
        self.units = rest + ['units/main.c'] + ['units/%s.o' % n for n in names]
        return self.units


def first_failure(text, code):
    """What a test that failed says."""
    for pattern in (r'^not ok \d+ - (.*)', r'^Bail out! (.*)', r'(assertion .*|.*panic.*)',
                    r'^walk: (.*)', r'SUMMARY: (.*)',
                    r'runtime error: (.*)'):
        found = re.search(pattern, text, re.M)
        if found:
            return found.group(1).strip()
    return 'ends with %d' % code


def run(command, processor_seconds=SECONDS, **more):
    """(what is wrong or None, seconds of processor time)"""
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (processor_seconds, processor_seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        r = subprocess.run(command, capture_output=True, timeout=4 * SECONDS, preexec_fn=limit,
                           **more)
        text = (r.stdout + r.stderr).decode(errors='replace')
        why = first_failure(text, r.returncode) if r.returncode else None
        if r.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
            why = 'does not end'
    except subprocess.TimeoutExpired:
        why = 'does not end'
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return why, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
