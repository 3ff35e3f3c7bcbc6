#include "runtime/base/sleeping-place.h"

#include <gtest/gtest.h>

#include <thread>

namespace troop {
namespace {

// Has news as soon as somebody says so; wake() is news to nobody.
class Signals final : public Outside {
 public:
  void sleep(Time until, const std::function<void()>& beforeNews) noexcept override {
    std::unique_lock lock(mutex_);
    const auto something = [this] { return news_ || woken_; };
    if (until == never) {
      changed_.wait(lock, something);
    } else {
      changed_.wait_until(lock, until, something);
    }
    woken_ = false;
    const bool news = std::exchange(news_, false);
    lock.unlock();
    if (news) beforeNews();
  }
  bool look() noexcept override { return false; }
  void wake() noexcept override { say(woken_); }
  void end() noexcept override {}
  void tell() noexcept { say(news_); }

 private:
  void say(bool& what) noexcept {
    std::lock_guard lock(mutex_);
    what = true;
    changed_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool news_ = false;
  bool woken_ = false;
};

struct Sleeper {
  explicit Sleeper(Outside* outside)
      : osThread([this, outside] {
          std::unique_lock lock(mutex);
          const auto awake = [this] {
            std::lock_guard news(mutex);
            place.leave();
            hadNews = true;
            asleep = false;
          };
          while (asleep) place.sleep(lock, never, outside, awake);
        }) {}
  void wake() {
    std::lock_guard lock(mutex);
    asleep = false;
    place.rouse();
  }

  std::mutex mutex;
  bool asleep = true;
  bool hadNews = false;
  SleepingPlace place;
  std::thread osThread;
};

TEST(SleepingPlace, isLeftByWhoIsRousedInsideAndOutside) {
  const Ref<Signals> signals = makeRef<Signals>();
  for (Outside* outside : {static_cast<Outside*>(nullptr), static_cast<Outside*>(signals.get())}) {
    Sleeper sleeper(outside);
    sleeper.wake();
    sleeper.osThread.join();
    EXPECT_FALSE(sleeper.hadNews);
  }
}

TEST(SleepingPlace, isLeftByWhoHasNewsFromOutside) {
  const Ref<Signals> signals = makeRef<Signals>();
  Sleeper sleeper(signals.get());
  signals->tell();
  sleeper.osThread.join();
  EXPECT_TRUE(sleeper.hadNews);
}

TEST(SleepingPlace, saysThatItsTimeHasPassed) {
  const Ref<Signals> signals = makeRef<Signals>();
  std::mutex mutex;
  std::unique_lock lock(mutex);
  SleepingPlace place;
  for (Outside* outside : {static_cast<Outside*>(nullptr), static_cast<Outside*>(signals.get())}) {
    const Time due = std::chrono::steady_clock::now() + 1ms;
    while (!place.sleep(lock, due, outside, [] {})) {
    }
    EXPECT_GE(std::chrono::steady_clock::now(), due);
  }
}

}  // namespace
}  // namespace troop
