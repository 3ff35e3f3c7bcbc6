# The JavaScript engine QuickJS-NG, as sources: Bazel compiles them into the guest image.

downloadPin quickjs
tar -xzf "$downloaded" -C "$scratch"
mkdir -p "$destination"
cp "$scratch/${pinPackage//-/_}-$pinVersion/upstream-quickjs/"*.[ch] "$destination/"
[ -f "$destination/quickjs.c" ] ||
  fail "the sdist of $pinPackage $pinVersion has no upstream-quickjs/quickjs.c"
