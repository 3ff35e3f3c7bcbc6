#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

import fixture
from checks import links


class Links(fixture.CheckTest):
    check = links

    def testLinksThatLeadSomewhereAreClean(self):
        text = """# A first *title*

[file](b.md) [folder](../runtime/) [root](..) [title](#a-first-title) [same](#again-1)
[other](b.md#its-title "with words") [web](https://example.com/x) ![picture](<p.png>)
[reference][r] `[code](nowhere.md)`

    x

[r]: ../runtime/troop.h

```
[fenced](nowhere.md)
# no title
```

## Again
## Again
"""
        self.assertClean(
            {
                "docs/a.md": text,
                "docs/b.md": "# Its `title`!\n",
                "docs/p.png": "",
                "runtime/troop.h": "",
            }
        )

    def testFindsLinksThatLeadNowhere(self):
        text = "[a](gone.md)\n[b](../gone/)\n[c](#gone)\n[d](b.md#gone)\n[e](/docs/b.md)\n"
        text += "\n[f]: gone.h\n"
        self.assertFound(
            {"docs/a.md": text, "docs/b.md": "# Here\n"},
            "docs/a.md:1: gone.md",
            "docs/a.md:2: ../gone/",
            "docs/a.md:3: #gone",
            "docs/a.md:4: b.md#gone",
            "docs/a.md:5: /docs/b.md",
            "docs/a.md:7: gone.h",
        )

if __name__ == "__main__":
    fixture.main()
