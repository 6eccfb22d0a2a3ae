# SPDX-License-Identifier: BSD-2-Clause
"""How large the kernel is: lines of source for one architecture, bytes of text."""
import re
import subprocess


def source_lines():
    """Lines that are neither blank nor comment, in all that the kernel for x86_64 is compiled from.

    What cloc counts as C, headers and assembly: no linker scripts or makefiles, and in assembly no line that begins with #.
    """
    listed = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard', '--', 'kernel/*.[chS]'],
                            capture_output=True, text=True, check=True).stdout.split()
    lines = 0
    for name in listed:
        if name.startswith(('kernel/test/', 'kernel/arch/host/')):
            continue
        try:
            with open(name, encoding='utf-8') as f:
                text = f.read()
        except FileNotFoundError:       # removed, and not yet committed
            continue
        text = re.sub(r'/\*.*?\*/', lambda m: '\n' * m.group(0).count('\n'), text, flags=re.S)
        comment = '#' if name.endswith('.S') else '//'
        lines += sum(1 for line in text.split('\n') if line.strip() and not line.strip().startswith(comment))
    return lines


def text_bytes(kernel):
    """Code and read-only data of an ELF file; 0 where `size` finds none."""
    out = subprocess.run(['size', kernel], capture_output=True, text=True).stdout.split()
    return int(out[6]) if len(out) > 6 else 0
