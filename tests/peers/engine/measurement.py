"""What the programs of peers print: a line for each figure, or for what a peer does not offer."""

import math
import typing


class Measurement(typing.NamedTuple):
    peer: str
    workload: str
    metric: str
    value: float
    unit: str

    def tsv(self):
        return f"{self.peer}\t{self.workload}\t{self.metric}\t{self.value:.6g}\t{self.unit}"


class NotOffered(typing.NamedTuple):
    """Instead of a figure: what the peer lacks for it."""

    peer: str
    workload: str
    metric: str
    lacks: str


def parseLine(line):
    """A Measurement or NotOffered; ValueError says what is wrong with the line."""
    fields = line.rstrip("\n").split("\t")
    if len(fields) != 5 or not all(fields):
        raise ValueError(f"is not peer, workload, metric, value, unit: {line!r}")
    peer, workload, metric, text, last = fields
    if text == "not offered":
        return NotOffered(peer, workload, metric, last)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"has a value that is no number: {line!r}")
    return Measurement(peer, workload, metric, value, last)


def parseOutput(text, peer, workload):
    """All lines of a program, which speak of nothing else and name no metric twice."""
    lines = [parseLine(line) for line in text.splitlines()]
    for number, line in enumerate(lines, 1):
        if (line.peer, line.workload) != (peer, workload):
            raise ValueError(f"line {number} speaks of {line.peer} {line.workload}")
    metrics = [line.metric for line in lines]
    for metric in metrics:
        if metrics.count(metric) > 1:
            raise ValueError(f"{metric} is measured twice")
    if not lines:
        raise ValueError("nothing was measured")
    return lines
