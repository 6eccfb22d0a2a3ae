#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The generator for interface definitions: what it writes, what it refuses, which changes of a
layout are compatible; that the C++ headers of all interfaces compile, with nothing left out."""
import glob
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
from machine import Tap         # noqa: E402

PLUGIN = os.path.abspath('build/tools/capnpc-myelin')
GOLDEN = 'tests/idl/golden'
HEAD = '@0xb1d7f3e92c5a4086;\nusing M = import "/myelin.capnp";\n'

# What is refused: name, what the message says, the schema.
REFUSED = (
    ('no $id', 'needs $id', 'interface A { m @0 (); }'),
    ('$id too small', 'needs $id, 0x100 to 0xfff', 'interface A $M.id(0xff) { m @0 (); }'),
    ('$id too large', 'needs $id', 'interface A $M.id(0x1000) { m @0 (); }'),
    ('$id twice', 'has the $id of A',
     'interface A $M.id(0x100) {} interface B $M.id(0x100) {}'),
    ('Text without $max', 'needs $max, $window or $fixed',
     'interface A $M.id(0x100) { m @0 (t :Text); }'),
    ('List without $max', 'needs $max', 'interface A $M.id(0x100) { m @0 (t :List(UInt8)); }'),
    ('List with $window', '$window is for Text and Data',
     'interface A $M.id(0x100) { m @0 (t :List(UInt8) $M.window); }'),
    ('$max of 0', 'must be at least 1', 'interface A $M.id(0x100) { m @0 (t :Text $M.max(0)); }'),
    ('$fixed number of lists', '$fixed is for Text and Data',
     'interface A $M.id(0x100) { m @0 (t :List(UInt8) $M.fixed(3)); }'),
    ('$max and $window', 'exclude each other',
     'interface A $M.id(0x100) { m @0 (t :Data $M.max(3) $M.window); }'),
    ('three windows', 'more than two windows',
     'interface A $M.id(0x100) { m @0 (a :Data $M.window, b :Data $M.window) -> '
     '(c :Data $M.window); }'),
    ('more than 120 words', 'a message has 120',
     'interface A $M.id(0x100) { m @0 (a :Data $M.max(480), b :Data $M.max(480)); }'),
    ('one too long by itself', 'has 120',
     'interface A $M.id(0x100) { m @0 (a :List(UInt64) $M.max(121)); }'),
    ('eight lengths', 'more than 7 items of their own length', 'interface A $M.id(0x100) { m @0 (' +
     ', '.join('a%d :Text $M.max(1)' % i for i in range(8)) + '); }'),
    ('five capacities', 'more than four results', 'interface A $M.id(0x100) { m @0 () -> (' +
     ', '.join('a%d :Text $M.max(1)' % i for i in range(5)) + '); }'),
    ('generics', 'AnyPointer and generic types',
     'interface A $M.id(0x100) { m @0 (a :AnyPointer); }'),
    ('generic interface', 'generic', 'interface A(T) $M.id(0x100) { m @0 (); }'),
    ('stream', 'a stream', 'interface A $M.id(0x100) { m @0 (a :UInt8) -> stream; }'),
    ('pointer in a list element', 'a pointer inside a list element',
     'struct S { t @0 :Text $M.max(3); } interface A $M.id(0x100) { '
     'm @0 (a :List(S) $M.max(2)); }'),
    ('list of texts', 'a pointer inside a list element',
     'interface A $M.id(0x100) { m @0 (a :List(Text) $M.max(2)); }'),
    ('list of bools', 'a list of Bool',
     'interface A $M.id(0x100) { m @0 (a :List(Bool) $M.max(2)); }'),
    ('union with a text', 'only data may be in a union',
     'struct S { union { a @0 :Text $M.max(3); b @1 :UInt8; } } '
     'interface A $M.id(0x100) { m @0 S -> (); }'),
    ('union in a union', 'a union inside a union',
     'struct S { union { a @0 :UInt8; b :union { c @1 :UInt8; d @2 :UInt8; } } } '
     'interface A $M.id(0x100) { m @0 S -> (); }'),
    ('text with a default', 'only numbers have defaults',
     'interface A $M.id(0x100) { m @0 (a :Text = "x" $M.max(3)); }'),
    ('two foreign capabilities', 'more than one foreign',
     'interface A $M.id(0x100) { m @0 (a :A, b :A); }'),
    ('$own in a result', '$own is for parameters',
     'interface A $M.id(0x100) { m @0 () -> (a :A $M.own); }'),
    ('constant that is a text', 'constants are whole numbers', 'const a :Text = "x";'),
    ('constant of 64 bits', 'at most 32 bits', 'const a :UInt64 = 1;'),
    ('word of C', 'is a word of C or C++', 'interface A $M.id(0x100) { m @0 (int :UInt8); }'),
    ('word of C++ in two parts', 'is a word of C or C++',
     'interface A $M.id(0x100) { m @0 (threadLocal :UInt8); }'),
    ('macro of the compiler', 'is a word of C or C++', 'interface Linux $M.id(0x100) {}'),
    ('name of a generated function', 'has a function of that name',
     'interface A $M.id(0x100) { serve @0 (); }'),
    ('one name for two', 'would be called a',
     'interface A $M.id(0x100) { m @0 (a :UInt8) -> (a :UInt8); }'),
)

# Changes: name, compatible?, before, after (bodies of an interface).
CHANGES = (
    ('a method more', True, 'm @0 ();', 'm @0 (); n @1 ();'),
    ('a number more', True, 'm @0 (a :UInt8);', 'm @0 (a :UInt8, b :UInt64);'),
    ('a text more', True, 'm @0 (a :Text $M.max(3));',
     'm @0 (a :Text $M.max(3), b :Text $M.max(3));'),
    ('nothing but a name', False, 'm @0 (a :UInt8);', 'm @0 (b :UInt8);'),
    ('another type', False, 'm @0 (a :UInt8);', 'm @0 (a :UInt16);'),
    ('another default', False, 'm @0 (a :UInt8 = 1);', 'm @0 (a :UInt8 = 2);'),
    ('another order', False, 'm @0 (a :UInt8, b :UInt16);', 'm @0 (b :UInt16, a :UInt8);'),
    ('a window of another kind', False, 'm @0 (a :Text $M.window);', 'm @0 (a :Data $M.window);'),
    ('a window for a maximum', False, 'm @0 (a :Text $M.max(3));', 'm @0 (a :Text $M.window);'),
    ('another maximum', False, 'm @0 (a :Text $M.max(3));', 'm @0 (a :Text $M.max(4));'),
    ('a window', False, 'm @0 (a :Data $M.max(3));', 'm @0 (a :Data $M.window);'),
    ('a window more', False, 'm @0 ();', 'm @0 (a :Data $M.window);'),
    ('a method less', False, 'm @0 (); n @1 ();', 'm @0 ();'),
)


def generate(folder, name, text):
    """Run the generator; its exit code and messages."""
    path = os.path.join(folder, name + '.capnp')
    with open(path, 'w') as f:
        f.write(text)
    r = subprocess.run(['capnp', 'compile', '-Iidl', '--src-prefix=' + folder,
                        '-o%s:%s' % (PLUGIN, folder), path], capture_output=True, text=True)
    return r.returncode, r.stderr


def interface(body):
    return HEAD + 'interface A $M.id(0x100) { %s }\n' % body


COMPILERS = ('g++', 'clang++')
CXX_FLAGS = ('-std=gnu++17', '-fsyntax-only', '-Wall', '-Wextra', '-Werror', '-Wno-register',
             '-fno-exceptions', '-fno-rtti', '-Ilib/base/include', '-Ilib/ipc/include',
             '-Ilib/sel4/include', '-Ibuild/debug/gen/user')
USED = '''struct Mine_%(name)s : %(name)s::Server<Mine_%(name)s> {
%(methods)s};
template struct %(name)s::Server<Mine_%(name)s>;
void serve_%(name)s(%(name)s::Client &client, Mine_%(name)s &server);
void serve_%(name)s(%(name)s::Client &client, Mine_%(name)s &server)
{
    if (client.connect("%(name)s") == 0)
        (void)server.serve();
}
'''


def methods_of(folder, file):
    """What a server of a file's interfaces has to have, bases' methods included."""
    with open('%s/idl/%s.hpp' % (folder, file)) as f:
        text = f.read()
    names = set(re.findall(r'self\)->(\w+)\(', text))
    for base in re.findall(r'#include <idl/(\w+)\.hpp>', text):
        names |= methods_of(folder, base)[0]
    return names, re.findall(r'^struct (\w+)::Client', text, re.M)


def cxx_headers(tap, folder, gen, files):
    """Clients and servers of every interface: a method that the header forgets is no member."""
    for file in files:
        names, interfaces = methods_of(gen, file)
        source = '%s/%s.cc' % (folder, file)
        with open(source, 'w') as f:
            f.write('#include <idl/%s.hpp>\n' % file)
            methods = ''.join('    template <class... T> int %s(Call &, T &&...)\n    {\n'
                              '        return 0;\n    }\n' % n for n in sorted(names))
            for name in interfaces:
                f.write(USED % {'name': name, 'methods': methods})
        for compiler in COMPILERS:
            r = subprocess.run([compiler, *CXX_FLAGS, '-I' + gen, source], capture_output=True,
                               text=True)
            tap.ok(r.returncode == 0 and interfaces and names,
                   'C++: %s.hpp with %s' % (file, compiler), r.stderr)


def stems(pattern):
    return sorted(os.path.basename(f)[:-len('.capnp')] for f in glob.glob(pattern))


def main():
    tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))
    with tempfile.TemporaryDirectory() as folder:
        with open(GOLDEN + '/adder.capnp') as f:
            code, message = generate(folder, 'adder', f.read())
        tap.ok(code == 0, 'a schema is compiled', message)
        for kind in ('h', 'c', 'hpp', 'layout'):
            kept, made = '%s/adder.%s.txt' % (GOLDEN, kind), '%s/adder.%s' % (folder, kind)
            r = subprocess.run(['diff', '-u', kept, made], capture_output=True, text=True)
            tap.ok(r.returncode == 0, 'golden: adder.' + kind, r.stdout)
        cxx_headers(tap, folder, 'build/gen',
                    [n for n in stems('idl/*.capnp') if n != 'myelin'])
        cxx_headers(tap, folder, 'build/gen/idl-test', stems('tests/idl/*.capnp'))
        for name, says, text in REFUSED:
            code, message = generate(folder, 'refused', HEAD + text)
            tap.ok(code != 0 and says in message, 'refused: ' + name, message)
        for name, compatible, before, after in CHANGES:
            kept = os.path.join(folder, 'kept')
            os.makedirs(kept, exist_ok=True)
            layout = os.path.join(folder, 'change.layout')
            generate(folder, 'change', interface(before))
            os.replace(layout, os.path.join(kept, 'change.layout'))
            generate(folder, 'change', interface(after))
            compare = ['tools/idl-layout', '--dir', kept, layout]
            seen = subprocess.run(compare, capture_output=True, text=True)
            written = subprocess.run(compare + ['--write'], capture_output=True, text=True)
            good = seen.returncode == 1 and written.returncode == (0 if compatible else 1)
            tap.ok(good and ('incompatible' in seen.stderr) != compatible,
                   '%s: %scompatible' % (name, '' if compatible else 'in'), seen.stderr)
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
