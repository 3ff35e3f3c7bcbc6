"""The troops, Threads and Tasks of the program that is debugged, and where their stacks are kept.

Everything is found from the OS threads that are carriers: each refers to what it runs and to its
scheduler, and that to the troops. A Thread is listed by its troop once its first slice has ended.
"""

import gdb

import debugger.unwinding as unwinding
from debugger.values import (
    Unknown,
    bytesOf,
    derivedFrom,
    elements,
    enumerator,
    loaded,
    owned,
    text,
    typeNamed,
)

# Which OS thread is which carrier.
_CONTEXT = "(unsigned long)'troop::(anonymous namespace)::context'"
# What switchStack() leaves where it leaves a stack (runtime/stack/stack-switch.h):
# | control words | r12 | r13 | r14 | r15 | rbx | rbp | return address | frames ...
_LEFT = (12, 13, 14, 15, unwinding.RBX, unwinding.RBP, unwinding.RIP)
_LEFT_BYTES = 64


class Carrier:
    """An OS thread that runs, or has run, Threads: `context` is its Current."""

    def __init__(self, osThread, context):
        self.osThread, self.context = osThread, context

    @property
    def task(self):
        return int(self.context["task"])

    @property
    def thread(self):
        return int(self.context["thread"])


def carriers():
    pointer = typeNamed("Current").pointer()
    found, unreadable = [], None
    with Selection():
        for osThread in sorted(gdb.selected_inferior().threads(), key=lambda each: each.num):
            osThread.switch()
            try:
                address = int(gdb.parse_and_eval(_CONTEXT))
            except gdb.error as error:
                unreadable = error
                continue
            if address != 0:
                found.append(Carrier(osThread, gdb.Value(address).cast(pointer).dereference()))
    if not found and unreadable is not None:
        raise Unknown(f"It cannot be told which OS threads are carriers: {unreadable}")
    if not found:
        raise Unknown("No OS thread runs a Process of the runtime.")
    return found


class Selection:
    """Which OS thread and frame are selected is the same afterwards."""

    def __enter__(self):
        self._thread = gdb.selected_thread()
        try:
            self._frame = gdb.selected_frame()
        except gdb.error:
            self._frame = None
        return self

    def __exit__(self, *_):
        if self._thread is not None and self._thread.is_valid():
            self._thread.switch()
        if self._frame is not None and self._frame.is_valid():
            self._frame.select()


class Troop:
    def __init__(self, share):
        self.share = share
        self.value = derivedFrom(share.address, "troop::Share", typeNamed("Troop"))
        self.name = text(self.value["options_"]["name"])

    @property
    def groups(self):
        """The names of those that it is in, outermost first."""
        names, outer = [], self.value["outer_"]["object_"]
        while int(outer) != 0:
            group = derivedFrom(outer, "troop::Share", typeNamed("Troop"))
            names.insert(0, text(group["options_"]["name"]))
            outer = group["outer_"]["object_"]
        return names

    @property
    def isKilled(self):
        return bool(loaded(self.value["killed_"]))

    def count(self, field):
        return int(loaded(self.value[field]))

    @property
    def memory(self):
        """Bytes in use, and the most there have been."""
        return bytesOf(self.value["memory_"]["object_"].dereference())

    def runnables(self):
        return elements(self.value["members_"], "ShareTag", typeNamed("Runnable"))


class Thread:
    def __init__(self, value, number, running):
        self.value, self.number = value, number
        name = owned(value["name_"])
        self.name = text(name.dereference()) if int(name) != 0 else ""
        self.state = enumerator(loaded(value["state_"]))
        self.tasks = [
            Task(task, running.get(int(task.address)))
            for task in elements(value["tasks_"], "AllTasksTag", typeNamed("Task"))
        ]

    @property
    def says(self):
        """What it does, in the words of runtime/inspect/text.h."""
        if any(task.carrier for task in self.tasks) or self.state.startswith("running"):
            return "runs"
        if all(task.waits for task in self.tasks):
            return "waits"
        return "is ready"

    @property
    def called(self):
        return f"'{self.name}'" if self.name else "without a name"


class Task:
    """`carrier`: that runs it, or None."""

    def __init__(self, value, carrier):
        self.value, self.carrier = value, carrier
        self.id = int(value["id_"])
        self.isCoroutine = int(value["runs_"]) != 0
        pending = int(loaded(value["word_"]["word_"])) & 3 == 0
        self.waits = bool(value["waits_"]) and pending and carrier is None

    def _as(self, kind):
        return derivedFrom(self.value.address, "troop::Task", typeNamed(kind))

    @property
    def fiber(self):
        return self._as("FiberTask")["fiber_"]

    @property
    def says(self):
        if self.carrier is not None:
            return f"runs on OS thread {self.carrier.osThread.num}"
        if self.waits:
            return f"waits for {self.value['what_'].string(errors='replace')}"
        if self.isCoroutine:
            return "is ready" if self._resumes() else "begins"
        return "is ready" if self.fiber["started_"] else "begins"

    @property
    def hasBegun(self):
        return self.says != "begins"

    @property
    def isKeptAside(self):
        return not self.isCoroutine and int(self.fiber["compacted_"]) != 0

    def _resumes(self):
        """Where a coroutine goes on: the one that waits, and the body of the Task."""
        task = self._as("CoroutineTask")
        found = []
        for field in ("leaf_", "root_"):
            frame = int(task[field]["_M_fr_ptr"])
            if frame == 0:
                continue
            # How the frame of a coroutine begins, with all compilers: | resume | destroy | ...
            resume = int.from_bytes(unwinding.readMemory(frame, 8), "little")
            if resume not in found:
                found.append(resume)
        return found

    def registers(self):
        """With which it goes on, and the words that live on its stack; None: it has not begun, is
        being switched to or from, or that memory is not there."""
        fiber = self.fiber
        if not fiber["started_"] or fiber["ended_"] or self.carrier is not None:
            return None
        begin = int(fiber["fiberContext_"])
        pool = fiber["stack_"]["pool_"]["object_"].dereference()
        bottom = int(fiber["stack_"]["bottom_"])
        top = bottom + int(pool["options_"]["stackBytes"])
        if not bottom <= begin <= top - _LEFT_BYTES:
            return None
        place = int(fiber["compacted_"]) or begin
        words = unwinding.StackWords(begin, unwinding.readMemory(place, top - begin))
        left = {register: words.word(begin + 8 * (1 + i)) for i, register in enumerate(_LEFT)}
        left[unwinding.RSP] = begin + _LEFT_BYTES
        return (left, words) if left[unwinding.RIP] != 0 else None

    def calls(self, tables):
        """(address, whether a call returns to it), innermost first."""
        if self.isCoroutine:
            return [(resume, False) for resume in self._resumes()] if not self.carrier else []
        found = self.registers()
        if found is None:
            return []
        registers, words = found
        return [(call[0], True) for call in unwinding.callsOn(words, registers, tables)]


class Listing:
    """All of them at this moment. Threads are numbered from 1; the numbers are good as long as the
    program stands still."""

    def __init__(self):
        self.carriers = carriers()
        running = {each.task: each for each in self.carriers if each.task != 0}
        self.troops = []  # each with its Threads
        number = 0
        for share in self._shares():
            troop = Troop(share)
            threads = []
            for thread in self._threadsOf(troop):
                number += 1
                threads.append(Thread(thread, number, running))
            self.troops.append((troop, threads))

    def _shares(self):
        # By where they are: GDB asks a Scheduler that is looked at as one of what kind it is.
        (field,) = [each for each in typeNamed("Scheduler").fields() if each.name == "shares_"]
        seen = set()
        for carrier in self.carriers:
            scheduler = int(carrier.context["scheduler"])
            if scheduler in (0, *seen):
                continue
            seen.add(scheduler)
            shares = gdb.Value(scheduler + field.bitpos // 8).cast(field.type.pointer())
            yield from elements(shares.dereference(), "SharesTag", typeNamed("Share"))

    def _threadsOf(self, troop):
        kind = typeNamed("Thread")
        listed = set()
        for runnable in troop.runnables():
            if bool(runnable["isThread_"]):
                thread = derivedFrom(runnable.address, "troop::Runnable", kind)
                listed.add(int(thread.address))
                yield thread
        # Those whose first slice goes on are with no one but their carriers.
        for carrier in self.carriers:
            if carrier.thread in listed or carrier.thread == 0:
                continue
            thread = carrier.context["thread"].cast(kind.pointer()).dereference()
            if int(thread["share_"]) == int(troop.share.address):
                yield thread

    def threads(self):
        return [thread for _, threads in self.troops for thread in threads]

    def thread(self, number):
        for thread in self.threads():
            if thread.number == number:
                return thread
        raise Unknown(f"There is no Thread {number}; 'troop threads' lists them.")
