// What a trace() tells which Locals its object has: the members that are or hold Locals, each once.
//
// Ownership: the collection that calls trace(). Threads: the object's. Misuse: a trace() that
// changes anything, waits or throws.
//
//   void trace(LocalTracer& tracer) const { tracer(parent, children, name); }
#pragma once

#include <optional>
#include <ranges>
#include <string_view>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("hidden")]] troop {

class LocalHeap;
class LocalObject;
template <typename T>
class Local;
class LocalTracer;

// A type that tells its Locals.
template <typename T>
concept Traceable = requires(const T& object, LocalTracer& tracer) { object.trace(tracer); };

class LocalTracer {
 public:
  // Locals; optionals, pairs, ranges and Traceables of such; and what holds none, which says
  // nothing.
  template <typename... Parts>
  void operator()(const Parts&... parts) {
    (tellPart(parts), ...);
  }

 private:
  friend class LocalHeap;
  using Visit = void (LocalHeap::*)(LocalObject&) noexcept;

  LocalTracer(LocalHeap& heap, Visit visit) noexcept : heap_(heap), visit_(visit) {}

  template <typename T>
  void tellPart(const Local<T>& part) {
    if (part.object_ != nullptr) tell(*part.object_);
  }
  template <typename T>
  void tellPart(const std::optional<T>& part) {
    if (part) tellPart(*part);
  }
  template <typename A, typename B>
  void tellPart(const std::pair<A, B>& part) {
    tellPart(part.first);
    tellPart(part.second);
  }
  template <typename T>
  void tellPart(const T& part) {
    if constexpr (Traceable<T>) {
      part.trace(*this);
    } else if constexpr (std::ranges::range<const T> &&
                         !std::is_convertible_v<const T&, std::string_view>) {
      for (const auto& each : part) tellPart(each);
    } else {
      static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T> ||
                        std::is_convertible_v<const T&, std::string_view>,
                    "who is traced tells its Locals: give this type a trace() that does");
    }
  }

  void tell(LocalObject& object) noexcept;

  LocalHeap& heap_;
  const Visit visit_;
};

}  // namespace troop
