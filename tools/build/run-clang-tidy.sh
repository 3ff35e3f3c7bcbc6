#!/bin/sh
# usage: run-clang-tidy.sh TIDY PASSED ARGUMENT...
# Runs TIDY with the arguments and makes the file PASSED; fails, and says what it said, where
# it has anything to say.
set -eu
tidy=$1
passed=$2
shift 2
said=$passed.said
if ! "$tidy" --quiet --warnings-as-errors='*' "$@" >"$said" 2>&1; then
  grep -v ' warnings\? generated\.$' "$said" >&2
  rm -f "$said"
  exit 1
fi
rm -f "$said"
: >"$passed"
