# Boost.Context's switch, of the library that Troop itself stands on.

mkdir -p "$destination"
clang++-19 -std=c++20 -O3 -DNDEBUG "$peersFolder/cpp/fcontext.cc" -lboost_context \
  -o "$destination/fcontext-peer"
