# SPDX-License-Identifier: BSD-2-Clause
"""Headers for the kernel: the configuration, numbers and layouts under our own names."""
import re

from .description import holds, labels, object_numbers, size_value, snake
from .extensions import definitions
from .invocations import Stub
from .text import define, enum, header

# A label no message can carry: labels have 52 bits. The value of what is configured out.
NO_LABEL = 0xffffffffffff0000


def config_h(options, values):
    lines = []
    for name in options:
        if options[name]['type'] == 'int':
            suffix = 'ull' if values[name] > 0x7fffffff else ''
            lines.append(f'#define {name} {values[name]}{suffix}')
        elif values[name] or name.startswith('MYELIN_'):
            lines.append(f'#define {name} {values[name]}')
        else:
            lines.append(f'/* {name} is off */')
    lines.append('\n/* The options that are on or off, as constants: HAS_x for CONFIG_x. */')
    lines += [f'#define HAS_{name[7:]} {int(bool(values[name]))}'
              for name in options if options[name]['type'] == 'bool' and name.startswith('CONFIG_')]
    return header('The configuration.', '\n'.join(lines))


def syscalls(abi, values):
    calls = abi['syscalls']
    always = [s for s in calls if 'condition' not in s]
    return ('/* SYS_HAS_x is 0 for a call that is configured out: then an unknown system call. */\n'
            + define((f"SYS_HAS_{snake(s['name'])}", int(holds(s['condition'], values)))
                     for s in calls if 'condition' in s)
            + '\n' + enum('syscall_number',
                          [(f"SYS_{snake(s['name'])}", s['number']) for s in calls]
                          + [('SYS_FIRST_API', always[-1]['number'],
                              'the API calls are SYS_FIRST_API..SYS_CALL')]))


def invocations(abi, values):
    numbered = labels(abi['invocations'], values)
    unused = NO_LABEL
    out = [('INV_INVALID', '0ul')]
    for inv, label in numbered:
        if label is None:
            unused += 1
        out.append((f"INV_{snake(inv['id'])}",
                    f'{unused:#x}ul' if label is None else f'{label}ul'))
    count = sum(label is not None for _, label in numbered)
    return ('/* Invocation labels. What is configured out has one that no message can carry. */\n'
            + define(out + [('INV_COUNT', f'{count + 1}ul')]))


# Whose requests' lengths are checked before each type's handler is asked; those of the other types
# check them themselves, since that is quicker.
CHECKED = {'seL4_TCB': 'CAP_TCB', 'seL4_IRQControl': 'CAP_IRQ_CONTROL',
           'seL4_IRQHandler': 'CAP_IRQ_HANDLER', 'seL4_DomainSet': 'CAP_DOMAIN',
           'seL4_SchedControl': 'CAP_SCHED_CONTROL', 'seL4_SchedContext': 'CAP_SCHED_CONTEXT',
           'seL4_X86_PDPT': 'CAP_PDPT', 'seL4_X86_PageDirectory': 'CAP_PAGE_DIRECTORY',
           'seL4_X86_PageTable': 'CAP_PAGE_TABLE', 'seL4_X86_ASIDControl': 'CAP_ASID_CONTROL',
           'seL4_X86_ASIDPool': 'CAP_ASID_POOL', 'seL4_X86_IOPortControl': 'CAP_IOPORT_CONTROL',
           'seL4_X86_IOPort': 'CAP_IOPORT'}


def needs(abi, values):
    """An initialiser: by label, of which capability type the request is, words, capabilities."""
    entries = []
    for inv, label in labels(abi['invocations'], values):
        stub = Stub(inv, abi, 'seL4_')
        least = inv.get('least', [stub.words, len(stub.capabilities)])
        if label is not None and inv['interface'] in CHECKED and least != [0, 0]:
            entries.append(f"[INV_{snake(inv['id'])}] = {{ {CHECKED[inv['interface']]}, "
                           f'{least[0]}, {least[1]} }}')
    return ('/* How long the requests of some types have to be: type, words, capabilities. */\n'
            '#define INV_NEEDS { \\\n    ' + ', \\\n    '.join(entries) + ' \\\n}\n')


def listed(name, prefix, words, last):
    """Positions in a list of words."""
    return enum(name, [(f'{prefix}_{w}', i) for i, w in enumerate(words)]
                + [(f'{prefix}_{last}', len(words))])


def objects(types, values):
    numbered, count = object_numbers(types['objects'], values)
    off = {4294967294: '0x7ffffffe'}        # an enumerator is an int
    return enum('abi_object', [(o['kernel'], off.get(o['off'], o['off']) if n is None else n)
                               for o, n in numbered] + [('OBJ_COUNT', count)])


def fields(prefix, bit_fields):
    return enum('', [(f"{prefix}_{snake(f['field'][0].upper() + f['field'][1:])}_{what.upper()}",
                      f[what]) for f in bit_fields for what in ('shift', 'bits')])


def numbered_list(name, entries):
    return enum(name, [(e['kernel'], i) for i, e in enumerate(entries)])


def abi_h(abi, values):
    types = abi['types']
    out = [syscalls(abi, values), invocations(abi, values), needs(abi, values),
           numbered_list('abi_error', types['errors']), objects(types, values),
           enum('abi_size_bits',
                [(s['kernel'], size_value(s, values)) for s in types['size_bits']]),
           enum('abi_limit', [(n['kernel'], n['value'], n['about']) for n in types['limits']]),
           fields('MSG_INFO', types['message_info']), fields('CNODE_DATA', types['cnode_data']),
           enum('abi_right', [(r['kernel'], 1 << r['shift']) for r in types['cap_rights']]),
           numbered_list('abi_lookup_failure', types['lookup_failures']),
           enum('abi_fault', [(f['kernel'], f['number']) for f in types['faults']]),
           '/* Words of a fault message, in order. */\n']
    for fault in types['faults']:
        if fault['words']:
            words = [re.sub(r'([a-z])([A-Z])', r'\1_\2', w).upper() for w in fault['words']]
            out.append(listed('', fault['kernel'] + '_MSG', words, 'LENGTH'))
    out += [listed('', 'TIMEOUT_REPLY', [w.upper() for w in types['timeout_reply']], 'LENGTH'),
            '/* Registers of a thread, in the order ReadRegisters and WriteRegisters use. */\n',
            listed('', 'USER_CONTEXT', [w.upper() for w in types['user_context']], 'LENGTH'),
            numbered_list('abi_root_slot', types['root_slots']),
            numbered_list('abi_bootinfo_id', types['bootinfo_ids'])]
    out.append(definitions(abi['extensions']))
    return header('The binary interface, for the kernel.', '\n'.join(out))
