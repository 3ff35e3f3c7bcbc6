#!/usr/bin/env bash
# The library shows what its header declares, all of it and nothing else.
set -euo pipefail
library=runtime/c/libtroop-c.so
header=runtime/c/troop-c.h

exported=$(nm --dynamic --defined-only --format=posix "$library" | awk '{print $1}' | sort)
declared=$(tr '\n' ' ' <"$header" | grep -oE 'TROOP_API [^;]*;' | grep -oE 'troop_[a-z_]+ *\(' |
  tr -d ' (' | sort)
if [ "$exported" != "$declared" ]; then
  echo "what $library shows, and what $header declares:"
  diff <(echo "$exported") <(echo "$declared")
  exit 1
fi

# It can be loaded at any time, as an interpreter does.
if readelf --dynamic --wide "$library" | grep -q STATIC_TLS; then
  echo "$library needs static thread-local storage"
  exit 1
fi
