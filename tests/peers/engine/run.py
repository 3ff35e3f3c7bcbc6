"""Runs programs of peers, each in an OS process of its own, taking turns."""

import contextlib
import os
import signal
import subprocess
import typing

from measurement import parseOutput

TIMEOUT_SECONDS = 120


class Failure(typing.NamedTuple):
    peer: str
    workload: str
    reason: str

    def text(self):
        return f"{self.peer} {self.workload}: {self.reason}"


class Program(typing.NamedTuple):
    """A peer's program that is there to be started."""

    peer: str
    folder: str
    workloads: list
    commands: typing.Callable  # of a workload


def runInTurns(programs, workload, sizes, repetitions, progress=lambda text: None, load=""):
    """The results of all repetitions, and the failures; a program that failed is not run again.

    They take turns, so that a slow minute of the machine does not hit one of them only, and another
    one begins each time.
    """
    results, failures = [], []
    waiting = [program for program in programs if workload in program.workloads]
    for repetition in range(repetitions):
        first = repetition % max(1, len(waiting))
        for program in waiting[first:] + waiting[:first]:
            progress(f"{workload} {repetition + 1}/{repetitions} {program.peer}")
            try:
                results += runOnce(program, workload, sizes, load)
            except ProgramFailed as failed:
                failures.append(Failure(program.peer, workload, str(failed)))
                waiting.remove(program)
    return results, failures


class ProgramFailed(Exception):
    pass


def runOnce(program, workload, sizes, load=""):
    output = ""
    for command in program.commands(workload):
        arguments = [
            argument.format(folder=program.folder, load=load) for argument in command.arguments
        ]
        arguments[0] = os.path.join(program.folder, arguments[0])
        own = {
            name: text.format(folder=program.folder) for name, text in command.environment.items()
        }
        # What the caller's environment says of sizes goes before ours.
        output += _output(arguments, {**sizes, **os.environ, **own})
    try:
        return parseOutput(output, program.peer, workload)
    except ValueError as wrong:
        raise ProgramFailed(str(wrong)) from None


def _output(arguments, environment):
    try:
        process = subprocess.Popen(
            arguments,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise ProgramFailed(f"does not start: {error}") from None
    with process:
        try:
            output, errors = process.communicate(timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            raise ProgramFailed(f"was not done after {TIMEOUT_SECONDS} s") from None
        finally:
            # However it ended, or this program is interrupted: nothing of it goes on.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode != 0:
        last = errors.strip().splitlines()[-1:] or ["it said nothing"]
        raise ProgramFailed(f"ended with {process.returncode}: {last[0]}")
    return output
