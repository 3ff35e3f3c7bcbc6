// Objects that count who refers to them, and Ref, which is such a reference. A guest has one
// thread, so counting is a plain addition.
//
//   struct Reference : Counted { ... };
//   Ref<Reference> one(new Reference);
#pragma once

#include <utility>

namespace troop::inline guest {

class Counted {
 public:
  Counted() = default;
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  virtual ~Counted() = default;

 private:
  template <typename T>
  friend class Ref;
  unsigned references_ = 0;
};

template <typename T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T* object) : object_(object) {
    if (object_ != nullptr) ++object_->Counted::references_;
  }
  Ref(const Ref& other) : Ref(other.object_) {}
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <typename U>
  // NOLINTNEXTLINE(google-explicit-constructor): as pointers are converted
  Ref(const Ref<U>& other) : Ref(other.get()) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr && --object_->Counted::references_ == 0) delete object_;
  }

  explicit operator bool() const { return object_ != nullptr; }
  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  // Whether nobody else refers to it.
  bool isOnly() const { return object_ != nullptr && object_->Counted::references_ == 1; }
  bool operator==(const Ref&) const = default;

 private:
  T* object_ = nullptr;
};

}  // namespace troop::inline guest
