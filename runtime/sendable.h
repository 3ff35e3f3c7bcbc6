// What may cross from one Thread to another: values that share nothing mutable with others.
//
// Numbers, strings, Errors, times and the standard containers of what is Sendable are; references,
// pointers and views are not, nor is anything unknown. A type opts in by a specialization; a value
// that is safe for a reason the compiler cannot see is wrapped in assumeSendable(), and arrives
// unwrapped. C++ does not tell what a lambda captures: what another Thread calls captures nothing,
// and has Sendable arguments; one that captures is wrapped as well.
//
// Ownership: what crosses is copied or moved, and its receiver's. Threads, failures: decided by the
// compiler, whose errors say what to send instead. Limits: globals and local statics are not seen.
// Misuse: an address of a local, assumed Sendable, where stacks do not stay (runtime/thread.h).
//
//   template <> struct troop::IsSendable<Order> : std::true_type {};
//   troop.thread({"shop"}, [](Order order, Index* index) {...}, order, assumeSendable(&all));
//   thread->post(assumeSendable([&done] { done.set(); }));  // who posts it keeps `done`, and waits
#pragma once

#include <array>
#include <chrono>
#include <concepts>
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

namespace [[gnu::visibility("hidden")]] troop {

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

  // Where that is a function.
  template <typename... Arguments>
    requires std::invocable<T&, Arguments...>
  decltype(auto) operator()(Arguments&&... arguments) {
    return std::invoke(value, std::forward<Arguments>(arguments)...);
  }
};
template <typename T>
inline constexpr bool isAssumedSendable = false;
template <typename T>
inline constexpr bool isAssumedSendable<AssumedSendable<T>> = true;

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

// What another Thread may call: a function, or an object without state such as a lambda that
// captures nothing; or what is assumed to be like them.
template <typename F>
concept ThreadStart =
    std::is_empty_v<F> || (std::is_pointer_v<F> && std::is_function_v<std::remove_pointer_t<F>>) ||
    isAssumedSendable<F>;

template <typename T>
T&& unwrapSendable(T& value) noexcept {
  return std::move(value);
}
template <typename T>
T&& unwrapSendable(AssumedSendable<T>& assumed) noexcept {
  return std::move(assumed.value);
}
template <typename T>
using Unwrapped = decltype(unwrapSendable(std::declval<T&>()));

// Kinds of what is not Sendable, for errors that say what to send instead.
template <typename T, template <typename...> class Made>
inline constexpr bool isMade = false;
template <template <typename...> class Made, typename... Arguments>
inline constexpr bool isMade<Made<Arguments...>, Made> = true;
template <typename T>
inline constexpr bool isView = isMade<T, std::basic_string_view>;
template <typename T, std::size_t n>
inline constexpr bool isView<std::span<T, n>> = true;

// Fails to compile unless a T may cross to another Thread; says what of it may not.
template <typename T>
consteval void requireSendable();

template <typename Replacement, typename>
using ReplacedBy = Replacement;

// What would be Sendable with other elements, and which of them are not.
template <typename T>
struct Elements {
  static constexpr bool areNotSendable = false;
};
template <template <typename...> class Made, typename First, typename... Others>
struct Elements<Made<First, Others...>> {
  template <typename... Number>
  static consteval bool wouldBeSendable() {
    if constexpr (requires { typename Made<Number...>; }) {
      return Sendable<Made<Number...>>;
    } else {
      return false;
    }
  }
  using Second = std::tuple_element_t<0, std::tuple<Others..., int>>;
  // Either all that it is made of, or what stands before the allocator of a container.
  static constexpr bool all = wouldBeSendable<int, ReplacedBy<int, Others>...>();
  static constexpr bool one = !all && wouldBeSendable<int>();
  static constexpr bool two = !all && !one && wouldBeSendable<int, int>();
  static constexpr bool areNotSendable = ((all || one || two) && !Sendable<First>) ||
                                         (two && !Sendable<Second>) ||
                                         (all && !(Sendable<Others> && ...));

  static consteval void require() {
    requireSendable<First>();
    if constexpr (two) requireSendable<Second>();
    if constexpr (all) (requireSendable<Others>(), ...);
  }
};

// The same of a T without elements that stand in the way.
template <typename T>
consteval void requireSendableKind() {
  constexpr bool isReference = std::is_reference_v<T> || isMade<T, std::reference_wrapper>;
  constexpr bool isUnique = isMade<T, std::unique_ptr>;
  constexpr bool isErased = isMade<T, std::function>;
  static_assert(!std::is_pointer_v<T>,
                "a pointer is not Sendable, for both Threads would reach what it points to: send a "
                "copy, a Text, a Frozen<T> or an Isolated<T>; assumeSendable() is the way out");
  static_assert(!isReference,
                "a reference is not Sendable, for both Threads would reach what it refers to: send "
                "a copy, an Isolated<T> or a Monitor<T>; assumeSendable() is the way out");
  static_assert(!isView<T>,
                "a view is not Sendable, for it does not own what it shows: send a Text, Bytes or "
                "a container");
  static_assert(!isMade<T, std::shared_ptr>,
                "a std::shared_ptr is not Sendable, for what it points to may change: send a "
                "Frozen<T> or a Monitor<T>; assumeSendable() is the way out");
  static_assert(!isUnique || Sendable<T>,
                "a std::unique_ptr is not Sendable, for others may refer to what it owns: send an "
                "Isolated<T>, or the value; assumeSendable() is the way out");
  static_assert(!isErased || Sendable<T>,
                "a std::function is not Sendable, for nobody sees what it captures: send what it "
                "needs as arguments; assumeSendable() is the way out");
  static_assert(
      Sendable<T> || std::is_pointer_v<T> || isReference || isView<T> ||
          isMade<T, std::shared_ptr> || isUnique || isErased,
      "this type is not Sendable: where it shares nothing mutable with others, specialize "
      "IsSendable for it (runtime/sendable.h); assumeSendable() is the way out");
}

template <typename T>
consteval void requireSendable() {
  if constexpr (!Sendable<T> && Elements<T>::areNotSendable) {
    Elements<T>::require();
  } else {
    requireSendableKind<T>();
  }
}

// Fails to compile unless another Thread may call an F.
template <typename F>
consteval void requireThreadStart() {
  static_assert(
      ThreadStart<F>,
      "what another Thread calls is a function or a lambda that captures nothing: what it "
      "needs are arguments after it, which are Sendable; assumeSendable() is the way out");
}

// The same for what a Thread gives to another by a Future.
template <typename T>
consteval void requireGivenAndReturned() {
  if constexpr (!std::is_void_v<T>) requireSendable<T>();
}

// What a Task of another Thread calls. A lambda takes no room in it.
template <typename F, typename... Arguments>
struct ThreadCall {
  auto operator()() {
    return std::apply([&](auto&... all) { return function(unwrapSendable(all)...); }, arguments);
  }
  [[no_unique_address]] F function;
  [[no_unique_address]] std::tuple<Arguments...> arguments;
};
template <typename F, typename... Arguments>
auto threadCall(F function, Arguments... arguments) {
  requireThreadStart<F>();
  (requireSendable<Arguments>(), ...);
  return ThreadCall<F, Arguments...>{std::move(function), {std::move(arguments)...}};
}
std::unique_ptr<Body> makeThreadBody(auto function, auto... arguments) {
  return makeBody(threadCall(std::move(function), std::move(arguments)...));
}

}  // namespace troop
