#!/usr/bin/env bash
# CPython of Debian, which knows nothing of the runtime: thousands of its threads on a handful of OS threads, and its own
# tests of what stands on threads.
set -euo pipefail
python=/usr/bin/python3
library=$PWD/runtime/preload/libtroop-preload.so
many=10000

read -r alive osThreads < <(LD_PRELOAD=$library "$python" runtime/preload/cpython-threads.py $many)
echo "$alive threads on $osThreads OS threads"
[ "$alive" -eq $many ]
# Carriers, one that watches them, one that waits for descriptors, main's, two that end, and at worst all the spares that
# a machine in a hurry has made (`sparesMax` in runtime/process.h).
[ "$osThreads" -le $((128 + $(nproc) + 5)) ]

cd "$TEST_TMPDIR"
export HOME=$TEST_TMPDIR
runModule() {
  LD_PRELOAD=$library "$python" -m test -u network "$@"
}
runModule test_queue test_socketserver test_thread
# Of pools of processes those that are made by fork, or by a process that was made before there were threads; their tests
# of waiting are those of threads, and take a minute.
runModule test_concurrent_futures -m 'ThreadPool*' -m 'ProcessPoolFork*' -i 'ProcessPool*WaitTest'
