#!/usr/bin/env python3
"""Attack: many-functions.py OUTPUT: a module with 50,000 functions, each of which calls the one
before it."""
import sys

FUNCTIONS = 50_000
I32, I32_CONST, I32_ADD, CALL, END = b"\x7f", b"\x41", b"\x6a", b"\x10", b"\x0b"


def number(value):
    out = bytearray()
    while True:
        low, value = value & 0x7F, value >> 7
        out.append(low | (0x80 if value else 0))
        if not value:
            return bytes(out)


def sized(content):
    return number(len(content)) + content


def section(kind, items):
    return bytes([kind]) + sized(number(len(items)) + b"".join(items))


def text(name):
    return sized(name.encode())


def body(index):
    before = CALL + number(index - 1) if index else I32_CONST + b"\x01"
    return sized(b"\x00" + before + I32_CONST + b"\x01" + I32_ADD + END)


def main(output):
    kinds = [
        b"\x60\x00\x01" + I32,
        b"\x60\x01" + I32 + b"\x01" + I32,
        b"\x60\x02" + I32 + I32 + b"\x00",
        b"\x60\x00\x00",
    ]
    constant = b"\x00" + I32_CONST + b"\x80\x80\x04" + END
    last = sized(b"\x00" + CALL + number(FUNCTIONS - 1) + b"\x1a" + END)
    bodies = [body(i) for i in range(FUNCTIONS)] + [sized(constant), last, sized(b"\x00" + END)]
    of_type = [number(0)] * FUNCTIONS + [number(1), number(2), number(3)]
    exports = [
        text("memory") + b"\x02" + number(0),
        text("troop_alloc") + b"\x00" + number(FUNCTIONS),
        text("troop_deliver") + b"\x00" + number(FUNCTIONS + 1),
        text("troop_abi_1") + b"\x00" + number(FUNCTIONS + 2),
    ]
    with open(output, "wb") as file:
        file.write(b"\0asm\x01\0\0\0")
        file.write(section(1, kinds) + section(3, of_type) + section(5, [b"\x00" + number(2)]))
        file.write(section(7, exports) + section(10, bodies))


main(*sys.argv[1:])
