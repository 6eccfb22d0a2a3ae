# SPDX-License-Identifier: BSD-2-Clause
"""What a program of cases answers on Linux and on our system, line by line. A case is a line
`name: answer`; what is meant to differ is in a list: name, tab, our answer, tab, the reason."""
import subprocess

SECONDS = 120


def cases(text):
    """{name: answer} of the lines of a run. A name that comes again: `name, 2`, ..."""
    found, count = {}, {}
    for line in text.splitlines():
        if ': ' not in line:
            continue
        name, answer = line.rsplit(': ', 1)
        count[name] = count.get(name, 0) + 1
        found[name if count[name] == 1 else '%s, %d' % (name, count[name])] = answer
    return found


class Linux:
    """A run on this machine's Linux, with the list of what is meant to differ."""

    def __init__(self, results, command, differences):
        run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        self.results, self.answers = results, cases(run.stdout)
        with open(differences) as f:
            self.meant = {name: answer for name, answer, _ in
                          (line.rstrip('\n').split('\t') for line in f if line[0] != '#')}
        results.ok(run.returncode == 0 and run.stdout.endswith('end\n'), 'it ends on Linux',
                   run.stdout[-300:])
        for name in sorted(set(self.meant) - set(self.answers)):
            results.ok(False, 'difference in %s' % name, 'there is no such case')
        for name in self.meant:
            results.ok(self.meant[name] != self.answers.get(name), 'difference in %s' % name,
                       'Linux answers the same')

    def compare(self, config, shown):
        """Every case of a run of ours."""
        ours = cases(shown)
        self.results.ok('\nend\n' in shown, config + ': it ends', shown[-600:])
        for name, answer in self.answers.items():
            wanted = self.meant.get(name, answer)
            self.results.ok(ours.get(name) == wanted, '%s: %s' % (config, name),
                            'is %s, not %s' % (ours.get(name), wanted))
