# SPDX-License-Identifier: BSD-2-Clause
"""Headers for programs: what only our kernel offers."""
from .description import snake
from .invocations import Stub
from .syscalls import Call
from .text import header

PREFIX = 'myelin_'


def numbers(extensions):
    """[(name, value, comment), ...] of constants, labels and system calls, for kernel and users."""
    return ([(c['name'], f"{c['value']}ul", c['about']) for c in extensions['constants']]
            + [(f"MYELIN_INV_{snake(i['id'])}", f"{i['label']}ul", 'invocation label')
               for i in extensions['invocations']]
            + [(f"MYELIN_SYS_{snake(s['name'])}", f"({s['number']})", 'system call')
               for s in extensions['syscalls']])


def definitions(extensions):
    return '\n'.join(f'/* {about} */\n#define {name} {value}'
                     for name, value, about in numbers(extensions)) + '\n'


def numbers_h(abi):
    return header('Numbers of our extensions.', definitions(abi['extensions']))


def calls_h(abi):
    out = []
    for s in abi['extensions']['syscalls']:
        call = Call(s, abi['registers'], PREFIX, f"MYELIN_SYS_{snake(s['name'])}")
        out += [call.entry()] + ([] if s.get('by_hand') else call.functions())
    out += [Stub(inv, abi, PREFIX).text() for inv in abi['extensions']['invocations']]
    types = ''.join(f'typedef seL4_CPtr {name};\n'
                    for name in abi['extensions'].get('capability_types', []))
    return header('System calls and invocations of our extensions.',
                  '\n'.join([types] * bool(types) + out),
                  ['sel4/sel4.h', 'myelin/extension_gen.h'])
