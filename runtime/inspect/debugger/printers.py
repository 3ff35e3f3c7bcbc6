"""How the runtime's public types read: what they mean, not what they are made of."""

import gdb
import gdb.printing

from debugger.values import bytesOf, enumerator, loaded, owned, text

_NEVER = (1 << 63) - 1
_INLINE_MAX = 23  # SharedString::inlineMax
_SHARED = 0xFF  # SharedString::sharedTag


def _sharedString(value):
    """The bytes of a Text or Bytes, whose last byte tells where they are (runtime/sharing/text.h).
    """
    whole = bytes(gdb.selected_inferior().read_memory(int(value["bytes_"].address), 24))
    if whole[_INLINE_MAX] != _SHARED:
        return whole[: whole[_INLINE_MAX]]
    data = int.from_bytes(whole[8:16], "little")
    size = int.from_bytes(whole[16:23], "little")
    return bytes(gdb.selected_inferior().read_memory(data, size)) if size else b""


class Text:
    def __init__(self, value):
        self._value = value

    def to_string(self):
        return _sharedString(self._value).decode(errors="replace")

    def display_hint(self):
        return "string"


class Bytes:
    _SHOWN_MAX = 64

    def __init__(self, value):
        self._value = value

    def to_string(self):
        data = _sharedString(self._value)
        more = "..." if len(data) > self._SHOWN_MAX else ""
        return f"{len(data)} bytes: {data[: self._SHOWN_MAX].hex(' ')}{more}"


class Error:
    def __init__(self, value):
        self._value = value

    def to_string(self):
        kind, detail = enumerator(self._value["kind_"]), enumerator(self._value["detail_"])
        also = "" if detail == "none" else f"/{detail}"
        return f"{kind}{also}: {text(self._value['reason_'])}"


class Cancelled:
    def __init__(self, value):
        self._value = value

    def to_string(self):
        return f"cancelled: {Error(self._value['cause_']).to_string()}"


class Ref:
    """An owner: what it refers to, or null."""

    def __init__(self, value):
        self._value = value

    def to_string(self):
        object_ = self._value["object_"]
        return "null" if int(object_) == 0 else f"refers to {object_}"

    def children(self):
        if int(self._value["object_"]) != 0:
            yield "object", self._value["object_"].dereference()


class Frozen:
    def __init__(self, value):
        self._value = value

    def to_string(self):
        return "moved from" if int(self._value["value_"]) == 0 else "frozen"

    def children(self):
        if int(self._value["value_"]) != 0:
            yield "value", self._value["value_"].dereference()


class Isolated:
    def __init__(self, value):
        self._value = value

    def to_string(self):
        return "moved from" if int(owned(self._value["value_"])) == 0 else "isolated"

    def children(self):
        pointer = owned(self._value["value_"])
        if int(pointer) != 0:
            yield "value", pointer.dereference()


class Channel:
    def __init__(self, value):
        self._value = value

    def to_string(self):
        value = self._value
        held = int(value["values_"]) + int(value["inBatch_"])
        return (
            f"{held} of {int(value['capacity_'])} values, "
            f"senders: {int(value['senders_'])}, receivers: {int(value['receivers_'])}"
        )


class ChannelEnd:
    """A Sender or a Receiver."""

    def __init__(self, value):
        self._value = value

    def to_string(self):
        channel = self._value["channel_"]["object_"]
        if int(channel) == 0:
            return "moved from"
        return f"of {channel}: {Channel(channel.dereference()).to_string()}"


class Event:
    def __init__(self, value):
        self._value = value

    def to_string(self):
        return "set" if loaded(self._value["set_"]) else "not set"


class Budget:
    def __init__(self, value):
        self._value = value

    def to_string(self):
        used, peak = bytesOf(self._value)
        return f"of {text(self._value['owner_'])}: {used} bytes, at most {peak}"


class Thread:
    def __init__(self, value):
        self._value = value

    def to_string(self):
        name = owned(self._value["name_"])
        called = f" '{text(name.dereference())}'" if int(name) != 0 else ""
        return f"Thread{called}, {enumerator(loaded(self._value['state_']))}"


class Troop:
    def __init__(self, value):
        self._value = value

    def to_string(self):
        value = self._value
        killed = ", killed" if loaded(value["killed_"]) else ""
        return (
            f"Troop '{text(value['options_']['name'])}', "
            f"Threads: {int(loaded(value['threads_']))}, "
            f"Tasks: {int(loaded(value['tasks_']))}{killed}"
        )


class Task:
    def __init__(self, value):
        self._value = value

    def to_string(self):
        value = self._value
        waits = f", waits for {value['what_'].string(errors='replace')}" if value["waits_"] else ""
        return f"Task {int(value['id_'])} of {Thread(value['thread_']).to_string()}{waits}"


class Time:
    """A point of the steady clock: since the machine was started, or as a simulation says."""

    def __init__(self, value):
        self._value = value

    def to_string(self):
        count = int(self._value["__d"]["__r"])
        return "never" if count == _NEVER else f"{count / 1e9:.9f} s"


class Duration:
    def __init__(self, value):
        self._value = value

    def to_string(self):
        count = int(self._value["__r"])
        return "forever" if count == _NEVER else f"{count} ns"


# Compilers write the same type with and without suffixes and spaces.
_NANOSECONDS = "std::chrono::duration<long, std::ratio<1[lL]?, 1000000000[lL]?> ?>"
_STEADY = "std::chrono::(?:_V2::)?steady_clock"


def _printer():
    printer = gdb.printing.RegexpCollectionPrettyPrinter("troop")
    for name, kind in (
        ("Text", Text),
        ("Bytes", Bytes),
        ("Error", Error),
        ("Cancelled", Cancelled),
        ("Ref<.*>", Ref),
        ("Frozen<.*>", Frozen),
        ("Isolated<.*>", Isolated),
        ("Channel<.*>", Channel),
        ("(?:Sender|Receiver)<.*>", ChannelEnd),
        ("Event", Event),
        ("Budget", Budget),
        ("Thread", Thread),
        ("Troop", Troop),
        ("(?:|Fiber|Coroutine)Task", Task),
    ):
        printer.add_printer(name, f"^troop::{name}$", kind)
    printer.add_printer("Duration", f"^{_NANOSECONDS}$", Duration)
    printer.add_printer("Time", f"^std::chrono::time_point<{_STEADY}, {_NANOSECONDS} ?>$", Time)
    return printer


def addPrinters():
    gdb.printing.register_pretty_printer(None, _printer(), replace=True)
