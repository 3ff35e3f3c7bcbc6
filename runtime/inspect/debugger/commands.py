"""The commands `troop ...`."""

import gdb
import gdb.unwinder

import debugger.unwinding as unwinding
from debugger.core import writeCoreFile
from debugger.processes import Listing, Selection

_NO_STACK = "its stack is not in this core file: 'troop gcore' writes one in which it is"
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def _bytes(count):
    unit = 0
    while count >= 1024 and unit + 1 < len(_UNITS):
        count /= 1024
        unit += 1
    return f"{count:.4g} {_UNITS[unit]}"


def _counted(count, noun):
    return f"{count} {noun}{'' if count == 1 else 's'}"


def describe(address, returns):
    """"function at file:line", as far as it is known; of a place to which a call returns, the
    call."""
    within = address - 1 if returns else address
    function, inlined = _functionsAt(within)
    line = gdb.find_pc_line(within)
    place = ""
    if line.symtab is not None and line.line != 0:
        place = f" at {line.symtab.filename.rsplit('/', 1)[-1]}:{line.line}"
    for name in inlined:
        place += f", inlined in {name}"
    return f"{address:#x} in {function}{place}"


def _functionsAt(address):
    """The innermost function, and those into which it was inlined."""
    names = []
    block = gdb.block_for_pc(address)
    while block is not None and not block.is_static and not block.is_global:
        if block.function is not None:
            names.append(block.function.print_name)
            if not _isInlined(block):
                break
        block = block.superblock
    if names:
        return names[0], names[1:]
    # "name + 5 in section .text of library"
    symbol = gdb.execute(f"info symbol {address:#x}", to_string=True).strip()
    if symbol.startswith("No symbol"):
        return "??", []
    name, _, section = symbol.partition(" in section ")
    library = section.partition(" of ")[2]
    name = name.rpartition(" + ")[0] or name
    if library in ("", gdb.current_progspace().filename):
        return name, []
    return f"{name} of {library.rsplit('/', 1)[-1]}", []


def _isInlined(block):
    """A block of a function inside of another function."""
    outer = block.superblock
    while outer is not None and not outer.is_static and not outer.is_global:
        if outer.function is not None:
            return True
        outer = outer.superblock
    return False


def _callsOfCarrier(carrier):
    """On the stack of the Task that runs, as the debugger itself finds them."""
    found = []
    with Selection():
        carrier.osThread.switch()
        frame = gdb.newest_frame()
        while frame is not None and frame.pc() != 0 and len(found) < unwinding.FRAMES_MAX:
            if frame.type() != gdb.INLINE_FRAME:
                inner = frame.newer()
                returns = inner is not None and inner.type() != gdb.SIGTRAMP_FRAME
                found.append((frame.pc(), returns))
            frame = frame.older()
    return found


def _writeCalls(task, tables):
    calls = _callsOfCarrier(task.carrier) if task.carrier else task.calls(tables)
    if not calls and task.hasBegun:
        gdb.write(f"      {_NO_STACK}\n")
    for level, (address, returns) in enumerate(calls):
        gdb.write(f"      #{level:<3} {describe(address, returns)}\n")


def _writeTask(task):
    kind = "Coroutine Task" if task.isCoroutine else "Task"
    aside = " (its stack is kept aside)" if task.isKeptAside else ""
    gdb.write(f"    {kind} {task.id} {task.says}{aside}\n")


def _troopTitle(troop):
    groups = "".join(f" in '{name}'" for name in reversed(troop.groups))
    return f"troop '{troop.name}'{groups}"


class _Command(gdb.Command):
    """One that says what it cannot tell instead of where it was when it found that out."""

    def __init__(self, name, kind=gdb.COMMAND_STACK):
        super().__init__(name, kind)
        self.name = name

    def invoke(self, argument, _fromTerminal):
        try:
            self.run(gdb.string_to_argv(argument))
        except gdb.MemoryError as error:
            raise gdb.GdbError(f"{self.name}: memory that cannot be read: {error}") from None

    def run(self, arguments):
        raise NotImplementedError


class Troops(_Command):
    """Lists all troops, what they use and how many Threads and Tasks they have.

    The counts include those of troops inside."""

    def __init__(self):
        super().__init__("troop troops")

    def run(self, arguments):
        if arguments:
            raise gdb.GdbError("usage: troop troops")
        for troop, _ in Listing().troops:
            used, peak = troop.memory
            killed = ", killed" if troop.isKilled else ""
            gdb.write(
                f"{_troopTitle(troop)}: weight {int(troop.value['weight_'])}, "
                f"{_counted(troop.count('threads_'), 'Thread')}, "
                f"{_counted(troop.count('tasks_'), 'Task')}, "
                f"{troop.count('active_')} active, CPU {troop.count('cpuUsed_') / 1e6:.3f} ms, "
                f"memory {_bytes(used)} (at most {_bytes(peak)}){killed}\n"
            )


class Threads(_Command):
    """Lists Threads and what their Tasks do, by troop: troop threads [TROOP]

    Numbers are good until the program runs on. Threads that have never run are counted by 'troop
    troops' only."""

    def __init__(self):
        super().__init__("troop threads")

    def run(self, arguments):
        if len(arguments) > 1:
            raise gdb.GdbError("usage: troop threads [TROOP]")
        found = False
        for troop, threads in Listing().troops:
            if arguments and troop.name != arguments[0]:
                continue
            found = True
            gdb.write(f"{_troopTitle(troop)}:\n")
            for thread in threads:
                gdb.write(f"  {thread.number:<4} Thread {thread.called} {thread.says}\n")
                for task in thread.tasks:
                    _writeTask(task)
        if not found:
            raise gdb.GdbError(f"There is no troop '{arguments[0]}'.")


class Backtrace(_Command):
    """Shows the stacks of the Tasks of one Thread or all: troop backtrace NUMBER|all

    Those that wait and those whose stacks are kept aside as well. Numbers are those of 'troop
    threads'."""

    def __init__(self):
        super().__init__("troop backtrace")

    def run(self, arguments):
        if len(arguments) != 1:
            raise gdb.GdbError("usage: troop backtrace NUMBER|all")
        listing = Listing()
        if arguments[0] == "all":
            chosen = listing.threads()
        else:
            chosen = [listing.thread(_number(arguments[0]))]
        tables = unwinding.Tables()
        for troop, threads in listing.troops:
            for thread in threads:
                if thread not in chosen:
                    continue
                gdb.write(f"  {thread.number:<4} Thread {thread.called} of {_troopTitle(troop)}\n")
                for task in thread.tasks:
                    _writeTask(task)
                    _writeCalls(task, tables)


def _number(text):
    if not text.isdigit():
        raise gdb.GdbError(f"'{text}' is no number of a Thread")
    return int(text)


class Pretence(gdb.unwinder.Unwinder):
    """While it is on, the innermost frame of one OS thread seems to be called by the Task that was
    chosen."""

    def __init__(self):
        super().__init__("troop")
        self._osThread = None
        self._place = None  # of its innermost frame
        self._registers = None
        gdb.events.cont.connect(lambda _: self.end())
        gdb.unwinder.register_unwinder(None, self, replace=True)

    def begin(self, registers):
        self._osThread = gdb.selected_thread().ptid
        self._place = _placeOf(gdb.newest_frame())
        self._registers = registers
        gdb.invalidate_cached_frames()
        frame = gdb.newest_frame()
        while frame.type() == gdb.INLINE_FRAME:
            frame = frame.older()
        frame.older().select()

    def end(self):
        if self._registers is not None:
            self._registers = None
            gdb.invalidate_cached_frames()

    def __call__(self, pending):
        if self._registers is None or gdb.selected_thread().ptid != self._osThread:
            return None
        # Functions that were inlined there have frames as well, of which this is not asked.
        if _placeOf(pending) != self._place:
            return None
        # Frames lie the higher the further out they are.
        below = self._registers[unwinding.RSP] - _BELOW
        made = pending.create_unwind_info(_Identity(gdb.Value(below), pending.read_register("rip")))
        word = gdb.lookup_type("unsigned long")
        for number, name in _NAMES.items():
            value = gdb.Value(self._registers[number]).cast(word)
            made.add_saved_register(name, value)
        return made


def _placeOf(frame):
    return int(frame.read_register("rsp")), int(frame.read_register("rip"))


_BELOW = 128
_NAMES = {3: "rbx", 6: "rbp", 7: "rsp", 12: "r12", 13: "r13", 14: "r14", 15: "r15", 16: "rip"}


class _Identity:
    def __init__(self, stack, address):
        self.sp, self.pc = stack, address


class Select(_Command):
    """Goes to the stack of a Task that does not run: troop select [THREAD [TASK]]

    There the debugger's own commands work: backtrace, up, info locals, print. Frame 0 stays what
    the OS thread does; further out is where the Task goes on. Without numbers, or when the program
    runs on, all is as before. Not for a stack that is kept aside: its variables
    are not where the debugger looks for them; 'troop backtrace' shows its calls."""

    def __init__(self, pretence):
        super().__init__("troop select")
        self._pretence = pretence

    def run(self, arguments):
        if len(arguments) > 2:
            raise gdb.GdbError("usage: troop select [THREAD [TASK]]")
        self._pretence.end()
        if not arguments:
            return
        task = self._choose(arguments)
        if task.carrier is not None:
            raise gdb.GdbError(f"It runs: 'thread {task.carrier.osThread.num}' selects it.")
        if task.isCoroutine:
            raise gdb.GdbError("A coroutine has no stack while it waits.")
        if task.isKeptAside:
            raise gdb.GdbError("Its stack is kept aside; 'troop backtrace' shows its calls.")
        found = task.registers()
        if found is None:
            raise gdb.GdbError(f"It has not begun, or {_NO_STACK}.")
        self._pretence.begin(found[0])
        gdb.execute("frame")

    def _choose(self, arguments):
        thread = Listing().thread(_number(arguments[0]))
        for task in thread.tasks:
            if len(arguments) == 1 or task.id == _number(arguments[1]):
                return task
        raise gdb.GdbError(f"Thread {thread.number} has no such Task.")


class GenerateCore(_Command):
    """Writes a core file in which the stacks of Tasks are: troop gcore FILE

    'generate-core-file' leaves out what lies behind guards of stacks, as all of them do."""

    def __init__(self):
        super().__init__("troop gcore", gdb.COMMAND_FILES)

    def run(self, arguments):
        if len(arguments) != 1:
            raise gdb.GdbError("usage: troop gcore FILE")
        try:
            filled = writeCoreFile(arguments[0])
        except OSError as error:
            raise gdb.GdbError(f"{arguments[0]}: {error.strerror}") from None
        gdb.write(f"Saved core file {arguments[0]}; {_bytes(filled)} are from behind guards\n")


class Prefix(gdb.Command):
    """What the troops, Threads and Tasks of this program do."""

    def __init__(self):
        super().__init__("troop", gdb.COMMAND_STACK, prefix=True)

    def invoke(self, _argument, _fromTerminal):
        gdb.execute("help troop")


def addCommands():
    for command in (Prefix, Troops, Threads, Backtrace, GenerateCore):
        command()
    Select(Pretence())
