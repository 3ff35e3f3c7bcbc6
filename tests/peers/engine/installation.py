"""Where peers are installed: folders of the cache, keyed by all that their content comes from."""

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys

PEERS_FOLDER = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
THIRD_PARTY = os.path.join(PEERS_FOLDER, "..", "..", "tools", "third_party")


class InstallationFailed(Exception):
    pass


class Installation:
    """Of peers in a cache; `peersFolder` has recipes and sources, `thirdParty` pins and clients."""

    def __init__(self, cache, peersFolder=PEERS_FOLDER, thirdParty=THIRD_PARTY):
        self.peersFolder = peersFolder
        self.thirdParty = os.path.realpath(thirdParty)
        self.parts = os.path.join(cache, "third_party")

    @staticmethod
    def ofEnvironment(environment=os.environ):
        """In the cache that tools/third_party/install uses, too."""
        home = environment.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        return Installation(environment.get("TROOP_CACHE") or os.path.join(home, "troop"))

    def folder(self, peer):
        key = hashlib.sha256()
        for text in self._pinsOf(peer):
            key.update(text.encode())
        for path in [self._recipe(peer), *self._sources(peer)]:
            key.update(os.path.relpath(path, self.peersFolder).encode())
            with open(path, "rb") as file:
                key.update(file.read())
        return os.path.join(self.parts, f"peer-{peer.recipe}-{key.hexdigest()[:12]}")

    def has(self, peer):
        return os.path.isdir(self.folder(peer))

    def install(self, peers):
        """Brings what is missing; those that fail are named together at the end."""
        failed = []
        os.makedirs(self.parts, exist_ok=True)
        with self._onlyOneInstaller():
            for peer in peers:
                if self.has(peer):
                    continue
                print(f"[peers] {peer.recipe}: downloading and building", file=sys.stderr)
                command = [os.path.join(self.thirdParty, "run-recipe")]
                environment = {**os.environ, "peersFolder": self.peersFolder}
                run = subprocess.run(
                    [*command, self._recipe(peer), self.folder(peer)], env=environment
                )
                if run.returncode != 0:
                    failed.append(peer.name)
        if failed:
            raise InstallationFailed("could not install " + ", ".join(failed))

    def _recipe(self, peer):
        return os.path.join(self.peersFolder, "recipes", peer.recipe + ".sh")

    def _pinsOf(self, peer):
        with open(os.path.join(self.thirdParty, "pins"), encoding="utf-8") as file:
            lines = {line.split()[0]: line for line in file if line.split()}
        for pin in peer.pins:
            if pin not in lines:
                raise InstallationFailed(f"tools/third_party/pins has no line for {pin}")
            yield lines[pin]

    def _sources(self, peer):
        for source in peer.sources:
            path = os.path.join(self.peersFolder, source)
            if os.path.isfile(path):
                yield path
            for folder, subfolders, names in os.walk(path):
                subfolders.sort()
                yield from (os.path.join(folder, name) for name in sorted(names))

    @contextlib.contextmanager
    def _onlyOneInstaller(self):
        """tools/third_party/install holds the same lock."""
        with open(os.path.join(self.parts, ".lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
