"""BUILD files are plain lists: C++ by the project's macros, its files one by one, no flags."""

import cxx
from checkout import extension
from finding import Finding

_NATIVE = {"cc_library", "cc_test", "cc_binary"}
_FLAGS = ("copts", "linkopts", "defines", "local_defines", "nocopts")


def find(checkout, targets, house):
    for path, line, what in targets.problems:
        yield Finding(path, line, what, what, "write literal lists, which tests/tidy can read")
    for package, path, call in targets.calls:
        if (package + "/").startswith("tools/third_party/"):
            continue
        name = call.named.get("name", "")
        if call.function in _NATIVE:
            right = f"load troop_{call.function} from //tools/build:cc.bzl"
            yield Finding(path, call.line, name, f"{name} is a plain {call.function}", right)
        for flag in _FLAGS:
            if flag in call.named and "cc_" in call.function:
                right = "flags stand in tools/build/cc.bzl and tools/third_party"
                yield Finding(path, call.line, f"{name} {flag}", f"{name} sets {flag}", right)
        for pattern in call.globs:
            if extension(pattern) in cxx.FILES or extension(pattern) in ("", ".*"):
                right = "name each file, so that a forgotten one is noticed"
                yield Finding(path, pattern.line, str(pattern), f"globs {pattern!r}", right)
