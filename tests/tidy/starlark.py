"""BUILD files as data.

Starlark is a subset of Python. Literals, concatenations, selects, globs and comprehensions are
evaluated; anything else is told as a problem, because then no check can see what it names.
"""

import ast
import dataclasses
import re


class Text(str):
    """A string that knows its line."""

    def __new__(cls, value, line):
        text = super().__new__(cls, value)
        text.line = line
        return text


@dataclasses.dataclass
class Call:
    """One call at the top of a BUILD file: a rule, a macro, load() or package()."""

    function: str
    positional: list
    named: dict
    line: int
    globs: list = dataclasses.field(default_factory=list)  # the patterns of its globs


class Unreadable(Exception):
    def __init__(self, node, what):
        super().__init__(what)
        self.line = getattr(node, "lineno", 1)


def read(source, listFiles):
    """The calls of a BUILD file, and its problems as (line, what). Globs see listFiles()."""
    try:
        module = ast.parse(source)
    except SyntaxError as error:
        return [], [(error.lineno or 1, f"is not readable: {error.msg}")]
    return _Reader(listFiles).read(module)


def strings(value):
    """All strings in a value, wherever they are."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from strings(key)
            yield from strings(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from strings(item)


class _Reader:
    def __init__(self, listFiles):
        self.listFiles = listFiles
        self.names = {"True": True, "False": False, "None": None}
        self.calls = []
        self.problems = []
        self.globs = []

    def read(self, module):
        for statement in module.body:
            try:
                self.statement(statement)
            except Unreadable as error:
                self.problems.append((error.line, str(error)))
        return self.calls, self.problems

    def statement(self, node):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            self.names[node.targets[0].id] = self.value(node.value)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            self.call(node.value)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.ListComp):
            self.comprehension(node.value, self.call)
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            raise Unreadable(node, "is more than a list of targets")

    def call(self, node):
        self.globs = []
        call = Call(ast.unparse(node.func), [], {}, node.lineno)
        for argument in node.args:
            call.positional.append(self.argument(argument))
        for keyword in node.keywords:
            if keyword.arg is None:
                raise Unreadable(node, "has arguments that are not written out (**)")
            call.named[keyword.arg] = self.argument(keyword.value)
        call.globs = self.globs
        self.calls.append(call)

    def argument(self, node):
        """One that cannot be read is told and left out: the rest of its target is still known."""
        try:
            return self.value(node)
        except Unreadable as error:
            self.problems.append((error.line, str(error)))
            return None

    def comprehension(self, node, evaluate):
        if len(node.generators) != 1 or node.generators[0].ifs:
            raise Unreadable(node, "has a comprehension that is no plain loop")
        loop = node.generators[0]
        results = []
        items = self.value(loop.iter)
        for item in items.items() if isinstance(items, dict) else items:
            names = loop.target.elts if isinstance(loop.target, ast.Tuple) else [loop.target]
            values = item if isinstance(loop.target, ast.Tuple) else [item]
            for name, value in zip(names, values):
                self.names[name.id] = value
            results.append(evaluate(node.elt))
        return results

    def value(self, node):
        if isinstance(node, ast.Constant):
            return Text(node.value, node.lineno) if isinstance(node.value, str) else node.value
        if isinstance(node, (ast.List, ast.Tuple)):
            return [self.value(item) for item in node.elts]
        if isinstance(node, ast.Dict):
            return {self.value(k): self.value(v) for k, v in zip(node.keys, node.values)}
        if isinstance(node, ast.Name) and node.id in self.names:
            return self.names[node.id]
        if isinstance(node, ast.ListComp):
            return self.comprehension(node, self.value)
        if isinstance(node, ast.BinOp):
            return self.operation(node)
        if isinstance(node, ast.Call):
            return self.function(node)
        raise Unreadable(node, f"has {ast.unparse(node)!r}, which is no literal")

    def operation(self, node):
        left, right = self.value(node.left), self.value(node.right)
        try:
            if isinstance(node.op, ast.Add):
                result = left + right
            elif isinstance(node.op, ast.Mod) and isinstance(left, str):
                result = left % (tuple(right) if isinstance(right, list) else right)
            else:
                raise TypeError
        except (TypeError, ValueError):
            raise Unreadable(node, f"has {ast.unparse(node)!r}, which is no literal") from None
        return Text(result, node.lineno) if isinstance(result, str) else result

    def function(self, node):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            text = self.value(node.func.value)
            arguments = [self.value(argument) for argument in node.args]
            named = {keyword.arg: self.value(keyword.value) for keyword in node.keywords}
            return Text(text.format(*arguments, **named), node.lineno)
        if isinstance(node.func, ast.Name) and node.func.id == "select":
            branches = [self.value(branch) for branch in node.args[0].values]
            return [item for branch in branches for item in (branch or [])]
        if isinstance(node.func, ast.Name) and node.func.id == "glob":
            return self.glob(node)
        if isinstance(node.func, ast.Name) and node.func.id == "dict":
            return {keyword.arg: self.value(keyword.value) for keyword in node.keywords}
        raise Unreadable(node, f"has {ast.unparse(node)!r}, which is no literal")

    def glob(self, node):
        named = {keyword.arg: self.value(keyword.value) for keyword in node.keywords}
        include = self.value(node.args[0]) if node.args else named.get("include", [])
        exclude = named.get("exclude", [])
        self.globs += include
        return [
            Text(path, node.lineno)
            for path in self.listFiles()
            if any(_matches(pattern, path) for pattern in include)
            and not any(_matches(pattern, path) for pattern in exclude)
        ]


def _matches(pattern, path):
    expression = ""
    for part in re.split(r"(\*\*/|\*\*|\*)", pattern):
        expression += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}.get(part, re.escape(part))
    return re.fullmatch(expression, path) is not None
