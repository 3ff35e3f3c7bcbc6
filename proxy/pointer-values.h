// What one pointer of a message leads to, as a value of a type that is named: what generic code and
// AnyPointer read and write with, for hosts and for guests. T is a generated struct, a proxy,
// Capability, std::string, std::vector<std::byte>, a std::vector of these or of numbers, or
// AnyPointer.
//
// Ownership: none. Threads: those of the readers and builders. Limits, errors: theirs.
//
//   auto word = readPointer<std::string>(reader, 0);
//   writePointer(builder, 0, std::vector<std::int32_t>{1, 2});
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "proxy/values.h"

namespace troop::proxy {

template <typename T>
inline constexpr bool isVector = false;
template <typename T>
inline constexpr bool isVector<std::vector<T>> = true;

using Bytes = std::vector<std::byte>;

// What a pointer can lead to and AnyPointer can be made of.
template <typename T>
concept PointerValue =
    std::is_convertible_v<const T&, std::string_view> || isVector<T> || requires {
      T::dataWords;
    } || requires(const T& value) { value.capability(); } || requires { typename T::IsCapability; };

template <typename T>
std::vector<T> readListOf(const auto& list) {
  if constexpr (std::is_same_v<T, Void>) {
    return readVoids(list);
  } else if constexpr (std::is_same_v<T, bool>) {
    return readBooleans(list);
  } else if constexpr (Number<T>) {
    return readNumbers<T>(list);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return readTexts(list);
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return readDatas(list);
  } else if constexpr (isVector<T>) {
    return readLists(list,
                     [](const auto& inner) { return readListOf<typename T::value_type>(inner); });
  } else if constexpr (requires { T::dataWords; }) {
    return readStructs<T>(list);
  } else {
    return readCapabilities<T>(list);
  }
}

template <typename T>
T readPointer(const auto& reader, unsigned place) {
  if constexpr (std::is_same_v<T, std::string>) {
    return reader.text(place);
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return reader.data(place);
  } else if constexpr (isVector<T>) {
    return readListOf<typename T::value_type>(reader.list(place));
  } else if constexpr (requires { T::dataWords; }) {
    T value;
    value.readFrom(reader.structure(place));
    return value;
  } else if constexpr (requires { typename T::IsAnyPointer; }) {
    return reader.anyPointer(place);
  } else {
    return T(reader.capability(place));
  }
}

template <typename T>
void writePointer(auto& builder, std::size_t place, const T& value);

template <typename T>
void writeListTo(auto& builder, unsigned place, const std::vector<T>& values) {
  if constexpr (std::is_same_v<T, Void>) {
    writeVoids(builder, place, values);
  } else if constexpr (std::is_same_v<T, bool>) {
    writeBooleans(builder, place, values);
  } else if constexpr (Number<T>) {
    writeNumbers(builder, place, values);
  } else if constexpr (requires { T::dataWords; }) {
    writeStructs(builder, place, values);
  } else {
    writeList(builder, place, ElementSize::pointer, values,
              [](auto& list, std::size_t i, const T& value) { writePointer(list, i, value); });
  }
}

template <typename T>
void writePointer(auto& builder, std::size_t place, const T& value) {
  const auto at = static_cast<unsigned>(place);
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    builder.setText(at, value);
  } else if constexpr (std::is_same_v<T, Bytes>) {
    builder.setData(at, value);
  } else if constexpr (isVector<T>) {
    writeListTo(builder, at, value);
  } else if constexpr (requires { T::dataWords; }) {
    writeStruct(builder, at, value);
  } else if constexpr (requires { typename T::IsAnyPointer; }) {
    builder.setAnyPointer(at, value);
  } else if constexpr (requires { value.capability(); }) {
    builder.setCapability(at, value.capability());
  } else {
    builder.setCapability(at, value);
  }
}

}  // namespace troop::proxy
