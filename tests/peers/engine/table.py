"""Tables for people: one a workload, a line a metric, a column a peer."""

from comparison import OURS, advantage


def tables(rows, limits):
    """The text of all tables, and below them what ours does not offer."""
    texts = []
    for workload in dict.fromkeys(row.workload for row in rows if row.samples):
        texts.append(_table(workload, [row for row in rows if row.workload == workload], limits))
    lacking = [
        f"{peer} {row.workload} {row.metric}: not offered yet, it lacks {what}"
        for row in rows
        for peer, what in row.lacking.items()
    ]
    if lacking:
        texts.append("\n".join(lacking))
    return "\n\n".join(texts)


def _table(workload, rows, limits):
    measured = [row for row in rows if row.samples]
    peers = list(dict.fromkeys(peer for row in measured for peer in row.samples))
    peers.sort(key=lambda peer: peer != OURS)
    lines = [[workload, "unit", *peers, "best peer", "ours is ahead by"]]
    for row in measured:
        medians = [number(row.median(peer)) for peer in peers]
        lines.append([row.metric, row.unit, *medians, *_comparison(row, rows, limits)])
    return aligned(lines)


def _comparison(row, rows, limits):
    found = advantage(row, rows, limits)
    if found is None:
        return ["", ""]
    ratio = found.ratio
    if ratio.low is None:
        return [found.peer, f"{ratio.value:.2f}"]
    return [found.peer, f"{ratio.value:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]"]


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def aligned(lines):
    """Columns as wide as they must be, the first two to the left; a rule below the first line."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines)]
    texts = []
    for line in lines:
        cells = [
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths))
        ]
        texts.append("  ".join(cells).rstrip())
    texts.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(texts)
