#!/bin/sh
# compile-plugin.sh OUTPUT GENERATOR INPUT...: makes a plugin's module; troop_cpp_plugin runs it, from the root of the
# sources. An INPUT is a source in C++ or C, a schema whose bindings the GENERATOR writes, a header, or a library.
set -eu
output=$1
generator=$2
shift 2
sdk=sandbox/sdk/cpp
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

schemas=
for input in "$@"; do
  case $input in
    *.capnp)
      case "$schemas " in
        *" $input "*) ;; # two schemas import it
        *) schemas="$schemas $input" ;;
      esac
      ;;
  esac
done
if [ -n "$schemas" ]; then
  # shellcheck disable=SC2086 # paths of a build have no spaces
  capnp compile -I. "-o./$generator:$made" $schemas
fi

compile() {
  compiler=$1
  source=$2
  shift 2
  "$compiler" "$@" "-I$made" -c "$source" -o "$made/$(echo "$source" | tr / _).o"
}

libraries=
for input in "$@"; do
  case $input in
    *.cc)
      compile clang++-19 "$input" "--config=$sdk/flags.cfg" -Wall -Wextra -Werror -Wno-missing-field-initializers
      ;;
    *.c) compile clang-19 "$input" "--config=$sdk/c.cfg" -std=gnu17 -Wall -Wextra -Werror ;;
    *.a) libraries="$libraries $input" ;;
  esac
done
for source in $(find "$made" -name '*.cc' | sort); do
  compile clang++-19 "$source" "--config=$sdk/flags.cfg" -w
done

# shellcheck disable=SC2086
clang++-19 "--config=$sdk/flags.cfg" "$made"/*.o $libraries -o "$output"
