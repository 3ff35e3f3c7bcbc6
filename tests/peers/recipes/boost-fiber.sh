# Debian's Boost.Fiber, linked statically; Boost.Context is what Troop itself stands on.

downloadPin boost-fiber
mkdir -p "$destination"
dpkg-deb --extract "$downloaded" "$scratch"
clang++-19 -std=c++20 -O3 -DNDEBUG -I"$scratch/usr/include" "$peersFolder/cpp/boost-fiber.cc" \
  "$peersFolder/cpp/boost-fiber-echo.cc" \
  "$scratch/usr/lib/x86_64-linux-gnu/libboost_fiber.a" -lboost_context -lpthread \
  -o "$destination/boost-fiber-peer"
