#include "runtime/sched/shared-stack.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/base/sanitizers.h"
#include "runtime/blocking/blocking.h"
#include "runtime/channel.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/sched/test-runnables.h"
#include "runtime/scope.h"
#include "runtime/sim/simulated-scheduler.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/testing/deep-wait.h"
#include "runtime/troop.h"

#ifdef TROOP_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace troop {
namespace {

using namespace literals;
using tests::waitDeep;
using Entered = StackTenant::Entered;

// The stacks by themselves, for one carrier.
class SharedStackTest : public testing::Test {
 protected:
  // Its fiber suspends itself whenever it has written down that it goes on.
  struct Tenant {
    explicit Tenant(const Ref<TestShare>& share)
        : runnable(makeRef<TestRunnable>(share,
                                         [this] {
                                           ++slices;
                                           return Progress::parked;
                                         })),
          stands(std::make_unique<StackTenant>(*runnable)),
          fiber(&Tenant::main, this) {}

    static void main(void* self) noexcept {
      Tenant& tenant = *static_cast<Tenant*>(self);
      const std::array<int, 32> frame{tenant.number};
      while (!tenant.ends) {
        tenant.seen.push_back(frame[0]);
        tenant.fiber.suspend();
      }
    }

    static inline int made = 0;
    const int number = ++made;
    int slices = 0;
    bool ends = false;
    std::vector<int> seen;
    const Ref<TestRunnable> runnable;
    const std::unique_ptr<StackTenant> stands;
    Fiber fiber;
  };

  Tenant& newTenant() {
    tenants_.push_back(std::make_unique<Tenant>(share_));
    return *tenants_.back();
  }
  // One that is in use.
  Tenant& begun() {
    Tenant& tenant = newTenant();
    EXPECT_TRUE(tenant.stands->begin(stacks_, tenant.fiber, 0));
    tenant.fiber.resume();
    return tenant;
  }
  // All stand on the same stack, since all others are in use.
  Tenant& parkedOn1Stack() {
    while (inUse_.size() + 1 < SharedStacks::perCarrier) inUse_.push_back(&begun());
    Tenant& tenant = begun();
    tenant.stands->leave();
    return tenant;
  }
  void runAll() {
    while (scheduler_->step()) {
    }
  }
  static void finish(Tenant& tenant) {
    tenant.ends = true;
    tenant.fiber.resume();
    tenant.stands->end();
  }
  // Each that is not in use and has not ended.
  void finishAll() {
    for (Tenant* tenant : inUse_) finish(*tenant);
    for (const auto& tenant : tenants_) {
      if (tenant->fiber.ended() || !tenant->fiber.started()) continue;
      ASSERT_EQ(tenant->stands->enter(), Entered::here);
      finish(*tenant);
    }
    runAll();
  }

  const Ref<SimulatedScheduler> scheduler_ = makeRef<SimulatedScheduler>(0);
  const Ref<TestShare> share_ = makeRef<TestShare>(scheduler_, Share::defaultWeight);
  const Ref<StackPool> pool_ = makeRef<StackPool>(StackPool::Options{});
  SharedStacks stacks_{pool_, 1};
  std::vector<std::unique_ptr<Tenant>> tenants_;
  std::vector<Tenant*> inUse_;
};

TEST_F(SharedStackTest, eachTenantFindsWhatItLeft) {
  std::vector<Tenant*> tenants;
  for (int i = 0; i < 5; ++i) tenants.push_back(&parkedOn1Stack());
  for (int round = 0; round < 3; ++round) {
    for (Tenant* tenant : tenants) {
      ASSERT_EQ(tenant->stands->enter(), Entered::here);
      tenant->fiber.resume();
      tenant->stands->leave();
    }
  }
  for (const Tenant* tenant : tenants) {
    EXPECT_EQ(tenant->fiber.stack().bottom(), tenants[0]->fiber.stack().bottom());
    EXPECT_EQ(tenant->seen, std::vector<int>(4, tenant->number));
  }
  finishAll();
}

TEST_F(SharedStackTest, whoWantsAStackThatIsInUseIsWokenWhenItIsFree) {
  Tenant& first = parkedOn1Stack();
  Tenant& second = parkedOn1Stack();
  Tenant& third = parkedOn1Stack();
  ASSERT_EQ(first.stands->enter(), Entered::here);
  EXPECT_EQ(second.stands->enter(), Entered::onceWoken);
  EXPECT_EQ(third.stands->enter(), Entered::onceWoken);
  runAll();
  EXPECT_EQ(second.slices, 0);

  first.stands->leave();
  runAll();
  EXPECT_EQ(second.slices, 1);
  EXPECT_EQ(third.slices, 0);
  ASSERT_EQ(second.stands->enter(), Entered::here);
  second.stands->leave();
  runAll();
  EXPECT_EQ(third.slices, 1);
  ASSERT_EQ(third.stands->enter(), Entered::here);
  third.stands->leave();
  finishAll();
}

TEST_F(SharedStackTest, nobodyIsOvertakenWhateverElseWakesIt) {
  Tenant& user = parkedOn1Stack();
  std::vector<Tenant*> waiting;
  for (int i = 0; i < 3; ++i) waiting.push_back(&parkedOn1Stack());
  // The first, one between and the last of those that wait come again.
  for (const std::vector<int>& again : {std::vector{0}, {1}, {2}, {0, 1, 2}, {2, 1, 0}}) {
    ASSERT_EQ(user.stands->enter(), Entered::here);
    for (Tenant* tenant : waiting) ASSERT_EQ(tenant->stands->enter(), Entered::onceWoken);
    for (const int i : again) ASSERT_EQ(waiting[i]->stands->enter(), Entered::onceWoken);
    for (Tenant* tenant : waiting) tenant->slices = 0;
    user.stands->leave();
    for (const int turn : {0, 1, 2}) {
      runAll();
      for (int i = 0; i < 3; ++i) EXPECT_EQ(waiting[i]->slices, i == turn ? 1 : 0);
      waiting[turn]->slices = 0;
      // It is handed over to that one, and to nobody else.
      if (turn < 2) ASSERT_EQ(waiting[2]->stands->enter(), Entered::onceWoken);
      ASSERT_EQ(waiting[turn]->stands->enter(), Entered::here);
      waiting[turn]->stands->leave();
    }
    runAll();
    for (const Tenant* tenant : waiting) EXPECT_EQ(tenant->slices, 0);
    // Nobody waits, so that it is free.
    ASSERT_EQ(waiting[1]->stands->enter(), Entered::here);
    waiting[1]->stands->leave();
  }
  finishAll();
}

TEST_F(SharedStackTest, whoEndsLetsTheNextOneIn) {
  Tenant& first = parkedOn1Stack();
  Tenant& second = parkedOn1Stack();
  ASSERT_EQ(first.stands->enter(), Entered::here);
  ASSERT_EQ(second.stands->enter(), Entered::onceWoken);
  finish(first);
  runAll();
  EXPECT_EQ(second.slices, 1);
  ASSERT_EQ(second.stands->enter(), Entered::here);
  second.fiber.resume();
  EXPECT_EQ(second.seen, std::vector<int>(2, second.number));
  second.stands->leave();
  finishAll();
}

TEST_F(SharedStackTest, isForbiddenGroundWhileNobodyStandsThere) {
#ifdef TROOP_ADDRESS_SANITIZER
  Tenant& tenant = parkedOn1Stack();
  const std::byte* const address = tenant.fiber.stack().top() - 64;
  EXPECT_TRUE(__asan_address_is_poisoned(address));
  ASSERT_EQ(tenant.stands->enter(), Entered::here);
  EXPECT_FALSE(__asan_address_is_poisoned(tenant.fiber.stack().bottom()));
  tenant.fiber.resume();
  EXPECT_EQ(tenant.seen, std::vector<int>(2, tenant.number));
  tenant.stands->leave();
  EXPECT_TRUE(__asan_address_is_poisoned(address));
  finishAll();
#else
  GTEST_SKIP() << "AddressSanitizer tells who touches what";
#endif
}

TEST_F(SharedStackTest, whoBeginsWhereAllAreInUseGetsNone) {
  parkedOn1Stack();
  inUse_.push_back(&begun());
  Tenant& late = newTenant();
  EXPECT_FALSE(late.stands->begin(stacks_, late.fiber, 0));
  EXPECT_FALSE(late.fiber.hasStack());
  finishAll();
}

TEST_F(SharedStackTest, aStackGoesBackWithItsLastTenant) {
  EXPECT_EQ(pool_->inUse(), 0u);
  parkedOn1Stack();
  parkedOn1Stack();
  EXPECT_EQ(pool_->inUse(), SharedStacks::perCarrier);
  finishAll();
  EXPECT_EQ(pool_->inUse(), 0u);
}

const ThreadOptions shares{.name = "shares", .parked = Parked::sharesStack};
// More than there are stacks, in whatever world.
constexpr int crowd = 3 * SharedStacks::perCarrier;

Troop& here() {
  return Thread::current()->troop();
}

void joinAll(const std::vector<Ref<Thread>>& threads) {
  for (const Ref<Thread>& thread : threads) EXPECT_TRUE(thread->join());
}

TROOP_TEST(SharingThreads, goOnWhereTheyWere) {
  auto [sender, receiver] = channel<int>(2);
  auto [answers, answered] = channel<int>(2);
  std::vector<Ref<Thread>> threads;
  for (int i = 0; i < crowd; ++i) {
    threads.push_back(here().thread(
        shares,
        [](Receiver<int> in, Sender<int> out, int number) {
          for (int round = 0; round < 3; ++round) {
            int received = 0;
            auto wait = [&] {
              yield();
              received = in.receive().value();
            };
            EXPECT_EQ(waitDeep(number % 7, wait), number % 7 + 1);
            out.send(received).value();
          }
        },
        receiver, answers, i));
  }
  for (int message = 0; message < 3 * crowd; ++message) {
    sender.send(1).value();
    EXPECT_EQ(answered.receive(), 1);
  }
  joinAll(threads);
}

TROOP_TEST(SharingThreads, haveTasksThatUseTheStackOfTheFirst) {
  Event open;
  std::vector<Ref<Thread>> threads;
  for (int i = 0; i < crowd; ++i) {
    threads.push_back(here().thread(
        shares,
        [](Event* event, int number) {
          int total = number;  // on this stack, changed by Tasks on others
          Scope scope;
          for (int task = 0; task < 2; ++task) {
            scope.task([&] {
              event->wait();
              ++total;
            });
          }
          event->wait();
          scope.join();
          EXPECT_EQ(total, number + 2);
        },
        assumeSendable(&open), i));
  }
  sleep(1ms);
  open.set();
  joinAll(threads);
}

TROOP_TEST(SharingThreads, haveExceptionsInFlightWhileTheyWait) {
  std::vector<Ref<Thread>> threads;
  for (int i = 0; i < crowd; ++i) {
    threads.push_back(here().thread(
        shares,
        [](int number) {
          try {
            throw std::runtime_error(std::to_string(number));
          } catch (const std::runtime_error& error) {
            yield();
            sleep(1ms);
            EXPECT_EQ(error.what(), std::to_string(number));
          }
        },
        i));
  }
  joinAll(threads);
}

TROOP_TEST(SharingThreads, lendNothing) {
  const Ref<Thread> thread = here().thread(shares, [] {
    {
      Scope scope;
      EXPECT_THROW(scope.thread({}, [] {}), Error);
    }
    EXPECT_THROW(StackLent{}, Error);
    try {
      Process::current()->run([] {});
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::failed);
      EXPECT_EQ(error.reason(), "what is on a shared stack is not lent (Parked::sharesStack)");
    }
    // What others start by themselves needs no address of it.
    EXPECT_TRUE(here().thread({}, [] { yield(); })->join());
  });
  EXPECT_TRUE(thread->join());
}

TROOP_TEST(SharingThreads, unwindWhenTheirTroopIsKilled) {
  const Ref<Troop> victim = Process::current()->troop({.name = "victim"});
  std::atomic<int> begun{0};
  std::atomic<int> unwound{0};
  std::vector<Ref<Thread>> threads;
  for (int i = 0; i < crowd; ++i) {
    threads.push_back(victim->thread(
        shares,
        [](std::atomic<int>* count, std::atomic<int>* left) {
          struct Unwound {
            std::atomic<int>* count;
            ~Unwound() { ++*count; }
          } const mark{left};
          ++*count;
          Event().wait();
        },
        assumeSendable(&begun), assumeSendable(&unwound)));
  }
  while (begun < crowd) yield();
  EXPECT_GT(victim->memory()->used(), 0u);
  victim->kill(Error(ErrorKind::failed, "enough"));
  for (const Ref<Thread>& thread : threads) {
    EXPECT_EQ(thread->join().error().reason(), "enough");
  }
  EXPECT_EQ(unwound, crowd);
  EXPECT_EQ(victim->memory()->used(), 0u);
}

TROOP_TEST(SharingThreads, arePostedToWhileTheyWait) {
  auto [sender, receiver] = channel<int>(1);
  std::atomic<int> ran{0};
  const Ref<Thread> service = here().thread(
      shares, [](Receiver<int> in) { EXPECT_EQ(in.receive().value(), 1); }, std::move(receiver));
  for (int i = 0; i < 3; ++i) service->post(assumeSendable([&ran] { ++ran; })).value();
  while (ran < 3) yield();
  sender.send(1).value();
  EXPECT_TRUE(service->join());
}

constexpr int many = 4 * crowd;

// Each counts itself, and waits.
std::vector<Ref<Thread>> startMany(Event& open, std::atomic<int>& begun) {
  std::vector<Ref<Thread>> threads;
  for (int i = 0; i < many; ++i) {
    threads.push_back(here().thread(
        shares,
        [](Event* event, std::atomic<int>* count) {
          ++*count;
          event->wait();
        },
        assumeSendable(&open), assumeSendable(&begun)));
  }
  return threads;
}

std::size_t sharedMax() {
  return std::size_t{SharedStacks::perCarrier} * here().scheduler().carriersWithSpares();
}

TROOP_TEST(SharingThreads, needFewStacks) {
  Event open;
  std::atomic<int> begun{0};
  const std::size_t before = Process::current()->counts().stacks;
  std::vector<Ref<Thread>> threads = startMany(open, begun);
  while (begun < many) yield();
  EXPECT_LE(Process::current()->counts().stacks, before + sharedMax());
  open.set();
  joinAll(threads);
  threads.clear();
  EXPECT_EQ(Process::current()->counts().stacks, before);
}

// Of what blocks its carrier.
TEST(SharingThreadsInPlainProcesses, shareThoseOfSparesToo) {
  Process process({.carriers = 1, .carriersMax = 1, .sparesMax = 1});
  process.run([] {
    Event open;
    std::atomic<int> begun{0};
    const std::vector<Ref<Thread>> threads = startMany(open, begun);
    // Those that come meanwhile run on the spare.
    blocking([&] {
      while (begun < many) std::this_thread::yield();
    });
    EXPECT_LE(Process::current()->counts().stacks, 1 + sharedMax());
    open.set();
    joinAll(threads);
  });
  EXPECT_EQ(process.counts().stacks, 0u);
}

TEST(SharingThreadsInPlainProcesses, beginWhereTheKernelHasNoMarkers) {
  Process process({.guards = ProcessOptions::Guards::protectedPages});
  process.run([] {
    std::vector<Ref<Thread>> threads;
    for (int i = 0; i < crowd; ++i) threads.push_back(here().thread(shares, [] { sleep(1ms); }));
    joinAll(threads);
  });
  EXPECT_EQ(process.counts().stacks, 0u);
}

// On two carriers, so that they want stacks that are in use: some hold theirs from one yield to the
// next while others are woken.
TEST(SharingThreadsInPlainProcesses, goOnWhereTheyWereWhileCarriersContend) {
  Process process({.carriers = 2});
  process.run([] {
    std::atomic<std::uint64_t> sum{0};
    std::vector<Ref<Thread>> threads;
    for (int i = 0; i < 4 * crowd; ++i) {
      threads.push_back(here().thread(
          shares,
          [](std::atomic<std::uint64_t>* total, int number) {
            for (int round = 0; round < 50; ++round) {
              auto wait = [&] { number % 3 == 0 ? sleep(10us) : yield(); };
              EXPECT_EQ(waitDeep(round % 5, wait), round % 5 + 1);
              ++*total;
            }
          },
          assumeSendable(&sum), i));
    }
    joinAll(threads);
    EXPECT_EQ(sum, std::uint64_t{4} * crowd * 50);
  });
}

}  // namespace
}  // namespace troop
