# SPDX-License-Identifier: BSD-2-Clause
"""The parts of tools/abi.py.

    description.py, config.py   reading abi/*.json and config/*.mk; check.py: refusing what is wrong
    text.py                     pieces of C
    kernel.py                   headers for the kernel
    public.py                   numbers, bit fields and faults for programs
    syscalls.py, invocations.py, extensions.py    functions for programs
"""
