# SPDX-License-Identifier: BSD-2-Clause
"""What is made from the figures of tools/bench and tools/bench-linux: the pictures, and the tables
in docs/performance.md.

The document has a line `<!-- generated: NAME -->` before each table and `<!-- end -->` behind it.
"""
import os
import re

import plot

DOCUMENT = os.path.join('docs', 'performance.md')
FOLDER = os.path.join('docs', 'performance')


def pictures(figures):
    """{file name: SVG text}"""
    drawn = {}
    for p in figures['pictures']:
        curves = [c for c in figures['curves'] if c['picture'] == p['name']]
        if curves:
            drawn[p['name'] + '.svg'] = plot.svg(p['title'], p['growing'], curves)
    return drawn


def rows_table(figures):
    yield ('| row | what | instructions | guarded | in the kernel | privileged | kinds '
           '| code lines | data lines |')
    yield '|---|---|--:|--:|--:|--:|---|--:|--:|'
    for r in figures['rows']:
        kinds = ', '.join('%d `%s`' % (n, k) if n > 1 else '`%s`' % k
                          for k, n in r['kinds'].items())
        yield '| `%s` | %s | **%d** | %d | %d | %d | %s | %d | %d |' % (
            r['name'], r['what'], r['instructions'], r['guarded'], r['kernel'], r['privileged_ops'],
            kinds, r['code_lines'], r['data_lines'])


def sizes_table(figures):
    yield '| size | |'
    yield '|---|--:|'
    yield '| text, bytes | %d |' % figures['sizes']['text_bytes']
    yield ('| tokens of source, one architecture (comments apart) | %d |'
           % figures['sizes']['source_tokens'])


def curves_tables(figures):
    for p in figures['pictures']:
        curves = [c for c in figures['curves'] if c['picture'] == p['name']]
        if not curves:
            continue
        yield '![%s](performance/%s.svg)' % (p['title'], p['name'])
        yield ''
        yield '| curve | %s: from | to | instructions: from | to | at most | |' % p['growing']
        yield '|---|--:|--:|--:|--:|--:|---|'
        for c in curves:
            yield '| `%s`: %s | %d | %d | %d | %d | %d | %s |' % (
                c['name'], c['which'], c['x'][0], c['x'][-1], c['instructions'][0],
                c['instructions'][-1], max(c['instructions']),
                '%d %%' % c['bound_percent'] if c['bound_percent'] else '')
        yield ''


def steps_table(figures):
    for row, parts in figures['steps'].items():
        yield '| `%s` | | instructions |' % row
        yield '|---|---|--:|'
        for part in parts:
            yield '| **%s** | | **%d** |' % (part['place'], part['instructions'])
            for s in part['steps']:
                yield '| `%s` in `%s` | %s | %d |' % (s['function'], s['file'],
                                                      s['what'].replace('|', '\\|'),
                                                      s['instructions'])
        yield '| **in all** | | **%d** |' % sum(part['instructions'] for part in parts)


TABLES = {'rows': rows_table, 'sizes': sizes_table, 'curves': curves_tables, 'steps': steps_table}


def linux_table(rows):
    yield '| row | Myelin | Linux 6.1 | ratio |'
    yield '|---|--:|--:|--:|'
    for r in rows:
        ours, linux = r['instructions'], r['linux']
        yield '| `%s` | %s | %s | %s |' % (r['name'], '' if ours is None else '{:,}'.format(ours),
                                           '{:,}'.format(linux),
                                           '%.2f' % (ours / linux) if ours else '')


def put_table(text, name, lines):
    """The document's text with these lines as its table of that name."""
    text, found = re.subn(r'(<!-- generated: %s -->\n).*?(<!-- end -->)' % name,
                          lambda m: m.group(1) + '\n' + '\n'.join(lines).rstrip() + '\n\n'
                          + m.group(2), text, flags=re.S)
    if found != 1:
        raise ValueError('%s has no place, or several, for the table "%s"' % (DOCUMENT, name))
    return text


def document(figures, text):
    """The document's text with its tables made from the figures."""
    for name, table in TABLES.items():
        text = put_table(text, name, table(figures))
    return text


def linux_document(rows, text):
    """The same with the table of what there is beside Linux."""
    return put_table(text, 'linux', linux_table(rows))


def write_linux(rows):
    with open(DOCUMENT, encoding='utf-8') as f:
        text = linux_document(rows, f.read())
    with open(DOCUMENT, 'w', encoding='utf-8') as f:
        f.write(text)


def files(figures):
    """{path: text} of everything that is made from the figures."""
    with open(DOCUMENT, encoding='utf-8') as f:
        made = {DOCUMENT: document(figures, f.read())}
    made.update({os.path.join(FOLDER, name): text for name, text in pictures(figures).items()})
    return made
