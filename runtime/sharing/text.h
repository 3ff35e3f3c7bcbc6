// Text and Bytes are immutable strings that cross between Threads without a copy: copies and parts
// of one share its memory, short ones stand in the object itself.
//
// Ownership: as a value; shared memory goes with the last one that refers to it, so a part keeps
// the whole alive. Threads: any; one object by one at a time. Limits: inlineMax bytes are free,
// what is longer is paid for once by each troop that makes it or copies one that was given to it.
// Fails: both throw Error (overloaded, memory) where the troop cannot pay; parts beyond the end are
// cut to it. Misuse: a view that outlives what it was taken from. Whether a Text is UTF-8 is not
// checked.
//
//   Text line = "GET /index.html HTTP/1.1";
//   Text path = line.part(4, 11);            // shares, or is short
//   scope.thread([](Text wanted) { serve(wanted.view()); }, path);
#pragma once

#include <fmt/format.h>

#include <bit>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "runtime/sendable.h"
#include "runtime/sharing/freezable.h"

namespace [[gnu::visibility("hidden")]] troop {

class Holding;

// What Text and Bytes are made of: immutable bytes.
class SharedString {
 public:
  // What an object holds by itself.
  static constexpr std::size_t inlineMax = 23;

  SharedString() noexcept = default;
  SharedString(const SharedString& other);
  SharedString(SharedString&& other) noexcept { swap(other); }
  SharedString& operator=(SharedString other) noexcept {
    swap(other);
    return *this;
  }
  ~SharedString();

  std::size_t size() const noexcept { return isInline() ? tag() : part().size; }
  bool empty() const noexcept { return size() == 0; }

  // Whether it refers to memory that others may refer to as well.
  bool shares() const noexcept { return !isInline(); }

 protected:
  explicit SharedString(std::string_view bytes);
  // All `parts`, one after another.
  explicit SharedString(std::span<const std::string_view> parts);
  // `length` bytes of `whole` from `start`, as far as it has them.
  SharedString(const SharedString& whole, std::size_t start, std::size_t length);

  const char* data() const noexcept { return isInline() ? bytes_ : part().data; }
  std::string_view bytes() const noexcept { return {data(), size()}; }

 private:
  // The last byte tells which:
  //
  //     0         8        16       23
  //   +---------+--------+--------+---+
  //   | bytes                     | n |    n up to inlineMax: n bytes
  //   | holding | data   | size   | s |    s: `size` bytes at `data`, a part of what is held
  //   +---------+--------+--------+---+
  struct Part {
    Holding* holding;
    const char* data;
    std::size_t size;  // below 2^56; the last byte is not its own
  };
  static constexpr unsigned char sharedTag = 0xff;
  static_assert(std::endian::native == std::endian::little, "the tag is the last byte of `size`");

  unsigned char tag() const noexcept { return static_cast<unsigned char>(bytes_[inlineMax]); }
  bool isInline() const noexcept { return tag() != sharedTag; }
  Part part() const noexcept {
    Part part;
    std::memcpy(&part, bytes_, sizeof(part));
    part.size &= (std::size_t{1} << 56) - 1;
    return part;
  }
  void setPart(const Part& part) noexcept;
  // Room for `size` bytes, for who fills it before anybody sees it.
  char* makeRoom(std::size_t size);
  void swap(SharedString& other) noexcept { std::swap(bytes_, other.bytes_); }

  alignas(Part) char bytes_[inlineMax + 1] = {};
};

class Text : public SharedString {
 public:
  Text() noexcept = default;
  explicit(false) Text(std::string_view text) : SharedString(text) {}
  explicit(false) Text(const char* text) : SharedString(std::string_view(text)) {}
  explicit(false) Text(const std::string& text) : SharedString(std::string_view(text)) {}

  // All `parts`, one after another.
  static Text of(std::initializer_list<std::string_view> parts) { return Text(Joined(), parts); }

  // Good as long as this Text.
  std::string_view view() const noexcept [[clang::lifetimebound]] { return bytes(); }
  // NOLINTNEXTLINE(google-explicit-constructor): as of std::string
  operator std::string_view() const noexcept [[clang::lifetimebound]] { return bytes(); }
  const char* data() const noexcept [[clang::lifetimebound]] { return SharedString::data(); }
  const char* begin() const noexcept [[clang::lifetimebound]] { return data(); }
  const char* end() const noexcept [[clang::lifetimebound]] { return data() + size(); }

  static constexpr std::size_t toTheEnd = std::string_view::npos;
  Text part(std::size_t start, std::size_t length = toTheEnd) const {
    return Text(*this, start, length);
  }

  // With anything that is text.
  template <std::convertible_to<std::string_view> Other>
  friend bool operator==(const Text& a, const Other& b) noexcept {
    return a.bytes() == std::string_view(b);
  }
  template <std::convertible_to<std::string_view> Other>
  friend std::strong_ordering operator<=>(const Text& a, const Other& b) noexcept {
    return a.bytes() <=> std::string_view(b);
  }

 private:
  struct Joined {};
  Text(Joined, std::initializer_list<std::string_view> parts)
      : SharedString(std::span(parts.begin(), parts.size())) {}
  Text(const Text& whole, std::size_t start, std::size_t length)
      : SharedString(whole, start, length) {}
};

class Bytes : public SharedString {
 public:
  Bytes() noexcept = default;
  explicit Bytes(std::span<const std::byte> bytes)
      : SharedString(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())) {}

  // Good as long as these Bytes.
  std::span<const std::byte> view() const noexcept [[clang::lifetimebound]] {
    return std::as_bytes(std::span(SharedString::data(), size()));
  }
  const std::byte* data() const noexcept [[clang::lifetimebound]] { return view().data(); }
  const std::byte* begin() const noexcept [[clang::lifetimebound]] { return data(); }
  const std::byte* end() const noexcept [[clang::lifetimebound]] { return data() + size(); }

  static constexpr std::size_t toTheEnd = std::string_view::npos;
  Bytes part(std::size_t start, std::size_t length = toTheEnd) const {
    return Bytes(*this, start, length);
  }

  friend bool operator==(const Bytes& a, const Bytes& b) noexcept { return a.bytes() == b.bytes(); }
  friend std::strong_ordering operator<=>(const Bytes& a, const Bytes& b) noexcept {
    return a.bytes() <=> b.bytes();
  }

 private:
  friend struct std::hash<Bytes>;
  Bytes(const Bytes& whole, std::size_t start, std::size_t length)
      : SharedString(whole, start, length) {}
};

// clang-format off
template <> struct IsSendable<Text> : std::true_type {};
template <> struct IsSendable<Bytes> : std::true_type {};
template <> struct IsFreezable<Text> : std::true_type {};
template <> struct IsFreezable<Bytes> : std::true_type {};
// clang-format on

}  // namespace troop

template <>
struct std::hash<troop::Text> {
  std::size_t operator()(const troop::Text& text) const noexcept {
    return std::hash<std::string_view>()(text);
  }
};
template <>
struct std::hash<troop::Bytes> {
  std::size_t operator()(const troop::Bytes& bytes) const noexcept {
    return std::hash<std::string_view>()(bytes.bytes());
  }
};
template <>
struct fmt::formatter<troop::Text> : fmt::formatter<fmt::string_view> {
  template <typename Context>
  auto format(const troop::Text& text, Context& context) const {
    return fmt::formatter<fmt::string_view>::format({text.data(), text.size()}, context);
  }
};
