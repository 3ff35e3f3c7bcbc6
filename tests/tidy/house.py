"""The House is what the project has decided about itself: house.json, which every check reads."""

import json
import os

HERE = os.path.dirname(os.path.realpath(__file__))


class House:
    """The settings of house.json, as attributes."""

    def __init__(self, settings):
        self.__dict__.update(settings)

    @staticmethod
    def load():
        with open(os.path.join(HERE, "house.json"), encoding="utf-8") as file:
            return House(json.load(file))

    def isMadeElsewhere(self, path):
        """Whether the form of a file is somebody else's: a generator's or another project's."""
        return path.endswith(tuple(self.generatedEndings)) or any(
            path.startswith(start) or f"/{start}" in path for start in self.madeElsewhere
        )
