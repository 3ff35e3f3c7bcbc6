// Intrusive reference counting for objects that several OS threads hold: endpoints of capabilities,
// troops, schedulable work.
//
// Ownership: the object is deleted by whoever drops the last Ref. Threads: counts are atomic; the
// object's own members are protected by whatever its class says. Misuse: a cycle of Refs is never
// freed; classes that could form one break it explicitly when they die. Limits: 2^32 - 1 of them.
// Fails: makeRef() throws what the constructor throws, and std::bad_alloc; nothing else does.
//
//   Ref<Membrane> m = makeRef<Membrane>("acme");
//   Ref<Membrane> other = m;      // two holders
//   m.reset();                    // one holder
#pragma once

#include <type_traits>
#include <utility>

#include "runtime/base/reference-count.h"

namespace [[gnu::visibility("hidden")]] troop {

class RefCounted {
 public:
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;

  void addRef() const noexcept { count_.add(); }
  void addRefs(std::size_t more) const noexcept { count_.add(static_cast<std::uint32_t>(more)); }

  // Adds a reference unless the last one is gone already. For lists that keep no references:
  // whoever takes an object from one must hold the lock under which the object's destructor leaves
  // it.
  [[nodiscard]] bool tryAddRef() const noexcept { return count_.tryAdd(); }

  void dropRef() const noexcept { dropRefs(1); }
  void dropRefs(std::size_t fewer) const noexcept {
    if (count_.drop(static_cast<std::uint32_t>(fewer))) delete this;
  }

 protected:
  RefCounted() = default;
  virtual ~RefCounted() = default;

 private:
  mutable ReferenceCount<> count_;
};

// A shared owner of a RefCounted object; as cheap to move as a pointer.
template <typename T>
class Ref {
 public:
  Ref() = default;
  explicit(false) Ref(std::nullptr_t) {}

  // Takes over a reference that the caller already owns.
  static Ref adopt(T* object) noexcept {
    Ref ref;
    ref.object_ = object;
    return ref;
  }

  // Adds a reference of its own; `object` may be null.
  static Ref share(T* object) noexcept {
    if (object != nullptr) object->addRef();
    return adopt(object);
  }

  Ref(const Ref& other) noexcept : object_(other.object_) {
    if (object_ != nullptr) object_->addRef();
  }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}

  template <typename U>
    requires std::is_convertible_v<U*, T*>
  explicit(false) Ref(Ref<U> other) noexcept : object_(other.release()) {}

  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }

  ~Ref() {
    if (object_ != nullptr) object_->dropRef();
  }

  void reset() noexcept { *this = Ref(); }

  // Gives the reference to the caller, who must adopt() or drop it.
  [[nodiscard]] T* release() noexcept { return std::exchange(object_, nullptr); }

  T* get() const noexcept { return object_; }
  T* operator->() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  friend bool operator==(const Ref& a, const Ref& b) noexcept { return a.object_ == b.object_; }

 private:
  T* object_ = nullptr;
};

template <typename T, typename... Args>
Ref<T> makeRef(Args&&... args) {
  return Ref<T>::adopt(new T(std::forward<Args>(args)...));
}

}  // namespace troop
