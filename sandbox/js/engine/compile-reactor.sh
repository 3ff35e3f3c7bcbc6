#!/bin/sh
# compile-reactor.sh OUTPUT QUICKJS_FOLDER: compiles QuickJS-NG and the guest ABI in front of it to one Wasm module
# without WASI imports. Run from the root of the sources. The same inputs give the same bytes.
set -eu
output=$1
quickjs=$2
folder=sandbox/js/engine
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT

# -O3 renders Markdown 6 % faster than -O2, for 40 KB of code. Bulk memory instructions stay off: they gain nothing
# measurable here, and a guest could not be interrupted while it copies. The engine's code breaks the aliasing rules.
flags="--target=wasm32-wasi -std=gnu17 -O3 -msign-ext -mnontrapping-fptoint -fno-strict-aliasing
  -DNDEBUG -D_GNU_SOURCE -I. -isystem $quickjs"

compile() {
  source=$1
  shift
  # shellcheck disable=SC2086 # flags are several words
  clang-19 $flags "$@" -c "$source" -o "$objects/$(basename "$source" .c).o"
}

# What is theirs is compiled without warnings; the largest file beside the others.
compile "$folder/quickjs-unit.c" -w &
compile "$folder/regexp-unit.c" -w
for source in dtoa libunicode; do
  compile "$quickjs/$source.c" -w
done
for source in errors guest handles host-module limits modules rejections text; do
  compile "$folder/$source.c" -Wall -Wextra -Werror
done
compile sandbox/sdk/wasi/denial.c -Wall -Wextra -Werror
wait $!

# The stack comes first, so that an overflow that nothing else stops leaves memory instead of overwriting data.
# Exporting the stack pointer lets instances be copied.
clang-19 --target=wasm32-wasi -mexec-model=reactor -fuse-ld=lld "$objects"/*.o -o "$output" \
  -Wl,-z,stack-size=262144 -Wl,--stack-first -Wl,--gc-sections -Wl,--strip-all -Wl,--export=__stack_pointer
