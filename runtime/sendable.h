// What may cross from one Thread to another: values that share nothing mutable with where they come
// from.
//
// Numbers, strings, Errors, times and the standard containers of what is Sendable are; references,
// pointers and views are not, nor is anything unknown. A type opts in by a specialization; a value
// that is safe for a reason the compiler cannot see is wrapped in assumeSendable(), and arrives
// unwrapped.
//
//   template <> struct troop::IsSendable<Order> : std::true_type {};
//   troop.thread({"shop"}, [](Order order, Index* index) {...}, order,
//   assumeSendable(&frozenIndex));
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/base/body.h"
#include "runtime/error.h"
#include "runtime/ref.h"

namespace troop {

class Budget;
class Thread;
class Troop;

template <typename T>
struct IsSendable : std::bool_constant<std::is_arithmetic_v<T> || std::is_enum_v<T>> {};

template <typename T>
concept Sendable = IsSendable<T>::value;

template <typename T>
struct AssumedSendable {
  T value;
};

// Says that `value` may cross; who calls it answers for that.
template <typename T>
AssumedSendable<std::decay_t<T>> assumeSendable(T&& value) {
  return {std::forward<T>(value)};
}

// clang-format off
template <typename T> struct IsSendable<AssumedSendable<T>> : std::true_type {};
template <> struct IsSendable<std::nullptr_t> : std::true_type {};
template <> struct IsSendable<std::monostate> : std::true_type {};
template <> struct IsSendable<std::string> : std::true_type {};
template <> struct IsSendable<Error> : std::true_type {};
template <typename Rep, typename Period>
struct IsSendable<std::chrono::duration<Rep, Period>> : std::true_type {};
template <typename Clock, typename Duration>
struct IsSendable<std::chrono::time_point<Clock, Duration>> : std::true_type {};
template <typename T> struct IsSendable<std::optional<T>> : IsSendable<T> {};
template <typename T> struct IsSendable<Expected<T>> : IsSendable<T> {};
template <> struct IsSendable<Expected<void>> : std::true_type {};
template <typename T> struct IsSendable<std::vector<T>> : IsSendable<T> {};
template <typename T> struct IsSendable<std::deque<T>> : IsSendable<T> {};
template <typename T, std::size_t n> struct IsSendable<std::array<T, n>> : IsSendable<T> {};
template <typename T> struct IsSendable<std::set<T>> : IsSendable<T> {};
template <typename T> struct IsSendable<std::unordered_set<T>> : IsSendable<T> {};
template <typename K, typename V>
struct IsSendable<std::map<K, V>> : std::conjunction<IsSendable<K>, IsSendable<V>> {};
template <typename K, typename V>
struct IsSendable<std::unordered_map<K, V>> : std::conjunction<IsSendable<K>, IsSendable<V>> {};
template <typename A, typename B>
struct IsSendable<std::pair<A, B>> : std::conjunction<IsSendable<A>, IsSendable<B>> {};
template <typename... T>
struct IsSendable<std::tuple<T...>> : std::conjunction<IsSendable<T>...> {};
template <typename... T>
struct IsSendable<std::variant<T...>> : std::conjunction<IsSendable<T>...> {};
// Thread-safe by what they are.
template <> struct IsSendable<Ref<Troop>> : std::true_type {};
template <> struct IsSendable<Ref<Thread>> : std::true_type {};
template <> struct IsSendable<Ref<Budget>> : std::true_type {};
// clang-format on

// What starts a Thread: a function, or an object without state such as a lambda that captures
// nothing.
template <typename F>
concept ThreadStart =
    std::is_empty_v<F> || (std::is_pointer_v<F> && std::is_function_v<std::remove_pointer_t<F>>);

template <typename T>
T&& unwrapSendable(T& value) noexcept {
  return std::move(value);
}
template <typename T>
T&& unwrapSendable(AssumedSendable<T>& assumed) noexcept {
  return std::move(assumed.value);
}

// Kinds of what is not Sendable, for errors that say what to send instead.
template <typename T>
inline constexpr bool isView = false;
template <typename Char, typename Traits>
inline constexpr bool isView<std::basic_string_view<Char, Traits>> = true;
template <typename T, std::size_t n>
inline constexpr bool isView<std::span<T, n>> = true;
template <typename T>
inline constexpr bool isSharedPointer = false;
template <typename T>
inline constexpr bool isSharedPointer<std::shared_ptr<T>> = true;
template <typename T>
inline constexpr bool isWrappedReference = false;
template <typename T>
inline constexpr bool isWrappedReference<std::reference_wrapper<T>> = true;

// Fails to compile unless a T may cross to another Thread.
template <typename T>
consteval void requireSendable() {
  static_assert(!std::is_pointer_v<T>,
                "a pointer is not Sendable, for both Threads would reach what it points to: send a "
                "copy, a Text, a Frozen<T> or an Isolated<T>; assumeSendable() is the way out");
  static_assert(!std::is_reference_v<T> && !isWrappedReference<T>,
                "a reference is not Sendable, for both Threads would reach what it refers to: send "
                "a copy, a Frozen<T>, an Isolated<T> or a Monitor<T>; assumeSendable() is the way "
                "out");
  static_assert(
      !isView<T>,
      "a view is not Sendable, for it does not own what it shows: send a Text, Bytes or a "
      "container");
  static_assert(!isSharedPointer<T>,
                "a std::shared_ptr is not Sendable, for what it points to may change: send a "
                "Frozen<T>, or a Monitor<T> where it has to change; assumeSendable() is the way "
                "out");
  static_assert(
      std::is_pointer_v<T> || std::is_reference_v<T> || isWrappedReference<T> || isView<T> ||
          isSharedPointer<T> || Sendable<T>,
      "this type is not Sendable: where it shares nothing mutable with the Thread that it "
      "comes from, specialize IsSendable for it, see runtime/sendable.h; "
      "assumeSendable() is the way out");
}

// The Body of a Thread's first Task.
template <typename F, typename... Arguments>
std::unique_ptr<Body> makeThreadBody(F function, Arguments... arguments) {
  static_assert(ThreadStart<F>,
                "a Thread starts with a function or a lambda that captures nothing: what it needs "
                "are arguments after it, which are Sendable");
  (requireSendable<Arguments>(), ...);
  return makeBody([function = std::move(function),
                   arguments = std::tuple<Arguments...>(std::move(arguments)...)]() mutable {
    std::apply([&](auto&... values) { function(unwrapSendable(values)...); }, arguments);
  });
}

}  // namespace troop
