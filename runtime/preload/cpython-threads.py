"""Starts as many threads as it is told, which all live at once; prints on how many OS threads.

Run by cpython-test.sh.
"""
import os
import sys
import threading

many = int(sys.argv[1])
gate = threading.Lock()
local = threading.local()
done = []


def worker(i):
    local.i = i
    with gate:
        done.append(local.i)


with gate:
    threads = [threading.Thread(target=worker, args=(i,)) for i in range(many)]
    for thread in threads:
        thread.start()
    alive = threading.active_count() - 1
    os_threads = len(os.listdir("/proc/self/task"))
for thread in threads:
    thread.join()
assert sorted(done) == list(range(many)), "each ran once, with its own data"
print(alive, os_threads)
