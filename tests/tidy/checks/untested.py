"""Each source has its test beside it: X.cc, X-test.cc; X-test.js where it writes JavaScript, and
X-test.py where it is for a debugger.

What is in tests/ is a test itself, and so is a fuzzer, X-fuzz.cc; what is in docs/ is run by one.
"""

import os

from checkout import topFolder
from finding import Finding


def find(checkout, targets, house):
    for path in checkout.files:
        stem, kind = os.path.splitext(path)
        if kind != ".cc" or stem.endswith(("-test", "-fuzz")) or house.isMadeElsewhere(path):
            continue
        if topFolder(path) in ("tests", "docs"):
            continue
        if not any(checkout.hasFile(stem + test) for test in ("-test.cc", "-test.js", "-test.py")):
            right = f"write {os.path.basename(stem)}-test.cc beside it"
            yield Finding(path, 1, "untested", "has no test beside it", right)
