# SPDX-License-Identifier: BSD-2-Clause
"""Headers for programs: entering the kernel, and one or two functions for each system call.

myelin_enter_FUNCTION() moves what a call takes between struct myelin_registers and the processor's
registers; it is the only inline assembly. The functions lie above it.
"""
from .description import holds
from .text import COLUMNS, comment, function, header, wrap

ENTRY = 'MYELIN_ENTRY'
# Registers that an operand can name by a constraint. Others need a register variable.
CONSTRAINTS = {'rax': 'a', 'rdi': 'D', 'rsi': 'S'}
# How a value becomes the content of a register, and back, where a cast does not do it.
TO_REGISTER = {'seL4_MessageInfo_t': '{}.words[0]', 'char': '(unsigned char){}',
               'seL4_Word': '{}', 'seL4_CPtr': '{}'}
FROM_REGISTER = {'seL4_MessageInfo_t': '(seL4_MessageInfo_t){{ {{ {} }} }}', 'seL4_Word': '{}'}


def operand_lines(operands, end=''):
    """The operands of an asm statement, from the colon on."""
    return [line.rstrip() for line in
            wrap(' ' * 17 + ': ', operands, ',', end, COLUMNS - 4)]


class Operand:
    """One entry of in or out: 'REGISTER', 'REGISTER VALUE', 'REGISTER TYPE NAME'."""

    def __init__(self, text):
        parts = text.split()
        self.register = parts[0]
        self.value = parts[1] if len(parts) == 2 else None
        self.type, self.name = (' '.join(parts[1:-1]), parts[-1]) if len(parts) > 2 else (None,) * 2


class Call:
    """A system call, or a function of another form for one."""

    def __init__(self, call, registers, prefix, number):
        self.call = call
        self.name = call['name']
        self.number = number
        self.function = prefix + self.name
        self.enter = 'myelin_enter_' + self.function
        self.word_registers = registers['words']
        self.ins = [Operand(o) for o in call['in'] if o != 'words']
        self.outs = [Operand(o) for o in call['out'] if o != 'words']
        self.words_in, self.words_out = 'words' in call['in'], 'words' in call['out']
        names = call['parameters'].split() if 'parameters' in call else \
            [o.name for o in self.ins + self.outs if o.name not in (None, 'return')]
        self.order = [n for n in names if n != 'words']
        self.words_before = names[names.index('words') + 1:] if 'words' in names else None

    # ------------------------------------------------------------ entering

    def place(self, register):
        """The member of struct myelin_registers for a register."""
        if register in self.word_registers:
            return f'word[{self.word_registers.index(register)}]'
        return register

    def entry(self, word_count=None):
        """word_count: how many message words go in, if not all; the name ends with it then."""
        words = self.word_registers[:word_count]
        name = self.enter if word_count is None else f'{self.enter}_{word_count}'
        ins = [o.register for o in self.ins] + (words if self.words_in else [])
        outs = [o.register for o in self.outs] + (self.word_registers if self.words_out else [])
        lines, after, operands = [], [], {'out': [], 'in': []}
        for register in outs + [r for r in ins if r not in outs]:
            place = 'r->' + self.place(register)
            is_in, is_out = register in ins, register in outs
            how = ('+' if is_in else '=') if is_out else ''
            if register in CONSTRAINTS:
                operand = f'"{how}{CONSTRAINTS[register]}"({place})'
            else:
                lines.append(f'register seL4_Word {register} __asm__("{register}")'
                             + (f' = {place};' if is_in else ';'))
                operand = f'"{how}r"({register})'
                after += [f'{place} = {register};'] if is_out else []
            operands['out' if is_out else 'in'].append(operand)
        # A call that says itself what rax carries has no other mark.
        mark = '' if 'rax' in ins + outs else ' MYELIN_MARK'
        asm = ['__asm__ volatile(MYELIN_SYSCALL', *operand_lines(operands['out']),
               *operand_lines([f'"d"((seL4_Word){self.number})'] + operands['in'], mark),
               ' ' * 17 + ': MYELIN_LOST);']
        return function(ENTRY, 'void', name, ['struct myelin_registers *r'],
                        lines + [''] * bool(lines) + asm + after)

    # ------------------------------------------------------------ functions

    def parameters(self, pointers):
        """C parameters; pointers: those to the message words as well."""
        ins = {o.name: f'{o.type} {o.name}' for o in self.ins}
        outs = {o.name: f'{o.type} *{o.name}' for o in self.outs}
        given = [ins.get(n) or outs[n] for n in self.order]
        if pointers:
            at = len(given) - len(self.words_before)
            given[at:at] = [f'seL4_Word *word{i}' for i in range(len(self.word_registers))]
        return given

    def before(self, pointers):
        lines = []
        for o in self.ins:
            value = o.value if o.name is None else \
                TO_REGISTER.get(o.type, '(seL4_Word){}').format(o.name)
            lines.append(f'r.{self.place(o.register)} = {value};')
        if self.words_in and not pointers:
            lines.append('myelin_words_from_buffer(&r);')
        elif self.words_in:
            how = 'within' if self.words_out else 'from'
            lines.append(f'myelin_words_{how}(&r, {self.pointers()});')
        return lines

    def after(self, pointers):
        lines, result = [], []
        if self.words_out:
            lines.append(f'myelin_words_to(&r, {self.pointers()});' if pointers
                         else 'myelin_words_to_buffer(&r);')
        for o in self.outs:
            place = f'r.{self.place(o.register)}'
            if o.name == 'return':
                result = [f"return {FROM_REGISTER.get(o.type, f'({o.type}){{}}').format(place)};"]
            elif o.name:
                lines += [f'if ({o.name}) {{', f'    *{o.name} = {place};', '}']
        return lines + result

    def pointers(self):
        return ', '.join(f'word{i}' for i in range(len(self.word_registers)))

    def functions(self):
        result = next((o.type for o in self.outs if o.name == 'return'), 'void')
        out = []
        for pointers in (False, True) if self.words_before is not None else (False,):
            about = self.call['about'] + (' The message words are at pointers, which may be null.'
                                          if pointers else '')
            body = (['struct myelin_registers r;', ''] + self.before(pointers)
                    + [f'{self.enter}(&r);'] + self.after(pointers))
            out.append(comment(about) + function(
                'LIBSEL4_INLINE_FUNC', result, self.function + 'WithMRs' * pointers,
                self.parameters(pointers), body))
        return out


def struct_registers(registers):
    words = registers['words']
    return ('/*\n * What a thread hands to the kernel, and finds afterwards. word: message words, '
            f"in {' '.join(words)}.\n */\nstruct myelin_registers {{\n"
            f"    seL4_Word {', '.join(registers['others'])};\n"
            f'    seL4_Word word[{len(words)}];\n}};\n')


def configured(abi, values):
    """System calls with registers, then the functions that are another form of one."""
    return ([Call(c, abi['registers'], 'seL4_', f"seL4_Sys{c['name']}") for c in abi['syscalls']
             if 'in' in c and holds(c.get('condition'), values)]
            + [Call(c, abi['registers'], 'seL4_', f"seL4_Sys{c['call']}") for c in abi['more']])


def entries_h(abi, values):
    out = [struct_registers(abi['registers'])]
    for call in configured(abi, values):
        out.append(call.entry())
        if call.name in ('Call', 'ReplyRecv'):      # of messages of known lengths
            out += [call.entry(n) for n in range(len(call.word_registers))]
    return header('Entering the kernel.', '\n'.join(out), ['myelin/entry.h', 'sel4/syscall.h'])


def functions_h(abi, values):
    return header('System calls, for <sel4/syscalls.h>.', '\n'.join(
        text for call in configured(abi, values) if not call.call.get('by_hand')
        for text in call.functions()))
