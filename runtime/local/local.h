// A Local<T> refers to an object of its own Thread. Copies of it refer to the same object, which
// may change; the object is destroyed with the last of them, and objects that refer to each other
// in a circle, which nobody else refers to, are found and destroyed as well where their types have
// a trace().
//
// When: an object with its last Local, in the Task that dropped it, after what referred to it.
// Circles when a slice of their Thread ends in which enough has come together, when their Thread
// ends, and in collectCycles(): never while something is made, and never in code of another Task.
// All of a circle is dead before the first destructor of it runs: there other Locals of the circle
// still tell whether what they refer to lives(), but neither lead to it nor are copied, which ends
// the program: nothing is resurrected. What may have to wait when it is given back stands in a
// Finalized (runtime/local/finalizer.h).
//
// Ownership: shared. Threads: the one that made it; a Local is not Sendable. Limits: each object is
// charged to the troop. Fails: make() throws Error (overloaded, memory) where the troop cannot pay,
// and Error (failed) outside of Threads. Misuse: a destructor of T that waits; a circle through a
// type without trace(), through what a coroutine has in its frame, or through a Local that trace()
// leaves out: it is kept for ever.
//
//   struct Node {
//     std::vector<Local<Node>> edges;
//     void trace(LocalTracer& tracer) const { tracer(edges); }
//   };
//   Local<Node> a = Local<Node>::make(), b = Local<Node>::make();
//   a->edges.push_back(b), b->edges.push_back(a);    // and are destroyed nevertheless
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/local/local-heap.h"
#include "runtime/local/local-tracer.h"

namespace [[gnu::visibility("hidden")]] troop {

template <typename T>
class Local {
 public:
  template <typename... Arguments>
  static Local make(Arguments&&... arguments) {
    Local made;
    made.object_ = new Object(LocalHeap::ofCaller(), std::forward<Arguments>(arguments)...);
    return made;
  }

  // Refers to nothing.
  Local() = default;

  Local(const Local& other) noexcept : object_(other.object_) {
    if (object_ != nullptr) object_->add();
  }
  Local(Local&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Local& operator=(Local other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Local() {
    if (object_ != nullptr) object_->drop();
  }

  // Of an object that lives.
  T& operator*() const noexcept { return *checked(); }
  T* operator->() const noexcept { return checked(); }

  // False where it refers to nothing.
  explicit operator bool() const noexcept { return object_ != nullptr; }
  // Whether what it refers to is there, and not part of a circle that is being destroyed.
  bool lives() const noexcept { return object_ != nullptr && object_->lives(); }

  friend bool operator==(const Local& a, const Local& b) noexcept { return a.object_ == b.object_; }

 private:
  friend class LocalTracer;

  class Object final : public LocalObject {
   public:
    template <typename... Arguments>
    explicit Object(LocalHeap& heap, Arguments&&... arguments)
        : LocalObject(heap, Traceable<T> ? Traced::yes : Traced::no, sizeof(Object)),
          value_(std::in_place, std::forward<Arguments>(arguments)...) {}

    T& value() noexcept { return *value_; }

   private:
    void trace(LocalTracer& tracer) const noexcept override {
      if constexpr (Traceable<T>) value_->trace(tracer);
    }
    void destroyValue() noexcept override { value_.reset(); }

    std::optional<T> value_;
  };

  T* checked() const noexcept {
    check(lives(), "a Local leads to an object that lives");
    return &static_cast<Object*>(object_)->value();
  }

  LocalObject* object_ = nullptr;
};

// Destroys the circles of the calling Thread that nobody refers to; returns of how many objects.
std::size_t collectCycles();

}  // namespace troop
