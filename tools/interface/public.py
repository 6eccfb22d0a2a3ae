# SPDX-License-Identifier: BSD-2-Clause
"""Headers for programs: numbers and types under the public names."""
from .description import holds, labels, object_numbers, size_value, snake
from .text import COLUMNS, comment, define, enum, enum_type, function, header, statement, wrap


# ---------------------------------------------------------------- numbers

def syscall_h(abi, values):
    there = [(f"seL4_Sys{s['name']}", s['number']) for s in abi['syscalls']
             if holds(s.get('condition'), values)]
    return header('System call numbers.', enum_type('seL4_Syscall_ID', there), ['sel4/macros.h'])


# Each part of the invocations and of the object types has an enum of its own; the first number
# after a part has a name.
LABEL_ENUMS = {'object': ('invocation_label', 'nInvocationLabels'),
               'sel4_arch': ('sel4_arch_invocation_label', 'nSeL4ArchInvocationLabels'),
               'arch': ('arch_invocation_label', 'nArchInvocationLabels')}
OBJECT_ENUMS = {'object': ('api_object', 'seL4_NonArchObjectTypeCount', 'seL4_ObjectType'),
                'sel4_arch': ('_mode_object', 'seL4_ModeObjectTypeCount',
                              'seL4_seL4ArchObjectType'),
                'arch': ('_object', 'seL4_ObjectTypeCount', 'seL4_ArchObjectType')}


def parts(numbered, name_of):
    """{part: [(name, number), ...]} of what is configured in."""
    found = {}
    for entry, number in numbered:
        if number is not None:
            found.setdefault(entry['part'], []).append((name_of(entry), number))
    return found


def invocation_h(abi, values):
    body = ''
    for part, there in parts(labels(abi['invocations'], values), lambda i: i['id']).items():
        name, end = LABEL_ENUMS[part]
        first = [('InvalidInvocation', 0)] if part == 'object' else []
        body += enum(name, first + there + [(end, there[-1][1] + 1)]) + '\n'
    return header('Capability invocation labels.', body)


def errors_h(abi):
    errors = [(e['public'], i) for i, e in enumerate(abi['types']['errors'])]
    return header('Errors of invocations.',
                  'typedef ' + enum('', errors + [('seL4_NumErrors', len(errors))])[:-2]
                  + ' seL4_Error;\n')


def objecttype_h(abi, values):
    numbered, _ = object_numbers(abi['types']['objects'], values)
    body = ''
    for part, there in parts(numbered, lambda o: o['public']).items():
        tag, end, name = OBJECT_ENUMS[part]
        body += f'typedef {enum(tag, there + [(end, there[-1][1] + 1)])[:-2]} {name};\n\n'
    body += define([(o['public'], f"{o['off']:#x}") for o, number in numbered if number is None])
    return header('Object types.', body + '#define seL4_IA32_PDPTObject seL4_X86_PDPTObject\n')


# ---------------------------------------------------------------- bit fields

def inline(result, name, parameters, *body):
    return function('LIBSEL4_INLINE_FUNC', result, name, parameters, body)


def by_value(result, name, parameters, *body):
    """The same, for results that depend on the parameters alone."""
    return function('LIBSEL4_INLINE_FUNC CONST', result, name, parameters, body)


def bit_field(name, fields):
    """A one-word public bit field: constructors, most significant field first, and accessors."""
    value, pointer = f'{name}_t', f'{name}_t *'
    given = [f"seL4_Uint64 {f['field']}" for f in reversed(fields)]
    names = ', '.join(f['field'] for f in reversed(fields))
    place = {f['field']: f"{f['shift']}, {f['bits']}" for f in fields}
    out = [f'typedef struct {name} {{\n    seL4_Uint64 words[1];\n}} {value};\n',
           by_value(value, f'{name}_new', given, f'{value} made = {{ {{ 0 }} }};', '',
                    *statement('made.words[0] = ',
                               [f'myelin_bits_put({f}, {place[f]})' for f in place], '|'),
                    'return made;'),
           inline('void', f'{name}_ptr_new', [pointer + 'at'] + given,
                  f'*at = {name}_new({names});')]
    for f in place:
        out += [by_value('seL4_Uint64', f'{name}_get_{f}', [f'{value} from'],
                         f'return myelin_bits_get(from.words[0], {place[f]});'),
                inline('seL4_Uint64', f'{name}_ptr_get_{f}', [f'const {pointer}from'],
                       f'return {name}_get_{f}(*from);'),
                inline('void', f'{name}_ptr_set_{f}', [pointer + 'in', 'seL4_Uint64 value'],
                       f'in->words[0] &= ~myelin_bits_put(~0ul, {place[f]});',
                       f'in->words[0] |= myelin_bits_put(value, {place[f]});'),
                by_value(value, f'{name}_set_{f}', [f'{value} in', 'seL4_Uint64 value'],
                         f'{name}_ptr_set_{f}(&in, value);', 'return in;')]
    return '\n'.join(out)


# ---------------------------------------------------------------- faults

def faults_of(types, values):
    return [f for f in types['faults'] if holds(f.get('condition'), values)]


def fault_type(faults):
    """seL4_Fault_t: word 0 is the tag, the words of the message follow."""
    out = [enum_type('seL4_Fault_tag_t', [(f"seL4_Fault_{f['public']}", f['number'])
                                          for f in faults], 'seL4_Fault_tag'),
           'typedef struct seL4_Fault {\n'
           f"    seL4_Uint64 words[{1 + max(len(f['words']) for f in faults)}];\n"
           '} seL4_Fault_t;\n',
           by_value('seL4_Uint64', 'seL4_Fault_get_seL4_FaultType', ['seL4_Fault_t fault'],
                    'return fault.words[0];'),
           inline('seL4_Uint64', 'seL4_Fault_ptr_get_seL4_FaultType',
                  ['const seL4_Fault_t *fault'], 'return fault->words[0];'),
           by_value('int', 'seL4_Fault_seL4_FaultType_equals',
                    ['seL4_Fault_t fault', 'seL4_Uint64 tag'], 'return fault.words[0] == tag;'),
           comment('Words of the message of a fault; 0 for a tag that is none.')
           + by_value('seL4_Word', 'myelin_fault_words', ['seL4_Word tag'], 'switch (tag) {',
                      *(f"case seL4_Fault_{f['public']}: return {len(f['words'])};"
                        for f in faults), 'default: return 0;', '}')]
    for f in faults:
        out += fault_functions(f)
    return '\n'.join(out)


def fault_functions(f):
    name = f"seL4_Fault_{f['public']}"
    fields = f.get('fields', f['words'])
    given = [f'seL4_Uint64 {x}' for x in fields]
    out = [by_value('seL4_Fault_t', name + '_new', given,
                    f'seL4_Fault_t fault = {{ {{ {name} }} }};', '',
                    *(f'fault.words[{i}] = {x};' for i, x in enumerate(fields, 1)),
                    'return fault;'),
           inline('void', name + '_ptr_new', ['seL4_Fault_t *at'] + given,
                  *wrap(f'*at = {name}_new(', fields, ',', ');', COLUMNS - 4))]
    for i, x in enumerate(fields, 1):
        out += [by_value('seL4_Uint64', f'{name}_get_{x}', ['seL4_Fault_t fault'],
                         f'return fault.words[{i}];'),
                by_value('seL4_Fault_t', f'{name}_set_{x}',
                         ['seL4_Fault_t fault', 'seL4_Uint64 value'],
                         f'fault.words[{i}] = value;', 'return fault;'),
                inline('seL4_Uint64', f'{name}_ptr_get_{x}', ['const seL4_Fault_t *fault'],
                       f'return fault->words[{i}];'),
                inline('void', f'{name}_ptr_set_{x}', ['seL4_Fault_t *fault', 'seL4_Uint64 value'],
                       f'fault->words[{i}] = value;')]
    question = f.get('question', 'is' + f['public'])
    return out + [by_value('seL4_Bool', f'seL4_{question}_tag', ['seL4_MessageInfo_t tag'],
                           f'return seL4_MessageInfo_get_label(tag) == {name};')]


def message_positions(types, faults):
    """Enums of the positions of words in fault messages and in the answer to a timeout."""
    out = []
    for f in faults:
        if f['words']:
            words = [(f"seL4_{f['public']}_{w}", i) for i, w in enumerate(f['words'])]
            if f['public'] == 'CapFault':       # has no length of its own
                words.append(('seL4_CapFault_DepthMismatch_BitsFound', 5))
            else:
                words.append((f"seL4_{f['public']}_Length", len(words)))
            out.append(enum_type(f"seL4_{f['public']}_Msg", words))
    words = [(f'seL4_TimeoutReply_{w}', i) for i, w in enumerate(types['timeout_reply'])]
    return out + [enum_type('seL4_TimeoutReply_Msg',
                            words + [('seL4_TimeoutReply_Length', len(words))])]


# ---------------------------------------------------------------- all of it

def abi_types_h(abi, values):
    types = abi['types']
    faults = faults_of(types, values)
    capabilities = types['capability_types']
    out = [define([(s['public'], size_value(s, values)) for s in types['size_bits']]),
           '/* Capability pointers, named after what they must lead to. */\n'
           + ''.join(f'typedef seL4_CPtr {name};\n' for name in capabilities),
           bit_field('seL4_MessageInfo', types['message_info']),
           bit_field('seL4_CapRights', types['cap_rights']),
           bit_field('seL4_CNode_CapData', types['cnode_data']),
           bit_field('seL4_X86_IOSpace_CapData', types['io_space_data']),
           fault_type(faults), *message_positions(types, faults),
           enum_type('seL4_LookupFailureType',
                     [(n['public'], i) for i, n in enumerate(types['lookup_failures'])]),
           enum('seL4_RootCNodeCapSlots',
                [(s['public'], i) for i, s in enumerate(types['root_slots'])])
           + '#define seL4_CapInitThreadPD seL4_CapInitThreadVSpace\n',
           enum_type('seL4_BootInfoID', [(b['public'], i) for i, b in
                                         enumerate(types['bootinfo_ids'])],
                     end='SEL4_BOOTINFO_HEADER_NUM'),
           'typedef struct seL4_UserContext_ {\n'
           + ''.join(f'    seL4_Word {r};\n' for r in types['user_context'])
           + '} seL4_UserContext;\n']
    return header('Layouts and numbers of the public interface.', '\n'.join(out),
                  ['sel4/macros.h', 'sel4/simple_types.h'])


def pairs(name, invocations):
    """invocations: [(what describes one, its label's name), ...]"""
    rows = []
    for inv, label in invocations:
        mask = ' | '.join(f'1u << seL4_{e}' for e in inv['errors'])
        rows.append(f"    {{ \"{inv['id']}\", {label}, {mask or '0'} }},\n")
    return f'static const struct abi_pairs {name}[] = {{\n' + ''.join(rows) + '};\n'


def pairs_h(abi, values):
    """For tests/abi: every (invocation, error) pair the interface and our extensions name."""
    extensions = abi['extensions']['invocations']
    return header('The pairs (invocation, error) of the interface, and of our extensions.',
                  'struct abi_pairs {\n    const char *name;\n    unsigned label;\n'
                  '    unsigned errors;  /* bit per seL4_Error */\n};\n\n'
                  + pairs('abi_pairs', [(inv, inv['id']) for inv, label
                                        in labels(abi['invocations'], values)
                                        if label is not None])
                  + pairs('extension_pairs', [(inv, f"MYELIN_INV_{snake(inv['id'])}")
                                              for inv in extensions]))
