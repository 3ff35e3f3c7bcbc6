"""Sub-folders that stand beside each other do not need each other in a circle. Tests may."""

import os

import cxx
from checkout import extension, topFolder
from finding import Finding
from imports import importsOf


def find(checkout, targets, house):
    edges = {}  # folder -> folder -> (path, line, header) of the first include
    for path in checkout.files:
        if extension(path) not in cxx.FILES or "-test." in path:
            continue
        folder = os.path.dirname(path)
        for imported in importsOf(checkout, path):
            used = os.path.dirname(imported.path)
            if checkout.hasFolder(used) and _areBeside(folder, used):
                edges.setdefault(folder, {}).setdefault(used, (path, imported.line, imported.path))

    told = set()
    for start in sorted(edges):
        circle = _circle(edges, start)
        if circle is None or frozenset(circle) in told:
            continue
        told.add(frozenset(circle))
        path, line, header = edges[circle[0]][circle[1 % len(circle)]]
        way = " → ".join(circle + circle[:1])
        others = [edges[circle[i]][circle[(i + 1) % len(circle)]] for i in range(1, len(circle))]
        because = ", ".join(f"{p}:{l} includes {h}" for p, l, h in others)
        what = f"includes {header} and closes a circle of folders: {way} ({because})"
        right = "find the noun that both need, or hand it in through an interface"
        yield Finding(path, line, way, what, right)


def _areBeside(folder, used):
    return (
        topFolder(folder + "/") == topFolder(used + "/")
        and not (folder + "/").startswith(used + "/")
        and not (used + "/").startswith(folder + "/")
    )


def _circle(edges, start):
    """The shortest way from a folder back to itself, or None."""
    ways = [[start]]
    seen = set()
    while ways:
        way = ways.pop(0)
        for used in sorted(edges.get(way[-1], {})):
            if used == start:
                return way
            if used not in seen:
                seen.add(used)
                ways.append(way + [used])
    return None
