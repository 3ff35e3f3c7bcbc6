#!/bin/sh
# compile-library.sh OUTPUT INPUT...: compiles what every C++ plugin stands on to an archive, from the root of the
# sources. The same inputs give the same bytes.
set -eu
output=$1
shift
sdk=sandbox/sdk/cpp
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

for input in "$@"; do
  object=$made/$(basename "$input").o
  case $input in
    *.cc)
      clang++-19 "--config=$sdk/flags.cfg" -Wall -Wextra -Werror -Wno-missing-field-initializers -c "$input" \
        -o "$object"
      ;;
    *.c) clang-19 "--config=$sdk/c.cfg" -std=gnu17 -Wall -Wextra -Werror -c "$input" -o "$object" ;;
  esac
done
rm -f "$output"
llvm-ar-19 Dcr "$output" "$made"/*.o
