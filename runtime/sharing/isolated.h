// An Isolated<T> is the only owner of a T that shares nothing mutable with anybody: it can change,
// and it can be given to another Thread, but never be in two. Once it will not change any more,
// freeze() makes it a Frozen<T> (runtime/sharing/frozen.h).
//
// Ownership: one; moved, never copied. It stands in the heap of the OS process and can cross
// troops. Threads: whoever has it. Limits: memory. Fails: use after it was moved away stops the
// program, naming the place. Misuse: a pointer or reference into it that is kept where it was sent
// from.
//
//   Isolated<Image> image = Isolated<Image>::make(640, 480);
//   image->draw(circle);
//   scope.thread([](Isolated<Image> mine) { mine->save(); }, std::move(image));
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/sendable.h"

namespace [[gnu::visibility("hidden")]] troop {

// Whether all that is reached from a T is its own, immutable or thread-safe: what is Sendable, and
// unique owners of such. A type opts in by a specialization, and answers for it.
template <typename T>
struct IsIsolatable : IsSendable<T> {};

template <typename T>
concept Isolatable = IsIsolatable<T>::value;

// clang-format off
template <typename T> struct IsIsolatable<std::unique_ptr<T>> : IsIsolatable<T> {};
template <typename T> struct IsIsolatable<std::optional<T>> : IsIsolatable<T> {};
template <typename T> struct IsIsolatable<std::vector<T>> : IsIsolatable<T> {};
template <typename T> struct IsIsolatable<std::deque<T>> : IsIsolatable<T> {};
template <typename K, typename V>
struct IsIsolatable<std::map<K, V>> : std::conjunction<IsIsolatable<K>, IsIsolatable<V>> {};
template <typename K, typename V>
struct IsIsolatable<std::unordered_map<K, V>>
    : std::conjunction<IsIsolatable<K>, IsIsolatable<V>> {};
template <typename A, typename B>
struct IsIsolatable<std::pair<A, B>> : std::conjunction<IsIsolatable<A>, IsIsolatable<B>> {};
template <typename... T>
struct IsIsolatable<std::tuple<T...>> : std::conjunction<IsIsolatable<T>...> {};
// clang-format on

template <typename T>
class Isolated {
 public:
  template <typename... Arguments>
  static Isolated make(Arguments&&... arguments) {
    static_assert(Isolatable<T>,
                  "an Isolated owns all that it reaches: this type may share something mutable; "
                  "opt in by IsIsolatable, see runtime/sharing/isolated.h");
    return Isolated(std::make_unique<T>(std::forward<Arguments>(arguments)...));
  }

  T& operator*() & noexcept { return *checked(); }
  const T& operator*() const& noexcept { return *checked(); }
  T* operator->() noexcept { return checked(); }
  const T* operator->() const noexcept { return checked(); }

  // The value itself; leaves nothing.
  T take() && {
    checked();
    const std::unique_ptr<T> value = std::move(value_);
    return std::move(*value);
  }

  // False once it was moved away.
  explicit operator bool() const noexcept { return value_ != nullptr; }

 private:
  explicit Isolated(std::unique_ptr<T> value) noexcept : value_(std::move(value)) {}

  T* checked() const noexcept {
    check(value_ != nullptr, "an Isolated is not used after it was moved away");
    return value_.get();
  }

  std::unique_ptr<T> value_;
};

template <typename T>
struct IsSendable<Isolated<T>> : std::true_type {};

}  // namespace troop
