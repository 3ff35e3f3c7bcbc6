"""The Targets of the checkout's BUILD files: what each one names, which headers it provides."""

import dataclasses
import os

import cxx
import starlark
from checkout import extension, foldersAbove

BUILD_FILES = {"BUILD.bazel", "BUILD"}
_OWN_FILES = ("srcs", "hdrs", "textual_hdrs", "private_hdrs")
_NO_GENERATORS = {"filegroup", "genrule", "sh_test"}
_PUBLIC_HEADERS = ("hdrs", "textual_hdrs")


@dataclasses.dataclass
class Target:
    package: str
    name: str
    call: starlark.Call
    buildFile: str

    @property
    def label(self):
        return f"//{self.package}:{self.name}"

    @property
    def kind(self):
        return self.call.function

    @property
    def line(self):
        return self.call.line

    def attribute(self, name):
        """The strings of an attribute."""
        return list(starlark.strings(self.call.named.get(name)))

    def isCxx(self):
        return "cc_" in self.kind


class Targets:
    """All targets by label. Problems, as (file, line, what), are what could not be read."""

    def __init__(self, checkout, house):
        self.checkout = checkout
        self.house = house
        self.byLabel = {}
        self.calls = []  # (package, build file, call): also of what is no target
        self.problems = []
        self.packages = {
            os.path.dirname(path)
            for path in checkout.files
            if os.path.basename(path) in BUILD_FILES
        }
        for path in checkout.files:
            if os.path.basename(path) in BUILD_FILES:
                self._read(path)

    def _read(self, path):
        package = os.path.dirname(path)
        calls, problems = starlark.read(
            self.checkout.text(path), lambda: self._filesOfPackage(package)
        )
        self.problems += [(path, line, what) for line, what in problems]
        for call in calls:
            self.calls.append((package, path, call))
            name = call.named.get("name")
            if isinstance(name, str):
                self.byLabel[f"//{package}:{name}"] = Target(package, name, call, path)

    def _filesOfPackage(self, package):
        start = package + "/" if package else ""
        for path in self.checkout.files:
            nearest = next(folder for folder in foldersAbove(path) if folder in self.packages)
            if path.startswith(start) and nearest == package:
                yield path[len(start) :]

    def all(self):
        return self.byLabel.values()

    def files(self, target, attribute):
        """The paths that an attribute names: files, outputs of rules, and what file groups hold."""
        return [
            path
            for text in target.attribute(attribute)
            for path in self._filesOfLabel(absoluteLabel(text, target.package), set())
        ]

    def _filesOfLabel(self, label, seen):
        target = self.byLabel.get(label)
        if target is None:
            path = pathOfLabel(label)
            return [path] if path else []
        if label in seen:
            return []
        seen.add(label)
        outputs = target.attribute("outs") + target.attribute("out")
        if outputs:
            return [joined(target.package, output) for output in outputs]
        return self.generatedHeaders(target) or [
            path
            for text in target.attribute("srcs")
            for path in self._filesOfLabel(absoluteLabel(text, target.package), seen)
        ]

    def generatedHeaders(self, target):
        """The headers that a macro generates from its sources, as house.json tells."""
        if target.kind in _NO_GENERATORS:
            return []
        headers = []
        for text in target.attribute("src") + target.attribute("srcs"):
            stem, kind = os.path.splitext(pathOfLabel(absoluteLabel(text, target.package)) or "")
            for ending in self.house.generatedHeaders.get(kind, []):
                headers.append(stem + ending)
        return headers

    def headers(self, target):
        """The headers that a target provides to those that depend on it."""
        provided = [path for name in _PUBLIC_HEADERS for path in self.files(target, name)]
        return set(provided + self.generatedHeaders(target))

    def ownFiles(self, target):
        """The files of the target itself: its headers and sources."""
        return {path for name in _OWN_FILES for path in self.files(target, name)}

    def cxxFiles(self, target):
        """Those of its files that stand in the checkout and are C or C++."""
        own = self.ownFiles(target)
        return sorted(p for p in own if extension(p) in cxx.FILES and self.checkout.hasFile(p))

    def providers(self):
        """For each header, the labels of the targets that provide it."""
        providers = {}
        for target in self.all():
            if target.isCxx() or self.generatedHeaders(target):
                for header in self.headers(target):
                    providers.setdefault(header, set()).add(target.label)
        return providers


def joined(package, name):
    return f"{package}/{name}" if package else name


def absoluteLabel(text, package):
    """//package:name or @repository//package:name, whatever the short form was."""
    repository, separator, rest = text.partition("//")
    if not separator:
        if text.startswith("@"):
            return f"{text}//:{text[1:]}"
        return f"//{package}:{text[1:] if text.startswith(':') else text}"
    if ":" not in rest:
        rest = f"{rest}:{os.path.basename(rest) or repository[1:]}"
    return f"{repository}//{rest}"


def pathOfLabel(label):
    """The path of a file of this workspace that a label may mean, or None."""
    if not label.startswith("//"):
        return None
    package, _, name = label[2:].partition(":")
    return joined(package, name)
