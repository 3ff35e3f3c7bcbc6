"""The machine that is measured on: what figures depend on, and its memory, touched beforehand."""

import mmap
import os
import platform

# Populates pages without reading them (Linux 5.14); Python has no name for it.
MADV_POPULATE_WRITE = 23
PREFAULT_SHARE = 0.7


def prefault(availableBytes):
    """Touches most of the memory once and gives it back.

    On a fresh virtual machine the first touch of a page costs the host's fault, too, ten times the
    guest's own, which would fall on whoever runs first.
    """
    size = int(availableBytes * PREFAULT_SHARE)
    if size <= 0:
        return
    with mmap.mmap(-1, size) as memory:
        try:
            memory.madvise(MADV_POPULATE_WRITE)
        except OSError:
            for offset in range(0, size, mmap.PAGESIZE):
                memory[offset] = 1


def availableBytes(path="/proc/meminfo"):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 0


def description(load=os.getloadavg):
    cpus = len(os.sched_getaffinity(0))
    text = f"{platform.system()} {platform.release()} {platform.machine()}, {cpus} CPUs"
    busy = load()[0]
    if busy > 0.5:
        text += f"; the load is {busy:.1f}: others work here, so the figures are not fit to quote"
    return text
