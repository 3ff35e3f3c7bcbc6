"""Medians, and how sure a ratio of medians is."""

import random
import statistics
import typing

RESAMPLINGS = 2000
CONFIDENCE = 0.95


class Ratio(typing.NamedTuple):
    """Of two medians, with the bounds of its interval; these are None for a single run."""

    value: float
    low: float | None
    high: float | None


def ratioOfMedians(numerators, denominators, seed=1):
    """By the percentile bootstrap (Efron 1979): both samples are drawn anew, with replacement.

    None where a median is not positive: there is no ratio then.
    """
    top, bottom = statistics.median(numerators), statistics.median(denominators)
    if top <= 0 or bottom <= 0:
        return None
    if len(numerators) < 2 or len(denominators) < 2:
        return Ratio(top / bottom, None, None)
    source = random.Random(seed)
    ratios = []
    for _ in range(RESAMPLINGS):
        above = statistics.median(source.choices(numerators, k=len(numerators)))
        below = statistics.median(source.choices(denominators, k=len(denominators)))
        if below > 0:
            ratios.append(above / below)
    ratios.sort()
    tail = (1 - CONFIDENCE) / 2
    return Ratio(top / bottom, _at(ratios, tail), _at(ratios, 1 - tail))


def _at(ordered, share):
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
