"""What a file imports from the checkout: headers of C++, schemas."""

import dataclasses
import os
import re

import cxx
from checkout import extension, lineOf

SCHEMAS = {".capnp", ".proto"}
_SCHEMA_IMPORT = re.compile(r'^[^#/\n]*\bimport\s+(?:public\s+)?"([^"\n]+)"', re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Import:
    line: int
    path: str  # from the root


def importsOf(checkout, path):
    """What a file imports by a path that stands from the root, or beside it."""
    if extension(path) in cxx.FILES:
        return [
            Import(include.line, _fromRoot(checkout, path, include.header))
            for include in cxx.includes(checkout.text(path))
            if include.isQuoted
        ]
    if extension(path) in SCHEMAS:
        text = checkout.text(path)
        return [
            Import(lineOf(text, match.start(1)), _schemaFromRoot(checkout, path, match.group(1)))
            for match in _SCHEMA_IMPORT.finditer(text)
        ]
    return []


def _fromRoot(checkout, path, name):
    beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
    return beside if checkout.hasFile(beside) and not checkout.hasFile(name) else name


def _schemaFromRoot(checkout, path, name):
    return name[1:] if name.startswith("/") else _fromRoot(checkout, path, name)
