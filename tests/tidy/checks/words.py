"""Words that must not stand in the checkout: house.json lists them, with what would be right."""

import re

from checkout import lineOf
from finding import Finding

# Between two words of a phrase: also a line's end and the comment mark of the next line.
_GAP = r"(?:[ \t]+|[ \t]*\r?\n[ \t]*(?://+|\#+|\*+|--)?[ \t]*)"


def find(checkout, targets, house):
    for rule in house.words:
        pattern = re.compile(rule["pattern"].replace("{gap}", _GAP))
        files = re.compile(rule.get("files", ""))
        for path in filter(files.search, checkout.files):
            text = checkout.text(path)
            for match in pattern.finditer(text):
                word = " ".join(re.sub(r"[/#*]+\s", " ", match.group()).split())
                line = lineOf(text, match.start())
                what = f"{word!r} {rule['what']}"
                yield Finding(path, line, word.lower(), what, rule["right"])
