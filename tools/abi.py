#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Generate the C headers of the binary interface from abi/*.json and one config file.

    tools/abi.py --config config/release.mk --out build/release/gen

writes into build/release/gen:
    config.h            the configuration, for kernel and users
    abi.h               numbers and layouts under our own names, for the kernel
    user/               what belongs to lib/sel4 and depends on the configuration:
                        autoconf.h, sel4/{syscall,invocation,errors,objecttype,abi_types}.h,
                        interfaces/sel4_client.h, myelin/extension_gen.h

    tools/abi.py --config FILE --pairs     lists every (invocation, error) pair
    tools/abi.py --config FILE --get NAME  prints one value (for make)

A config file has lines `NAME = value`, `#` comments; an empty value is off. What cannot work is
refused with file, line and reason. Files are rewritten only when their content changes.
"""
import argparse
import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORD_BITS = 64
MSG_REGISTERS = 4
# A label no message can carry: labels have 52 bits. The value of what is configured out.
NO_LABEL = 0xffffffffffff0000


class ConfigError(Exception):
    pass


# ---------------------------------------------------------------- configuration

def load(name):
    with open(os.path.join(ROOT, 'abi', name), encoding='utf-8') as f:
        return json.load(f)


def parse_value(option, text, where):
    """One value of a config file as an int (bool: 0 or 1)."""
    if option['type'] == 'bool':
        if text in ('', '0', 'n', 'off'):
            value = 0
        elif text in ('1', 'y', 'on'):
            value = 1
        else:
            raise ConfigError(f"{where}: {option['name']} is on or off: write 1 or nothing, not '{text}'")
    else:
        try:
            value = int(text, 0)
        except ValueError:
            raise ConfigError(f"{where}: {option['name']} needs a number ({option['unit']}), not '{text}'")
        if not option['min'] <= value <= option['max']:
            raise ConfigError(f"{where}: {option['name']} = {value} is out of range: "
                              f"{option['min']}..{option['max']} {option['unit']}")
    if 'only' in option and value != option['only']:
        raise ConfigError(f"{where}: {option['name']} must be {'on' if option['only'] else 'off'}: {option['why']}")
    return value


def read_config(path):
    """Values by name, with the place each was set for messages of the cross checks."""
    options = {o['name']: o for o in load('config.json')['options']}
    values = {o['name']: o['default'] for o in options.values()}
    places = {}
    with open(path, encoding='utf-8') as f:
        for number, line in enumerate(f, 1):
            line = line.split('#', 1)[0].strip()
            if not line:
                continue
            where = f'{path}:{number}'
            match = re.fullmatch(r'([A-Za-z_][A-Za-z0-9_]*)\s*[:?]?=\s*(.*)', line)
            if not match:
                raise ConfigError(f'{where}: not of the form NAME = value')
            name, text = match.group(1), match.group(2).strip()
            if name not in options:
                raise ConfigError(f'{where}: {name} is no option (abi/config.json lists them)')
            if name in places:
                raise ConfigError(f'{where}: {name} was already set at {places[name]}')
            values[name] = parse_value(options[name], text, where)
            places[name] = where
    check_together(values, lambda *names: next((places[n] for n in names if n in places), path))
    return options, values


def check_together(v, where):
    """What single ranges cannot say: options that contradict each other."""
    def refuse(condition, reason, *names):
        if condition:
            raise ConfigError(f'{where(*names)}: {reason}')

    refuse(v['CONFIG_XSAVE'] and v['CONFIG_FXSAVE'],
           'CONFIG_XSAVE and CONFIG_FXSAVE are both on; choose one', 'CONFIG_FXSAVE', 'CONFIG_XSAVE')
    refuse(not v['CONFIG_XSAVE'] and not v['CONFIG_FXSAVE'],
           'neither CONFIG_XSAVE nor CONFIG_FXSAVE is on; FPU state needs one of them')
    refuse(v['CONFIG_FXSAVE'] and v['CONFIG_XSAVE_SIZE'] != 512,
           f"CONFIG_XSAVE_SIZE = {v['CONFIG_XSAVE_SIZE']}: FXSAVE state is 512 bytes", 'CONFIG_XSAVE_SIZE')
    refuse(v['CONFIG_FXSAVE'] and v['CONFIG_XSAVE_FEATURE_SET'],
           'CONFIG_XSAVE_FEATURE_SET has no meaning with CONFIG_FXSAVE', 'CONFIG_XSAVE_FEATURE_SET')
    refuse(v['CONFIG_XSAVE'] and v['CONFIG_XSAVE_SIZE'] < 576,
           f"CONFIG_XSAVE_SIZE = {v['CONFIG_XSAVE_SIZE']}: XSAVE needs 512 bytes and a header of 64",
           'CONFIG_XSAVE_SIZE', 'CONFIG_XSAVE')
    refuse(v['CONFIG_XSAVE'] and v['CONFIG_XSAVE_FEATURE_SET'] & 3 != 3,
           'CONFIG_XSAVE_FEATURE_SET must include x87 and SSE (bits 0 and 1)', 'CONFIG_XSAVE_FEATURE_SET', 'CONFIG_XSAVE')
    refuse(v['CONFIG_XSAVE_FEATURE_SET'] & 4 and v['CONFIG_XSAVE_SIZE'] < 832,
           f"CONFIG_XSAVE_SIZE = {v['CONFIG_XSAVE_SIZE']}: AVX state (feature bit 2) ends at 832 bytes",
           'CONFIG_XSAVE_SIZE', 'CONFIG_XSAVE_FEATURE_SET')
    refuse(v['CONFIG_XSAVE_SIZE'] % 64, f"CONFIG_XSAVE_SIZE = {v['CONFIG_XSAVE_SIZE']} is no multiple of 64",
           'CONFIG_XSAVE_SIZE')
    refuse(v['CONFIG_FSGSBASE_INST'] and v['CONFIG_FSGSBASE_MSR'],
           'CONFIG_FSGSBASE_INST and CONFIG_FSGSBASE_MSR are both on; choose one',
           'CONFIG_FSGSBASE_MSR', 'CONFIG_FSGSBASE_INST')
    refuse(v['CONFIG_FSGSBASE_INST'] and v['CONFIG_SET_TLS_BASE_SELF'],
           'CONFIG_SET_TLS_BASE_SELF is for processors without FSGSBASE; CONFIG_FSGSBASE_INST is on',
           'CONFIG_SET_TLS_BASE_SELF')
    refuse(v['CONFIG_BENCHMARK_TRACK_UTILISATION'] and not v['CONFIG_ENABLE_BENCHMARKS'],
           'CONFIG_BENCHMARK_TRACK_UTILISATION needs CONFIG_ENABLE_BENCHMARKS', 'CONFIG_BENCHMARK_TRACK_UTILISATION')
    slots = 16 + v['CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS'] + 64
    refuse(slots > 1 << v['CONFIG_ROOT_CNODE_SIZE_BITS'],
           f"CONFIG_ROOT_CNODE_SIZE_BITS = {v['CONFIG_ROOT_CNODE_SIZE_BITS']}: fewer slots than the {slots} "
           'initial capabilities need', 'CONFIG_ROOT_CNODE_SIZE_BITS')


def holds(condition, values):
    """A condition of the data files: names joined by &&."""
    return all(values[name.strip()] for name in condition.split('&&')) if condition else True


# ---------------------------------------------------------------- names

def snake(name):
    """TCBReadRegisters -> TCB_READ_REGISTERS; CNode and X86 are words of their own."""
    words = re.findall(r'X86|CNode|[A-Z]+(?=[A-Z][a-z])|[A-Z][a-z]+[0-9]*|[A-Z]+[0-9]*', name)
    assert ''.join(words) == name, name
    return '_'.join(words).upper()


def header(path_from_gen, about, body, once=True):
    return ('/* SPDX-License-Identifier: BSD-2-Clause */\n'
            f'/* {about} Generated by tools/abi.py; change abi/ or config/ instead. */\n'
            + ('#pragma once\n\n' if once else '\n') + body.rstrip() + '\n')


def enum(name, pairs):
    """An anonymous or named enum of explicit values."""
    lines = [f'    {key} = {value},' for key, value in pairs]
    return f"enum {name + ' ' if name else ''}{{\n" + '\n'.join(lines) + '\n};\n'


# ---------------------------------------------------------------- numbering

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
    number, out = 0, []
    for obj in objects:
        if holds(obj.get('condition'), values):
            out.append((obj, number))
            number += 1
        else:
            out.append((obj, None))
    return out, number


def size_value(size, values):
    if 'when' in size:
        name, bound = (s.strip() for s in size['when'].split('>='))
        return size['then'] if values[name] >= int(bound) else size['value']
    return size['value']


# ---------------------------------------------------------------- gen/config.h and gen/abi.h

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
    return header('config.h', 'The configuration.', '\n'.join(lines))


def abi_h(abi, values):
    types = abi['types']
    out = ['/* SYS_HAS_x is 0 for a call that is configured out: it is then an unknown system call. */\n']
    calls = [(f"SYS_{snake(s['name'])}", s['number']) for s in abi['syscalls']]
    for s in abi['syscalls']:
        if 'condition' in s:
            out.append(f"#define SYS_HAS_{snake(s['name'])} {int(holds(s['condition'], values))}")
    out.append('')
    native = [s for s in abi['syscalls'] if 'condition' not in s]
    out.append('enum syscall_number {\n' + '\n'.join(f'    {k} = {v},' for k, v in calls)
               + f"\n    SYS_FIRST_API = {native[-1]['number']},  /* the API calls are SYS_FIRST_API..SYS_CALL */\n"
               + '};\n')

    out.append('/* Invocation labels, at most 52 bits. One that is configured out has a value no message can carry. */')
    numbered = labels(abi['invocations'], values)
    out.append('#define INV_INVALID 0ul')
    unused = NO_LABEL
    for inv, label in numbered:
        if label is None:
            unused += 1
            out.append(f"#define INV_{snake(inv['id'])} {unused:#x}ul")
        else:
            out.append(f"#define INV_{snake(inv['id'])} {label}ul")
    count = sum(label is not None for _, label in numbered)
    out.append(f'#define INV_COUNT {count + 1}ul\n')

    out.append(enum('abi_error', [(e['kernel'], i) for i, e in enumerate(types['errors'])]))
    objects, count = object_numbers(types['objects'], values)
    out.append(enum('abi_object', [(o['kernel'], o['off'] if n is None else n) for o, n in objects]
                    + [('OBJ_COUNT', count)]).replace('4294967294', '0x7ffffffe'))
    out.append(enum('abi_size_bits', [(s['kernel'], size_value(s, values)) for s in types['size_bits']]))
    out.append('enum abi_limit {\n' + '\n'.join(f"    {l['kernel']} = {l['value']},  /* {l['about']} */"
                                                for l in types['limits']) + '\n};\n')
    for prefix, key in (('MSG_INFO', 'message_info'), ('CNODE_DATA', 'cnode_data')):
        out.append(enum('', [(f"{prefix}_{snake(f['field'][0].upper() + f['field'][1:])}_{what.upper()}", f[what])
                             for f in types[key] for what in ('shift', 'bits')]))
    out.append(enum('abi_right', [(r['kernel'], 1 << r['shift']) for r in types['cap_rights']]))
    out.append(enum('abi_lookup_failure', [(l['kernel'], i) for i, l in enumerate(types['lookup_failures'])]))
    out.append(enum('abi_fault', [(f['kernel'], f['number']) for f in types['faults']]))
    out.append('/* Words of a fault message, in order. */\n')
    for fault in types['faults']:
        if fault['words']:
            base = fault['kernel'] + '_MSG_'
            words = [(base + re.sub(r'([a-z])([A-Z])', r'\1_\2', w).upper(), i) for i, w in enumerate(fault['words'])]
            out.append(enum('', words + [(base + 'LENGTH', len(words))]))
    out.append(enum('', [(f'TIMEOUT_REPLY_{w.upper()}', i) for i, w in enumerate(types['timeout_reply'])]
                    + [('TIMEOUT_REPLY_LENGTH', len(types['timeout_reply']))]))
    out.append('/* Registers of a thread, in the order ReadRegisters and WriteRegisters use. */\n')
    out.append(enum('', [(f'USER_CONTEXT_{w.upper()}', i) for i, w in enumerate(types['user_context'])]
                    + [('USER_CONTEXT_LENGTH', len(types['user_context']))]))
    out.append(enum('abi_root_slot', [(s['kernel'], i) for i, s in enumerate(types['root_slots'])]))
    out.append(enum('abi_bootinfo_id', [(b['kernel'], i) for i, b in enumerate(types['bootinfo_ids'])]))
    for e in types['extension']:
        out.append(f"#define {e['kernel']} {e['value']}ul  /* {e['about']} */")
    return header('abi.h', 'The binary interface, for the kernel.', '\n'.join(out))


# ---------------------------------------------------------------- user headers

def syscall_h(abi, values):
    lines = []
    for s in abi['syscalls']:
        if holds(s.get('condition'), values):
            lines.append(f"    seL4_Sys{s['name']} = {s['number']},")
    return header('', 'System call numbers.', '#include <sel4/macros.h>\n\ntypedef enum {\n' + '\n'.join(lines)
                  + '\n    SEL4_FORCE_LONG_ENUM(seL4_Syscall_ID)\n} seL4_Syscall_ID;\n')


def invocation_h(abi, values):
    parts = {'object': [], 'sel4_arch': [], 'arch': []}
    last = {}
    for inv, label in labels(abi['invocations'], values):
        if label is not None:
            parts[inv['part']].append(f"    {inv['id']} = {label},")
            last[inv['part']] = label
    body = ''
    for part, enum_name, end in (('object', 'invocation_label', 'nInvocationLabels'),
                                 ('sel4_arch', 'sel4_arch_invocation_label', 'nSeL4ArchInvocationLabels'),
                                 ('arch', 'arch_invocation_label', 'nArchInvocationLabels')):
        first = ['    InvalidInvocation = 0,'] if part == 'object' else []
        body += f'enum {enum_name} {{\n' + '\n'.join(first + parts[part]) + f'\n    {end} = {last[part] + 1}\n}};\n\n'
    return header('', 'Capability invocation labels.', body)


def errors_h(abi):
    lines = [f"    {e['public']} = {i}," for i, e in enumerate(abi['types']['errors'])]
    return header('', 'Errors of invocations.', 'typedef enum {\n' + '\n'.join(lines)
                  + '\n    seL4_NumErrors\n} seL4_Error;\n')


def objecttype_h(abi, values):
    objects, _ = object_numbers(abi['types']['objects'], values)
    body = ''
    ends = {'object': 'seL4_NonArchObjectTypeCount', 'sel4_arch': 'seL4_ModeObjectTypeCount',
            'arch': 'seL4_ObjectTypeCount'}
    names = {'object': ('api_object', 'seL4_ObjectType'), 'sel4_arch': ('_mode_object', 'seL4_seL4ArchObjectType'),
             'arch': ('_object', 'seL4_ArchObjectType')}
    total = 0
    for part in ('object', 'sel4_arch', 'arch'):
        lines = []
        for obj, number in objects:
            if obj['part'] == part and number is not None:
                lines.append(f"    {obj['public']} = {number},")
                total = number + 1
        body += f'typedef enum {names[part][0]} {{\n' + '\n'.join(lines) + f'\n    {ends[part]} = {total}\n}} {names[part][1]};\n\n'
    for obj, number in objects:
        if number is None:
            body += f"#define {obj['public']} {obj['off']:#x}\n"
    body += '#define seL4_IA32_PDPTObject seL4_X86_PDPTObject\n'
    return header('', 'Object types.', body)


def bitfield_c(name, fields):
    """A one-word public bit field: constructor in upstream's argument order, accessors."""
    order = list(reversed(fields))            # most significant first, as the public constructors take them
    args = ', '.join(f"seL4_Uint64 {f['field']}" for f in order)
    mask = lambda f: f"{(1 << f['bits']) - 1:#x}ull"
    shift = lambda f, text: f"({text} << {f['shift']})" if f['shift'] else text
    expr = '\n        | '.join(shift(f, f"({f['field']} & {mask(f)})") for f in order)
    out = f'struct {name} {{\n    seL4_Uint64 words[1];\n}};\ntypedef struct {name} {name}_t;\n\n'
    out += (f'LIBSEL4_INLINE_FUNC CONST {name}_t {name}_new({args})\n{{\n    return ({name}_t) {{ {{\n        {expr}\n    }} }};\n}}\n\n')
    for f in order:
        read = f"v.words[0] >> {f['shift']}" if f['shift'] else 'v.words[0]'
        out += (f"LIBSEL4_INLINE_FUNC CONST seL4_Uint64 {name}_get_{f['field']}({name}_t v)\n{{\n"
                f"    return ({read}) & {mask(f)};\n}}\n\n"
                f"LIBSEL4_INLINE_FUNC CONST {name}_t {name}_set_{f['field']}({name}_t v, seL4_Uint64 x)\n{{\n"
                f"    v.words[0] = (v.words[0] & ~{shift(f, mask(f))}) | {shift(f, f'(x & {mask(f)})')};\n    return v;\n}}\n\n")
        out += (f"LIBSEL4_INLINE_FUNC void {name}_ptr_set_{f['field']}({name}_t *v, seL4_Uint64 x)\n{{\n"
                f"    *v = {name}_set_{f['field']}(*v, x);\n}}\n\n")
    return out


def fault_c(types, values):
    """seL4_Fault_t: word 0 is the tag, the message follows. Opaque to users but for the accessors."""
    faults = [f for f in types['faults'] if holds(f.get('condition'), values)]
    words = 1 + max(len(f['words']) for f in faults)
    out = f'struct seL4_Fault {{\n    seL4_Uint64 words[{words}];\n}};\ntypedef struct seL4_Fault seL4_Fault_t;\n\n'
    out += 'typedef enum seL4_Fault_tag {\n' + '\n'.join(f"    seL4_Fault_{f['public']} = {f['number']}," for f in faults)
    out += '\n    SEL4_FORCE_LONG_ENUM(seL4_Fault_tag)\n} seL4_Fault_tag_t;\n\n'
    out += ('LIBSEL4_INLINE_FUNC PURE seL4_Uint64 seL4_Fault_get_seL4_FaultType(seL4_Fault_t f)\n{\n    return f.words[0];\n}\n\n'
            'LIBSEL4_INLINE_FUNC int seL4_Fault_seL4_FaultType_equals(seL4_Fault_t f, seL4_Uint64 tag)\n{\n'
            '    return f.words[0] == tag;\n}\n\n')
    for f in faults:
        fields = f.get('fields', f['words'])
        args = ', '.join(f'seL4_Uint64 {x}' for x in fields) or 'void'
        init = ', '.join([f"seL4_Fault_{f['public']}"] + fields)
        out += f"LIBSEL4_INLINE_FUNC CONST seL4_Fault_t seL4_Fault_{f['public']}_new({args})\n{{\n    return (seL4_Fault_t) {{ {{ {init} }} }};\n}}\n\n"
        for i, x in enumerate(fields):
            out += (f"LIBSEL4_INLINE_FUNC CONST seL4_Uint64 seL4_Fault_{f['public']}_get_{x}(seL4_Fault_t f)\n{{\n    return f.words[{i + 1}];\n}}\n\n"
                    f"LIBSEL4_INLINE_FUNC CONST seL4_Fault_t seL4_Fault_{f['public']}_set_{x}(seL4_Fault_t f, seL4_Uint64 v)\n{{\n    f.words[{i + 1}] = v;\n    return f;\n}}\n\n")
    # From a message: what seL4_getFault() does.
    out += '#define MYELIN_FAULT_FROM_MESSAGE(label, mr) \\\n    switch (label) { \\\n'
    for f in faults[1:]:
        args = ', '.join(f'mr({i})' for i in range(len(f['words'])))
        out += f"    case seL4_Fault_{f['public']}: \\\n        return seL4_Fault_{f['public']}_new({args}); \\\n"
    out += '    default: \\\n        return seL4_Fault_NullFault_new(); \\\n    }\n\n'
    return out


def message_enum(public, words, length=True):
    lines = [f'    seL4_{public}_{w} = {i},' for i, w in enumerate(words)]
    if length:
        lines.append(f'    seL4_{public}_Length = {len(words)},')
    return (f'typedef enum {{\n' + '\n'.join(lines) + f'\n    SEL4_FORCE_LONG_ENUM(seL4_{public}_Msg)\n}} seL4_{public}_Msg;\n\n')


def abi_types_h(abi, values):
    types = abi['types']
    out = '#include <sel4/macros.h>\n#include <sel4/simple_types.h>\n\n'
    for s in types['size_bits']:
        out += f"#define {s['public']} {size_value(s, values)}\n"
    out += '\n'
    for name, key in (('seL4_MessageInfo', 'message_info'), ('seL4_CapRights', 'cap_rights'),
                      ('seL4_CNode_CapData', 'cnode_data')):
        out += bitfield_c(name, types[key])
    out += fault_c(types, values)
    for f in types['faults']:
        if f['words'] and holds(f.get('condition'), values) and f['public'] != 'CapFault':
            out += message_enum(f['public'], f['words'])
    cap = next(f for f in types['faults'] if f['public'] == 'CapFault')
    out += message_enum('CapFault', cap['words'], length=False).replace(
        '    SEL4_FORCE', '    seL4_CapFault_DepthMismatch_BitsFound = 5,\n    SEL4_FORCE')
    out += message_enum('TimeoutReply', types['timeout_reply'])
    out += ('typedef enum {\n' + '\n'.join(f"    {l['public']} = {i}," for i, l in enumerate(types['lookup_failures']))
            + '\n    SEL4_FORCE_LONG_ENUM(seL4_LookupFailureType)\n} seL4_LookupFailureType;\n\n')
    out += ('enum seL4_RootCNodeCapSlots {\n' + '\n'.join(f"    {s['public']} = {i}," for i, s in enumerate(types['root_slots']))
            + '\n};\n#define seL4_CapInitThreadPD seL4_CapInitThreadVSpace\n\n')
    out += ('typedef enum {\n' + '\n'.join(f"    {b['public']} = {i}," for i, b in enumerate(types['bootinfo_ids']))
            + '\n    SEL4_BOOTINFO_HEADER_NUM,\n    SEL4_FORCE_LONG_ENUM(seL4_BootInfoID)\n} seL4_BootInfoID;\n\n')
    out += ('typedef struct seL4_UserContext_ {\n    seL4_Word ' + ', '.join(types['user_context'])
            + ';\n} seL4_UserContext;\n')
    return header('', 'Layouts and numbers of the public interface.', out)


# ---------------------------------------------------------------- invocation stubs

TYPE_BITS = {'seL4_Word': 64, 'seL4_Time': 64, 'seL4_CapRights_t': 64, 'seL4_X86_VMAttributes': 64,
             'seL4_Bool': 1, 'seL4_Uint8': 8, 'seL4_Uint16': 16, 'seL4_Uint32': 32}


def split_param(param):
    type_name, name = param.rsplit(' ', 1)
    return type_name, name


def is_cap(type_name):
    return type_name not in TYPE_BITS and type_name != 'seL4_UserContext'


def pack(params):
    """Assign message words: small types share a word, each aligned to its size (a bool to a bit)."""
    word, bit, placed = 0, 0, []
    for type_name, name in params:
        bits = TYPE_BITS[type_name]
        bit = (bit + bits - 1) // bits * bits
        if bit + bits > WORD_BITS:
            word, bit = word + 1, 0
        placed.append((word, bit, bits, type_name, name))
        bit += bits
    return placed, word + 1 if params else 0


def in_expression(bit, bits, type_name, name):
    if type_name == 'seL4_CapRights_t':
        return f'{name}.words[0]'
    if bits == WORD_BITS:
        return f'(seL4_Word){name}' if type_name == 'seL4_X86_VMAttributes' else name
    text = f'((seL4_Word){name} & {(1 << bits) - 1:#x}ul)'
    return f'({text} << {bit})' if bit else text


def mr_read(i):
    return f'mr{i}' if i < MSG_REGISTERS else f'seL4_GetMR({i})'


def stub(inv, context_words):
    ins = [split_param(p) for p in inv['in']]
    outs = [split_param(p) for p in inv['out']]
    caps = [name for t, name in ins if is_cap(t)]
    data = [(t, name) for t, name in ins if not is_cap(t)]
    context_in = [name for t, name in data if t == 'seL4_UserContext']
    context_out = [name for t, name in outs if t == 'seL4_UserContext']
    placed, words = pack([(t, n) for t, n in data if t != 'seL4_UserContext'])
    function = f"{inv['interface']}_{inv['name']}"

    scalar_outs = [(t, n) for t, n in outs if t != 'seL4_UserContext']
    result = f'{function}_t' if scalar_outs else 'seL4_Error'
    args = [f"{inv['interface']} _service"]
    args += [f'{t} *{n}' if t == 'seL4_UserContext' else f'{t} {n}' for t, n in ins]
    args += [f'{t} *{n}' for t, n in outs if t == 'seL4_UserContext']

    out = ''
    if scalar_outs:
        fields = ''.join(f'    {t} {n};\n' for t, n in scalar_outs)
        out += f'struct {function} {{\n    int error;\n{fields}}};\ntypedef struct {function} {function}_t;\n\n'
    out += f"LIBSEL4_INLINE {result} {function}({', '.join(args)})\n{{\n"
    by_word = {}
    for word, bit, bits, t, n in placed:
        by_word.setdefault(word, []).append(in_expression(bit, bits, t, n))
    length = words + (context_words if context_in else 0)
    registers = []
    body = ''
    for i, cap in enumerate(caps):
        body += f'    seL4_SetCap({i}, {cap});\n'
    for i in range(MSG_REGISTERS):
        if i in by_word:
            registers.append(' | '.join(by_word[i]))
        elif context_in and words <= i < length:
            registers.append(f'((const seL4_Word *){context_in[0]})[{i - words}]')
        else:
            registers.append('0')
    for i in range(MSG_REGISTERS, words):
        body += f"    seL4_SetMR({i}, {' | '.join(by_word[i])});\n"
    if context_in:
        first = MSG_REGISTERS - words
        body += (f'    for (seL4_Word i = {first}; i < count && i < {context_words}; i++) {{\n'
                 f'        seL4_SetMR(i + {words}, ((const seL4_Word *){context_in[0]})[i]);\n    }}\n')
    declare = ''.join(f'    seL4_Word mr{i} = {registers[i]};\n' for i in range(MSG_REGISTERS))
    out += declare + body
    out += (f"    seL4_MessageInfo_t tag = seL4_CallWithMRs(_service,\n"
            f"        seL4_MessageInfo_new({inv['id']}, 0, {len(caps)}, {length}), &mr0, &mr1, &mr2, &mr3);\n"
            '    seL4_Error error = (seL4_Error)seL4_MessageInfo_get_label(tag);\n'
            '    if (error != seL4_NoError) {\n        myelin_keep_error(mr0, mr1, mr2, mr3);\n    }\n')
    if context_out:
        name = context_out[0]
        out += '    seL4_Word first[4] = { mr0, mr1, mr2, mr3 };\n'
        out += (f'    for (seL4_Word i = 0; i < count && i < {context_words}; i++) {{\n'
                f'        ((seL4_Word *){name})[i] = i < 4 ? first[i] : seL4_GetMR(i);\n    }}\n')
    if scalar_outs:
        out += f'    {result} result = {{ .error = (int)error }};\n    if (error == seL4_NoError) {{\n'
        for word, bit, bits, t, n in pack(scalar_outs)[0]:
            text = mr_read(word)
            if bits < WORD_BITS:
                text = f'({t})(({text} >> {bit}) & {(1 << bits) - 1:#x}ul)' if bit else f'({t})({text} & {(1 << bits) - 1:#x}ul)'
            out += f'        result.{n} = {text};\n'
        out += '    }\n    return result;\n}\n\n'
    else:
        out += '    return error;\n}\n\n'
    return out


def client_h(abi, values):
    out = ('#include <sel4/types.h>\n#include <sel4/invocation.h>\n#include <sel4/syscalls.h>\n\n'
           '/* After a refusal the error words are also in the IPC buffer, where seL4_GetMR() finds them. */\n'
           'LIBSEL4_INLINE_FUNC void myelin_keep_error(seL4_Word mr0, seL4_Word mr1, seL4_Word mr2, seL4_Word mr3)\n{\n'
           '    seL4_SetMR(0, mr0);\n    seL4_SetMR(1, mr1);\n    seL4_SetMR(2, mr2);\n    seL4_SetMR(3, mr3);\n}\n\n')
    for inv, label in labels(abi['invocations'], values):
        if label is not None:
            out += stub(inv, len(abi['types']['user_context']))
    return header('', 'Invocation stubs.', out)


def extension_h(abi):
    lines = [f"/* {e['about']} */\n#define {e['kernel']} {e['value']}ul" for e in abi['types']['extension']]
    return header('', 'Numbers of our extensions.', '\n'.join(lines))


def pairs_h(abi, values):
    """For tests/abi: every (invocation, error) pair the interface names."""
    rows = []
    for inv, label in labels(abi['invocations'], values):
        if label is not None:
            mask = ' | '.join(f'1u << seL4_{e}' for e in inv['errors'])
            rows.append(f"    {{ \"{inv['id']}\", {inv['id']}, {mask or '0'} }},")
    return header('', 'The pairs (invocation, error) of the interface.',
                  'struct abi_pairs {\n    const char *name;\n    unsigned label;\n    unsigned errors;  /* bit per seL4_Error */\n};\n\n'
                  'static const struct abi_pairs abi_pairs[] = {\n' + '\n'.join(rows) + '\n};\n')


# ---------------------------------------------------------------- main

def write_if_changed(path, text):
    try:
        with open(path, encoding='utf-8') as f:
            if f.read() == text:
                return
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def generate(out, options, values):
    abi = {'types': load('types.json'), 'syscalls': load('syscalls.json')['syscalls'],
           'invocations': load('invocations.json')['invocations']}
    files = {
        'config.h': config_h(options, values),
        'abi.h': abi_h(abi, values),
        'user/autoconf.h': header('', 'The configuration under its public name.', '#include "../config.h"\n'),
        'user/sel4/syscall.h': syscall_h(abi, values),
        'user/sel4/invocation.h': invocation_h(abi, values),
        'user/sel4/errors.h': errors_h(abi),
        'user/sel4/objecttype.h': objecttype_h(abi, values),
        'user/sel4/abi_types.h': abi_types_h(abi, values),
        'user/interfaces/sel4_client.h': client_h(abi, values),
        'user/myelin/extension_gen.h': extension_h(abi),
        'user/abi_pairs.h': pairs_h(abi, values),
    }
    for name, text in files.items():
        write_if_changed(os.path.join(out, name), text)
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--config', required=True, help='configuration file (config/*.mk)')
    parser.add_argument('--out', help='output folder')
    parser.add_argument('--pairs', action='store_true', help='list the (invocation, error) pairs')
    parser.add_argument('--get', metavar='NAME', help='print the value of one option')
    args = parser.parse_args()
    try:
        options, values = read_config(args.config)
    except (ConfigError, OSError) as error:
        print(f'abi.py: {error}', file=sys.stderr)
        return 1
    if args.get:
        if args.get not in values:
            print(f'abi.py: {args.get} is no option', file=sys.stderr)
            return 1
        print(values[args.get])
    if args.pairs:
        for inv, label in labels(load('invocations.json')['invocations'], values):
            if label is not None:
                for error in inv['errors']:
                    print(inv['id'], error)
    if args.out:
        generate(args.out, options, values)
    return 0


if __name__ == '__main__':
    sys.exit(main())
