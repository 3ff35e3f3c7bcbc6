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
# Carriers, one that watches them, main's, and at worst all the spares that a machine in a hurry has made.
[ "$osThreads" -lt 100 ]

cd "$TEST_TMPDIR"
export HOME=$TEST_TMPDIR
runModule() {
  LD_PRELOAD=$library "$python" -m test -u network "$@"
}
runModule test_queue test_socketserver test_thread
runModule test_concurrent_futures -m 'ThreadPool*'
