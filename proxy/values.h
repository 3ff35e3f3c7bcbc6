// Values as messages hold them, and plain vectors in and out of a message's lists: what generated
// structs are read and written with, for hosts and for guests, whatever their readers and builders.
//
// A list is asked with admit(bytes) how many of its elements may be made values of so many bytes:
// it counts what they take, and refuses what is out of proportion to the message.
//
// Ownership: none. Threads: those of the readers and builders. Limits, errors: theirs.
//
//   stored = masked(value, defaultValue);
//   value.words = readTexts(reader.list(2));
//   writeTexts(builder, 2, words);
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace troop::proxy {

static_assert(std::endian::native == std::endian::little);

using Void = std::monostate;

// A value that may be absent and lies elsewhere: what a struct holds of structs that contain it
// again. Copies are deep; equal values are equal; what was moved from is absent. Misuse: reading an
// absent one.
//
//   struct Tree { std::int32_t number = 0; Boxed<Tree> left; };
//   Tree tree{.number = 1, .left = Tree{.number = 2}};
//   if (tree.left) sum += tree.left->number;
template <typename T>
class Boxed {
 public:
  Boxed() noexcept = default;
  explicit(false) Boxed(T value) : value_(new T(std::move(value))) {}
  Boxed(const Boxed& other) : value_(other.value_ == nullptr ? nullptr : new T(*other.value_)) {}
  Boxed(Boxed&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
  Boxed& operator=(Boxed other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Boxed() { delete value_; }

  // A new value in the place of the old one.
  T& emplace() {
    *this = Boxed();
    value_ = new T();
    return *value_;
  }

  explicit operator bool() const noexcept { return value_ != nullptr; }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return value_; }
  const T* operator->() const { return value_; }

  friend bool operator==(const Boxed& a, const Boxed& b) {
    if (a.value_ == nullptr || b.value_ == nullptr) return a.value_ == b.value_;
    return *a.value_ == *b.value_;
  }

 private:
  T* value_ = nullptr;  // T is incomplete where a struct contains itself, so no member of it
};

template <typename T>
concept Number = (std::is_arithmetic_v<T> || std::is_enum_v<T>) && !std::is_same_v<T, bool>;

// What a number is stored as when `defaultValue` is its default, and back: the exclusive or.
template <Number T>
T masked(T value, T defaultValue) noexcept {
  unsigned char bytes[sizeof(T)], mask[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  std::memcpy(mask, &defaultValue, sizeof(T));
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes[i] ^= mask[i];
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

// What one element of a list takes; values are those of the encoding. Lists of structs are apart.
enum class ElementSize : std::uint8_t {
  nothing = 0,
  bit = 1,
  byte = 2,
  twoBytes = 3,
  fourBytes = 4,
  eightBytes = 5,
  pointer = 6,
};

// Readers are objects, so that they can be given to readLists. Here `read(list, index)` gives each
// element.
inline constexpr auto readList = [](const auto& list, auto read) {
  using Value = std::invoke_result_t<decltype(read)&, decltype(list), std::size_t>;
  const std::size_t size = list.admit(sizeof(Value));
  std::vector<Value> values;
  values.reserve(size);
  for (std::size_t i = 0; i < size; ++i) values.push_back(read(list, i));
  return values;
};

template <Number T>
inline constexpr auto readNumbers = [](const auto& list) {
  return readList(list, [](const auto& from, std::size_t i) { return from.template number<T>(i); });
};

inline constexpr auto readBooleans = [](const auto& list) {
  return readList(list, [](const auto& from, std::size_t i) { return from.boolean(i); });
};

inline constexpr auto readTexts = [](const auto& list) {
  return readList(list, [](const auto& from, std::size_t i) { return from.text(i); });
};

inline constexpr auto readDatas = [](const auto& list) {
  return readList(list, [](const auto& from, std::size_t i) { return from.data(i); });
};

inline constexpr auto readVoids = [](const auto& list) {
  return std::vector<Void>(list.admit(sizeof(Void)));
};

// Proxies of type T, or Capabilities.
template <typename T>
inline constexpr auto readCapabilities = [](const auto& list) {
  return readList(list, [](const auto& from, std::size_t i) { return T(from.capability(i)); });
};

// Each is read where it lies, not on the stack: what a message makes deep must not take much of it.
template <typename T>
inline constexpr auto readStructs = [](const auto& list) {
  std::vector<T> values(list.admit(sizeof(T)));
  for (std::size_t i = 0; i < values.size(); ++i) values[i].readFrom(list.structure(i));
  return values;
};

// A list of lists: each inner one as `read(list)` gives it.
inline constexpr auto readLists = [](const auto& list, auto read) {
  return readList(list, [&](const auto& from, std::size_t i) { return read(from.list(i)); });
};

// Writers are objects, too. They write to pointer `place` of a struct, or to element `place` of a
// list. Here `write(list, index, value)` writes each element.
inline constexpr auto writeList = [](auto& builder, std::size_t place, ElementSize size,
                                     const auto& values, auto write) {
  auto list = builder.initList(static_cast<unsigned>(place), size, values.size());
  for (std::size_t i = 0; i < list.size(); ++i) write(list, i, values[i]);
};

inline constexpr auto writeNumbers = []<Number T>(auto& builder, std::size_t place,
                                                  const std::vector<T>& values) {
  constexpr ElementSize size = sizeof(T) == 1   ? ElementSize::byte
                               : sizeof(T) == 2 ? ElementSize::twoBytes
                               : sizeof(T) == 4 ? ElementSize::fourBytes
                                                : ElementSize::eightBytes;
  writeList(builder, place, size, values,
            [](auto& list, std::size_t i, T value) { list.setNumber(i, value); });
};

inline constexpr auto writeBooleans = [](auto& builder, std::size_t place,
                                         const std::vector<bool>& values) {
  writeList(builder, place, ElementSize::bit, values,
            [](auto& list, std::size_t i, bool value) { list.setBoolean(i, value); });
};

inline constexpr auto writeTexts = [](auto& builder, std::size_t place,
                                      const std::vector<std::string>& values) {
  writeList(builder, place, ElementSize::pointer, values,
            [](auto& list, std::size_t i, const std::string& value) { list.setText(i, value); });
};

inline constexpr auto writeDatas = [](auto& builder, std::size_t place,
                                      const std::vector<std::vector<std::byte>>& values) {
  writeList(builder, place, ElementSize::pointer, values,
            [](auto& list, std::size_t i, const std::vector<std::byte>& value) {
              list.setData(i, value);
            });
};

inline constexpr auto writeVoids = [](auto& builder, std::size_t place,
                                      const std::vector<Void>& values) {
  builder.initList(static_cast<unsigned>(place), ElementSize::nothing, values.size());
};

inline constexpr auto writeCapabilities = []<typename T>(auto& builder, std::size_t place,
                                                         const std::vector<T>& values) {
  writeList(builder, place, ElementSize::pointer, values,
            [](auto& list, std::size_t i, const T& value) {
              if constexpr (requires { value.capability(); }) {
                list.setCapability(i, value.capability());
              } else {
                list.setCapability(i, value);
              }
            });
};

inline constexpr auto writeStructs = []<typename T>(auto& builder, std::size_t place,
                                                    const std::vector<T>& values) {
  auto list = builder.initStructureList(static_cast<unsigned>(place), values.size(), T::dataWords,
                                        T::pointers);
  for (std::size_t i = 0; i < list.size(); ++i) values[i].write(list.structure(i));
};

inline constexpr auto writeStruct = []<typename T>(auto& builder, std::size_t place,
                                                   const T& value) {
  value.write(builder.initStructure(static_cast<unsigned>(place), T::dataWords, T::pointers));
};

// A list of lists: `write(list, index, inner)` writes each inner one.
inline constexpr auto writeLists = [](auto& builder, std::size_t place, const auto& lists,
                                      auto write) {
  writeList(builder, place, ElementSize::pointer, lists, write);
};

}  // namespace troop::proxy
