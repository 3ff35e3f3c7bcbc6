// The protocol of sched/waiter.h on the word that it stands on, as Event and OS threads use it.
#include "runtime/sched/wait-word.h"

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

TEST(WaitWord, theFirstResultStays) {
  WaitWord<> word;
  EXPECT_FALSE(word.pending());
  const WaitTicket ticket = word.begin();
  EXPECT_TRUE(word.pending());
  EXPECT_TRUE(word.resolve(ticket, WaitResult::timedOut));
  EXPECT_FALSE(word.resolve(ticket, WaitResult::signalled));
  EXPECT_EQ(word.result(), WaitResult::timedOut);
}

TEST(WaitWord, anEarlierTicketEndsNothing) {
  WaitWord<> word;
  const WaitTicket earlier = word.begin();
  EXPECT_TRUE(word.resolve(earlier, WaitResult::cancelled));
  const WaitTicket ticket = word.begin();
  EXPECT_NE(ticket, earlier);
  EXPECT_FALSE(word.resolve(earlier, WaitResult::signalled));
  EXPECT_TRUE(word.pending());
}

// Who waits, as an OS thread does: `alive` stands for all that nobody may touch afterwards.
struct ModelWaiter {
  WaitWord<ModelAtomic> word;
  ModelMutex mutex;
  ModelCondition wakeUp;
  ModelData<bool> alive;

  void park() {
    mutex.lock();
    while (word.pending()) wakeUp.wait(mutex);
    mutex.unlock();
  }
  bool signal(WaitTicket ticket, WaitResult result) {
    if (!word.resolve(ticket, result)) return false;
    mutex.lock();
    modelCheck(alive.get());
    wakeUp.notifyOne();
    mutex.unlock();
    return true;
  }
};

// Thread 0 waits for an event that thread 1 sets, at most until thread 2 says that time is up.
template <bool waiterTakesTheLockAtTheEnd>
struct EventWithDeadline : rl::test_suite<EventWithDeadline<waiterTakesTheLockAtTheEnd>, 3> {
  ModelWaiter waiter;
  ModelMutex listMutex;
  bool listed = false;  // of listMutex, as in WaitList
  bool set = false;
  ModelData<int> message;
  ModelMutex timersMutex;  // under which deadlines fire and are disarmed
  WaitTicket armed = 0;
  ModelAtomic<int> ended{0};

  void before() { waiter.alive.set(true); }

  void thread(unsigned index) {
    if (index == 0) return wait();
    if (index == 1) return setEvent();
    timersMutex.lock();
    if (armed != 0 && waiter.signal(armed, WaitResult::timedOut)) ended.fetch_add(1);
    armed = 0;
    timersMutex.unlock();
  }

  void wait() {
    listMutex.lock();
    if (set) {
      modelCheck(message.get() == 7);
      listMutex.unlock();
      return;
    }
    const WaitTicket ticket = waiter.word.begin();
    listed = true;
    listMutex.unlock();
    timersMutex.lock();
    armed = ticket;
    timersMutex.unlock();
    waiter.park();
    timersMutex.lock();
    armed = 0;
    timersMutex.unlock();
    if (waiterTakesTheLockAtTheEnd) listMutex.lock();
    listed = false;
    if (waiterTakesTheLockAtTheEnd) listMutex.unlock();
    modelCheck(ended.load() <= 1);
    if (waiter.word.result() == WaitResult::signalled) modelCheck(message.get() == 7);
    waiter.alive.set(false);
  }

  void setEvent() {
    message.set(7);
    listMutex.lock();
    set = true;
    if (listed && waiter.signal(waiter.word.ticket(), WaitResult::signalled)) ended.fetch_add(1);
    listed = false;
    listMutex.unlock();
  }
};

TEST(WaitWordModel, aWaitEndsOnceAndNobodyTouchesTheWaiterAfterwards) {
  EXPECT_EQ(flaw<EventWithDeadline<true>>(), "");
}

TEST(WaitWordModel, withoutTheLockOfTheListSomebodyWould) {
  EXPECT_NE(flaw<EventWithDeadline<false>>(), "");
}

// Two waits one after the other; the deadline of the first comes late.
struct LateDeadline : rl::test_suite<LateDeadline, 3> {
  WaitWord<ModelAtomic> word;
  ModelAtomic<WaitTicket> first{0}, second{0};

  void thread(unsigned index) {
    if (index == 0) {
      const WaitTicket ticket = word.begin();
      first.store(ticket);
      word.resolve(ticket, WaitResult::cancelled);
      second.store(word.begin());
      return;
    }
    if (index == 1) {
      const WaitTicket ticket = first.load();
      if (ticket != 0) word.resolve(ticket, WaitResult::timedOut);
      return;
    }
    const WaitTicket ticket = second.load();
    if (ticket != 0) modelCheck(word.resolve(ticket, WaitResult::signalled));
  }
  void after() {
    if (!word.pending()) modelCheck(word.result() == WaitResult::signalled);
  }
};

TEST(WaitWordModel, aLateDeadlineEndsNoLaterWait) {
  EXPECT_EQ(flaw<LateDeadline>(), "");
}

}  // namespace
}  // namespace troop
