#include "runtime/base/trace-ring.h"

#include <algorithm>
#include <bit>
#include <new>

#include "runtime/base/check.h"

namespace troop {

void TraceRing::makeRoom(std::size_t events) {
  check(std::has_single_bit(events), "a ring has a power of two of events");
  mask_ = events - 1;
  words_.reset(static_cast<std::uint64_t*>(std::calloc(events * 2, sizeof(std::uint64_t))));
  if (words_ == nullptr) throw std::bad_alloc();
}

std::vector<TraceEvent> TraceRing::events() const {
  const std::size_t room = mask_ + 1;
  const std::uint64_t written = written_.load(std::memory_order_acquire);
  const std::uint64_t oldest = written > room ? written - room : 0;
  std::uint64_t first = std::max(oldest, begun_.load());
  std::vector<TraceEvent> events;
  events.reserve(written - first);
  for (std::uint64_t at = first; at < written; ++at) {
    std::uint64_t* const words = &words_[(at & mask_) * 2];
    // Acquire: `written_` is read again after them.
    const std::uint64_t word = Word(words[0]).load(std::memory_order_acquire);
    events.push_back({.time = word >> kindBits,
                      .kind = static_cast<TraceKind>(word & ((1U << kindBits) - 1)),
                      .about = Word(words[1]).load(std::memory_order_acquire)});
  }
  // Invariant 2.
  const std::uint64_t now = written_.load(std::memory_order_acquire);
  const std::uint64_t overwritten = now + 1 > room ? now + 1 - room : 0;
  if (overwritten > first) {
    const auto lost = std::min<std::uint64_t>(overwritten - first, events.size());
    events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(lost));
  }
  return events;
}

}  // namespace troop
