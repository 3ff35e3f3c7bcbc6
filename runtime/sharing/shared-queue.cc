#include "runtime/sharing/shared-queue.h"

#include <fmt/format.h>

namespace troop {

QueuePlaces::QueuePlaces(std::size_t capacity) : capacity_(capacity) {
  if (capacity == 0) throw Error(ErrorKind::failed, "a queue has room for at least one value");
}

std::size_t QueuePlaces::release() noexcept {
  const std::size_t released = first_;
  first_ = (first_ + 1) % capacity_;
  --used_;
  return released;
}

Error QueuePlaces::fullError() const {
  return Error(ErrorKind::overloaded, fmt::format("the queue is full ({} values)", capacity_),
               ErrorDetail::quota, Executed::no);
}

}  // namespace troop
