# SPDX-License-Identifier: BSD-2-Clause
"""Headers for programs: one function for each invocation.

A function puts capabilities and the words that have no register into the IPC buffer, the other
words into struct myelin_registers, calls the kernel, and takes the results out again.
"""
from .description import CONTEXT, TYPE_BITS, WORD_BITS, labels, snake, split_parameter
from .text import comment, function, header, statement


def pack(parameters):
    """
    Where each parameter stands in the message: small ones share a word, each aligned to its size
    (a bool to a bit).

    @return [(word, bit, bits, type, name), ...], number of words
    """
    word, bit, placed = 0, 0, []
    for type_name, name in parameters:
        bits = TYPE_BITS[type_name]
        bit = (bit + bits - 1) // bits * bits
        if bit + bits > WORD_BITS:
            word, bit = word + 1, 0
        placed.append((word, bit, bits, type_name, name))
        bit += bits
    return placed, word + 1 if parameters else 0


def to_word(bit, bits, type_name, name):
    """The part of a message word that a parameter is."""
    if type_name == 'seL4_CapRights_t':
        return f'{name}.words[0]'
    if type_name == 'seL4_X86_VMAttributes':
        return f'(seL4_Word){name}'
    return name if bits == WORD_BITS else f'myelin_bits_put({name}, {bit}, {bits})'


def from_word(text, bit, bits, type_name):
    return text if bits == WORD_BITS else f'({type_name})myelin_bits_get({text}, {bit}, {bits})'


class Stub:
    """What the function of an invocation is made of."""

    def __init__(self, inv, abi, prefix):
        self.inv = inv
        self.registers = len(abi['registers']['words'])
        self.context_words = len(abi['types']['user_context'])
        interface = inv['interface'].replace('seL4_', prefix)
        self.name = f"{interface}_{inv['name']}"
        self.label = inv['id'] if prefix == 'seL4_' else 'MYELIN_INV_' + snake(inv['id'])
        self.object = snake(interface.split('_', 1)[1].replace('X86_', '')).lower()
        self.ins = [split_parameter(p) for p in inv['in']]
        self.outs = [split_parameter(p) for p in inv['out']]
        self.capabilities = [n for t, n in self.ins if t != CONTEXT and t not in TYPE_BITS]
        self.context_in = [n for t, n in self.ins if t == CONTEXT]
        self.context_out = [n for t, n in self.outs if t == CONTEXT]
        self.placed, self.words = pack([p for p in self.ins if p[0] in TYPE_BITS])
        self.results = [p for p in self.outs if p[0] != CONTEXT]
        self.length = self.words + (self.context_words if self.context_in else 0)

    def parameters(self):
        return ([f"{self.inv['interface']} {self.object}"]
                + [f'{t} *{n}' if t == CONTEXT else f'{t} {n}' for t, n in self.ins]
                + [f'{CONTEXT} *{n}' for n in self.context_out])

    def request(self):
        """Lines that write the message."""
        words = {}
        for word, bit, bits, type_name, name in self.placed:
            words.setdefault(word, []).append(to_word(bit, bits, type_name, name))
        lines = [f'seL4_SetCap({i}, {name});' for i, name in enumerate(self.capabilities)]
        lines += [f"seL4_SetMR({word}, {' | '.join(parts)});" for word, parts in words.items()
                  if word >= self.registers]
        if self.context_in:
            lines += [f'for (seL4_Word i = {self.registers - self.words}; '
                      f'i < count && i < {self.context_words}; i++) {{',
                      f'    seL4_SetMR(i + {self.words}, '
                      f'((const seL4_Word *){self.context_in[0]})[i]);', '}']
        lines += [f'r.rdi = {self.object};',
                  f'r.rsi = seL4_MessageInfo_new({self.label}, 0, {len(self.capabilities)}, '
                  f'{self.length}).words[0];']
        for word, parts in words.items():
            if word < self.registers:
                lines += statement(f'r.word[{word}] = ', parts, '|')
        if self.context_in:
            lines += [f'r.word[{word}] = ((const seL4_Word *){self.context_in[0]})'
                      f'[{word - self.words}];' for word in range(self.words, self.registers)]
        few = f'_{self.length}' if self.length < self.registers else ''
        return lines + [f'myelin_enter_seL4_Call{few}(&r);']

    def answer(self):
        """Lines that read it."""
        if self.context_out:
            return ['seL4_Error error = myelin_error(&r);',
                    f'for (seL4_Word i = 0; i < count && i < {self.context_words}; i++) {{',
                    f'    ((seL4_Word *){self.context_out[0]})[i] = '
                    f'i < {self.registers} ? r.word[i] : seL4_GetMR(i);', '}', 'return error;']
        if not self.results:
            return ['return myelin_error(&r);']
        lines = ['result.error = (int)myelin_error(&r);', 'if (result.error == seL4_NoError) {']
        for word, bit, bits, type_name, name in pack(self.results)[0]:
            text = f'r.word[{word}]' if word < self.registers else f'seL4_GetMR({word})'
            lines.append(f'    result.{name} = {from_word(text, bit, bits, type_name)};')
        return lines + ['}', 'return result;']

    def text(self):
        out, result = '', 'seL4_Error'
        locals_ = ['struct myelin_registers r;']
        if self.results:
            result = self.name + '_t'
            out = (f'typedef struct {self.name} {{\n    int error;\n'
                   + ''.join(f'    {t} {n};\n' for t, n in self.results) + f'}} {result};\n\n')
            zeros = ', '.join('0' * (1 + len(self.results)))
            locals_.append(f'{result} result = {{ {zeros} }};')
        errors = 'Errors: ' + ', '.join(self.inv['errors']) + '.'
        about = [self.inv['about']] if 'about' in self.inv else []
        return (out + comment(*about, errors)
                + function('LIBSEL4_INLINE', result, self.name, self.parameters(),
                           locals_ + [''] + self.request() + self.answer()))


def client_h(abi, values):
    stubs = [Stub(inv, abi, 'seL4_').text() for inv, label in labels(abi['invocations'], values)
             if label is not None]
    return header('Invocations.', '\n'.join(stubs),
                  ['sel4/types.h', 'sel4/invocation.h', 'sel4/syscalls.h'])
