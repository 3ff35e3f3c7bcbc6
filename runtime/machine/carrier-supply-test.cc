#include "runtime/machine/carrier-supply.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime/machine/affinity.h"
#include "runtime/testing/driven-clock.h"
#include "runtime/testing/machine-files.h"
#include "runtime/testing/refused-calls.h"
#include "runtime/time.h"

namespace troop {
namespace {

using machine::Affinity;

// A machine whose quota allows what a test writes; the mask is that of the real one.
class Supply : public testing::Test {
 protected:
  Supply() { write("proc/self/cgroup", "0::/unit\n"); }

  void write(std::string_view file, std::string_view content) const { files_.write(file, content); }
  void setQuota(int percent) const {
    write("sys/fs/cgroup/unit/cpu.max", std::to_string(percent * 1000) + " 100000\n");
  }
  void pass(Duration time) { clock_.advance(time); }

  // After a slice of one and the same carrier.
  void look() { supply_.look(view_, clock_.now()); }
  // In a second, by a carrier that has just been started.
  void lookOnACarrier() {
    pass(CarrierSupply::interval);
    CarrierSupply::View view;
    supply_.begin(view);
    supply_.look(view, clock_.now());
  }

  static constexpr unsigned most = 64;
  const tests::MachineFiles files_;
  tests::DrivenClock clock_;
  std::vector<unsigned> numbers_;
  CarrierSupply supply_{clock_,
                        {.carriers = 1, .most = most, .root = files_.root()},
                        [this](unsigned carriers) { numbers_.push_back(carriers); }};
  CarrierSupply::View view_;
};

using Numbers = std::vector<unsigned>;

TEST_F(Supply, isWhatMaskAndQuotaAllow) {
  supply_.choose(0);
  setQuota(50);
  supply_.choose(0);
  EXPECT_EQ(numbers_, (Numbers{Affinity().count(), 1}));
}

TEST_F(Supply, isNoMoreThanThereMayBe) {
  CarrierSupply one(clock_, {.carriers = 1, .most = 1, .root = files_.root()},
                    [this](unsigned carriers) { numbers_.push_back(carriers); });
  one.choose(0);
  EXPECT_EQ(numbers_, Numbers{1});
}

TEST_F(Supply, followsAQuotaThatChanges) {
  const unsigned inMask = Affinity().count();
  supply_.choose(0);
  for (const int percent : {100, 100, 6400, 40}) {
    setQuota(percent);
    pass(CarrierSupply::interval);
    look();
  }
  EXPECT_EQ(numbers_, inMask == 1 ? Numbers{1} : (Numbers{inMask, 1, inMask, 1}));
}

TEST_F(Supply, looksOnceASecondWhoeverDoes) {
  supply_.choose(0);
  numbers_.clear();
  CarrierSupply::View others;
  // The file tells something else after each look.
  for (int i = 0; i < 40; ++i) {
    setQuota(numbers_.size() % 2 == 0 ? 100 : 6400);
    pass(CarrierSupply::interval / 10);
    look();
    supply_.look(others, clock_.now());
  }
  // At 1.1 seconds, 2.1 and 3.1: each begins to count with its first slice.
  EXPECT_EQ(numbers_.size(), Affinity().count() == 1 ? 0u : 3u);
}

TEST_F(Supply, followsAProcessThatIsMovedToAnotherGroup) {
  setQuota(100);
  supply_.choose(0);
  write("proc/self/cgroup", "0::/other\n");
  pass(CarrierSupply::interval);
  look();
  EXPECT_EQ(numbers_, Affinity().count() == 1 ? Numbers{1} : (Numbers{1, Affinity().count()}));
}

TEST_F(Supply, isWhatTheHostHasSaidUntilItSaysNothing) {
  setQuota(100);
  supply_.choose(3);
  for (int second = 0; second < 3; ++second) {
    pass(CarrierSupply::interval);
    look();
  }
  EXPECT_EQ(numbers_, Numbers{3});
  supply_.choose(0);
  supply_.choose(3);
  pass(CarrierSupply::interval);
  look();
  EXPECT_EQ(numbers_, (Numbers{3, 1, 3}));
}

TEST_F(Supply, staysWhereTheGroupsCanNoLongerBeRead) {
  setQuota(100);
  supply_.choose(0);
  write("proc/self/cgroup", "");
  pass(CarrierSupply::interval);
  look();
  EXPECT_EQ(numbers_, Numbers{1});
  setQuota(6400);
  write("proc/self/cgroup", "0::/unit\n");
  pass(CarrierSupply::interval);
  look();
  EXPECT_EQ(numbers_.back(), Affinity().count());
}

TEST_F(Supply, staysWhereAQuotaCanNoLongerBeRead) {
  const std::filesystem::path quota = files_.root() / "sys/fs/cgroup/unit/cpu.max";
  setQuota(100);
  supply_.choose(0);
  std::filesystem::remove(quota);
  std::filesystem::create_symlink("cpu.max", quota);  // which the kernel refuses to open
  pass(CarrierSupply::interval);
  look();
  EXPECT_EQ(numbers_, Numbers{1});
  // One that is not there is none.
  std::filesystem::remove(quota);
  pass(CarrierSupply::interval);
  look();
  EXPECT_EQ(numbers_.back(), Affinity().count());
}

// What `taskset -p` does to one OS thread, and with -a to each.
class Masks : public Supply {
 protected:
  Masks() { supply_.choose(0); }
  ~Masks() override { before_.applyToCaller(); }

  static void bindCallerToOneCpu() {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  }

  const Affinity before_;
};

TEST_F(Masks, areFollowedWhereTheyChangeForAll) {
  bindCallerToOneCpu();  // the main OS thread of this test
  const Affinity bound;
  std::thread([&] {
    CarrierSupply::View others;
    supply_.begin(others);
    EXPECT_EQ(Affinity(), before_);
    std::thread([&] {
      CarrierSupply::View view;
      supply_.begin(view);
      bound.applyToCaller();
      pass(CarrierSupply::interval);
      supply_.look(view, clock_.now());
    }).join();
    EXPECT_EQ(numbers_.back(), 1u);
    // Whom it has missed takes it over, and so do those that start later.
    supply_.look(others, clock_.now());
    EXPECT_EQ(Affinity(), bound);
    before_.applyToCaller();
    std::thread([&] {
      CarrierSupply::View view;
      supply_.begin(view);
      EXPECT_EQ(Affinity(), bound);
    }).join();
  }).join();
}

TEST_F(Masks, ofOneOsThreadSayNothingAboutTheOthers) {
  numbers_.clear();
  bindCallerToOneCpu();
  std::thread([&] { lookOnACarrier(); }).join();
  before_.applyToCaller();
  std::thread([&] {
    CarrierSupply::View view;
    supply_.begin(view);
    bindCallerToOneCpu();
    pass(CarrierSupply::interval);
    supply_.look(view, clock_.now());
    lookOnACarrier();
    EXPECT_EQ(Affinity(), before_);
  }).join();
  EXPECT_EQ(numbers_, Numbers{});
}

// As one does that locks itself in when it has started.
TEST_F(Masks, stayWhereTheHostForbidsItselfToReadThem) {
  std::thread([&] {
    bindCallerToOneCpu();
    std::vector<unsigned> numbers;
    CarrierSupply bound(clock_, {.carriers = 1, .most = most, .root = files_.root()},
                        [&numbers](unsigned carriers) { numbers.push_back(carriers); });
    bound.choose(0);
    CarrierSupply::View view;
    bound.begin(view);
    tests::refuseCall(SYS_sched_getaffinity, EPERM);
    pass(CarrierSupply::interval);
    bound.look(view, clock_.now());
    EXPECT_EQ(numbers, Numbers{1});
  }).join();
}

TEST_F(Masks, ofWhoStartsACarrierAreNotTheCarriers) {
  std::thread([&] {
    bindCallerToOneCpu();
    std::thread([&] {
      CarrierSupply::View view;
      supply_.begin(view);
      EXPECT_EQ(Affinity(), before_);
    }).join();
  }).join();
}

}  // namespace
}  // namespace troop
