#include "runtime/base/trace-recorder.h"

#include <algorithm>
#include <cstring>
#include <mutex>

namespace troop {
namespace {

constexpr std::size_t textBytes = sizeof(std::uint64_t);

// Text that is shorter than its event ends there.
void addText(TraceRing& ring, std::uint64_t time, std::string_view text) noexcept {
  while (!text.empty()) {
    std::uint64_t word = 0;
    const std::size_t bytes = std::min(text.size(), textBytes);
    std::memcpy(&word, text.data(), bytes);
    ring.add(time, TraceKind::text, word);
    text.remove_prefix(bytes);
  }
}

}  // namespace

TraceRecorder::TraceRecorder(Options options)
    : options_(options), rings_(new TraceRing[options.carriersMax + std::size_t{1}]) {
  for (std::size_t i = 0; i <= options.carriersMax; ++i) rings_[i].makeRoom(options.eventsOfEach);
}

void TraceRecorder::addOutside(std::uint64_t time, TraceKind kind, std::uint64_t about) noexcept {
  std::lock_guard lock(outside_);
  ringOf(outside).add(time, kind, about);
}

void TraceRecorder::name(unsigned carrier, std::uint64_t time, std::uint64_t runnable,
                         std::string_view name, std::string_view troop) noexcept {
  const auto write = [&] {
    TraceRing& ring = ringOf(carrier);
    ring.add(time, TraceKind::names, runnable);
    addText(ring, time, name);
    ring.add(time, TraceKind::ofTroop, runnable);
    addText(ring, time, troop);
  };
  if (carrier != outside) return write();
  std::lock_guard lock(outside_);
  write();
}

std::vector<TraceEvent> TraceRecorder::events(unsigned carrier) const {
  return ringOf(carrier).events();
}

void TraceRecorder::forget() noexcept {
  for (std::size_t i = 0; i <= options_.carriersMax; ++i) rings_[i].forget();
}

}  // namespace troop
