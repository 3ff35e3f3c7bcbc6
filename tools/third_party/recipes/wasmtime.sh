# Wasmtime's C API: lib/libwasmtime.so from the PyPI wheel, include/ from the crate of the same
# version.

downloadPin wasmtime-library
libraryVersion=$pinVersion
/usr/bin/python3 -m zipfile -e "$downloaded" "$scratch/wheel"
downloadPin wasmtime-headers
[ "$pinVersion" = "$libraryVersion" ] ||
  fail "tools/third_party/pins: Wasmtime's library is $libraryVersion, its headers are $pinVersion"
tar -xzf "$downloaded" -C "$scratch"
crate=$scratch/$pinPackage-$pinVersion

mkdir -p "$destination/lib" "$destination/licence"
cp "$scratch"/wheel/wasmtime/linux-x86_64/_libwasmtime.so "$destination/lib/libwasmtime.so"
cp "$scratch"/wheel/wasmtime-*.dist-info/licenses/LICENSE "$destination/licence/"
cp -r "$crate/include" "$destination/include"

# The wheel's library has every feature but these two, as the check below proves.
sed -E -e 's|^#cmakedefine (WASMTIME_FEATURE_(DISABLE_LOGGING\|ALL_ARCH))$|// \1 is off|' \
  -e 's|^#cmakedefine |#define |' \
  "$destination/include/wasmtime/conf.h.in" >"$destination/include/wasmtime/conf.h"
rm "$destination/include/wasmtime/conf.h.in"

# Headers and library must be of one build: every function declared is there.
printf '#include <wasmtime.h>\n' |
  clang-19 -x c -E -P -DWASM_API_EXTERN=EXPORTED -I"$destination/include" - |
  tr '\n' ' ' | sed 's/EXPORTED/\n&/g' | grep '^EXPORTED' | sed 's/[;{].*//' |
  grep -oE '\b(wasm|wasi|wasmtime)_\w+ *\(' | tr -d ' (' | sort -u >"$scratch/declared"
nm -D --defined-only "$destination/lib/libwasmtime.so" | awk '{print $3}' |
  sort -u >"$scratch/defined"
[ "$(wc -l <"$scratch/declared")" -gt 500 ] ||
  fail "Wasmtime's headers declare fewer functions than they should"
missing=$(comm -23 "$scratch/declared" "$scratch/defined" | tr '\n' ' ')
[ -z "$missing" ] || fail "Wasmtime's library lacks functions that its headers declare: $missing"
