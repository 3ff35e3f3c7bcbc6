// The states of a Runnable, as a model of Runnable::wake() and of what its carrier does around a
// slice (runtime/runnable.h, its invariants 1 and 2; Scheduler::runSlice).
#include <gtest/gtest.h>

#include "runtime/testing/model.h"

namespace troop {
namespace {

using tests::flaw;
using tests::ModelAtomic;
using tests::modelCheck;
using tests::ModelCondition;
using tests::ModelData;
using tests::ModelMutex;

enum class RunState : unsigned char { created, parked, queued, running, runningWoken, finished };

enum class Woken : unsigned char { queue, nothing };

// Whether a wake-up of what is queued already reaches the slice to come, as invariant 2 wants.
enum class Says : unsigned char { so, nothing };

template <Says says>
class RunWord {
 public:
  Woken wake() noexcept {
    RunState state = state_.load(std::memory_order_relaxed);
    for (;;) {
      switch (state) {
        case RunState::created:
        case RunState::parked:
          // Invariant 2.
          if (!state_.compare_exchange_weak(state, RunState::queued)) continue;
          return Woken::queue;
        case RunState::running:
          if (state_.compare_exchange_weak(state, RunState::runningWoken)) return Woken::nothing;
          continue;
        case RunState::queued:
        case RunState::runningWoken:
          // Invariant 2.
          if (says == Says::nothing) return Woken::nothing;
          if (state_.compare_exchange_weak(state, state)) return Woken::nothing;
          continue;
        case RunState::finished:
          return Woken::nothing;
      }
    }
  }

  bool takeParked() noexcept {
    RunState parked = RunState::parked;
    return state_.compare_exchange_strong(parked, RunState::queued);
  }

  bool takeToLookAt() noexcept {
    RunState parked = RunState::parked;
    return state_.compare_exchange_strong(parked, RunState::running);
  }

  void begin() noexcept { state_.exchange(RunState::running); }

  // False: it was woken meanwhile, and is to be queued again.
  [[nodiscard]] bool park() noexcept {
    RunState expected = RunState::running;
    return state_.compare_exchange_strong(expected, RunState::parked);
  }
  void requeue() noexcept { state_.exchange(RunState::queued); }

 private:
  ModelAtomic<RunState> state_{RunState::created};
};

// Two wakers, each with news; a carrier that runs slices until it has seen both, and then parks.
template <Says says>
struct Wakes : rl::test_suite<Wakes<says>, 3> {
  RunWord<says> word;
  ModelMutex queueMutex;
  ModelCondition queuedSomething;
  int queued = 0;  // protected by queueMutex
  ModelData<int> ofSlices;
  ModelAtomic<int> news[2]{0, 0};
  // Written by slices only, which nothing else orders.
  bool seen[2] = {false, false};

  void before() { ofSlices.set(0); }

  void thread(unsigned index) {
    if (index == 2) return carry();
    // Relaxed: only the word orders it.
    news[index].store(1, std::memory_order_relaxed);
    if (word.wake() != Woken::nothing) enqueue();
  }

  void enqueue() {
    queueMutex.lock();
    modelCheck(++queued == 1);
    queuedSomething.notifyOne();
    queueMutex.unlock();
  }

  void carry() {
    while (!seen[0] || !seen[1]) {
      queueMutex.lock();
      while (queued == 0) queuedSomething.wait(queueMutex);
      --queued;
      queueMutex.unlock();
      word.begin();
      ofSlices.set(ofSlices.get() + 1);
      for (int i = 0; i < 2; ++i) seen[i] = news[i].load(std::memory_order_relaxed) == 1;
      if (word.park()) continue;
      word.requeue();
      enqueue();
    }
  }
};

TEST(RunnableModel, aSliceFollowsEachWakeAndSeesWhatCameBefore) {
  EXPECT_EQ(flaw<Wakes<Says::so>>(), "");
}

TEST(RunnableModel, whoFindsItQueuedHasToSaySo) {
  EXPECT_NE(flaw<Wakes<Says::nothing>>(), "");
}

// A Runnable that carriers take from a place where it is at most once.
struct Carried {
  RunWord<Says::so> word;
  ModelAtomic<int> queued{0};
  ModelData<int> ofSlices;

  void touch() { ofSlices.set(ofSlices.get() + 1); }
  bool beginsSlice() {
    int one = 1;
    if (!queued.compare_exchange_strong(one, 0)) return false;
    word.begin();
    touch();
    return true;
  }
};

// The slices of one Runnable on two carriers: at most one at a time, each sees the one before.
struct Migration : rl::test_suite<Migration, 3>, Carried {
  void before() { ofSlices.set(0); }

  void thread(unsigned index) {
    if (index == 2) {
      for (int i = 0; i < 2; ++i) {
        if (word.wake() != Woken::nothing) queued.fetch_add(1);
      }
      return;
    }
    for (int looks = 0; looks < 3; ++looks) {
      if (!beginsSlice() || word.park()) continue;
      word.requeue();
      queued.fetch_add(1);
    }
  }
  void after() { modelCheck(queued.load() <= 1); }
};

// Two wakers of one that is parked, and the carrier that runs it: who finds it parked touches what
// only slices touch before it queues it.
struct Taking : rl::test_suite<Taking, 3>, Carried {
  void before() {
    ofSlices.set(0);
    (void)word.wake();
    word.begin();
    modelCheck(word.park());
  }

  void thread(unsigned index) {
    if (index < 2) {
      if (!word.takeParked()) return;
      touch();
      queued.fetch_add(1);
      return;
    }
    for (int looks = 0; looks < 3; ++looks) {
      if (beginsSlice()) modelCheck(word.park());
    }
  }
  void after() { modelCheck(queued.load() <= 1); }
};

// Who looks at one that is parked, one that wakes it with news, and the carrier that runs it: the
// news are seen by a slice, and nothing of it runs while it is looked at.
struct Looking : rl::test_suite<Looking, 3>, Carried {
  ModelAtomic<int> news{0};
  bool seen = false;  // written by slices only

  void before() {
    ofSlices.set(0);
    (void)word.wake();
    word.begin();
    modelCheck(word.park());
  }

  void thread(unsigned index) {
    if (index == 0) return look();
    if (index == 1) {
      // Relaxed: only the word orders it.
      news.store(1, std::memory_order_relaxed);
      if (word.wake() != Woken::nothing) queued.fetch_add(1);
      return;
    }
    for (int looks = 0; looks < 3; ++looks) slice();
  }

  void look() {
    if (!word.takeToLookAt()) return;
    touch();
    if (word.park()) return;
    word.requeue();
    queued.fetch_add(1);
  }

  void slice() {
    if (!beginsSlice()) return;
    seen = news.load(std::memory_order_relaxed) == 1;
    if (word.park()) return;
    word.requeue();
    queued.fetch_add(1);
  }

  void after() {
    slice();
    modelCheck(seen);
  }
};

TEST(RunnableModel, whoIsLookedAtLosesNoNews) {
  EXPECT_EQ(flaw<Looking>(), "");
}

TEST(RunnableModel, whoTakesAParkedOneIsAloneWithIt) {
  EXPECT_EQ(flaw<Taking>(), "");
}

TEST(RunnableModel, runsOnOneCarrierAtATime) {
  EXPECT_EQ(flaw<Migration>(), "");
}

}  // namespace
}  // namespace troop
