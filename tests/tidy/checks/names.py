"""Files are named by the nouns of the field, in kebab-case."""

import os
import re

import cxx
from checkout import extension
from finding import Finding

_KEBAB_CASE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_SOURCES = cxx.FILES | {".capnp", ".js", ".mjs", ".proto", ".py", ".sh", ".toml", ".ts", ".wat"}

# Tools look for these.
_DEMANDED = {"Cargo.toml", "__init__.py"}


def find(checkout, targets, house):
    for path in checkout.files:
        name = os.path.basename(path)
        for part in path.split("/"):
            for word in map(str.lower, _WORD.findall(part)):
                if word in house.forbiddenNames:
                    right = "name what it is about"
                    yield Finding(path, 1, word, f"{word!r} in a name says nothing", right)
        if extension(path) not in _SOURCES or house.isMadeElsewhere(path):
            continue
        if name not in _DEMANDED and not _KEBAB_CASE.fullmatch(name):
            right = "write it in kebab-case"
            yield Finding(path, 1, "case", f"{name} is not in kebab-case", right)
