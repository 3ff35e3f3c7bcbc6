"""Links of documents lead somewhere: to a file, a folder or a heading of the checkout."""

import os
import re
import urllib.parse

from checkout import lineOf
from finding import Finding

_FENCED = re.compile(r"^(```+|~~~+).*?^\1[ \t]*$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(_FENCED.pattern + r"|`[^`\n]*`", _FENCED.flags)
_LINK = re.compile(r"\]\(\s*<?([^()\s<>]+(?:\([^()\s]*\))?)>?(?:\s+[\"'][^)]*)?\)")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]\n]+\]:[ \t]*<?([^\s>]+)", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_ELSEWHERE = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]*:")


def find(checkout, targets, house):
    for path in checkout.files:
        if not path.endswith(".md") or house.isMadeElsewhere(path):
            continue
        text = _withoutCode(checkout.text(path))
        for pattern in (_LINK, _REFERENCE):
            for match in pattern.finditer(text):
                wrong = _wrongWith(checkout, path, match.group(1))
                if wrong:
                    line = lineOf(text, match.start(1))
                    right = "name a file that is committed, from the folder of the document"
                    yield Finding(path, line, match.group(1), wrong, right)


def _withoutCode(text):
    return _CODE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def _wrongWith(checkout, path, link):
    if _ELSEWHERE.match(link):
        return None
    name, _, heading = urllib.parse.unquote(link).partition("#")
    if name.startswith("/"):
        return f"the link {link!r} does not start from the document"
    target = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
    if not (checkout.hasFile(target) or checkout.hasFolder("" if target == "." else target)):
        return f"the link {link!r} leads nowhere"
    if heading and target.endswith(".md") and heading not in _anchors(checkout.text(target)):
        return f"the link {link!r} leads to no heading of {target}"
    return None


def _anchors(text):
    """What headings are called in links: lower case, no punctuation, hyphens for spaces."""
    anchors = set()
    for title in _HEADING.findall(_FENCED.sub("", text)):
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)
        anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        number = 0
        while (anchor if number == 0 else f"{anchor}-{number}") in anchors:
            number += 1
        anchors.add(anchor if number == 0 else f"{anchor}-{number}")
    return anchors | set(re.findall(r'<a (?:id|name)="([^"]+)"', text))
