"""For GDB: what the Threads of a program do, live and in a core file, and how its types read.

    (gdb) source runtime/inspect/debugger/troop.py
    (gdb) help troop

Runs nothing of the program. Says what lacks where there is no debug information of the runtime.
"""

import os
import sys

# The modules of this folder, whatever else the debugger has loaded; a tree that is only read stays
# as it is.
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

from debugger.commands import addCommands  # noqa: E402
from debugger.printers import addPrinters  # noqa: E402

addCommands()
addPrinters()
