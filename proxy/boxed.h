// Boxed is a value that may be absent and lies elsewhere: what a struct holds of structs that
// contain it again. Copies are deep; equal values are equal; what was moved from is absent.
//
// Ownership: owns its value. Threads: as its value. Errors: none. Misuse: reading an absent one.
//
//   struct Tree { std::int32_t number = 0; Boxed<Tree> left; };
//   Tree tree{.number = 1, .left = Tree{.number = 2}};
//   if (tree.left) sum += tree.left->number;
#pragma once

#include <utility>

namespace troop::proxy {

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

}  // namespace troop::proxy
