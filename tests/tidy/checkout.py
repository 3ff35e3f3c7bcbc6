"""The Checkout is what the checks look at: the files that git knows, as the work tree has them."""

import os
import subprocess


class Checkout:
    """Files by their paths from the root, with their texts; symbolic links are left out."""

    def __init__(self, root, files):
        self.root = root
        self.files = sorted(
            path
            for path in files
            if os.path.isfile(os.path.join(root, path))
            and not os.path.islink(os.path.join(root, path))
        )
        self._fileSet = set(self.files)
        self._folders = {folder for path in self.files for folder in foldersAbove(path)}
        self._texts = {}

    @staticmethod
    def ofGit(root):
        # The owner of the folder may be another user, as in a container; only names are read here.
        command = ["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z"]
        listing = subprocess.run(command, capture_output=True)
        if listing.returncode != 0:
            raise SystemExit(f"{root} is no checkout of git: {listing.stderr.decode().strip()}")
        return Checkout(root, [name for name in listing.stdout.decode().split("\0") if name])

    def hasFile(self, path):
        return path in self._fileSet

    def hasFolder(self, path):
        return path in self._folders

    def absolute(self, path):
        return os.path.join(self.root, path)

    def text(self, path):
        """The text of a file, or "" for one that is no text."""
        if path not in self._texts:
            with open(self.absolute(path), "rb") as file:
                content = file.read()
            try:
                self._texts[path] = "" if b"\0" in content else content.decode()
            except UnicodeDecodeError:
                self._texts[path] = ""
        return self._texts[path]

    def lines(self, path):
        return self.text(path).split("\n")


def foldersAbove(path):
    """All folders above a file, the nearest first; the root is ""."""
    while path:
        path = os.path.dirname(path)
        yield path


def topFolder(path):
    """The folder of the root that a file is in; "" for a file of the root itself."""
    return path.split("/", 1)[0] if "/" in path else ""


def extension(path):
    return os.path.splitext(path)[1]


def lineOf(text, offset):
    """The number of the line in which an offset is."""
    return text.count("\n", 0, offset) + 1
