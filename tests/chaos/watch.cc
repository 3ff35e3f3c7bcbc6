#include "tests/chaos/watch.h"

#include <fmt/format.h>

#include <cstdlib>

namespace troop::chaos {

Watch::Watch(World& world, Duration patience)
    : world_(world), patience_(patience), osThread_([this] { watch(); }) {}

Watch::~Watch() {
  {
    std::lock_guard lock(mutex_);
    over_ = true;
  }
  ends_.notify_one();
  osThread_.join();
}

void Watch::watch() {
  std::unique_lock lock(mutex_);
  for (std::uint64_t before = world_.progress();;) {
    if (ends_.wait_for(lock, patience_, [this] { return over_; })) return;
    const std::uint64_t progress = world_.progress();
    if (progress == before) {
      fmt::print(stderr, "nothing happens any more:{}\n", world_.describe());
      std::abort();
    }
    before = progress;
  }
}

}  // namespace troop::chaos
