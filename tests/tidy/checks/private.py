"""A header in a sub-folder is a mechanism of its parent folder: nobody else includes it.

Headers that something makes from test data are no mechanism.
"""

import os

from checkout import extension
from finding import Finding
from imports import importsOf


def find(checkout, targets, house):
    openFolders = [entry["folder"] for entry in house.openFolders]
    for path in checkout.files:
        for imported in importsOf(checkout, path):
            folder = os.path.dirname(imported.path)
            parent = os.path.dirname(folder)
            if extension(imported.path) != ".h" or not parent:
                continue
            if house.isMadeElsewhere(imported.path):
                continue
            if any((folder + "/").startswith(opened + "/") for opened in openFolders):
                continue
            if not path.startswith(parent + "/") and checkout.hasFolder(folder):
                what = f"{imported.path} is private to {parent}/"
                right = f"use what stands in {parent}/ itself, or let it offer what is missing"
                yield Finding(path, imported.line, imported.path, what, right)
