// Cap'n Proto 0.9 leaves these comparisons to the compiler in C++20, which derives `a == b` from `b
// == a` only where the class has no operator!= of its own (a later rule of the language, that Clang
// follows). StringPtr has one, so its headers do not compile without these. Found before the
// system's header of the same name, and includes it.
#pragma once
#include_next <kj/string.h>

#if __cpp_impl_three_way_comparison && defined(__clang__)
namespace kj {
inline bool operator==(const char* a, const StringPtr& b) {
  return b == StringPtr(a);
}
inline bool operator!=(const char* a, const StringPtr& b) {
  return b != StringPtr(a);
}
inline bool operator==(const char* a, const String& b) {
  return b == StringPtr(a);
}
inline bool operator!=(const char* a, const String& b) {
  return b != StringPtr(a);
}
}  // namespace kj
#endif
