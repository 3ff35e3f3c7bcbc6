// What generated structs read and write their lists with, and make messages with: plain vectors in
// and out of a message.
//
//   value.words = readTexts(reader.list(2));
//   writeTexts(builder, 2, words);
#pragma once

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "proxy/boxed.h"
#include "sandbox/sdk/cpp/encoding/builder.h"
#include "sandbox/sdk/cpp/encoding/reader.h"
#include "sandbox/sdk/cpp/proxy.h"

namespace troop::inline guest {

using proxy::Boxed;
using Void = std::monostate;

// Each element as `read(list, index)` gives it.
template <typename Read>
auto readList(const ListReader& list, Read read) {
  using Value = std::invoke_result_t<Read&, const ListReader&, std::size_t>;
  const std::size_t size = list.admit(sizeof(Value));
  std::vector<Value> values;
  values.reserve(size);
  for (std::size_t i = 0; i < size; ++i) values.push_back(read(list, i));
  return values;
}

template <Number T>
std::vector<T> readNumbers(const ListReader& list) {
  return readList(list, [](const ListReader& from, std::size_t i) { return from.number<T>(i); });
}

inline std::vector<bool> readBooleans(const ListReader& list) {
  return readList(list, [](const ListReader& from, std::size_t i) { return from.boolean(i); });
}

inline std::vector<std::string> readTexts(const ListReader& list) {
  return readList(list, [](const ListReader& from, std::size_t i) { return from.text(i); });
}

inline std::vector<std::vector<std::byte>> readDatas(const ListReader& list) {
  return readList(list, [](const ListReader& from, std::size_t i) { return from.data(i); });
}

inline std::vector<Void> readVoids(const ListReader& list) {
  return std::vector<Void>(list.admit(sizeof(Void)));
}

// Proxies of type T, or Capabilities.
template <typename T>
std::vector<T> readCapabilities(const ListReader& list) {
  return readList(list,
                  [](const ListReader& from, std::size_t i) { return T(from.capability(i)); });
}

// Each is read where it lies, not on the stack: what a message makes deep must not take much of it.
template <typename T>
std::vector<T> readStructs(const ListReader& list) {
  std::vector<T> values(list.admit(sizeof(T)));
  for (std::size_t i = 0; i < values.size(); ++i) values[i].readFrom(list.structure(i));
  return values;
}

// A list of lists: each inner one as `read(list)` gives it.
template <typename Read>
auto readLists(const ListReader& list, Read read) {
  return readList(list, [&](const ListReader& from, std::size_t i) { return read(from.list(i)); });
}

// Writers are objects, so that they can be given to writeLists. They write to pointer `place` of a
// struct, or to element `place` of a list. Here `write(list, index, value)` writes each element.
inline constexpr auto writeList = [](auto& builder, std::size_t place, ElementSize size,
                                     const auto& values, auto write) {
  ListBuilder list = builder.initList(static_cast<unsigned>(place), size, values.size());
  for (std::size_t i = 0; i < list.size(); ++i) write(list, i, values[i]);
};

inline constexpr auto writeNumbers = []<Number T>(auto& builder, std::size_t place,
                                                  const std::vector<T>& values) {
  constexpr ElementSize size = sizeof(T) == 1   ? ElementSize::byte
                               : sizeof(T) == 2 ? ElementSize::twoBytes
                               : sizeof(T) == 4 ? ElementSize::fourBytes
                                                : ElementSize::eightBytes;
  writeList(builder, place, size, values,
            [](ListBuilder& list, std::size_t i, T value) { list.setNumber(i, value); });
};

inline constexpr auto writeBooleans = [](auto& builder, std::size_t place,
                                         const std::vector<bool>& values) {
  writeList(builder, place, ElementSize::bit, values,
            [](ListBuilder& list, std::size_t i, bool value) { list.setBoolean(i, value); });
};

inline constexpr auto writeTexts = [](auto& builder, std::size_t place,
                                      const std::vector<std::string>& values) {
  writeList(
      builder, place, ElementSize::pointer, values,
      [](ListBuilder& list, std::size_t i, const std::string& value) { list.setText(i, value); });
};

inline constexpr auto writeDatas = [](auto& builder, std::size_t place,
                                      const std::vector<std::vector<std::byte>>& values) {
  writeList(builder, place, ElementSize::pointer, values,
            [](ListBuilder& list, std::size_t i, const std::vector<std::byte>& value) {
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
            [](ListBuilder& list, std::size_t i, const T& value) {
              if constexpr (std::is_same_v<T, Capability>) {
                list.setCapability(i, value);
              } else {
                list.setCapability(i, value.capability());
              }
            });
};

inline constexpr auto writeStructs = []<typename T>(auto& builder, std::size_t place,
                                                    const std::vector<T>& values) {
  ListBuilder list = builder.initStructureList(static_cast<unsigned>(place), values.size(),
                                               T::dataWords, T::pointers);
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

// A builder for a message whose root is a T; `bytesExpected` of texts and data besides.
template <typename T>
MessageBuilder builderFor(std::size_t bytesExpected = 0) {
  return MessageBuilder(T::dataWords, T::pointers,
                        8 * (1 + T::dataWords + T::pointers) + bytesExpected);
}

}  // namespace troop::inline guest
