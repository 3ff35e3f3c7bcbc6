// How parts of runtime/io reach into the handles of each other.
//
//   Source& source = IoAccess::of(stream);
#pragma once

#include <utility>

#include "runtime/reactor/source.h"
#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {

class Address;

struct IoAccess {
  template <typename Handle>
  static Source& of(const Handle& handle) noexcept {
    return *handle.source_;
  }

  template <typename Handle>
  static Handle make(Ref<Source> source, const Address& address) {
    return Handle(std::move(source), address);
  }
};

}  // namespace troop
