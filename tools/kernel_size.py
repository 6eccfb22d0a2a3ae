# SPDX-License-Identifier: BSD-2-Clause
"""How large the kernel is: tokens of source for one architecture, bytes of text."""
import re
import subprocess

import tree

TOKEN = re.compile(r'''[A-Za-z_]\w*|0[xX][0-9a-fA-F]+\w*|\d[\w.]*|'''
                   r'''"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|'''
                   r'''<<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||'''
                   r'''[-+*/%&|^]=|##|[^\s\w]''')


def tokens():
    """Tokens, comments apart, in all C, headers and assembly that the kernel is compiled from.

    Tokens and not lines, so that a wide line wins nothing.
    """
    count = 0
    for name in tree.files('kernel/*.[chS]'):
        if name.startswith(('kernel/test/', 'kernel/arch/host/')):
            continue
        with open(name, encoding='utf-8') as f:
            text = f.read()
        count += len(TOKEN.findall(re.sub(r'/\*.*?\*/|//[^\n]*', ' ', text, flags=re.S)))
    return count


def text_bytes(kernel):
    """Code and read-only data of an ELF file; 0 where `size` finds none."""
    out = subprocess.run(['size', kernel], capture_output=True, text=True).stdout.split()
    return int(out[6]) if len(out) > 6 else 0
