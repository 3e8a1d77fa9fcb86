"""The picture of `racing.py`: regret on held-out items against item evaluations, as SVG."""

from collections.abc import Mapping

Points = Mapping[str, tuple[float, float, float]]  # label -> cost %, regret, standard error
_WIDTH, _HEIGHT, _LEFT, _TOP = 460, 300, 60, 50
_COLOURS = {"full": "#555", "random": "#b8860b", "paired": "#1f77b4", "irt": "#c0392b"}


def svg(panels: Mapping[str, Points]) -> str:
    """One panel per recorded search."""
    highest = max(m + e for points in panels.values() for _, m, e in points.values()) * 1.1
    body = "".join(
        _panel(title, points, highest, _LEFT + n * (_WIDTH + 70))
        for n, (title, points) in enumerate(panels.items())
    )
    width = len(panels) * (_WIDTH + 70) + _LEFT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_HEIGHT + 110}" '
        f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>'
        f"{body}</svg>\n"
    )


def _panel(title: str, points: Points, highest: float, left: int) -> str:
    bottom = _TOP + _HEIGHT

    def x(cost: float) -> float:
        return left + cost / 105 * _WIDTH

    def y(regret: float) -> float:
        return bottom - regret / highest * _HEIGHT

    full = points["full"][1]
    parts = [
        _text(left, _TOP - 20, title, "start"),
        _line(left, bottom, left + _WIDTH, bottom, "#000"),
        _line(left, bottom, left, _TOP, "#000"),
        _line(left, y(full), left + _WIDTH, y(full), "#bbb"),
        _line(x(25), bottom, x(25), _TOP, "#bbb"),
        _text(left + _WIDTH / 2, bottom + 40, "item evaluations, % of full scoring", "middle"),
        _text(left, _TOP - 4, "regret on held-out items, points", "start"),
    ]
    parts += [_text(x(c), bottom + 18, f"{c}", "middle") for c in (0, 25, 50, 75, 100)]
    parts += [
        _text(left - 6, y(0.5 * n) + 4, f"{0.5 * n:g}", "end")
        for n in range(int(highest / 0.5) + 1)
    ]
    for label, (cost, mean, error) in points.items():
        colour = _COLOURS[label.split()[0]]
        parts.append(_line(x(cost), y(mean - error), x(cost), y(mean + error), colour))
        parts.append(f'<circle cx="{x(cost):.1f}" cy="{y(mean):.1f}" r="4" fill="{colour}"/>')
    subsets = [(x(c), y(m)) for label, (c, m, _) in points.items() if label.startswith("random")]
    trail = " ".join(f"{across:.1f},{up:.1f}" for across, up in subsets)
    colour = _COLOURS["random"]
    parts.append(f'<polyline points="{trail}" fill="none" stroke="{colour}" opacity="0.5"/>')
    parts.append(_text(subsets[0][0] + 8, subsets[0][1] - 5, "random subset", "start", colour))
    for label, drop in (("full", -10), ("paired", 22), ("irt", 22)):
        cost, mean, _ = points[label]
        parts.append(_text(x(cost), y(mean) + drop, label, "middle", _COLOURS[label]))
    return "".join(parts)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#000") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{text}</text>'
