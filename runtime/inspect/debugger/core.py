"""Writes a core file in which the stacks of Tasks are.

GDB copies a mapping mebibyte by mebibyte, and leaves out all that comes after the first page it
cannot read; the guards of stacks are such pages. What it has left out is filled in page by page.
The kernel's own core files have all that can be read.
"""

import struct

import gdb

_CHUNK = 1 << 20  # as GDB copies
_PAGE = 4096
_LOAD = 1  # PT_LOAD


def writeCoreFile(path):
    """How many bytes were filled in."""
    gdb.execute(f"generate-core-file {path}", to_string=True)
    filled = 0
    with open(path, "r+b") as core:
        for begin, place, size in _segments(core):
            filled += _fillIn(core, begin, place, size)
    return filled


def _segments(core):
    """(address, place in the file, size) of what was written of the memory; ELF-64."""
    header = core.read(64)
    (table,) = struct.unpack_from("<Q", header, 32)
    size, count = struct.unpack_from("<HH", header, 54)
    if count == 0xFFFF:  # there are more than this counts: the first section says how many
        (sections,) = struct.unpack_from("<Q", header, 40)
        core.seek(sections + 44)
        (count,) = struct.unpack("<I", core.read(4))
    core.seek(table)
    rows = core.read(size * count)
    for row in range(0, size * count, size):
        kind, _, place, address, _, written = struct.unpack_from("<IIQQQQ", rows, row)
        if kind == _LOAD and written > 0:
            yield address, place, written


def _fillIn(core, begin, place, size):
    filled = 0
    isLost = False
    for offset in range(0, size, _CHUNK):
        length = min(_CHUNK, size - offset)
        if not isLost and _read(begin + offset, length) is not None:
            continue
        isLost = True
        for page in range(offset, offset + length, _PAGE):
            words = _read(begin + page, min(_PAGE, size - page))
            if words is not None and any(words):
                core.seek(place + page)
                core.write(words)
                filled += len(words)
    return filled


def _read(address, size):
    try:
        return bytes(gdb.selected_inferior().read_memory(address, size))
    except gdb.MemoryError:
        return None
