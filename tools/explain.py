# SPDX-License-Identifier: BSD-2-Clause
"""Where executed instructions belong: by source function, through what the compiler inlined.

A path is divided into parts: in the kernel, outside, in the kernel, ... A part is a tree of functions in the order of
their first execution, each with what was inlined into it.
"""
import os
import re
import subprocess

KERNEL_BIT = 1 << 63


class Node:
    """A function: instructions in it and in all inlined into it; of them, its own, and their lines."""
    def __init__(self, function, source):
        self.function, self.source = function, source
        self.total = self.own = 0
        self.lines = []
        self.inner = {}


def frames_of(addresses, elf):
    """{address: [(function, file, line), ...]}, outermost first."""
    listing = subprocess.run(['addr2line', '-a', '-i', '-f', '-e', elf], input='\n'.join('%x' % a for a in addresses),
                             capture_output=True, text=True, check=True).stdout
    frames = {}
    for block in re.split(r'^0x', listing, flags=re.M)[1:]:
        address, *lines = block.split('\n')
        inner_first = []
        for function, place in zip(lines[::2], lines[1::2]):
            source, line = re.match(r'(.*):(\d+|\?)', place).groups()
            inner_first.append((function, os.path.normpath(source), int(line) if line != '?' else 0))
        frames[int(address, 16)] = inner_first[::-1]
    return frames


def parts(trace, elf):
    """Divide a trace, addresses in the order of execution: [('kernel' or 'user', root Node), ...]."""
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
    """The first sentence of the comment above a function, from its file or the header of the same name; or ''."""
    for path in (source, os.path.splitext(source)[0] + '.h'):
        if not os.path.exists(path):
            continue
        with open(path) as f:
            text = f.read()
        name = re.escape(function)
        found = re.search(r'/\*((?:(?!\*/).)*)\*/\n(?:[^\n;{}/]*\b%s\([^\n]*|(?:[^\n]*\n){0,2}%s:)' % (name, name), text, re.S)
        if found:
            words = ' '.join(re.sub(r'^\s*\*+', '', found.group(1), flags=re.M).split())
            return re.match(r'(.*?[.?])(\s|$)|.*', words).group(0).rstrip()
    return ''


def steps(trace, elf):
    """The parts as plain data, two levels of functions deep: what documents are made from."""
    result = []
    for place, root in parts(trace, elf):
        rows = []
        for outer in root.inner.values():
            own = {'function': outer.function, 'file': outer.source, 'what': what(outer.function, outer.source),
                   'instructions': outer.own}
            inlined = [{'function': n.function, 'file': n.source, 'what': what(n.function, n.source),
                        'instructions': n.total} for n in outer.inner.values()]
            rows += [own, *inlined]
        result.append({'place': place, 'instructions': root.total, 'steps': rows})
    return result


def print_node(node, depth):
    known = sorted(line for line in node.lines if line)
    place = '%s:%d-%d' % (node.source, known[0], known[-1]) if known else node.source
    own = '' if node.own == node.total else '  (%d of its own)' % node.own
    print('%s%5d  %-*s %s%s' % ('    ' * depth, node.total, 40 - 4 * depth, node.function, place, own))
    for inner in node.inner.values():
        print_node(inner, depth + 1)


def print_parts(trace, elf):
    for place, root in parts(trace, elf):
        print('%5d  %s' % (root.total, place))
        for node in root.inner.values():
            print_node(node, 1)
    print('%5d  in all' % len(trace))
