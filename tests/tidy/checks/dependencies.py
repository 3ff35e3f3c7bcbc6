"""A target depends directly on what it includes, and includes what it depends on.

Bazel lets a target include what its dependencies' dependencies provide, until one of them lets go
of it. Dependencies on third parties may be there for linking alone.
"""

import cxx
from finding import Finding
from targets import absoluteLabel

_ATTRIBUTES = ("deps", "implementation_deps")


def find(checkout, targets, house):
    providers = targets.providers()
    known = {label for library in house.thirdParty for label in library["labels"]}
    for target in targets.all():
        if target.isCxx():
            yield from _findInTarget(checkout, targets, house, providers, target)
        if target.kind == "cc_library" and target.package == "tools/third_party":
            if target.label not in known:
                what = f"nothing says which headers {target.name} provides"
                right = "add it to thirdParty in tests/tidy/house.json"
                yield Finding(target.buildFile, target.line, target.label, what, right)


def _findInTarget(checkout, targets, house, providers, target):
    dependencies = {
        absoluteLabel(text, target.package): text
        for attribute in _ATTRIBUTES
        for text in target.attribute(attribute)
    }
    own = targets.ownFiles(target) | targets.headers(target)
    unused = {
        label
        for label in dependencies
        if label in targets.byLabel and _isUsedByIncludes(targets, label)
    }
    for path in targets.cxxFiles(target):
        for include in cxx.includes(checkout.text(path)):
            if not include.isQuoted:
                yield from _findThirdParty(house, target, dependencies, path, include)
            elif include.header not in own:
                offered = providers.get(include.header, set())
                unused -= offered
                if not offered & set(dependencies):
                    yield _missing(target, path, include, offered)
    if not targets.cxxFiles(target):
        return  # it only gathers others, or all of it is generated
    for label in sorted(unused):
        text = dependencies[label]
        what = f"{target.name} includes nothing of {text}"
        right = "remove the dependency"
        yield Finding(target.buildFile, text.line, f"{target.name} {label}", what, right)


def _isUsedByIncludes(targets, label):
    """Whether a target is there to be included, not for what linking it does."""
    target = targets.byLabel[label]
    if label.startswith("//tools/third_party") or target.call.named.get("alwayslink"):
        return False
    return bool(targets.headers(target))


def _missing(target, path, include, offered):
    if offered:
        right = f"add {' or '.join(sorted(offered))} to the deps of {target.label}"
        what = f"includes {include.header} without depending on its target"
    else:
        right = "write the path from the root of a header in some hdrs, third parties in <>"
        what = f"includes {include.header}, which no target provides"
    return Finding(path, include.line, f"{target.name} {include.header}", what, right)


def _findThirdParty(house, target, dependencies, path, include):
    for library in house.thirdParty:
        if not any(include.header.startswith(start) for start in library["headers"]):
            continue
        if target.kind not in library.get("impliedBy", []):
            if not set(library["labels"]) & set(dependencies):
                what = f"includes <{include.header}> without depending on its library"
                right = f"add {' or '.join(library['labels'])} to the deps of {target.label}"
                yield Finding(path, include.line, f"{target.name} {include.header}", what, right)
        return
