// What lies between us and the library that knows the encoding: its exceptions become Errors here,
// and its values are kept in plain bytes, so that public headers need not name it.
//
// Threads: any; guarded() must not enclose a wait.
//
//   Text::Reader text = guarded("text at pointer", 3, [&] { return pointer.getAs<Text>(); });
#pragma once

#include <kj/exception.h>

#include <cstddef>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>

#include "runtime/error.h"

namespace troop::proxy::encoding {

// Keeps the library from walking the stack for each malformed message: that would make bad messages
// cost more than good ones.
class WithoutStackTrace final : public kj::ExceptionCallback {
 public:
  StackTraceMode stackTraceMode() override { return StackTraceMode::NONE; }
};

// "text at pointer 3: non-list pointer where text was expected", failed/badMessage.
Error malformed(std::string_view what, std::size_t index, const kj::Exception& cause);

// Calls f; an exception of the library is thrown on as an Error that says what was at fault.
//
// The library wants its callback on the stack proper, whereas AddressSanitizer moves the locals of
// functions that it instruments to the heap.
template <typename F>
[[clang::no_sanitize("address")]] auto guarded(std::string_view what, std::size_t index, F f) {
  try {
    WithoutStackTrace callback;
    return f();
  } catch (const kj::Exception& exception) {
    throw malformed(what, index, exception);
  }
}

// A value of the library in bytes of ours.
template <typename T, std::size_t size>
void store(std::byte (&bytes)[size], const T& value) noexcept {
  static_assert(sizeof(T) <= size && alignof(T) <= 8 && std::is_trivially_destructible_v<T>);
  new (bytes) T(const_cast<T&>(value));  // its builders copy from what is not const only
}

template <typename T, std::size_t size>
T load(const std::byte (&bytes)[size]) noexcept {
  return *std::launder(reinterpret_cast<T*>(const_cast<std::byte*>(bytes)));
}

}  // namespace troop::proxy::encoding
