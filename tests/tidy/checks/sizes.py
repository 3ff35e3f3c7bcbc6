"""Files and folders stay so small that they can be read at once."""

import os

import cxx
from checkout import extension
from finding import Finding

_SOURCES = cxx.SOURCES | {".bzl", ".capnp", ".js", ".mjs", ".proto", ".py", ".sh", ".ts", ".wat"}


def find(checkout, targets, house):
    modules = {}
    for path in checkout.files:
        if house.isMadeElsewhere(path):
            continue
        kind = extension(path)
        if kind in _SOURCES | cxx.HEADERS:
            stem = os.path.basename(path)[: -len(kind)]
            folder = os.path.dirname(path)
            modules.setdefault(folder, set()).add(stem.removesuffix("-test"))
        limit = _limit(house, path, kind)
        lines = len(checkout.text(path).splitlines())
        if limit and lines > limit:
            what = f"has {lines} lines"
            right = f"at most {limit}: find the missing noun"
            yield Finding(path, limit + 1, "lines", what, right, lines)

    limit = house.limits["folderModules"]
    for folder, stems in modules.items():
        if len(stems) > limit:
            what = f"the folder has {len(stems)} modules"
            right = f"at most {limit}: find the missing noun"
            yield Finding(folder, 1, "modules", what, right, len(stems))


def _limit(house, path, kind):
    if kind in cxx.HEADERS:
        return house.limits["headerLines"]
    if kind in _SOURCES:
        return house.limits["sourceLines"]
    if path.endswith("/README.md"):
        return house.limits["readmeLines"]
    return None
