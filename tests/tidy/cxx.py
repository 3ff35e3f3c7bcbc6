"""C++ as text: its code without comments and literals, its includes, its functions.

This is no parser. It relies on the form that clang-format keeps, and what macros make of the code
does not matter to sizes.
"""

import dataclasses
import re

from checkout import lineOf

HEADERS = {".h"}
SOURCES = {".cc", ".c"}
FILES = HEADERS | SOURCES

_TOKEN = re.compile(
    r"""(?P<number>\b[0-9](?:'?[0-9A-Za-z_.])*)
      | (?P<raw>R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)")
      | (?P<comment>//(?:\\\n|[^\n])*|/\*.*?\*/)
      | (?P<text>"(?:\\.|[^"\\\n])*")
      | (?P<character>'(?:\\.|[^'\\\n])*')
    """,
    re.VERBOSE | re.DOTALL,
)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?=["<])', re.MULTILINE)
_INCLUDED = re.compile(r'"([^"\n]+)"|<([^>\n]+)>')


def code(text):
    """The text with comments and the insides of literals blanked; offsets and lines stay."""

    def blank(match):
        token = match.group()
        if match.lastgroup == "number" or match.group("number"):
            return token
        blanked = re.sub(r"[^\n]", " ", token)
        if match.group("comment"):
            return blanked
        return token[0] + blanked[1:-1] + token[-1] if len(token) > 1 else token

    return _TOKEN.sub(blank, text)


@dataclasses.dataclass(frozen=True)
class Include:
    line: int
    header: str
    isQuoted: bool


def includes(text):
    """The includes of a file. One in a raw string, as generators write them, is none."""
    found = []
    for match in _INCLUDE.finditer(code(text)):
        included = _INCLUDED.match(text, match.end())
        if included:
            header = included.group(1) or included.group(2)
            found.append(Include(lineOf(text, match.start()), header, bool(included.group(1))))
    return found


@dataclasses.dataclass(frozen=True)
class Function:
    name: str
    line: int
    lines: int


def functions(text):
    """The functions defined in a file, from the first line of the declaration to the last brace."""
    directives = r"^[ \t]*#(?:\\\n|[^\n])*"
    return _FunctionScan(re.sub(directives, _blanked, code(text), flags=re.MULTILINE)).run()


def _blanked(match):
    return re.sub(r"[^\n]", " ", match.group())


class _FunctionScan:
    """Enters the braces of namespaces and types, skips those of functions and initializers."""

    def __init__(self, text):
        self.text = text
        self.found = []
        self.headerStart = 0

    def run(self):
        parentheses = 0
        depth = 0  # of braces in what is skipped
        body = None  # the start of the function that is skipped
        for match in re.finditer(r"[(){};]", self.text):
            mark = match.group()
            if depth > 0:
                depth += {"{": 1, "}": -1}.get(mark, 0)
                if depth == 0 and body is not None:
                    self.add(body, match.end())
                    self.headerStart = match.end()
                    body = None
            elif mark == "(":
                parentheses += 1
            elif mark == ")":
                parentheses -= 1
            elif mark == "{":
                header = _header(self.text[self.headerStart : match.start()])
                if parentheses > 0 or _isInitializer(header):
                    depth = 1
                elif _isFunction(header):
                    depth = 1
                    body = (self.headerStart, match.start())
                else:
                    self.headerStart = match.end()
            elif mark == "}" or parentheses == 0:
                self.headerStart = match.end()
        return self.found

    def add(self, body, end):
        start, brace = body
        raw = self.text[start:brace]
        name = re.search(r"(operator\W+?|[\w:~]+)\s*\(([^()]*)", _header(raw))
        title = name.group(1).strip() if name else "lambda"
        if title.isupper() and name:  # TEST(Suite, name)
            title = f"{title}({' '.join(name.group(2).split())})"
        access = re.match(r"\s*(?:public|private|protected)\s*:(?!:)", raw)
        start += access.end() if access else 0
        start += len(self.text[start:brace]) - len(self.text[start:brace].lstrip())
        first = lineOf(self.text, start)
        self.found.append(Function(title, first, lineOf(self.text, end) - first + 1))


def _header(text):
    """What stands before a brace, without access labels, template heads and attributes."""
    text = re.sub(r"^\s*(?:public|private|protected)\s*:(?!:)", "", text)
    while template := re.match(r"\s*template\s*<", text):
        text = text[_endOfAngles(text, template.end()) :]
    return re.sub(r"\[\[.*?\]\]|\balignas\s*\([^()]*\)", " ", text, flags=re.DOTALL).strip()


def _endOfAngles(text, start):
    """Where the template arguments end that start here; signs in parentheses are comparisons."""
    angles, parentheses = 1, 0
    for offset in range(start, len(text)):
        mark = text[offset]
        parentheses += {"(": 1, ")": -1}.get(mark, 0)
        if parentheses == 0 and text[offset - 1 : offset + 1] != "->":
            angles += {"<": 1, ">": -1}.get(mark, 0)
        if angles == 0:
            return offset + 1
    return len(text)


def _withoutParentheses(header):
    previous = None
    while previous != header:
        previous = header
        header = re.sub(r"\([^()]*\)", "\x01", header)
    return header


_TYPE = re.compile(
    r"(?:(?:inline|static|constexpr|const|typedef|friend)\s+)*(?:class|struct|union|enum)\b"
)
_SCOPE = re.compile(r'(?:inline\s+)?namespace\b|extern\s*"')
_AFTER_PARAMETERS = {"const", "noexcept", "override", "final", "mutable", "try"}


def _isFunction(header):
    if _SCOPE.match(header) or (_TYPE.match(header) and not re.search(r"\)\s*(?:const)?$", header)):
        return False
    return "(" in header


def _isInitializer(header):
    """Whether the brace after this opens a value: a variable's, or a member's in a constructor."""
    if not header or _SCOPE.match(header):
        return False
    flat = _withoutParentheses(re.sub(r"\boperator\s*\W+?(?=\()", "operator ", header))
    if _TYPE.match(header) and "=" not in flat:
        return False
    lastWord = re.search(r"[\w>]+$", flat)
    if re.search(r"\x01[^:]*(?<!:):(?!:)", flat) and lastWord:  # C::C() : member
        return lastWord.group() not in _AFTER_PARAMETERS
    if "=" in flat:
        return not re.search(r"=\s*\[.*\]", flat, re.DOTALL)  # a lambda is a function
    return "\x01" not in flat
