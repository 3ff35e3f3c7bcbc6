#!/usr/bin/env bash
# A library that links the runtime shows none of it: only its own entry, and what the C++ standard
# library has in every library.
set -euo pipefail
library=tests/manners/libplugin.so

exported=$(nm --dynamic --defined-only --extern-only --format=posix "$library" | awk '{print $1}')
grep -qx answerOfPlugin <<<"$exported" || { echo "the entry of $library is not exported"; exit 1; }

foreign=$(grep -vx answerOfPlugin <<<"$exported" |
  grep -vE '^_Z(GV|GR|T[ISVT])?Z*N*K*(S[tabisod]|9__gnu_cxx)' || true)
if [ -n "$foreign" ]; then
  echo "$library exports what is not its own:"
  c++filt <<<"$foreign"
  exit 1
fi

# Whatever it is, it must not be ours or of our third parties.
leaked=$(nm --dynamic --defined-only "$library" |
  grep -E ' [A-Za-z] .*(5troop|troop_|je_|5boost|3fmt)' || true)
[ -z "$leaked" ] || { echo "$library shows its insides:"; c++filt <<<"$leaked"; exit 1; }

# It can be loaded at any time: none of its thread-local data needs a place known when a program starts.
if readelf --dynamic --wide "$library" | grep -q STATIC_TLS; then
  echo "$library needs static thread-local storage"
  exit 1
fi
