"""Nothing lies around: a source is named by a BUILD target, a script by whoever starts it.

What tools leave behind is no part of the project.
"""

import os
import re

import cxx
import starlark
from checkout import extension
from finding import Finding
from imports import SCHEMAS
from targets import BUILD_FILES, absoluteLabel, pathOfLabel

_BUILT = cxx.FILES | SCHEMAS
_STARTED = {".bzl", ".css", ".html", ".js", ".mjs", ".py", ".sh", ".toml", ".ts", ".wat"}
_LEFT_BEHIND = {".a", ".bak", ".log", ".o", ".orig", ".pyc", ".rej", ".so", ".swp", ".tmp"}
_ANY_SCRIPT = re.compile(r"([\w-]+)/\$\{?\w+\}?(\.\w+)")
_NO_TARGETS = {"load", "package", "package_group", "exports_files"}


def find(checkout, targets, house):
    named = _namedByTargets(checkout, targets)
    words = None
    for path in checkout.files:
        kind = extension(path)
        if kind in _LEFT_BEHIND:
            right = "remove it, and ignore its kind in .gitignore"
            yield Finding(path, 1, "left behind", "is what a tool left behind", right)
        if path in named or os.path.basename(path) in BUILD_FILES:
            continue
        if kind in _BUILT:
            right = "name it in the BUILD.bazel of its folder, or delete it"
            yield Finding(path, 1, "dead", "is named by no BUILD target", right)
        elif kind in _STARTED:
            words = words or _wordsOfFiles(checkout)
            name = os.path.basename(path)
            folder = os.path.basename(os.path.dirname(path))
            users = words.get(name, set()) | words.get(f"{folder}/*{kind}", set())
            if name == "__init__.py" or users - {path}:
                continue
            if kind == ".py" and _isImported(checkout, path):
                continue
            right = "name it where it is used, or delete it"
            yield Finding(path, 1, "dead", "is named by no BUILD target and no other file", right)


def _namedByTargets(checkout, targets):
    named = set()
    for package, _, call in targets.calls:
        if call.function not in _NO_TARGETS:
            for text in starlark.strings([call.named, call.positional]):
                path = pathOfLabel(absoluteLabel(text, package))
                if path and checkout.hasFile(path):
                    named.add(path)
    return named


def _wordsOfFiles(checkout):
    """Where each word stands that looks like a file's name. Documents keep nothing alive.

    FOLDER/$NAME.sh, whatever the variable, stands for all scripts of the folder, as FOLDER/*.sh.
    """
    words = {}
    for path in checkout.files:
        if extension(path) != ".md":
            for word in re.findall(r"[\w.-]+\.\w+", checkout.text(path)):
                words.setdefault(word, set()).add(path)
            for folder, kind in _ANY_SCRIPT.findall(checkout.text(path)):
                words.setdefault(f"{folder}/*{kind}", set()).add(path)
    return words


def _isImported(checkout, path):
    name = re.escape(os.path.splitext(os.path.basename(path))[0])
    pattern = re.compile(rf"^\s*(?:import|from)\s+(?:[\w.]+\.)?{name}\b", re.MULTILINE)
    return any(
        pattern.search(checkout.text(other))
        for other in checkout.files
        if other != path and extension(other) == ".py"
    )
