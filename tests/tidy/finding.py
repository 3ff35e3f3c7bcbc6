"""A Finding is one place where the checkout is not as the house wants it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Finding:
    """What a check found.

    `subject` names the matter within the file without its line, so that an exception for it
    survives edits elsewhere: a word, a function, an included header. `amount` is how much of it
    there is; the amounts of the findings about one subject of one file add up.
    """

    path: str
    line: int
    subject: str
    what: str
    right: str
    amount: int = 1

    def text(self):
        return f"{self.path}:{self.line}: {self.what}; {self.right}"
