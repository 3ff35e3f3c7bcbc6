#!/bin/sh
# compile.sh OUTPUT SOURCE: compiles an attacker in C, without any library. Run from the root of the sources; anybody can:
#   tests/attack/modules/compile.sh call-flood.wasm tests/attack/calls/call-flood.c
set -eu
exec clang-19 --target=wasm32 -std=c17 -O2 -Wall -Wextra -Werror -mbulk-memory -ffreestanding -nostdlib -I. "$2" -o "$1" \
  -Wl,--no-entry -Wl,--strip-all
