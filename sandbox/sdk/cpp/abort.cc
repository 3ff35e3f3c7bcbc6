// How a plugin ends by itself, in words: what would be a trap without a reason, or a line on a
// stream that nobody reads, becomes its verdict.
#include <charconv>
#include <cstdarg>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "sandbox/wasm/abi.h"

namespace {

// Composes a text without allocating, as nothing may work any more. What does not fit is cut off.
class TextBuffer {
 public:
  TextBuffer& add(std::string_view text) {
    for (const char c : text) {
      if (size_ < sizeof text_) text_[size_++] = c;
    }
    return *this;
  }

  TextBuffer& add(int number) {
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    return add(std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }

  const char* data() const { return text_; }
  std::size_t size() const { return size_; }

 private:
  char text_[500];
  std::size_t size_ = 0;
};

[[noreturn]] void endWith(const TextBuffer& text) {
  troop_host_abort(troop_abort_error, text.data(), static_cast<std::uint32_t>(text.size()));
}

// What the C++ library says of itself before it gives up. Only the conversions that it uses are
// known: printf itself would be most of a small plugin's code.
TextBuffer formatted(const char* format, std::va_list arguments) {
  TextBuffer text;
  for (const char* c = format; *c != '\0'; ++c) {
    if (std::strncmp(c, "%s", 2) == 0) {
      text.add(va_arg(arguments, const char*));
      ++c;
    } else if (std::strncmp(c, "%d", 2) == 0) {
      text.add(va_arg(arguments, int));
      ++c;
    } else if (*c != '\n') {
      text.add(std::string_view(c, 1));
    }
  }
  return text;
}

}  // namespace

extern "C" {

// The C library's own traps, or writes to a stream.
void abort() {
  endWith(TextBuffer().add("it called abort()"));
}

[[noreturn]] void __assert_fail(const char* expression, const char* file, int line,
                                const char* function) {
  endWith(TextBuffer()
              .add(file)
              .add(":")
              .add(line)
              .add(": assertion failed in ")
              .add(function)
              .add(": ")
              .add(expression));
}

// A call of a pure virtual function, std::terminate.
[[noreturn]] void abort_message(const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  endWith(formatted(format, arguments));
}
}

// Where the C++ library would throw: std::vector::at(), an empty std::optional's value() ...
[[noreturn]] void std::__libcpp_verbose_abort(const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  endWith(formatted(format, arguments));
}
