// Runnables and Shares for tests of schedulers, without Threads and Troops.
#pragma once

#include <functional>
#include <utility>

#include "runtime/runnable.h"
#include "runtime/sched/share.h"

namespace [[gnu::visibility("hidden")]] troop {

class TestShare final : public Share {
 public:
  TestShare(Ref<Scheduler> scheduler, unsigned weight, Ref<Share> outer = nullptr)
      : Share(std::move(scheduler), weight, std::move(outer)) {}

  void chargeCpu(Duration cpu) noexcept override { advanceVirtualTime(cpu); }
  bool kill() noexcept { return killMembers(Error(ErrorKind::failed, "killed by a test")); }
};

// Calls a function for each slice; where somebody else pays, it takes that one's place, and the
// function does the charging.
class TestRunnable final : public Runnable {
 public:
  TestRunnable(Ref<Share> share, std::function<Progress()> slice, Ref<Share> payer = nullptr)
      : Runnable(std::move(share)), slice_(std::move(slice)), payer_(std::move(payer)) {}

  using Runnable::chargeHelper;
  int timesTold() const noexcept { return timesTold_.load(); }

 private:
  Progress runSlice() noexcept override { return slice_(); }
  void troopKilled() noexcept override { ++timesTold_; }
  Ref<Share> nextPayer() noexcept override { return payer_; }
  bool measuresOwnCpu() const noexcept override { return static_cast<bool>(payer_); }

  const std::function<Progress()> slice_;
  const Ref<Share> payer_;
  std::atomic<int> timesTold_{0};
};

// The same as a Thread is one: handed over to, and kept from its first wake() to its end.
class TestThread final : public Runnable {
 public:
  TestThread(Ref<Share> share, std::function<Progress()> slice)
      : Runnable(std::move(share), ThreadTag::thread), slice_(std::move(slice)) {}

 private:
  Progress runSlice() noexcept override { return slice_(); }

  const std::function<Progress()> slice_;
};

}  // namespace troop
