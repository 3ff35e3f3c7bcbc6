"""Rows: what each peer measured in all repetitions of a metric, and how ours compares."""

import statistics
import typing

from interval import Ratio, ratioOfMedians
from measurement import Measurement, NotOffered

OURS = "troop"

# Rows of ours that measure something else than the Threads of a row, by how their metrics end. They
# are compared with what peers measure under the metric without the ending; only with these peers.
VARIANTS = {"_handles": None, "_own_stacks": None, "_tasks": None, "_coroutines": {"tokio"}}

# Their tasks have no stack that a function could block on: what these weigh is compared with what
# coroutines weigh, not Threads.
STACKLESS = {"caf", "tokio"}
MEMORY = {"B"}

HIGHER_IS_BETTER = {"msg/s", "req/s", "calls/s"}


class Advantage(typing.NamedTuple):
    """Over the best peer: a ratio above 1 says that ours is ahead, whatever the unit."""

    peer: str
    ratio: Ratio


class Row(typing.NamedTuple):
    workload: str
    metric: str
    unit: str
    samples: dict  # of each peer that measured it, a list
    lacking: dict  # of each peer that does not offer it, what it lacks

    def median(self, peer):
        return statistics.median(self.samples[peer]) if peer in self.samples else None

    def medians(self):
        for peer in self.samples:
            yield Measurement(peer, self.workload, self.metric, self.median(peer), self.unit)


def rowsOf(results):
    """A row for each metric, in the order in which metrics were first heard of."""
    rows = {}
    for result in results:
        key = (result.workload, result.metric)
        unit = result.unit if isinstance(result, Measurement) else ""
        row = rows.setdefault(key, Row(*key, unit, {}, {}))
        if isinstance(result, NotOffered):
            row.lacking[result.peer] = result.lacks
            continue
        if not row.unit:
            row = rows[key] = row._replace(unit=unit)
        if row.unit != unit:
            raise ValueError(f"{result.peer} gives {' '.join(key)} in {unit}, others in {row.unit}")
        row.samples.setdefault(result.peer, []).append(result.value)
    return list(rows.values())


def comparison(row):
    """What peers call what ours measures in this row, and whether a peer may be compared."""
    for ending, peers in VARIANTS.items():
        if row.metric.endswith(ending):
            return row.metric.removesuffix(ending), lambda peer: peers is None or peer in peers
    excluded = STACKLESS if row.unit in MEMORY else set()
    return row.metric, lambda peer: peer not in excluded


def advantage(row, rows, limits):
    """Of ours over the best peer of a row; None where there is nothing to compare.

    `limits` are peers that nobody can be ahead of, as they do less than a runtime must.
    """
    metric, isComparable = comparison(row)
    others = [other for other in rows if (other.workload, other.metric) == (row.workload, metric)]
    if OURS not in row.samples or not others:
        return None
    peers = {
        peer: samples
        for peer, samples in others[0].samples.items()
        if peer != OURS and peer not in limits and isComparable(peer)
    }
    if not peers:
        return None
    choose = max if row.unit in HIGHER_IS_BETTER else min
    best = choose(peers, key=lambda peer: statistics.median(peers[peer]))
    ours = row.samples[OURS]
    pair = (ours, peers[best]) if row.unit in HIGHER_IS_BETTER else (peers[best], ours)
    ratio = ratioOfMedians(*pair)
    return None if ratio is None else Advantage(best, ratio)
