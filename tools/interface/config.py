# SPDX-License-Identifier: BSD-2-Clause
"""Values of one configuration: config/*.mk, checked against abi/config.json."""
import re

from .description import load


class ConfigError(Exception):
    pass


def parse_value(option, text, where):
    """One value of a config file as an int (bool: 0 or 1)."""
    if option['type'] == 'bool':
        if text in ('', '0', 'n', 'off'):
            value = 0
        elif text in ('1', 'y', 'on'):
            value = 1
        else:
            raise ConfigError(f"{where}: {option['name']} is on or off: write 1 or nothing, "
                              f"not '{text}'")
    else:
        try:
            value = int(text, 0)
        except ValueError:
            raise ConfigError(f"{where}: {option['name']} needs a number ({option['unit']}), "
                              f"not '{text}'")
        if not option['min'] <= value <= option['max']:
            raise ConfigError(f"{where}: {option['name']} = {value} is out of range: "
                              f"{option['min']}..{option['max']} {option['unit']}")
    if 'only' in option and value != option['only']:
        raise ConfigError(f"{where}: {option['name']} must be "
                          f"{'on' if option['only'] else 'off'}: {option['why']}")
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
           'CONFIG_XSAVE and CONFIG_FXSAVE are both on; choose one',
           'CONFIG_FXSAVE', 'CONFIG_XSAVE')
    refuse(not v['CONFIG_XSAVE'] and not v['CONFIG_FXSAVE'],
           'neither CONFIG_XSAVE nor CONFIG_FXSAVE is on; FPU state needs one of them')
    refuse(v['CONFIG_FXSAVE'] and v['CONFIG_XSAVE_SIZE'] != 512,
           f"CONFIG_XSAVE_SIZE = {v['CONFIG_XSAVE_SIZE']}: FXSAVE state is 512 bytes",
           'CONFIG_XSAVE_SIZE')
    refuse(v['CONFIG_FXSAVE'] and v['CONFIG_XSAVE_FEATURE_SET'],
           'CONFIG_XSAVE_FEATURE_SET has no meaning with CONFIG_FXSAVE',
           'CONFIG_XSAVE_FEATURE_SET')
    refuse(v['CONFIG_XSAVE'] and v['CONFIG_XSAVE_SIZE'] < 576,
           f"CONFIG_XSAVE_SIZE = {v['CONFIG_XSAVE_SIZE']}: XSAVE needs 512 bytes and a header "
           'of 64', 'CONFIG_XSAVE_SIZE', 'CONFIG_XSAVE')
    refuse(v['CONFIG_XSAVE'] and v['CONFIG_XSAVE_FEATURE_SET'] & 3 != 3,
           'CONFIG_XSAVE_FEATURE_SET must include x87 and SSE (bits 0 and 1)',
           'CONFIG_XSAVE_FEATURE_SET', 'CONFIG_XSAVE')
    refuse(v['CONFIG_XSAVE_FEATURE_SET'] & 4 and v['CONFIG_XSAVE_SIZE'] < 832,
           f"CONFIG_XSAVE_SIZE = {v['CONFIG_XSAVE_SIZE']}: AVX state (feature bit 2) ends at 832 "
           'bytes', 'CONFIG_XSAVE_SIZE', 'CONFIG_XSAVE_FEATURE_SET')
    refuse(v['CONFIG_XSAVE_SIZE'] % 64,
           f"CONFIG_XSAVE_SIZE = {v['CONFIG_XSAVE_SIZE']} is no multiple of 64",
           'CONFIG_XSAVE_SIZE')
    refuse(v['CONFIG_FSGSBASE_INST'] and v['CONFIG_FSGSBASE_MSR'],
           'CONFIG_FSGSBASE_INST and CONFIG_FSGSBASE_MSR are both on; choose one',
           'CONFIG_FSGSBASE_MSR', 'CONFIG_FSGSBASE_INST')
    refuse(v['CONFIG_FSGSBASE_INST'] and v['CONFIG_SET_TLS_BASE_SELF'],
           'CONFIG_SET_TLS_BASE_SELF is for processors without FSGSBASE; CONFIG_FSGSBASE_INST is '
           'on', 'CONFIG_SET_TLS_BASE_SELF')
    refuse(v['CONFIG_BENCHMARK_TRACK_UTILISATION'] and not v['CONFIG_ENABLE_BENCHMARKS'],
           'CONFIG_BENCHMARK_TRACK_UTILISATION needs CONFIG_ENABLE_BENCHMARKS',
           'CONFIG_BENCHMARK_TRACK_UTILISATION')
    slots = 16 + v['CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS'] + 64
    refuse(slots > 1 << v['CONFIG_ROOT_CNODE_SIZE_BITS'],
           f"CONFIG_ROOT_CNODE_SIZE_BITS = {v['CONFIG_ROOT_CNODE_SIZE_BITS']}: fewer slots than "
           f'the {slots} initial capabilities need', 'CONFIG_ROOT_CNODE_SIZE_BITS')

