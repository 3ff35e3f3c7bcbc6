"""The folders use each other one way only, in includes, schemas and BUILD files."""

import starlark
from checkout import topFolder
from finding import Finding
from imports import importsOf
from targets import absoluteLabel


def find(checkout, targets, house):
    for path in checkout.files:
        if house.isMadeElsewhere(path):
            continue
        for imported in importsOf(checkout, path):
            used = topFolder(imported.path)
            if not _mayUse(house, topFolder(path), used):
                what = f"{topFolder(path)}/ must not include {imported.path}"
                yield Finding(path, imported.line, imported.path, what, _right(house, path))

    for package, path, call in targets.calls:
        if call.function in ("load", "package", "package_group", "exports_files"):
            continue
        attributes = [value for name, value in call.named.items() if name != "visibility"]
        for text in starlark.strings(attributes):
            if not text.startswith("//"):
                continue
            used = absoluteLabel(text, package)[2:].partition(":")[0]
            if any((used + "/").startswith(folder + "/") for folder in house.buildFolders):
                continue
            if not _mayUse(house, topFolder(path), topFolder(used + "/")):
                what = f"{topFolder(path)}/ must not use {text}"
                yield Finding(path, text.line, str(text), what, _right(house, path))


def _mayUse(house, folder, used):
    if folder == used or folder not in house.folders or used not in house.folders:
        return True
    return used in house.folders[folder]["uses"]


def _right(house, path):
    folder = topFolder(path)
    uses = " ".join(house.folders[folder]["uses"]) or "nothing"
    return f"{folder}/ may use {uses}: what it needs from above is handed in through an interface"
