# jemalloc as a static library under the private prefix troop_je_. It replaces nobody's malloc, and
# its symbols are hidden, so that a host that has a jemalloc of its own keeps it.

downloadPin jemalloc
tar -xzf "$downloaded" -C "$scratch"
crate=$scratch/$pinPackage-$pinVersion
source=$crate/jemalloc
cp "$crate/configure/configure" "$source/configure"
chmod +x "$source/configure"
cd "$source"

# The thread-local cache must not need static TLS space: the runtime is also loaded by dlopen.
CC=clang-19 CFLAGS='-O2 -fPIC' ./configure \
  --prefix="$destination" --libdir="$destination/lib" --includedir="$destination/include" \
  --with-version="$(sed -E 's/^[^+]*\+//' <<<"$pinVersion")" \
  --with-jemalloc-prefix=troop_je_ --with-private-namespace=troop_je_private_ --without-export \
  --disable-cxx --disable-initial-exec-tls --enable-stats --disable-prof \
  --disable-doc --disable-shared
make -j2 build_lib_static
make install_lib_static install_include
mkdir -p "$destination/licence"
cp COPYING "$destination/licence/"

# Nothing of it may be visible under a name that somebody else uses.
foreign=$(nm --defined-only --extern-only "$destination/lib/libjemalloc_pic.a" |
  awk 'NF == 3 && $3 !~ /troop_je_/ {print $3}' | tr '\n' ' ')
[ -z "$foreign" ] || fail "jemalloc was built with symbols that are not ours: $foreign"
