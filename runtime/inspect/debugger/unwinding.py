"""Which calls stand on a stack that no OS thread runs on, by the tables that exceptions use.

The debugger walks stacks by itself, but only where an OS thread is, and only where the memory lies
that the frames are of; what lives on a stack that was compacted, or that another Thread lives on
now, lies elsewhere. So the walk is done here, from words of our choice.

The form of the tables: .eh_frame of the Linux Standard Base, chapter 10.6, and DWARF 5, chapter
6.4. Limits: x86-64; a walk ends at code that has no table, or one with expressions, which are
those of the linker's own and of handlers of signals.
"""

import re
import struct

import gdb

RBX, RBP, RSP, RIP = 3, 6, 7, 16  # as DWARF numbers them
FRAMES_MAX = 256

_ABSOLUTE, _OMITTED = 0x00, 0xFF
_RELATIVE_TO_PLACE, _RELATIVE_TO_TABLE = 0x10, 0x30
# How many bytes, and how they are read.
_FORMS = {0x00: "<Q", 0x02: "<H", 0x03: "<I", 0x04: "<Q", 0x0A: "<h", 0x0B: "<i", 0x0C: "<q"}


def readMemory(address, size):
    return bytes(gdb.selected_inferior().read_memory(address, size))


class Bytes:
    """Reads on from an address."""

    def __init__(self, address, size):
        self.address, self.at, self.data = address, 0, readMemory(address, size)

    @property
    def place(self):
        return self.address + self.at

    def isAtEnd(self):
        return self.at >= len(self.data)

    def take(self, form):
        (value,) = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return value

    def unsigned(self):
        value = shift = 0
        while True:
            byte = self.take("<B")
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    def signed(self):
        start = self.at
        value = self.unsigned()
        bits = 7 * (self.at - start)
        return value - (1 << bits) if value >> (bits - 1) & 1 else value

    def text(self):
        end = self.data.index(0, self.at)
        taken = self.data[self.at : end].decode()
        self.at = end + 1
        return taken

    def pointer(self, encoding, table=0):
        place = self.place
        value = self.take(_FORMS[encoding & 0x0F])
        if encoding & 0x70 == _RELATIVE_TO_PLACE:
            value += place
        elif encoding & 0x70 == _RELATIVE_TO_TABLE:
            value += table
        return value & (1 << 64) - 1


class Description:
    """What is said of the frames of one function."""

    def __init__(self, address):
        entry = _entryAt(address)
        identifier = entry.take("<I")
        self._readShared(entry.place - 4 - identifier)
        self.begin = entry.pointer(self.encoding)
        self.end = self.begin + entry.pointer(self.encoding & 0x0F)
        if self.hasLengths:
            entry.at += entry.unsigned()
        self.instructions = entry

    def _readShared(self, address):
        """What it has in common with others."""
        shared = _entryAt(address)
        shared.take("<I")
        version = shared.take("<B")
        augmentation = shared.text()
        self.codeUnit = shared.unsigned()
        self.dataUnit = shared.signed()
        self.returns = shared.take("<B") if version == 1 else shared.unsigned()
        self.encoding = _ABSOLUTE
        self.hasLengths = augmentation.startswith("z")
        if self.hasLengths:
            end = shared.unsigned() + shared.at
            for letter in augmentation[1:]:
                if letter == "R":
                    self.encoding = shared.take("<B")
                elif letter == "P":
                    shared.pointer(shared.take("<B"))
                elif letter == "L":
                    shared.take("<B")
            shared.at = end
        self.shared = shared


def _entryAt(address):
    """An entry, behind its length."""
    length = struct.unpack("<I", readMemory(address, 4))[0]
    return Bytes(address + 4, length)


class Rules:
    """How the registers of the caller are found at one place in a function."""

    def __init__(self):
        self.frame = None  # a register, and what is added to it
        self.saved = {}  # where, relative to the frame

    def copy(self):
        other = Rules()
        other.frame, other.saved = self.frame, dict(self.saved)
        return other


class Unsaid(Exception):
    """What the tables say is beyond what is understood here."""


def rulesAt(address, said):
    machine = _Machine(said, address)
    machine.run(said.shared)
    machine.initial = machine.rules.copy()
    machine.run(said.instructions)
    return machine.rules


class _Machine:
    def __init__(self, said, until):
        self.said, self.until, self.location = said, until, said.begin
        self.rules, self.initial, self.kept = Rules(), Rules(), []

    def run(self, code):
        while not code.isAtEnd() and self.location <= self.until:
            operation = code.take("<B")
            high, low = operation & 0xC0, operation & 0x3F
            if high == 0x40:
                self.location += low * self.said.codeUnit
            elif high == 0x80:
                self.rules.saved[low] = code.unsigned() * self.said.dataUnit
            elif high == 0xC0:
                self._restore(low)
            else:
                self._extended(operation, code)

    def _extended(self, operation, code):
        """One whose operands follow it, by its number in DWARF."""
        if operation == 0x00:  # nothing
            return
        advances = {0x02: "<B", 0x03: "<H", 0x04: "<I"}
        if operation in advances:
            self.location += code.take(advances[operation]) * self.said.codeUnit
        elif operation in (0x05, 0x11):  # saved
            register = code.unsigned()
            offset = code.unsigned() if operation == 0x05 else code.signed()
            self.rules.saved[register] = offset * self.said.dataUnit
        elif operation == 0x06:
            self._restore(code.unsigned())
        elif operation in (0x07, 0x08):  # lost, and as it was
            self.rules.saved.pop(code.unsigned(), None)
        elif operation == 0x0A:
            self.kept.append(self.rules.copy())
        elif operation == 0x0B:
            self.rules = self.kept.pop()
        elif operation == 0x0C:
            self.rules.frame = (code.unsigned(), code.unsigned())
        elif operation == 0x0D:
            self.rules.frame = (code.unsigned(), self.rules.frame[1])
        elif operation == 0x0E:
            self.rules.frame = (self.rules.frame[0], code.unsigned())
        elif operation == 0x12:
            self.rules.frame = (code.unsigned(), code.signed() * self.said.dataUnit)
        elif operation == 0x13:
            self.rules.frame = (self.rules.frame[0], code.signed() * self.said.dataUnit)
        elif operation == 0x2E:  # how much the caller has pushed, which is of no matter
            code.unsigned()
        else:
            raise Unsaid(operation)

    def _restore(self, register):
        if register in self.initial.saved:
            self.rules.saved[register] = self.initial.saved[register]
        else:
            self.rules.saved.pop(register, None)


class Tables:
    """Those of the program and its libraries, as they lie in memory now."""

    _SECTION = re.compile(r"(0x[0-9a-f]+) - (0x[0-9a-f]+) \S+ (\.\S+)(?: \S+ (.*))?$")

    def __init__(self):
        self._modules = {}  # by file: the least and the last address, and its table
        for line in gdb.execute("info files", to_string=True).splitlines():
            found = self._SECTION.search(line)
            if found is None:
                continue
            begin, end = int(found[1], 16), int(found[2], 16)
            least, last, table = self._modules.get(found[4], (begin, end, None))
            if found[3] == ".eh_frame_hdr":
                table = begin
            self._modules[found[4]] = (min(least, begin), max(last, end), table)

    def find(self, address):
        """What is said of the function at `address`; None: nothing."""
        for least, last, table in self._modules.values():
            if least <= address < last and table is not None:
                said = self._search(table, address)
                if said is not None:
                    return said
        return None

    def _search(self, table, address):
        header = Bytes(table, 4 + 16)
        version, ofFrames, ofCount, ofEntries = struct.unpack_from("<4B", header.data)
        header.at = 4
        if version != 1 or ofCount == _OMITTED or ofEntries != _RELATIVE_TO_TABLE | 0x0B:
            return None
        header.pointer(ofFrames, table)
        count = header.pointer(ofCount, table)
        rows = header.place
        low, high = 0, count
        while low < high:
            middle = (low + high) // 2
            begin, _ = struct.unpack("<ii", readMemory(rows + 8 * middle, 8))
            if table + begin <= address:
                low = middle + 1
            else:
                high = middle
        if low == 0:
            return None
        _, entry = struct.unpack("<ii", readMemory(rows + 8 * (low - 1), 8))
        said = Description(table + entry)
        return said if said.begin <= address < said.end else None


class StackWords:
    """What lives on a stack from `begin`, wherever it is kept."""

    def __init__(self, begin, data):
        self.begin, self.data = begin, data

    @property
    def end(self):
        return self.begin + len(self.data)

    def word(self, address):
        offset = address - self.begin
        if offset < 0 or offset + 8 > len(self.data):
            raise Unsaid(address)
        return struct.unpack_from("<Q", self.data, offset)[0]


def callsOn(words, registers, tables):
    """Yields (address, stack pointer, registers) of each call, innermost first."""
    for _ in range(FRAMES_MAX):
        yield registers[RIP], registers[RSP], registers
        try:
            # The place to which a call returns may be behind its function.
            said = tables.find(registers[RIP] - 1)
            if said is None:
                return
            registers = _callerOf(rulesAt(registers[RIP] - 1, said), said, registers, words)
        except (Unsaid, KeyError, IndexError, struct.error, gdb.error):
            return
        if registers[RIP] == 0 or registers[RSP] > words.end:
            return


def _callerOf(rules, said, registers, words):
    register, offset = rules.frame
    frame = registers[register] + offset
    caller = dict(registers)
    for saved, where in rules.saved.items():
        caller[saved] = words.word(frame + where)
    if said.returns not in rules.saved:
        raise Unsaid(said.returns)
    caller[RIP] = caller[said.returns]
    caller[RSP] = frame
    return caller
