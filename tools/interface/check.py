# SPDX-License-Identifier: BSD-2-Clause
"""Refuses a description of the interface that headers cannot be made of."""
import re

from .description import CONTEXT, TYPE_BITS, DescriptionError, capability_types, snake, \
    split_parameter
from .invocations import pack

IDENTIFIER = re.compile(r'[A-Za-z_]\w*')
LABEL_END = 1 << 52
EXTENSION_LABELS = 0x4d590000       # of 2^16
MESSAGE_WORDS = 120
CAPABILITIES = 3
RESULT_TYPES = {*TYPE_BITS, 'seL4_MessageInfo_t', 'seL4_Error', 'char'}

INVOCATION_KEYS = {'id', 'interface', 'name', 'part', 'in', 'out', 'errors', 'condition', 'about',
                   'least'}
CALL_KEYS = {'name', 'number', 'condition', 'about', 'in', 'out', 'parameters', 'by_hand'}


def refuse(condition, where, reason):
    if condition:
        raise DescriptionError(f'{where}: {reason}')


def check_keys(entry, known, needed, where):
    unknown, missing = sorted(set(entry) - known), sorted(needed - set(entry))
    refuse(unknown, where, f"unknown key {', '.join(unknown)}")
    refuse(missing, where, f"no {', '.join(missing)}")


def check_unique(values, where, what):
    seen = set()
    for value in values:
        refuse(value in seen, where, f'{what} {value} is there twice')
        seen.add(value)


def check_condition(entry, options, where):
    for name in entry.get('condition', '').split('&&') if 'condition' in entry else []:
        refuse(name.strip() not in options, where, f'{name.strip()} is no option')


# ---------------------------------------------------------------- invocations

def check_parameters(inv, known, where):
    """Types and names of what goes in and comes out."""
    names = []
    for text in inv['in'] + inv['out']:
        refuse(not re.fullmatch(r'\w+ [A-Za-z_]\w*', text), where,
               f"'{text}' is not of the form TYPE NAME")
        type_name, name = split_parameter(text)
        refuse(type_name not in known, where, f"'{text}': unknown type")
        names.append(name)
    check_unique(names, where, 'parameter')
    for text in inv['out']:
        type_name = split_parameter(text)[0]
        refuse(type_name not in TYPE_BITS and type_name != CONTEXT, where,
               f"'{text}': a capability is no result")


def check_size(inv, abi, where):
    ins = [split_parameter(p) for p in inv['in']]
    capabilities = sum(t not in TYPE_BITS and t != CONTEXT for t, _ in ins)
    refuse(capabilities > CAPABILITIES, where, f'{capabilities} capabilities; {CAPABILITIES} fit')
    words = pack([p for p in ins if p[0] in TYPE_BITS])[1]
    contexts = [n for t, n in ins + [split_parameter(p) for p in inv['out']] if t == CONTEXT]
    if contexts:
        refuse(len(contexts) > 1, where, f'{len(contexts)} contexts; one fits')
        refuse(('seL4_Word', 'count') not in ins, where, f"{contexts[0]} needs 'seL4_Word count'")
        refuse(words > len(abi['registers']['words']), where, 'too many words before a context')
        words += len(abi['types']['user_context'])
    refuse(words > MESSAGE_WORDS, where, f'{words} message words; {MESSAGE_WORDS} fit')


def check_invocations(invocations, abi, options, keys, where_file):
    errors = {e['public'].replace('seL4_', '') for e in abi['types']['errors']}
    capabilities = capability_types(abi)
    known = {*TYPE_BITS, CONTEXT, *capabilities}
    for inv in invocations:
        where = f"{where_file}: {inv.get('id', inv.get('name', 'an invocation'))}"
        check_keys(inv, keys, keys - {'condition', 'about', 'least'}, where)
        snake(inv['id'])
        check_condition(inv, options, where)
        refuse(inv['interface'] not in capabilities, where,
               f"{inv['interface']} is no type of capability")
        refuse(inv.get('part', 'arch') not in ('object', 'sel4_arch', 'arch'), where,
               f"{inv.get('part')} is no part")
        wrong = [e for e in inv['errors'] if e not in errors]
        refuse(wrong, where, f"{', '.join(wrong)} is no error")
        check_parameters(inv, known, where)
        check_size(inv, abi, where)
        least = inv.get('least', [0, 0])
        refuse(len(least) != 2 or not all(isinstance(n, int) and n >= 0 for n in least), where,
               f"'least' is {least}, not two numbers")
    check_unique([i['id'] for i in invocations], where_file, 'invocation')
    check_unique([f"{i['interface']}_{i['name']}" for i in invocations], where_file, 'function')


# ---------------------------------------------------------------- system calls

def check_operand(text, registers, known, where):
    """@return (register, name or None)"""
    parts = text.split()
    refuse(not parts or parts[0] not in registers, where, f"'{text}': no register for that")
    if len(parts) == 1:
        return parts[0], None
    if len(parts) == 2:
        refuse(not re.fullmatch(r'\d+|MYELIN_\w+', parts[1]), where,
               f"'{text}' has no name, or is no value")
        return parts[0], None
    refuse(' '.join(parts[1:-1]) not in known, where, f"'{text}': unknown type")
    refuse(not IDENTIFIER.fullmatch(parts[-1]), where, f"'{text}': {parts[-1]} is no name")
    return parts[0], parts[-1]


def check_call(call, abi, where):
    words = abi['registers']['words']
    known = RESULT_TYPES | set(capability_types(abi))
    names = []
    for direction in ('in', 'out'):
        used = list(words) if 'words' in call[direction] else []
        for text in call[direction]:
            if text != 'words':
                register, name = check_operand(text, words + abi['registers']['others'], known,
                                               where)
                refuse(direction == 'in' and text == register, where, f"'{text}' carries nothing")
                used.append(register)
                names += [name] if name else []
        check_unique(used, f'{where}: {direction}', 'register')
    check_unique(names, where, 'parameter')
    names = [n for n in names if n != 'return']
    has_words = 'words' in call['in'] + call['out']
    wanted = sorted(names + ['words'] * has_words)
    refuse(not call.get('by_hand')
           and sorted(call.get('parameters', ' '.join(names)).split()) != wanted, where,
           f"parameters are not {' '.join(wanted)}")


def check_calls(calls, abi, options, where_file, known_keys=frozenset()):
    for call in calls:
        where = f"{where_file}: {call.get('name', 'a system call')}"
        check_keys(call, CALL_KEYS | known_keys,
                   ({'in', 'out'} if 'in' in call else set()) | ({'name', 'number'} - known_keys)
                   | ({'about'} if 'in' in call and not call.get('by_hand') else set()), where)
        snake(call['name'])
        check_condition(call, options, where)
        if 'in' in call:
            check_call(call, abi, where)
    check_unique([c['name'] for c in calls], where_file, 'system call')
    check_unique([c['number'] for c in calls if 'number' in c], where_file, 'number')


# ---------------------------------------------------------------- all of it

def check_extensions(abi, options):
    extensions, where = abi['extensions'], 'abi/extensions.json'
    check_invocations(extensions['invocations'], abi, options,
                      INVOCATION_KEYS - {'part', 'condition'} | {'label'}, where)
    for inv in extensions['invocations']:
        label = int(inv['label'], 0)
        refuse(not EXTENSION_LABELS < label < min(EXTENSION_LABELS + 65536, LABEL_END),
               f"{where}: {inv['id']}", f'label {label:#x} is not one of ours: '
               f'{EXTENSION_LABELS + 1:#x}..{EXTENSION_LABELS + 65535:#x}')
    check_unique([i['label'] for i in extensions['invocations']], where, 'label')
    check_calls(extensions['syscalls'], abi, options, where)
    lowest = min(s['number'] for s in abi['syscalls'])
    for call in extensions['syscalls']:
        refuse(call['number'] >= lowest, f"{where}: {call['name']}",
               f"number {call['number']} is a public one, {lowest} and above")
    for constant in extensions['constants']:
        refuse(not constant['name'].startswith('MYELIN_'), where,
               f"{constant['name']} does not begin with MYELIN_")


def check(abi, options):
    """Raises DescriptionError with file, entry and reason."""
    check_invocations(abi['invocations'], abi, options, INVOCATION_KEYS, 'abi/invocations.json')
    check_calls(abi['syscalls'], abi, options, 'abi/syscalls.json')
    check_calls(abi['more'], abi, options, 'abi/syscalls.json', frozenset({'call', 'number'}))
    there = {s['name'] for s in abi['syscalls']}
    for more in abi['more']:
        refuse(more.get('call') not in there, f"abi/syscalls.json: {more['name']}",
               f"{more.get('call')} is no system call")
    check_extensions(abi, options)
