#!/usr/bin/env python3
"""Attack: many-functions.py OUTPUT: a module with 50,000 functions, each of which calls the one
before it; it reports to its log when they have counted one another."""
import sys

FUNCTIONS = 50_000
I32, I32_CONST, I32_NE, I32_ADD, CALL, END = b"\x7f", b"\x41", b"\x47", b"\x6a", b"\x10", b"\x0b"
IF_WITHOUT_RESULT, UNREACHABLE = b"\x04\x40", b"\x00"
LOG = 0  # the one function that it imports
REPORT = f"{FUNCTIONS} functions called".encode()
REPORT_AT = 8


def number(value):
    out = bytearray()
    while True:
        low, value = value & 0x7F, value >> 7
        out.append(low | (0x80 if value else 0))
        if not value:
            return bytes(out)


def push(value):
    """The instruction for a constant that is not negative."""
    out = bytearray()
    while value >= 0x40:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return I32_CONST + bytes(out) + bytes([value])


def sized(content):
    return number(len(content)) + content


def section(kind, items):
    return bytes([kind]) + sized(number(len(items)) + b"".join(items))


def text(name):
    return sized(name.encode())


def body(index):
    before = CALL + number(LOG + index) if index else I32_CONST + b"\x01"
    return sized(b"\x00" + before + I32_CONST + b"\x01" + I32_ADD + END)


def main(output):
    kinds = [
        b"\x60\x00\x01" + I32,
        b"\x60\x01" + I32 + b"\x01" + I32,
        b"\x60\x02" + I32 + I32 + b"\x00",
        b"\x60\x00\x00",
        b"\x60\x03" + 3 * I32 + b"\x00",
    ]
    constant = b"\x00" + I32_CONST + b"\x80\x80\x04" + END
    count = CALL + number(LOG + FUNCTIONS) + push(FUNCTIONS + 1) + I32_NE
    check = count + IF_WITHOUT_RESULT + UNREACHABLE + END
    log = push(1) + push(REPORT_AT) + push(len(REPORT)) + CALL + number(LOG)
    last = sized(b"\x00" + check + log + END)
    bodies = [body(i) for i in range(FUNCTIONS)] + [sized(constant), last, sized(b"\x00" + END)]
    of_type = [number(0)] * FUNCTIONS + [number(1), number(2), number(3)]
    exports = [
        text("memory") + b"\x02" + number(0),
        text("troop_alloc") + b"\x00" + number(LOG + FUNCTIONS + 1),
        text("troop_deliver") + b"\x00" + number(LOG + FUNCTIONS + 2),
        text("troop_abi_1") + b"\x00" + number(LOG + FUNCTIONS + 3),
    ]
    imports = [text("troop") + text("log") + b"\x00" + number(4)]
    data = [b"\x00" + push(REPORT_AT) + END + sized(REPORT)]
    with open(output, "wb") as file:
        file.write(b"\0asm\x01\0\0\0")
        file.write(section(1, kinds) + section(2, imports) + section(3, of_type))
        file.write(section(5, [b"\x00" + number(2)]) + section(7, exports))
        file.write(section(10, bodies) + section(11, data))


main(*sys.argv[1:])
