# SPDX-License-Identifier: BSD-2-Clause
"""What /proc/resources counts, before and after what must leave nothing."""
import re

# Frames: what the shell, whom orphans are left to, writes to of its own, and a page or two for each
# process that is more than there ever were; slots: of objects that wait for these; own-pages: of
# each number of a process one, and of tables; file-pages: with pieces of many files.
KEPT = {'frames': 16, 'file-pages': 4, 'slots': 400, 'own-pages': 64}


def resources(s):
    """{what: how many are in use} when only the shell and what asks are there."""
    s.ask('sleep 0.1')      # orphans are waited for
    return dict(re.findall(r'^([a-z-]+) (\d+)$', s.ask('cat /proc/resources'), re.MULTILINE))


def same(s, before, kept=KEPT):
    now = resources(s)
    wrong = {k: (before[k], now.get(k)) for k in before
             if abs(int(before[k]) - int(now.get(k, 0))) > kept.get(k, 0)}
    if wrong:
        print('# was, is:', wrong)
    return not wrong and len(before) > 16
