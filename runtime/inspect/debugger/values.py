"""Reads the runtime's objects by debug information: fields, atomics, lists, pointers that own."""

import gdb

NAMESPACE = "troop::"


class Unknown(gdb.GdbError):
    """What is asked for cannot be told, and why."""


def typeNamed(name):
    try:
        return gdb.lookup_type(NAMESPACE + name)
    except gdb.error:
        raise Unknown(
            f"There is no debug information on {NAMESPACE}{name}. Build with -g, or link "
            "//runtime/inspect/debugger:types; and the program must not be stripped."
        ) from None


def loaded(atomic):
    """What a std::atomic holds, whatever it is of."""
    names = {field.name for field in atomic.type.strip_typedefs().fields()}
    if "_M_i" in names:
        return atomic["_M_i"]
    if "_M_base" in names:  # of a bool
        return atomic["_M_base"]["_M_i"]
    if "_M_b" in names:  # of a pointer
        return atomic["_M_b"]["_M_p"]
    for field in atomic.type.strip_typedefs().fields():
        if field.is_base_class:
            return loaded(atomic[field])
    raise Unknown(f"{atomic.type} is no atomic that is known")


def owned(pointer):
    """The address that a std::unique_ptr with a deleter of no size holds, which is all it is."""
    target = pointer.type.strip_typedefs().template_argument(0).strip_typedefs()
    if target.code == gdb.TYPE_CODE_ARRAY:
        target = target.target()
    return pointer.address.cast(target.pointer().pointer()).dereference()


def text(string):
    """Of a std::string."""
    size = int(string["_M_string_length"])
    if size == 0:
        return ""
    address = int(string["_M_dataplus"]["_M_p"])
    return bytes(gdb.selected_inferior().read_memory(address, size)).decode(errors="replace")


def bytesOf(budget):
    """In use, and the most there have been."""
    ledger = budget["ledger_"]
    # The uppermost bit says whether some of it is reserved.
    return int(loaded(ledger["state_"])) & (1 << 63) - 1, int(loaded(ledger["peak_"]))


def enumerator(value):
    """The name of an enumerator, without its type's."""
    return str(value).rsplit("::", 1)[-1]


def offsetOfBase(derived, base):
    """How far into `derived` its base class with that name begins; None: it has none."""
    for field in derived.strip_typedefs().fields():
        if not field.is_base_class:
            continue
        if field.type.strip_typedefs().name == base:
            return field.bitpos // 8
        within = offsetOfBase(field.type, base)
        if within is not None:
            return field.bitpos // 8 + within
    return None


def derivedFrom(address, base, derived):
    """The object of type `derived` whose base class with that name stands at `address`."""
    offset = offsetOfBase(derived, base)
    if offset is None:
        raise Unknown(f"{derived} has no base {base}: these are commands for another version")
    whole = gdb.Value(int(address) - offset)
    return whole.cast(derived.pointer()).dereference()


def elements(linked, tag, derived):
    """Of a List: objects of type `derived`. One that is being changed ends where it makes no
    sense."""
    hook = f"{NAMESPACE}ListHook<{NAMESPACE}{tag}>"
    head = linked["head_"]
    end = int(head.address)
    at = int(head["next_"])
    seen = set()
    while at not in (0, end) and at not in seen:
        seen.add(at)
        element = derivedFrom(at, hook, derived)
        yield element
        at = int(gdb.Value(at).cast(head.type.pointer()).dereference()["next_"])
