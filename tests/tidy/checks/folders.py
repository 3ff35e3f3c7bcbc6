"""The root holds the folders of the house and what a root must hold; each folder has its README."""

from checkout import topFolder
from finding import Finding


def find(checkout, targets, house):
    seen = set()
    for path in checkout.files:
        folder = topFolder(path)
        if folder == "":
            if not path.startswith(".") and path not in house.rootFiles:
                right = "put it into the folder that owns it"
                yield Finding(path, 1, "root file", "is no file of the root", right)
        elif not folder.startswith(".") and folder not in seen:
            seen.add(folder)
            if folder not in house.folders:
                right = "the folders are " + " ".join(house.folders)
                yield Finding(path, 1, "root folder", f"{folder}/ is no folder of the house", right)
            elif not checkout.hasFile(f"{folder}/README.md"):
                right = "write one screen: what it is for, its nouns, what it may depend on"
                yield Finding(f"{folder}/README.md", 1, "README", "is missing", right)
