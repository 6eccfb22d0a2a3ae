#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks when the generated interface has other numbers than the published one, or a wrong
configuration is accepted."""
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, 'tools')
from machine import Tap     # noqa: E402

tap = Tap(os.environ.get('MYELIN_TEST_FILTER'))
folder = tempfile.TemporaryDirectory()


def run(*args):
    r = subprocess.run(['tools/abi.py', *args], capture_output=True, text=True)
    return r.returncode, r.stdout, r.stderr


def config(base, *lines):
    """A configuration file: an existing one without the options that lines set, and lines."""
    set_here = [line.split('=')[0].strip() for line in lines]
    with open('config/%s.mk' % base) as f:
        kept = [line for line in f if line.split('=')[0].strip() not in set_here]
    path = os.path.join(folder.name, 'test.mk')
    with open(path, 'w') as f:
        f.writelines(kept)
        f.write('\n'.join(lines) + '\n')
    return path


def refused(name, base, line, *words):
    path = config(base, line)
    status, _, error = run('--config', path, '--out', folder.name + '/gen')
    good = status != 0 and re.search(r'test\.mk:\d+: ', error) and all(w in error for w in words)
    tap.ok(good, 'abi/refused/' + name, error)


refused('unknown-option', 'release', 'CONFIG_NO_SUCH = 1', 'CONFIG_NO_SUCH')
refused('tcb-too-large', 'release', 'CONFIG_XSAVE_SIZE = 4096', 'range')
refused('fxsave-size', 'sel4test', 'CONFIG_XSAVE_SIZE = 832', 'FXSAVE')
refused('avx-needs-832', 'release', 'CONFIG_XSAVE_SIZE = 576', '832')
refused('both-fpu', 'release', 'CONFIG_FXSAVE = 1', 'both')
refused('both-fs-base', 'release', 'CONFIG_FSGSBASE_MSR = 1', 'both')
refused('two-nodes', 'release', 'CONFIG_MAX_NUM_NODES = 2', '1..1')
refused('small-cnode', 'release', 'CONFIG_ROOT_CNODE_SIZE_BITS = 8', 'range')
refused('too-many-untyped', 'release', 'CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS = 245', '244')
refused('virtual-machines', 'release', 'CONFIG_VTX = 1', 'not supported')
refused('not-a-number', 'release', 'CONFIG_NUM_DOMAINS = many', 'number')
refused('not-a-switch', 'release', 'CONFIG_HUGE_PAGE = 3', 'on or off')

# Published numbers that differ between the two families of images (from their builds' headers).
for base, values in {
    'sel4test': {'INV_TCB_SET_FLAGS': 17, 'INV_CNODE_REVOKE': 18, 'INV_X86_PDPT_MAP': 39,
                 'INV_X86_PAGE_MAP': 45, 'INV_X86_IRQ_ISSUE_IRQ_HANDLER_MSI': 58, 'TCB_BITS': 11,
                 'OBJ_X86_4K': 10, 'SYS_SET_TLS_BASE': -33},
    'sel4bench': {'INV_X86_PAGE_MAP': 47, 'INV_X86_PAGE_MAP_IO': 49,
                  'INV_X86_IRQ_ISSUE_IRQ_HANDLER_MSI': 61, 'TCB_BITS': 12,
                  'OBJ_X86_IO_PAGE_TABLE': 14, 'SYS_X86_DANGEROUS_RDMSR': -31},
}.items():
    out = os.path.join(folder.name, base)
    status, _, error = run('--config', 'config/%s.mk' % base, '--out', out)
    with open(out + '/abi.h') as f:
        text = f.read()
    wrong = [n for n, v in values.items()
             if not re.search(r'\b%s(?: =)? %d(?:ul)?\b' % (n, v), text)]
    tap.ok(status == 0 and not wrong, 'abi/numbers/' + base, ' '.join(wrong) + error)

# An option that is off: its invocations have numbers no message can carry.
out = os.path.join(folder.name, 'release')
run('--config', 'config/release.mk', '--out', out)
with open(out + '/abi.h') as f:
    labels = dict(re.findall(r'#define (INV_\w+) (0x[0-9a-f]+|\d+)ul', f.read()))
tap.ok(int(labels['INV_X86_PAGE_MAP_IO'], 0) >= 1 << 52, 'abi/off-is-unreachable',
       labels['INV_X86_PAGE_MAP_IO'])
tap.ok(len(set(labels.values())) == len(labels), 'abi/labels-are-unique')

# A second run writes nothing.
before = {f: os.stat(os.path.join(out, f)).st_mtime_ns for f in os.listdir(out) if f.endswith('.h')}
run('--config', 'config/release.mk', '--out', out)
after = {f: os.stat(os.path.join(out, f)).st_mtime_ns for f in before}
tap.ok(before == after, 'abi/unchanged-files-are-left-alone')
sys.exit(tap.done())
