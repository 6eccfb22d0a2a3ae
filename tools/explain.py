# SPDX-License-Identifier: BSD-2-Clause
"""Where executed instructions belong: by source function, through what the compiler inlined.

A path is divided into parts: in the kernel, outside, in the kernel, ... A part is a tree of
functions in the order of their first execution, each with what was inlined into it.
"""
import os
import re
import subprocess

KERNEL_BIT = 1 << 63
WHOLE_UP_TO = 12        # a function with more instructions is shown with inlined functions apart


class Node:
    """A function: instructions in it and all inlined into it; of them its own, and their lines."""
    def __init__(self, function, source):
        self.function, self.source = function, source
        self.total = self.own = 0
        self.lines = []
        self.inner = {}


def code_names(elf):
    """{name of a place where a section begins: name of the code there}: for assembly, addr2line may
    give either."""
    listing = subprocess.run(['nm', elf], capture_output=True, text=True, check=True).stdout
    at = {}
    for address, _, name in (line.split() for line in listing.splitlines() if line.count(' ') == 2):
        at.setdefault(address, []).append(name)
    names = {}
    for here in at.values():
        code = [name for name in here if not name.endswith(('_start', '_end'))]
        names.update({name: code[0] for name in here if code and name not in code})
    return names


def frames_of(addresses, elf):
    """{address: [(function, file, line), ...]}, outermost first."""
    names = code_names(elf)
    listing = subprocess.run(['addr2line', '-a', '-i', '-f', '-e', elf],
                             input='\n'.join('%x' % a for a in addresses), capture_output=True,
                             text=True, check=True).stdout
    frames = {}
    for block in re.split(r'^0x', listing, flags=re.M)[1:]:
        address, *lines = block.split('\n')
        inner_first = []
        for function, place in zip(lines[::2], lines[1::2]):
            source, line = re.match(r'(.*):(\d+|\?)', place).groups()
            inner_first.append((names.get(function, function), os.path.normpath(source),
                                int(line) if line != '?' else 0))
        frames[int(address, 16)] = inner_first[::-1]
    return frames


def parts(trace, elf):
    """Divide a trace, addresses in order of execution: [('kernel' or 'user', root Node), ...]."""
    frames = frames_of(sorted({a for a in trace if a & KERNEL_BIT}), elf)
    divided = []
    for address in trace:
        place = 'kernel' if address & KERNEL_BIT else 'user'
        if not divided or divided[-1][0] != place:
            divided.append((place, Node('', '')))
        node = divided[-1][1]
        node.total += 1
        for function, source, line in frames.get(address, []):
            node = node.inner.setdefault(function, Node(function, source))
            node.total += 1
            node.lines.append(line)
        node.own += 1
    return divided


def what(function, source):
    """The first sentence of the comment above a function, from its file or the header of the same
    name; or ''."""
    for path in (source, os.path.splitext(source)[0] + '.h'):
        if not os.path.exists(path):
            continue
        with open(path) as f:
            text = f.read()
        name = re.escape(function)
        found = re.search(r'/\*((?:(?!\*/).)*)\*/\n(?:[^\n;{}/]*\b%s\([^\n]*|(?:[^\n]*\n){0,2}%s:)'
                          % (name, name), text, re.S)
        if found:
            words = ' '.join(re.sub(r'^\s*\*+', '', found.group(1), flags=re.M).split())
            return re.match(r'(.*?[.?])(\s|$)|.*', words).group(0).rstrip()
    return ''


def rows_of(node):
    """Rows for a function and what was inlined into it; their instructions add up to its total."""
    is_whole = node.total <= WHOLE_UP_TO or not node.inner
    row = {'function': node.function, 'file': node.source, 'what': what(node.function, node.source),
           'instructions': node.total if is_whole else node.own}
    return [row] if is_whole else [row] + [r for inner in node.inner.values()
                                           for r in rows_of(inner)]


def steps(trace, elf):
    """The parts as plain data: what documents are made from."""
    return [{'place': place, 'instructions': root.total,
             'steps': [r for outer in root.inner.values() for r in rows_of(outer)]}
            for place, root in parts(trace, elf)]


def print_node(node, depth):
    known = sorted(line for line in node.lines if line)
    place = '%s:%d-%d' % (node.source, known[0], known[-1]) if known else node.source
    own = '' if node.own == node.total else '  (%d of its own)' % node.own
    print('%s%5d  %-*s %s%s'
          % ('    ' * depth, node.total, 40 - 4 * depth, node.function, place, own))
    for inner in node.inner.values():
        print_node(inner, depth + 1)


def print_parts(trace, elf):
    for place, root in parts(trace, elf):
        print('%5d  %s' % (root.total, place))
        for node in root.inner.values():
            print_node(node, 1)
    print('%5d  in all' % len(trace))
