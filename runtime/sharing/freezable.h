// What may be frozen: types through whose const interface nothing can change and nothing that can
// change is reached.
//
// Numbers, strings, times, Errors and the standard containers of what is Freezable are; pointers,
// references and views are not, nor is anything unknown. A type opts in by listing its members.
// What is safe for a reason that the compiler cannot see is wrapped in assumeFreezable().
//
// Limits: `mutable` members are not seen, nor are members that were not listed where the type has
// constructors, bases or private members of its own: who opts in answers for them. Of any other
// type the list is complete, or it does not compile. A list also tells what a value owns, so that
// it is paid for in full. Ownership, threads: all is decided when it is compiled. Fails: by an
// error of the compiler that names what is missing. Misuse: assumeFreezable() around what others
// still change.
//
//   struct Order { Text customer; std::vector<int> lines; };
//   template <>
//   struct troop::IsFreezable<Order> : troop::FreezableMembers<&Order::customer, &Order::lines> {};
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/error.h"

namespace [[gnu::visibility("hidden")]] troop {

template <typename T>
struct IsFreezable : std::bool_constant<std::is_arithmetic_v<T> || std::is_enum_v<T>> {};

template <typename T>
concept Freezable = IsFreezable<T>::value;

template <typename T>
struct AssumedFreezable {
  T value;
};

// Says that `value` does not change once it is frozen, nor anything that is reached from it; who
// calls it answers for that.
template <typename T>
AssumedFreezable<std::decay_t<T>> assumeFreezable(T&& value) {
  return {std::forward<T>(value)};
}

// Memory that `value` owns beside itself, as far as it is known; shared memory does not count.
template <typename T>
std::size_t ownedBytes(const T& value);

template <typename Member>
struct MemberOf;
template <typename Class, typename T>
struct MemberOf<T Class::*> {
  using Type = std::remove_cv_t<T>;
  using Of = Class;
};

// Stands for a value of any type where members are counted; the second for members that are copied
// from a reference, or are one.
struct AnyValue {
  template <typename T>
  operator T() const;  // NOLINT(google-explicit-constructor): it initializes members
};
struct AnyReference {
  template <typename T>
  operator T&() const;  // NOLINT(google-explicit-constructor): as well
};
template <typename Class, typename Any, std::size_t... i>
consteval bool takesInitializers(std::index_sequence<i...>) {
  return requires { Class{(static_cast<void>(i), Any{})...}; };
}

// Whether an aggregate has a member more than are listed. One with bases has them as well.
template <typename Class, std::size_t listed>
consteval bool hasMoreMembersThan() {
  if constexpr (std::is_aggregate_v<Class>) {
    using OneMore = std::make_index_sequence<listed + 1>;
    return takesInitializers<Class, AnyValue>(OneMore()) ||
           takesInitializers<Class, AnyReference>(OneMore());
  } else {
    return false;
  }
}

template <auto member, auto other>
inline constexpr bool isSameMember = false;
template <auto member>
inline constexpr bool isSameMember<member, member> = true;

// Fail to compile where the list forgets a member, or has one twice to hide that.
template <auto first, auto... members>
consteval void requireComplete() {
  using Class = typename MemberOf<decltype(first)>::Of;
  static_assert(!hasMoreMembersThan<Class, 1 + sizeof...(members)>(),
                "this list of FreezableMembers is not complete: a member that is not in it may "
                "change, or reach what does");
}
template <auto first, auto... members>
consteval void requireDistinct() {
  static_assert((!isSameMember<first, members> && ...),
                "this list of FreezableMembers has a member twice");
  if constexpr (sizeof...(members) > 0) requireDistinct<members...>();
}

template <auto... members>
struct FreezableMembers
    : std::conjunction<IsFreezable<typename MemberOf<decltype(members)>::Type>...> {
  template <typename T>
  static std::size_t ownedBytes(const T& value) {
    // Here, where something is frozen, all types are complete.
    if constexpr (sizeof...(members) > 0) {
      requireComplete<members...>();
      requireDistinct<members...>();
    }
    return (std::size_t{0} + ... + troop::ownedBytes(value.*members));
  }
};

// The traits of the standard containers.
template <typename Element>
struct FreezableSequence : IsFreezable<Element> {
  template <typename T>
  static std::size_t ownedBytes(const T& sequence) {
    std::size_t bytes = sequence.capacity() * sizeof(Element);
    for (const Element& element : sequence) bytes += troop::ownedBytes(element);
    return bytes;
  }
};
template <typename Element>
struct FreezableNodes : IsFreezable<Element> {
  template <typename T>
  static std::size_t ownedBytes(const T& nodes) {
    constexpr std::size_t linksBytes = 4 * sizeof(void*);  // of a tree's node; the most there are
    std::size_t bytes = nodes.size() * (sizeof(Element) + linksBytes);
    for (const Element& element : nodes) bytes += troop::ownedBytes(element);
    return bytes;
  }
};

// clang-format off
template <typename T> struct IsFreezable<const T> : IsFreezable<T> {};
template <> struct IsFreezable<std::nullptr_t> : std::true_type {};
template <> struct IsFreezable<std::monostate> : std::true_type {};
template <typename Rep, typename Period>
struct IsFreezable<std::chrono::duration<Rep, Period>> : std::true_type {};
template <typename Clock, typename Duration>
struct IsFreezable<std::chrono::time_point<Clock, Duration>> : std::true_type {};
template <typename T> struct IsFreezable<std::vector<T>> : FreezableSequence<T> {};
template <> struct IsFreezable<std::vector<bool>> : std::true_type {};
template <typename T> struct IsFreezable<std::deque<T>> : FreezableNodes<T> {};
template <typename T> struct IsFreezable<std::set<T>> : FreezableNodes<T> {};
template <typename T> struct IsFreezable<std::unordered_set<T>> : FreezableNodes<T> {};
template <typename K, typename V>
struct IsFreezable<std::map<K, V>> : FreezableNodes<std::pair<const K, V>> {};
template <typename K, typename V>
struct IsFreezable<std::unordered_map<K, V>> : FreezableNodes<std::pair<const K, V>> {};
// clang-format on

template <>
struct IsFreezable<std::string> : std::true_type {
  static std::size_t ownedBytes(const std::string& text) {
    const bool isInline = text.capacity() == std::string().capacity();
    return isInline ? 0 : text.capacity() + 1;
  }
};
template <>
struct IsFreezable<Error> : std::true_type {
  static std::size_t ownedBytes(const Error& error) { return troop::ownedBytes(error.reason()); }
};
template <typename T>
struct IsFreezable<std::optional<T>> : IsFreezable<T> {
  static std::size_t ownedBytes(const std::optional<T>& value) {
    return value ? troop::ownedBytes(*value) : 0;
  }
};
template <typename T, std::size_t n>
struct IsFreezable<std::array<T, n>> : IsFreezable<T> {
  static std::size_t ownedBytes(const std::array<T, n>& array) {
    std::size_t bytes = 0;
    for (const T& element : array) bytes += troop::ownedBytes(element);
    return bytes;
  }
};
template <typename A, typename B>
struct IsFreezable<std::pair<A, B>> : std::conjunction<IsFreezable<A>, IsFreezable<B>> {
  static std::size_t ownedBytes(const std::pair<A, B>& pair) {
    return troop::ownedBytes(pair.first) + troop::ownedBytes(pair.second);
  }
};
template <typename... T>
struct IsFreezable<std::tuple<T...>> : std::conjunction<IsFreezable<T>...> {
  static std::size_t ownedBytes(const std::tuple<T...>& tuple) {
    return std::apply(
        [](const T&... element) { return (std::size_t{0} + ... + troop::ownedBytes(element)); },
        tuple);
  }
};
template <typename... T>
struct IsFreezable<std::variant<T...>> : std::conjunction<IsFreezable<T>...> {
  static std::size_t ownedBytes(const std::variant<T...>& variant) {
    return std::visit([](const auto& element) { return troop::ownedBytes(element); }, variant);
  }
};

template <typename T>
std::size_t ownedBytes(const T& value) {
  if constexpr (requires { IsFreezable<T>::ownedBytes(value); }) {
    return IsFreezable<T>::ownedBytes(value);
  } else {
    return 0;
  }
}

}  // namespace troop
