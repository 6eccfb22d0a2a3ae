# SPDX-License-Identifier: BSD-2-Clause
"""Places where a rule changes C source, and a file with all of them in it as switches.

All mutants of a file are compiled at once (mutant schemata: Untch, Offutt, Harrold, ISSTA 1993):
ON(n) is true in a program that was started with MUTANT=n; one that was started with
MUTANT_REACHED=FILE writes there a byte for each n, 1 where ON(n) was asked. What has to be a
constant can't be switched: whoever compiles this finds out, and has to try such places alone.
"""
import re

RULES = (
    (r'(?<=\s)<=(?=\s)', '<'), (r'(?<=\s)>=(?=\s)', '>'),
    (r'(?<=\s)<(?=\s)', '<='), (r'(?<=\s)>(?=\s)', '>='),
    (r'(?<=\s)==(?=\s)', '!='), (r'(?<=\s)!=(?=\s)', '=='),
    (r'(?<=\s)&&(?=\s)', '||'), (r'(?<=\s)\|\|(?=\s)', '&&'),
    (r'(?<=\s)\+(?=\s)', '-'), (r'(?<=\s)-(?=\s)', '+'),
    (r'(?<![\w.])(?:0x[0-9a-f]+|[0-9]+)u?l?(?![\w.])', None),      # one more
    (r'\btrue\b', 'false'), (r'\bfalse\b', 'true'),
    (r'!(?=[\w(!])', ''),
)
# Binary operators, loosest first; what stands on one line binds equally.
LEVELS = (('||',), ('&&',), ('|',), ('^',), ('&',), ('==', '!='), ('<', '>', '<=', '>='),
          ('<<', '>>'), ('+', '-'), ('*', '/', '%'))
LEVEL = {op: n for n, ops in enumerate(LEVELS) for op in ops}
TOKEN = re.compile(r'\w+|->|\+\+|--|<<=|>>=|[-+*/%&|^]=|<<|>>|<=|>=|==|!=|&&|\|\||\S')
SWITCH_H = '''extern int mutant_on;
extern unsigned char mutant_reached[];
#define ON(n) (mutant_reached[n] = 1, mutant_on == (n))
'''
SWITCH_C = '''#include <stdio.h>
#include <stdlib.h>
int mutant_on;
unsigned char mutant_reached[1 << 16];
static void mutant_tell(void)
{
    FILE *f = fopen(getenv("MUTANT_REACHED"), "w");
    fwrite(mutant_reached, sizeof(mutant_reached), 1, f);
    fclose(f);
}
__attribute__((constructor)) static void mutant_choose(void)
{
    mutant_on = getenv("MUTANT") ? atoi(getenv("MUTANT")) : 0;
    if (getenv("MUTANT_REACHED"))
        atexit(mutant_tell);
}
'''


class Place:
    """One change: source[at:end] becomes new; its operands, first to last, stay what they are."""

    def __init__(self, path, line, column, at, old, new):
        self.path, self.line, self.at, self.end = path, line, at, at + len(old)
        self.name = '%s:%d:%d' % (path, line, column)
        self.old, self.new = old, new
        self.first, self.last = self.at, self.end       # with its operands

    def changed(self, source):
        pair = ('(', ')') if self.old in ('&&', '||') else ('', '')
        return (source[:self.first] + pair[0] + source[self.first:self.at] + self.new +
                source[self.end:self.last] + pair[1] + source[self.last:])


def blanked(source):
    """With spaces in the place of comments and preprocessor lines, words in that of strings."""
    def blank(found):
        text = found.group()
        return re.sub(r'[^\n]', '_' if text[0] in '"\'' else ' ', text)

    return re.sub(r'/\*[\s\S]*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|'
                  r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', blank, source, flags=re.M)


def definitions(source):
    """With spaces in the place of all but what macros without parameters stand for."""
    found = re.finditer(r'^#define \w+ (?:[^\n]*\\\n)*[^\n]*', source, flags=re.M)
    kept = [(m.start() + m.group().index(' ', 8), m.end()) for m in found]
    spaces = re.sub(r'[^\n]', ' ', source)
    for first, last in kept:
        spaces = spaces[:first] + blanked(source[first:last]) + spaces[last:]
    return spaces


def one_more(number):
    digits = number.rstrip('ul')
    return (hex if digits[:2] == '0x' else str)(int(digits, 0) + 1) + number[len(digits):]


def places_of(path, source):
    code = blanked(source)
    places = places_by(path, code, RULES)
    places += places_by(path, definitions(source), [r for r in RULES if r[1] is None])
    tokens = [(t.start(), t.group()) for t in TOKEN.finditer(code)]
    index = {at: i for i, (at, _) in enumerate(tokens)}
    for p in places:
        if p.old in LEVEL:
            p.first, p.last = operands(tokens, index[p.at], LEVEL[p.old])
        elif p.old == '!':
            p.last = negated(tokens, index[p.at] + 1)
    return sorted(places, key=lambda p: p.at)


def places_by(path, code, rules):
    places, start, is_assertion = [], 0, False
    for number, line in enumerate(code.splitlines(True), 1):
        is_assertion |= bool(re.match(r'\s*(assert|_Static_assert)\b', line))
        if not is_assertion:
            for rule, new in rules:
                for found in re.finditer(rule, line):
                    old = found.group()
                    places.append(Place(path, number, found.start() + 1, start + found.start(),
                                        old, one_more(old) if new is None else new))
        is_assertion &= ';' not in line
        start += len(line)
    return places


def negated(tokens, i):
    """Where the operand at i of a single operator ends."""
    while tokens[i][1] == '!':
        i += 1
    while True:
        depth = 0
        while True:         # a word, or what is in brackets
            depth += (tokens[i][1] in '([') - (tokens[i][1] in ')]')
            if depth == 0:
                break
            i += 1
        if tokens[i + 1][1] in ('.', '->'):
            i += 2
        elif tokens[i + 1][1] in '([':
            i += 1
        else:
            return tokens[i][0] + len(tokens[i][1])


def operands(tokens, i, level):
    """Where the left operand of the operator at i begins and the right one ends."""
    first = last = i
    for step in (-1, 1):
        depth, j = 0, i + step
        while True:
            text = tokens[j][1]
            opens, closes = (')]', '([') if step < 0 else ('([', ')]')
            if text in closes and depth == 0:
                break
            depth += (text in opens) - (text in closes)
            if depth == 0 and ends_operand(tokens, j, level, step):
                break
            first, last = min(first, j), max(last, j)
            j += step
    return tokens[first][0], tokens[last][0] + len(tokens[last][1])


def ends_operand(tokens, j, level, step):
    text, before = tokens[j][1], tokens[j - 1][1]
    if text in ('?', ':', ',', ';', '{', '}', '=', 'return', 'else', 'case') or (
            text[-1] == '=' and text not in LEVEL):
        return True
    if text not in LEVEL or not (re.match(r'\w', before) and before != 'return' or
                                 before in ')]'):
        return False            # no operator, or one with a single operand
    return LEVEL[text] < level or (step > 0 and LEVEL[text] == level)


def with_switches(source, places, number_of):
    """The file with all these places; none of which may cross another."""
    inside = sorted(places, key=lambda p: (p.first, -p.last, -LEVEL.get(p.old, 99)))

    def render(first, last, rest):
        out, at = '', first
        while rest:
            p, rest = rest[0], rest[1:]
            mine = [q for q in rest if q.last <= p.last]
            rest = [q for q in rest if q.last > p.last]
            out += source[at:p.first] + switched(p, mine)
            at = p.last
        return out + source[at:last]

    def switched(p, mine):
        n = number_of[p.name]
        left = render(p.first, p.at, [q for q in mine if q.last <= p.at])
        right = render(p.end, p.last, [q for q in mine if q.first >= p.end])
        if p.old in ('&&', '||'):
            other = 'ON(%d)' % n if p.old == '&&' else '!ON(%d)' % n
            return '(%s ^ ((%s ^ !!(%s)) && (%s ^ !!(%s))))' % (other, other, left, other, right)
        if p.old in ('+', '-'):
            return '%s %s (ON(%d) ? -1 : 1) * (%s)' % (left, p.old, n, right)
        if p.old in LEVEL:
            again = (left + p.new + right).replace('\n', ' ')
            return '(ON(%d) ? %s : %s%s%s)' % (n, again, left, p.old, right)
        if p.old == '!':
            return '(ON(%d) ^ !%s)' % (n, right)
        return '(ON(%d) ? %s : %s)' % (n, p.new, p.old)

    return render(0, len(source), inside)


def crossing(places):
    """Those that can't be switched beside the others of their file: their operands were misread."""
    bad, open_ones = set(), []
    for p in sorted(places, key=lambda p: (p.path, p.first, -p.last)):
        open_ones = [q for q in open_ones if q.path == p.path and q.last > p.first]
        if any(q.last < p.last for q in open_ones):
            bad.add(p)
        else:
            open_ones.append(p)
    return bad
