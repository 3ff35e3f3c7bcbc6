"""The workloads of each suite, and the sizes that programs read from the environment."""

import typing


class Size(typing.NamedTuple):
    name: str
    full: int
    small: int


class Workload(typing.NamedTuple):
    name: str
    sizes: list


RUNTIME = [
    Workload("switch", [Size("SWITCH_N", 10_000_000, 500_000)]),
    Workload("spawn", [Size("SPAWN_N", 1_000_000, 50_000)]),
    Workload(
        "million", [Size("MILLION_N", 1_000_000, 50_000), Size("MILLION_SETTLE_MS", 3000, 100)]
    ),
    Workload(
        "pingpong",
        [Size("PINGPONG_N", 1_000_000, 50_000), Size("PINGPONG_PINNED_N", 100_000, 5_000)],
    ),
    Workload("ring", [Size("RING_TASKS", 1000, 1000), Size("RING_LAPS", 1000, 50)]),
    Workload("skynet", [Size("SKYNET_N", 1_000_000, 10_000)]),
    Workload("mpsc", [Size("MPSC_PRODUCERS", 16, 16), Size("MPSC_N", 4_000_000, 200_000)]),
    Workload("mutex", [Size("MUTEX_TASKS", 64, 64), Size("MUTEX_N", 2_000_000, 100_000)]),
    Workload(
        "shared_count",
        [Size("SHARED_COUNT_THREADS", 16, 16), Size("SHARED_COUNT_N", 20_000_000, 500_000)],
    ),
    Workload("timers", [Size("TIMERS_N", 1_000_000, 20_000)]),
    Workload(
        "blocking", [Size("BLOCKING_N", 10_000, 200), Size("BLOCKING_MICROSECONDS", 1000, 1000)]
    ),
    Workload("big", [Size("BIG_WORKERS", 120, 120), Size("BIG_PINGS", 20_000, 500)]),
    Workload(
        "chameneos",
        [Size("CHAMENEOS_CREATURES", 100, 100), Size("CHAMENEOS_MEETINGS", 200_000, 10_000)],
    ),
    Workload(
        "philosophers",
        [Size("PHILOSOPHERS_N", 20, 20), Size("PHILOSOPHERS_MEALS", 10_000, 1000)],
    ),
    Workload("bank", [Size("BANK_ACCOUNTS", 1000, 100), Size("BANK_TRANSACTIONS", 50_000, 5_000)]),
    Workload("bounded_buffer", [Size("BUFFER_PAIRS", 40, 40), Size("BUFFER_ITEMS", 1000, 50)]),
    Workload("astar", [Size("ASTAR_SIDE", 100, 30), Size("ASTAR_WORKERS", 20, 20)]),
    Workload("apsp", [Size("APSP_NODES", 600, 200)]),
    Workload(
        "echo",
        [
            Size("ECHO_CONNECTIONS", 1000, 100),
            Size("ECHO_RATE", 20_000, 2_000),
            Size("ECHO_MILLISECONDS", 4000, 200),
        ],
    ),
    Workload(
        "files",
        [
            Size("FILES_MIB", 256, 4),
            Size("FILES_READS", 1_000_000, 10_000),
            Size("FILES_LAPS", 16, 1),
        ],
    ),
]

# The first is what peers have: messages between two of theirs.
PROXY = [
    Workload(
        "pingpong",
        [
            Size("CALLS_N", 500_000, 5_000),
            Size("PINGPONG_N", 1_000_000, 50_000),
            Size("PINGPONG_PINNED_N", 100_000, 5_000),
        ],
    ),
    Workload("membrane", [Size("CALLS_N", 500_000, 5_000)]),
    Workload("message", [Size("MESSAGES_N", 200_000, 1_000), Size("MESSAGES_LARGE_N", 2_000, 10)]),
    Workload(
        "capability",
        [Size("CAPABILITIES_N", 100_000, 1_000), Size("CAPABILITIES_HELD", 100_000, 1_000)],
    ),
    Workload("inflight", [Size("CALLS_N", 500_000, 5_000)]),
    Workload("guest", [Size("GUEST_CALLS_N", 100_000, 500)]),
]

SUITES = {"runtime": RUNTIME, "proxy": PROXY}


def sizesOf(workload, isSmall):
    """What programs find in their environment."""
    return {size.name: str(size.small if isSmall else size.full) for size in workload.sizes}
