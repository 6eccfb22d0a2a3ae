#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Generate the C headers of the binary interface from abi/*.json and one config file.

    tools/abi.py --config config/release.mk --out build/release/gen

writes into build/release/gen:
    config.h            the configuration, for kernel and users
    abi.h               numbers and layouts under our own names, for the kernel
    user/               what belongs to lib/sel4 and depends on description or configuration:
      autoconf.h                 the configuration
      sel4/syscall.h, invocation.h, errors.h, objecttype.h, abi_types.h     numbers and types
      myelin/entries_gen.h       entering the kernel, for each shape of registers
      sel4/syscalls_gen.h        a function or two for each system call
      interfaces/sel4_client.h   a function for each invocation
      myelin/extension_gen.h     numbers of our extensions; myelin/calls_gen.h: their functions
      abi_pairs.h                for tests/abi

    tools/abi.py --config FILE --pairs     lists every (invocation, error) pair
    tools/abi.py --config FILE --get NAME  prints one value (for make)

A config file has lines `NAME = value`, `#` comments; an empty value is off. What cannot work is
refused with file, line and reason; so is a description that contradicts itself. Files are
rewritten only when their content changes.

To add an invocation or a system call of our own, describe it in abi/extensions.json. An invocation

    {"id": "TCBInterrupt", "label": "0x4d590010", "interface": "seL4_TCB", "name": "Interrupt",
     "about": "End a thread's wait.", "in": ["seL4_Word reason"], "out": ["seL4_Word was"],
     "errors": ["IllegalOperation"]}

becomes MYELIN_INV_TCB_INTERRUPT for the kernel and, in <myelin/extension.h>,

    myelin_TCB_Interrupt_t myelin_TCB_Interrupt(seL4_TCB tcb, seL4_Word reason);

with members error and was. Words travel in the order given, small types packed, capabilities
apart. A system call

    {"name": "Copy", "number": -513, "about": "Copy from the caller.",
     "in": ["r12 seL4_CPtr reply", "rdi seL4_Word pieces"],
     "out": ["rdi seL4_Word return", "rsi seL4_Word done"], "parameters": "reply pieces done"}

becomes MYELIN_SYS_COPY and

    seL4_Word myelin_Copy(seL4_CPtr reply, seL4_Word pieces, seL4_Word *done);

abi/syscalls.json says what its keys mean. Where the pattern does not do, "by_hand": true leaves
only myelin_enter_myelin_Copy(struct myelin_registers *), which a function written by hand in
lib/sel4/include/myelin/ calls.
"""
import argparse
import os
import sys

sys.dont_write_bytecode = True

from interface import extensions, invocations, kernel, public, syscalls      # noqa: E402
from interface.check import check                                           # noqa: E402
from interface.config import ConfigError, read_config                       # noqa: E402
from interface.description import DescriptionError, labels, load_all        # noqa: E402
from interface.text import header                                           # noqa: E402


def write_if_changed(path, text):
    try:
        with open(path, encoding='utf-8') as f:
            if f.read() == text:
                return
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def generate(out, abi, options, values):
    files = {
        'config.h': kernel.config_h(options, values),
        'abi.h': kernel.abi_h(abi, values),
        'user/autoconf.h': header('The configuration under its public name.',
                                  '#include "../config.h"\n'),
        'user/sel4/syscall.h': public.syscall_h(abi, values),
        'user/sel4/invocation.h': public.invocation_h(abi, values),
        'user/sel4/errors.h': public.errors_h(abi),
        'user/sel4/objecttype.h': public.objecttype_h(abi, values),
        'user/sel4/abi_types.h': public.abi_types_h(abi, values),
        'user/sel4/syscalls_gen.h': syscalls.functions_h(abi, values),
        'user/interfaces/sel4_client.h': invocations.client_h(abi, values),
        'user/myelin/entries_gen.h': syscalls.entries_h(abi, values),
        'user/myelin/extension_gen.h': extensions.numbers_h(abi),
        'user/myelin/calls_gen.h': extensions.calls_h(abi),
        'user/abi_pairs.h': public.pairs_h(abi, values),
    }
    for name, text in files.items():
        write_if_changed(os.path.join(out, name), text)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--config', required=True, help='configuration file (config/*.mk)')
    parser.add_argument('--out', help='output folder')
    parser.add_argument('--pairs', action='store_true', help='list the (invocation, error) pairs')
    parser.add_argument('--get', metavar='NAME', help='print the value of one option')
    parser.add_argument('--abi', metavar='FOLDER', help='another description than abi/')
    args = parser.parse_args()
    try:
        options, values = read_config(args.config)
        abi = load_all(args.abi)
        check(abi, options)
        if args.get and args.get not in values:
            raise ConfigError(f'{args.get} is no option')
        if args.out:
            generate(args.out, abi, options, values)
    except (ConfigError, DescriptionError, OSError) as error:
        print(f'abi.py: {error}', file=sys.stderr)
        return 1
    if args.get:
        print(values[args.get])
    if args.pairs:
        for inv, label in labels(abi['invocations'], values):
            if label is not None:
                for error in inv['errors']:
                    print(inv['id'], error)
    return 0


if __name__ == '__main__':
    sys.exit(main())
