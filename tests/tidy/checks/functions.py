"""A function fits a screen, in C++, JavaScript and Python."""

import ast
import re

import cxx
from checkout import extension
from finding import Finding

_SCRIPTS = {".js", ".mjs", ".ts"}
_SCRIPT_FUNCTION = re.compile(
    r"""^(?P<indent>[ ]*)
        (?:export\s+)?(?:default\s+)?(?:static\s+)?(?:async\s+)?
        (?:function\b\s*\*?\s*(?P<function>[\w$]+)
          |(?:const|let|var)\s+(?P<value>[\w$]+)\s*=\s*(?:async\s*)?(?:function\b|\()
          |(?:get\s+|set\s+|\*\s*)?(?!(?:if|for|while|switch|catch|return|do|else|with)\b)
             (?P<method>[\w$\#]+)\s*\([^;]*\)\s*\{$)
    """,
    re.VERBOSE,
)


def find(checkout, targets, house):
    limit = house.limits["functionLines"]
    for path in checkout.files:
        if house.isMadeElsewhere(path):
            continue
        for name, line, lines in _functions(checkout, path):
            if lines > limit:
                what = f"{name} has {lines} lines"
                right = f"at most {limit}: name its steps"
                yield Finding(path, line, name, what, right, lines)


def _functions(checkout, path):
    kind = extension(path)
    if kind in cxx.FILES:
        return [(f.name, f.line, f.lines) for f in cxx.functions(checkout.text(path))]
    if kind == ".py":
        return _ofPython(checkout.text(path))
    if kind in _SCRIPTS:
        return _ofScript(checkout.lines(path))
    return []


def _ofPython(text):
    try:
        module = ast.parse(text)
    except SyntaxError:
        return []  # its own test fails
    return [
        (node.name, node.lineno, node.end_lineno - node.lineno + 1)
        for node in ast.walk(module)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]


def _ofScript(lines):
    """By indentation: a function ends at the first brace as far in as the line of its name."""
    found = []
    for first, line in enumerate(lines):
        match = _SCRIPT_FUNCTION.match(line)
        if not match:
            continue
        name = match.group("function") or match.group("value") or match.group("method")
        end = match.group("indent") + "}"
        for last in range(first + 1, len(lines)):
            if lines[last].startswith(end):
                found.append((name, first + 1, last - first + 1))
                break
            if lines[last].strip() and not lines[last].startswith(match.group("indent")):
                break
    return found
