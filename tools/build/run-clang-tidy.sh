#!/bin/sh
# usage: run-clang-tidy.sh PASSED ARGUMENT...
# Runs clang-tidy with the arguments and makes the file PASSED; fails, and says what it said, where
# it has anything to say.
set -eu
passed=$1
shift
said=$passed.said
if ! clang-tidy-19 --quiet --warnings-as-errors='*' "$@" >"$said" 2>&1; then
  grep -v ' warnings\? generated\.$' "$said" >&2
  rm -f "$said"
  exit 1
fi
rm -f "$said"
: >"$passed"
