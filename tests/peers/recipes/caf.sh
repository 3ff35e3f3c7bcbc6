# Debian's C++ Actor Framework; its library lies beside the program.

downloadPin caf-headers
dpkg-deb --extract "$downloaded" "$scratch"
downloadPin caf-library
dpkg-deb --extract "$downloaded" "$scratch"
mkdir -p "$destination"
cp "$scratch"/usr/lib/x86_64-linux-gnu/libcaf_core.so.* "$destination/"
clang++-19 -std=c++17 -O3 -DNDEBUG -w -I"$scratch/usr/include" "$peersFolder/cpp/caf.cc" \
  "$(echo "$destination"/libcaf_core.so.*)" -Wl,-rpath,'$ORIGIN' -lpthread \
  -o "$destination/caf-peer"
