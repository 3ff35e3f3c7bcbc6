"""clang-format decides the form of C++."""

import concurrent.futures
import re
import subprocess

import cxx
from checkout import extension
from finding import Finding

_TOOL = "clang-format-19"
_WORKERS = 2
_WARNING = re.compile(
    r"^(?P<path>.+?):(?P<line>\d+):\d+: (?:warning|error): code should be clang-formatted"
)


def find(checkout, targets, house):
    paths = [
        path
        for path in checkout.files
        if extension(path) in cxx.FILES and not house.isMadeElsewhere(path)
    ]
    shares = [paths[i::_WORKERS] for i in range(_WORKERS)]
    with concurrent.futures.ThreadPoolExecutor(_WORKERS) as workers:
        for found in workers.map(lambda share: _unformatted(checkout, share), shares):
            for path, line in found.items():
                what = "is not formatted"
                yield Finding(path, line, "format", what, f"run {_TOOL} -i {path}")


def _unformatted(checkout, paths):
    """The first line of each file that clang-format would change."""
    if not paths:
        return {}
    command = [_TOOL, "--dry-run", "--style=file", *paths]
    try:
        run = subprocess.run(command, cwd=checkout.root, capture_output=True, text=True)
    except FileNotFoundError:
        raise SystemExit(f"{_TOOL} is missing: run tools/third_party/install") from None
    found = {}
    for line in run.stderr.splitlines():
        match = _WARNING.match(line)
        if match:
            found.setdefault(match.group("path"), int(match.group("line")))
    if run.returncode != 0 and not found:
        raise SystemExit(f"{_TOOL} failed: {run.stderr.strip()}")
    return found
