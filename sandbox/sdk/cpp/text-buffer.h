// A TextBuffer composes a short text without allocating: what is said when nothing works any more.
// What does not fit is cut off.
//
//   TextBuffer text;
//   text.add(file).add(":").add(line);
#pragma once

#include <charconv>
#include <cstddef>
#include <string_view>

namespace troop::inline guest {

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

}  // namespace troop::inline guest
