"""The peers: which workloads each has, how it is installed and how its program is started.

A command starts with the name of a file of the folder that the peer is installed in, or with
{load}: our program, which drives servers.
"""

import typing

_TASKS = ["switch", "spawn", "million", "pingpong", "ring", "skynet", "mpsc", "mutex", "timers"]
_SAVINA = ["big", "chameneos", "philosophers", "bank", "bounded_buffer", "astar", "apsp"]

_JAVA = ["java-runtime/bin/java", "-cp", "{folder}/classes"]
_ONE_CARRIER = [
    "-Djdk.virtualThreadScheduler.parallelism=1",
    "-Djdk.virtualThreadScheduler.maxPoolSize=1",
]
_ERLANG = ["bin/erlexec", "-noshell", "-noinput", "+P", "4000000", "-pa", "{folder}/program"]


class Command(typing.NamedTuple):
    arguments: list
    environment: dict = {}


class Peer(typing.NamedTuple):
    name: str
    recipe: str
    pins: list  # in tools/third_party/pins
    sources: list  # folders and files of tests/peers that its program is built from
    workloads: list
    commands: typing.Callable  # of a workload
    # A limit does less than a runtime must, so nobody is compared with it.
    isLimit: bool = False


def _plain(program, **environment):
    return lambda workload: [Command([program, workload], environment)]


def _served(peer, program, **environment):
    """As _plain(), but "echo" is a server, which our program drives."""

    def commands(workload):
        if workload != "echo":
            return [Command([program, workload], environment)]
        server = ["{folder}/" + program, workload]
        return [Command(["{load}", "echo-load", peer, *server], environment)]

    return commands


def _loom(workload):
    if workload == "switch":
        return [Command([*_JAVA[:1], *_ONE_CARRIER, *_JAVA[1:], "Peer", workload])]
    if workload == "pingpong":
        return [
            Command([*_JAVA[:1], *_ONE_CARRIER, *_JAVA[1:], "Peer", workload, "roundtrip_1t"]),
            Command([*_JAVA, "Peer", workload, "roundtrip_2t"]),
        ]
    return [Command([*_JAVA, "Peer", workload])]


def _erlang(workload):
    environment = {
        "ROOTDIR": "{folder}/otp",
        "BINDIR": "{folder}/bin",
        "EMU": "beam",
        "PROGNAME": "erl",
    }

    def command(schedulers, *arguments):
        start = ["-s", "workloads", "main", workload, *arguments]
        return Command([*_ERLANG, *schedulers, *start], environment)

    if workload == "switch":
        return [command(["+S", "1:1"])]
    if workload == "pingpong":
        return [
            command(["+S", "1:1"], "roundtrip_1t"),
            command(["+S", "2:2"], "roundtrip_2t"),
            command(["+S", "2:2"], "roundtrip_2t_pinned"),
        ]
    return [command([])]


_CPP = ["cpp/measurement.h", "cpp/stack-arena.h"]
_BOOST_FIBER = ["cpp/boost-fiber.cc", "cpp/boost-fiber-echo.cc", *_CPP]
_TOKIO = [
    "tokio",
    "tokio-bytes",
    "tokio-fastrand",
    "tokio-libc",
    "tokio-mio",
    "tokio-pin-project-lite",
    "tokio-socket2",
    "tokio-wasi",
    "tokio-windows-link",
    "tokio-windows-sys",
]

ALL = [
    Peer(
        "go",
        "go",
        ["go-toolchain"],
        ["go"],
        [*_TASKS, *_SAVINA, "echo", "blocking"],
        _served("go", "go-peer"),
    ),
    Peer(
        "tokio",
        "tokio",
        _TOKIO,
        ["tokio"],
        [*_TASKS, *_SAVINA, "echo", "blocking"],
        _served("tokio", "tokio-peer"),
    ),
    Peer("loom", "loom", ["java-runtime", "java-compiler"], ["loom"], _TASKS, _loom),
    Peer(
        "erlang",
        "erlang",
        ["erlang"],
        ["erlang"],
        [*_TASKS, "big", "chameneos", "bank"],
        _erlang,
    ),
    Peer(
        "boost.fiber",
        "boost-fiber",
        ["boost-fiber"],
        _BOOST_FIBER,
        [*_TASKS, "echo"],
        _served("boost.fiber", "boost-fiber-peer"),
    ),
    # The same program with the other scheduler that fits; on one OS thread there is no difference.
    Peer(
        "boost.fiber-sw",
        "boost-fiber",
        ["boost-fiber"],
        _BOOST_FIBER,
        [name for name in _TASKS if name != "switch"],
        _plain("boost-fiber-peer", BOOST_FIBER_ALGO="shared_work"),
    ),
    # Actors that are called for each message have nothing to yield.
    Peer(
        "caf",
        "caf",
        ["caf-headers", "caf-library"],
        ["cpp/caf.cc", "cpp/measurement.h"],
        [name for name in _TASKS if name != "switch"],
        _plain("caf-peer"),
    ),
    # It knows nothing but files. Our program makes the one that both read.
    Peer(
        "fio",
        "fio",
        ["fio"],
        [],
        ["files"],
        lambda workload: [Command(["{load}", "files-load", "{folder}/fio"])],
    ),
    Peer(
        "fcontext",
        "fcontext",
        [],
        ["cpp/fcontext.cc", *_CPP],
        ["switch", "spawn", "million"],
        _plain("fcontext-peer"),
        isLimit=True,
    ),
]

LIMITS = {peer.name for peer in ALL if peer.isLimit}
