# SPDX-License-Identifier: BSD-2-Clause
"""The description of the interface, abi/*.json: reading it, numbers, names."""
import json
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# How many bits of a message word a value takes. The types of capabilities are in the description.
TYPE_BITS = {'seL4_Word': 64, 'seL4_Time': 64, 'seL4_CapRights_t': 64, 'seL4_X86_VMAttributes': 64,
             'seL4_Bool': 1, 'seL4_Uint8': 8, 'seL4_Uint16': 16, 'seL4_Uint32': 32,
             'seL4_Uint64': 64}
CONTEXT = 'seL4_UserContext'        # all registers of a thread, a word each
WORD_BITS = 64


class DescriptionError(Exception):
    pass


def load(name, folder=None):
    path = os.path.join(folder or os.path.join(ROOT, 'abi'), name)
    try:
        with open(path, encoding='utf-8') as f:
            return json.load(f)
    except ValueError as error:
        raise DescriptionError(f'{path}: {error}') from None


def load_all(folder=None):
    """Everything but config.json."""
    def part(name, keys):
        content = load(name, folder)
        missing = [key for key in keys if key not in content]
        if missing:
            raise DescriptionError(f"{name}: no {', '.join(missing)}")
        return content

    return {'types': part('types.json', ('capability_types', 'errors')),
            **part('syscalls.json', ('registers', 'syscalls', 'more')),
            'invocations': part('invocations.json', ('invocations',))['invocations'],
            'extensions': part('extensions.json', ('constants', 'invocations', 'syscalls'))}


def capability_types(abi):
    return (['seL4_CPtr'] + abi['types']['capability_types']
            + abi['extensions'].get('capability_types', []))


def holds(condition, values):
    """A condition of the data files: names joined by &&."""
    return all(values[name.strip()] for name in condition.split('&&')) if condition else True


def snake(name):
    """TCBReadRegisters -> TCB_READ_REGISTERS; CNode and X86 are words of their own."""
    words = re.findall(r'X86|CNode|[A-Z]+(?=[A-Z][a-z])|[A-Z][a-z]+[0-9]*|[A-Z]+[0-9]*', name)
    if ''.join(words) != name:
        raise DescriptionError(f'{name} is not written LikeThis')
    return '_'.join(words).upper()


def split_parameter(text):
    """'seL4_Word index' -> (type, name)"""
    return tuple(text.rsplit(' ', 1))


# ---------------------------------------------------------------- numbers

def labels(invocations, values):
    """(invocation, label or None) in label order."""
    number, out = 0, []
    for part in ('object', 'sel4_arch', 'arch'):
        for inv in invocations:
            if inv['part'] != part:
                continue
            if holds(inv.get('condition'), values):
                number += 1
                out.append((inv, number))
            else:
                out.append((inv, None))
    return out


def object_numbers(objects, values):
    """([(object type, number or None), ...], how many there are)"""
    number, out = 0, []
    for obj in objects:
        if holds(obj.get('condition'), values):
            out.append((obj, number))
            number += 1
        else:
            out.append((obj, None))
    return out, number


def size_value(size, values):
    """An object size that may depend on an option."""
    if 'when' in size:
        name, bound = (s.strip() for s in size['when'].split('>='))
        return size['then'] if values[name] >= int(bound) else size['value']
    return size['value']
