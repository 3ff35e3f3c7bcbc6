"""A header of a folder that hosts link into libraries of their own hides the names it declares: it
opens the project's namespace as `namespace [[gnu::visibility("hidden")]] troop`.

Flags of our own BUILD files do not do that: what a header defines is compiled with the flags of
whoever includes it, and two libraries with a runtime each would find each other's.
"""

import re

import cxx
from checkout import extension, lineOf
from finding import Finding

_OPENED = re.compile(r"(?<!using )\bnamespace\s+(?:\[\[.*?\]\]\s*)*troop\b", re.DOTALL)
_HIDDEN = '[[gnu::visibility("hidden")]]'


def find(checkout, targets, house):
    for path in checkout.files:
        if extension(path) not in cxx.HEADERS or not _isHidden(path, house):
            continue
        text = checkout.text(path)
        for match in _OPENED.finditer(cxx.code(text)):
            if _HIDDEN not in text[match.start() : match.end()]:
                what = "opens the namespace so that its names can be seen in libraries of hosts"
                right = f"open it as `namespace {_HIDDEN} troop {{`, others inside it"
                yield Finding(path, lineOf(text, match.start()), "troop", what, right)


def _isHidden(path, house):
    """Whether the innermost of the house's entries that the file is in says so."""
    entries = [e for e in house.hiddenNames if path.startswith(e["folder"] + "/")]
    return max(entries, key=lambda e: len(e["folder"]))["hidden"] if entries else False
