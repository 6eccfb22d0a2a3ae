#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when a described call becomes another function, or a wrong description is accepted."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
from machine import Tap     # noqa: E402

tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))
top = tempfile.TemporaryDirectory()
INVOCATION = {
    'id': 'TCBExample', 'label': '0x4d590f01', 'interface': 'seL4_TCB', 'name': 'Example',
    'about': "End a thread's wait.",
    'in': ['seL4_CNode root', 'seL4_Uint8 depth', 'seL4_Bool now', 'seL4_Word a', 'seL4_Word b',
           'seL4_Word c', 'seL4_CapRights_t rights'],
    'out': ['seL4_Word was', 'seL4_Bool done'], 'errors': ['IllegalOperation']}
CALL = {
    'name': 'TradeWords', 'number': -600, 'about': 'Trade.',
    'in': ['r13 seL4_CPtr reply', 'rsi seL4_MessageInfo_t info', 'rdi 5', 'words',
           'rax MYELIN_NATIVE'],
    'out': ['rdi seL4_Word return', 'r14 seL4_Word outcome', 'words'],
    'parameters': 'info words outcome reply'}
LABEL = '#define MYELIN_INV_TCB_EXAMPLE 0x4d590f01ul\n'
NUMBER = '#define MYELIN_SYS_TRADE_WORDS (-600)\n'
STUB = '''\
typedef struct myelin_TCB_Example {
    int error;
    seL4_Word was;
    seL4_Bool done;
} myelin_TCB_Example_t;

/** End a thread's wait. Errors: IllegalOperation. */
LIBSEL4_INLINE myelin_TCB_Example_t myelin_TCB_Example(seL4_TCB tcb, seL4_CNode root,
                                                       seL4_Uint8 depth, seL4_Bool now, seL4_Word a,
                                                       seL4_Word b, seL4_Word c,
                                                       seL4_CapRights_t rights)
{
    struct myelin_registers r;
    myelin_TCB_Example_t result = { 0, 0, 0 };

    seL4_SetCap(0, root);
    seL4_SetMR(4, rights.words[0]);
    r.rdi = tcb;
    r.rsi = seL4_MessageInfo_new(MYELIN_INV_TCB_EXAMPLE, 0, 1, 5).words[0];
    r.word[0] = myelin_bits_put(depth, 0, 8) | myelin_bits_put(now, 8, 1);
    r.word[1] = a;
    r.word[2] = b;
    r.word[3] = c;
    myelin_enter_seL4_Call(&r);
    result.error = (int)myelin_error(&r);
    if (result.error == seL4_NoError) {
        result.was = r.word[0];
        result.done = (seL4_Bool)myelin_bits_get(r.word[1], 0, 1);
    }
    return result;
}
'''
ENTRY = '''\
MYELIN_ENTRY void myelin_enter_myelin_TradeWords(struct myelin_registers *r)
{
    register seL4_Word r14 __asm__("r14");
    register seL4_Word r10 __asm__("r10") = r->word[0];
    register seL4_Word r8 __asm__("r8") = r->word[1];
    register seL4_Word r9 __asm__("r9") = r->word[2];
    register seL4_Word r15 __asm__("r15") = r->word[3];
    register seL4_Word r13 __asm__("r13") = r->r13;

    __asm__ volatile(MYELIN_SYSCALL
                     : "+D"(r->rdi), "=r"(r14), "+r"(r10), "+r"(r8), "+r"(r9), "+r"(r15)
                     : "d"((seL4_Word)MYELIN_SYS_TRADE_WORDS), "r"(r13), "S"(r->rsi), "a"(r->rax)
                     : MYELIN_LOST);
    r->r14 = r14;
    r->word[0] = r10;
    r->word[1] = r8;
    r->word[2] = r9;
    r->word[3] = r15;
}
'''
FUNCTION = '''\
/** Trade. The message words are at pointers, which may be null. */
LIBSEL4_INLINE_FUNC seL4_Word myelin_TradeWordsWithMRs(seL4_MessageInfo_t info, seL4_Word *word0,
                                                       seL4_Word *word1, seL4_Word *word2,
                                                       seL4_Word *word3, seL4_Word *outcome,
                                                       seL4_CPtr reply)
{
    struct myelin_registers r;

    r.r13 = reply;
    r.rsi = info.words[0];
    r.rdi = 5;
    r.rax = MYELIN_NATIVE;
    myelin_words_within(&r, word0, word1, word2, word3);
    myelin_enter_myelin_TradeWords(&r);
    myelin_words_to(&r, word0, word1, word2, word3);
    if (outcome) {
        *outcome = r.r14;
    }
    return r.rdi;
}
'''


def described(change):
    """A folder with the description as it is but for what change(files) does to it."""
    folder = os.path.join(top.name, 'abi')
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree('abi', folder)
    files = {}
    for name in ('types', 'invocations', 'syscalls', 'extensions'):
        with open(f'{folder}/{name}.json') as f:
            files[name] = json.load(f)
    change(files)
    for name, content in files.items():
        with open(f'{folder}/{name}.json', 'w') as f:
            json.dump(content, f)
    return folder


def generate(config, out, folder='abi'):
    r = subprocess.run(['tools/abi.py', '--config', f'config/{config}.mk', '--abi', folder,
                        '--out', out], capture_output=True, text=True)
    return r.returncode, r.stderr


def compile_only(out, source, *flags, compiler='gcc'):
    r = subprocess.run([compiler, '-fsyntax-only', '-Wall', '-Wextra', '-Werror', '-ffreestanding',
                        '-Ilib/sel4/include', f'-I{out}/user', *flags, source],
                       capture_output=True, text=True)
    return r.returncode == 0, r.stderr


# ------------------------------------------------------------------ the public functions

for config in sorted(f[:-len('.mk')] for f in os.listdir('config') if f.endswith('.mk')):
    out = os.path.join(top.name, config)
    status, error = generate(config, out)
    good, text = compile_only(out, 'tests/abi/signatures.c', '-std=c11')
    tap.ok(status == 0 and good, f'generator/signatures/{config}', error + text)
for name, flags in (('native', ['-DMYELIN_NATIVE_MARK=1']), ('without-tls', ['-DSEL4_NO_TLS']),
                    ('unoptimised', ['-O0']), ('small', ['-Os']), ('fast', ['-O3'])):
    good, text = compile_only(os.path.join(top.name, 'debug'), 'tests/abi/signatures.c',
                              '-std=gnu11', *flags)
    tap.ok(good, f'generator/signatures/{name}', text)
source = os.path.join(top.name, 'program.cc')
with open(source, 'w') as f:
    f.write('#include <sel4/sel4.h>\n#include <sel4/assert.h>\n#include <myelin/extension.h>\n')
for standard in ('c++11', 'c++17'):
    good, text = compile_only(os.path.join(top.name, 'debug'), source, '-xc++', '-std=' + standard,
                              compiler='clang')
    tap.ok(good, f'generator/programs-in-{standard}', text)


# ------------------------------------------------------------------ what a description becomes

def add_both(files):
    files['extensions']['invocations'].append(INVOCATION)
    files['extensions']['syscalls'].append(CALL)


out = os.path.join(top.name, 'more')
status, error = generate('debug', out, described(add_both))
with open(out + '/user/myelin/calls_gen.h') as f:
    calls = f.read()
with open(out + '/user/myelin/extension_gen.h') as f:
    numbers = f.read()
with open(out + '/abi.h') as f:
    kernel = f.read()
for name, golden, text in (('label', LABEL, numbers), ('label-for-the-kernel', LABEL, kernel),
                           ('number', NUMBER, numbers), ('number-for-the-kernel', NUMBER, kernel),
                           ('invocation', STUB, calls), ('entry', ENTRY, calls),
                           ('system-call', FUNCTION, calls)):
    tap.ok(status == 0 and golden in text, 'generator/golden/' + name, error + text)
source = os.path.join(top.name, 'extension.c')
with open(source, 'w') as f:
    f.write('#include <myelin/extension.h>\n')
good, text = compile_only(out, source, '-std=c11')
tap.ok(good, 'generator/extensions-compile', text)


# ------------------------------------------------------------------ what is refused

def refused(name, change, *words):
    status, error = generate('debug', os.path.join(top.name, 'refused'), described(change))
    tap.ok(status == 1 and error.startswith('abi.py: ') and all(w in error for w in words),
           'generator/refused/' + name, error or 'accepted')


def invocation(**change):
    return lambda files: files['extensions']['invocations'].append({**INVOCATION, **change})


def call(**change):
    return lambda files: files['extensions']['syscalls'].append({**CALL, **change})


refused('unknown-type', invocation(**{'in': ['seL4_Wort x']}), 'TCBExample', 'seL4_Wort')
refused('no-type', invocation(**{'in': ['x']}), 'TCBExample', 'TYPE NAME')
refused('two-of-one-name', invocation(**{'in': ['seL4_Word was']}), 'was is there twice')
refused('capability-as-a-result', invocation(out=['seL4_TCB tcb']), 'no result')
refused('too-many-capabilities', invocation(**{'in': [f'seL4_TCB c{i}' for i in range(4)]}),
        '4 capabilities; 3 fit')
refused('too-long', invocation(**{'in': [f'seL4_Word w{i}' for i in range(121)]}), '121')
refused('context-without-count', invocation(out=['seL4_UserContext regs']), 'seL4_Word count')
refused('unknown-error', invocation(errors=['Broken']), 'Broken is no error')
refused('unknown-interface', invocation(interface='seL4_Thing'), 'seL4_Thing')
refused('unknown-key', invocation(condition='CONFIG_IOMMU'), 'unknown key condition')
refused('missing-key', lambda files: files['extensions']['invocations'].append({'id': 'X'}), 'no ')
refused('name-not-likethis', invocation(id='tcb_interrupt'), 'LikeThis')
refused('label-of-others', invocation(label='17'), '0x11 is not one of ours')
refused('label-twice', invocation(label='0x4d590001'), 'label 0x4d590001 is there twice')
refused('function-twice', invocation(name='SetUpcall'), 'seL4_TCB_SetUpcall is there twice')
refused('public-number', call(number=-33), '-33 is a public one')
refused('unknown-register', call(**{'in': ['rbp seL4_Word x']}), 'rbp')
refused('register-twice', call(**{'in': ['r10 seL4_Word x', 'words']}), 'r10 is there twice')
refused('nothing-carried', call(**{'in': ['r12']}), 'carries nothing')
refused('value-of-no-kind', call(**{'in': ['r12 seL4_Fault_VMFault']}), 'is no value')
refused('unknown-operand-type', call(out=['rdi struct x']), 'unknown type')
refused('parameter-missing', call(parameters='info words outcome'), 'info outcome reply words')
refused('parameter-of-no-register', call(parameters='info words outcome reply x'), 'parameters')
refused('words-without-place', call(parameters='info outcome reply'), 'words')
refused('no-comment', lambda files: files['extensions']['syscalls'].append(
    {k: v for k, v in CALL.items() if k != 'about'}), 'no about')
refused('no-option', lambda files: files['invocations']['invocations'][0].update(
    condition='CONFIG_NONE'), 'UntypedRetype', 'CONFIG_NONE is no option')
refused('number-twice', lambda files: files['syscalls']['syscalls'][1].update(number=-1), '-1')
refused('more-of-nothing', lambda files: files['syscalls']['more'][0].update(call='Sing'), 'Sing')
refused('constant-of-others', lambda files: files['extensions']['constants'].append(
    {'name': 'seL4_X', 'value': '1', 'about': ''}), 'MYELIN_')
refused('part-missing', lambda files: files['syscalls'].pop('more'), 'no more')

with open(os.path.join(described(lambda files: None), 'types.json'), 'a') as f:
    f.write('}')
status, error = generate('debug', os.path.join(top.name, 'refused'), os.path.join(top.name, 'abi'))
tap.ok(status == 1 and 'types.json' in error, 'generator/refused/no-json', error)
sys.exit(tap.done())
