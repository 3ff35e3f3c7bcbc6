"""Lines of code fit the width that the project writes in.

A line that cannot be broken, an address or an include, may be longer.
"""

import re

import cxx
from checkout import extension
from finding import Finding

_FILES = cxx.FILES | {".capnp", ".js", ".mjs", ".proto", ".py", ".ts"}
_UNBREAKABLE = re.compile(r"^\W*(?:\w+\W+)?(?:https?://\S+|#\s*include\s.*)\W*$")


def find(checkout, targets, house):
    limit = house.limits["lineColumns"]
    for path in checkout.files:
        if extension(path) not in _FILES or house.isMadeElsewhere(path):
            continue
        for number, line in enumerate(checkout.lines(path), 1):
            if len(line) > limit and not _UNBREAKABLE.match(line):
                what = f"has {len(line)} columns"
                yield Finding(path, number, "columns", what, f"at most {limit}: break the line")
