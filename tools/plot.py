# SPDX-License-Identifier: BSD-2-Clause
"""Curves as an SVG picture: svg(title, growing, curves) gives the text, the same for the same
figures.

Readable on light and dark pages; curves differ in their marks as well as in their colours. Sizes
that double from point to point are drawn on a logarithmic axis. The vertical axis begins at 0, so
that flat looks flat.
"""
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 690, 90, 360      # of the area the curves are drawn in
LABEL_GAP = 15                                  # between the figures at the curves' ends
DOUBLING_FROM = 64                              # largest size over smallest, for a logarithmic axis
LIGHT = {'page': '#ffffff', 'ink': '#1f2328', 'soft': '#59636e', 'grid': '#d1d9e0',
         'curves': ('#0969da', '#bc4c00', '#1a7f37')}
DARK = {'page': '#0d1117', 'ink': '#f0f6fc', 'soft': '#9198a1', 'grid': '#3d444d',
        'curves': ('#58a6ff', '#f0883e', '#3fb950')}
FONTS = '"DejaVu Sans", "Segoe UI", Helvetica, Arial, sans-serif'
SHAPES = 'text { font-family: ' + FONTS + '''; font-size: 13px }
.title { font-size: 17px; font-weight: bold }
.line { fill: none; stroke-width: 2 }
'''


def colours(theme):
    """Style rules of a theme. Written out for each class: not every viewer knows CSS variables."""
    return ('text { fill: %(ink)s } .soft { fill: %(soft)s } .page { fill: %(page)s } '
            '.grid { stroke: %(grid)s } '
            '.axis { stroke: %(soft)s }\n' % theme +
            '\n'.join('.line.c%d { stroke: %s } .mark.c%d { fill: %s }' % (i, c, i, c)
                      for i, c in enumerate(theme['curves'])))


STYLE = '%s%s\n@media (prefers-color-scheme: dark) {\n%s\n}' % (SHAPES, colours(LIGHT),
                                                                colours(DARK))


def nice_step(span, count):
    """A step of 1, 2 or 5 times a power of ten that divides span into at most count parts."""
    power = 10 ** math.floor(math.log10(span / count))
    return next(int(max(1, factor * power)) for factor in (1, 2, 5, 10)
                if factor * power * count >= span)


def mark(index, x, y):
    """The mark of a point: circle, square, triangle."""
    paint = 'class="mark c%d"' % index
    if index == 0:
        return '<circle cx="%.1f" cy="%.1f" r="4" %s/>' % (x, y, paint)
    if index == 1:
        return '<rect x="%.1f" y="%.1f" width="7" height="7" %s/>' % (x - 3.5, y - 3.5, paint)
    return '<path d="M%.1f %.1fl4.5 8h-9z" %s/>' % (x, y - 5, paint)


def text(x, y, words, anchor='start', style=''):
    return '<text x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>' % (
        x, y, anchor, ' class="%s"' % style if style else '', escape(words))


def spread(heights):
    """Move labels apart that would cover each other; they stay in order."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    moved = list(heights)
    for before, this in zip(order, order[1:]):
        moved[this] = max(moved[this], moved[before] + LABEL_GAP)
    over = max(0, max(moved) - BOTTOM)
    return [y - over for y in moved]


def svg(title, growing, curves):
    """Draw at most three curves, each {'which': name, 'x': sizes, 'instructions': cost of each}."""
    sizes = sorted({x for c in curves for x in c['x']})
    doubling = sizes[0] > 0 and sizes[-1] >= DOUBLING_FROM * sizes[0]
    scale = (lambda x: math.log2(x)) if doubling else (lambda x: x)
    low, high = scale(sizes[0]), scale(sizes[-1])
    y_step = nice_step(max(y for c in curves for y in c['instructions']) * 1.02, 6)
    y_top = y_step * math.ceil(max(y for c in curves for y in c['instructions']) * 1.02 / y_step)

    def at_x(x):
        return LEFT + (scale(x) - low) / ((high - low) or 1) * (RIGHT - LEFT)

    def at_y(y):
        return BOTTOM - y / y_top * (BOTTOM - TOP)

    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" '
           'role="img">'
           % (WIDTH, HEIGHT, WIDTH, HEIGHT),
           '<title>%s</title>' % escape(title), '<style>\n%s\n</style>' % STYLE,
           '<rect class="page" width="%d" height="%d"/>' % (WIDTH, HEIGHT),
           text(LEFT, 30, title, style='title')]
    for y in range(0, y_top + 1, y_step):
        out += ['<path class="%s" d="M%d %.1fH%d"/>'
                % ('grid' if y else 'axis', LEFT, at_y(y), RIGHT),
                text(LEFT - 8, at_y(y) + 4.5, str(y), 'end', 'soft')]
    if doubling:
        ticks = [1 << n for n in range(math.ceil(low), math.floor(high) + 1)]
    else:
        ticks = range(sizes[0], sizes[-1] + 1, nice_step(max(1, sizes[-1] - sizes[0]), 12))
    for x in ticks:
        out += ['<path class="axis" d="M%.1f %dv5"/>' % (at_x(x), BOTTOM),
                text(at_x(x), BOTTOM + 20, str(x), 'middle', 'soft')]
    out += [text(LEFT - 62, TOP - 14, 'instructions', style='soft'),
            text((LEFT + RIGHT) / 2, HEIGHT - 14, growing + (' (logarithmic)' if doubling else ''),
                 'middle', 'soft')]
    ends = spread([at_y(c['instructions'][-1]) for c in curves])
    legend = LEFT
    for i, c in enumerate(curves):
        points = [(at_x(x), at_y(y)) for x, y in zip(c['x'], c['instructions'])]
        out += ['<path class="line c%d" d="M%s"/>' % (i, 'L'.join('%.1f %.1f' % p for p in points)),
                *(mark(i, *p) for p in points),
                text(RIGHT + 10, ends[i] + 4.5, str(c['instructions'][-1])),
                mark(i, legend + 4, 52), text(legend + 14, 56.5, c['which'])]
        legend += 40 + 7.4 * len(c['which'])
    return '\n'.join(out + ['</svg>', ''])
