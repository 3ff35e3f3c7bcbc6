// The batch of the only Receiver, as a model of ChannelCore: invariants 1, 3 and 4 of
// sched/channel-core.h as it and runtime/channel.cc keep them, on the same atomics in the same
// orders, with the ring as Channel fills and empties it. Who waits is a flag and a condition here;
// deadlines, and promises to receivers, are left out: all that happens to them is under the lock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <utility>

#include "runtime/testing/model.h"

namespace troop {
namespace {

using tests::flaw;
using tests::ModelAtomic;
using tests::modelCheck;
using tests::ModelCondition;
using tests::ModelData;
using tests::ModelMutex;

// What is taken away from the channel, to see that the model would notice.
enum class Missing : unsigned char {
  nothing,
  // Of invariant 3: one order of all, where there is still acquire and release.
  countingInOrder,
  seeingWhoWaitsInOrder,
  sayingInOrder,
  settlingInOrder,
  // Of invariant 3: a step, or its place.
  lookForSenders,
  lookAfterCounting,
  saying,
  lookAfterSaying,
  sayingWhileOthersWait,
  clearingUnderTheLock,
  // Of invariants 1 and 4.
  countingReleases,
  settlingAcquires,
  emptyingBeforeCounting,
  placesOfTheBatch,
  fillingUnderTheLock,
  // Of where batches end.
  endOfBatches,
  endingOnce,
  lookForTheReceiver,
};

constexpr int capacity = 3;

template <Missing missing>
class ModelChannel {
  static constexpr auto relaxed = std::memory_order_relaxed;
  static constexpr auto acquire = std::memory_order_acquire;
  static constexpr auto release = std::memory_order_release;
  static constexpr auto acqRel = std::memory_order_acq_rel;
  static constexpr auto seqCst = std::memory_order_seq_cst;

 public:
  void before() {
    for (ModelData<int>& slot : ring_) slot.set(raw);
    hasBatches_.set(true);
    inBatch_.set(0);
    first_.set(0);
  }

  void send(unsigned sender) {
    mutex_.lock();
    if (!closed() && (findPlace() || awaitPlace(senders_[sender]))) return put();
    mutex_.unlock();
  }
  void trySend() {
    mutex_.lock();
    if (placeFree()) return put();
    mutex_.unlock();
  }

  void receive() {
    if (inBatch_.get() != 0) return takeFromBatch();
    mutex_.lock();
    while (values_ == 0) valueCame_.wait(mutex_);
    take();
    mutex_.unlock();
  }
  void tryReceive() {
    if (inBatch_.get() != 0) return takeFromBatch();
    mutex_.lock();
    if (values_ != 0) take();
    mutex_.unlock();
  }

  void addReceiver() {
    mutex_.lock();
    if (missing != Missing::endOfBatches) endBatches();
    mutex_.unlock();
  }
  void dropReceiver() {
    mutex_.lock();
    closed_ = true;
    while (anyWaits()) signalOne();
    if (missing != Missing::endOfBatches) endBatches();
    int rest = std::exchange(values_, 0);
    mutex_.unlock();
    for (; rest > 0; --rest) {
      empty(first_.get());
      first_.set(after(first_.get()));
    }
  }
  void checkEmpty() const {
    for (const ModelData<int>& slot : ring_) modelCheck(slot.get() == raw);
  }

 private:
  static constexpr int raw = 0;

  struct Sender {
    bool waits = false;
    ModelCondition promised;
  };

  static int after(int slot) { return slot + 1 == capacity ? 0 : slot + 1; }

  // What std::memory_order stands in the code, where `total` and `any` are there.
  static constexpr std::memory_order order(Missing total, std::memory_order ordered, Missing any) {
    if (missing == total) return ordered;
    return missing == any ? relaxed : seqCst;
  }

  void put() {  // gives the lock back
    const int slot = last_;
    const int value = ++sent_;
    if (missing != Missing::fillingUnderTheLock) fill(slot, value);
    last_ = after(last_);
    ++values_;
    valueCame_.notifyOne();
    mutex_.unlock();
    if (missing == Missing::fillingUnderTheLock) fill(slot, value);
  }
  void fill(int slot, int value) {
    modelCheck(ring_[slot].get() == raw);
    ring_[slot].set(value);
  }

  void take() {
    empty(first_.get());
    first_.set(after(first_.get()));
    --values_;
    if (anyWaits()) promisePlaces();
    if (values_ != 0 && hasBatches_.get()) batchAll();
  }
  void takeFromBatch() {
    const int slot = first_.get();
    if (missing != Missing::emptyingBeforeCounting) empty(slot);
    first_.set(after(slot));
    inBatch_.set(inBatch_.get() - 1);
    receivedOne();
    if (missing == Missing::emptyingBeforeCounting) empty(slot);
  }
  // Values come out as they went in.
  void empty(int slot) {
    modelCheck(ring_[slot].get() == ++taken_);
    ring_[slot].set(raw);
  }

  void receivedOne() {
    // Invariant 3.
    const bool early = missing == Missing::lookAfterCounting && sendersWait_.load();
    received_.exchange(received_.load(relaxed) + 1, countingOrder);
    if (missing == Missing::lookForSenders) return;
    const bool seen =
        missing == Missing::lookAfterCounting ? early : sendersWait_.load(seeingOrder);
    if (!seen) return;
    mutex_.lock();
    promisePlaces();
    const bool noneWaits = !anyWaits();
    mutex_.unlock();
    if (missing == Missing::clearingUnderTheLock && noneWaits) sendersWait_.store(false, relaxed);
  }

  void promisePlaces() {
    while (anyWaits() && placeFree()) {
      signalOne();
      ++promisedPlaces_;
    }
    if (missing == Missing::sayingWhileOthersWait || !anyWaits()) {
      sendersWait_.store(false, relaxed);
    }
  }

  bool findPlace() {
    if (placeFree()) return true;
    // Invariant 3.
    if (missing != Missing::saying) sendersWait_.store(true, sayingOrder);
    return missing != Missing::lookAfterSaying && placeFree();
  }
  bool placeFree() {
    if (placesUsed() < capacity) return true;
    settleBatch();
    return placesUsed() < capacity;
  }
  int placesUsed() const {
    return values_ + promisedPlaces_ + (missing == Missing::placesOfTheBatch ? 0 : batched_);
  }

  bool awaitPlace(Sender& sender) {
    sender.waits = true;
    while (sender.waits) sender.promised.wait(mutex_);
    if (closed()) return false;
    --promisedPlaces_;
    return true;
  }
  bool closed() const { return closed_ && missing != Missing::lookForTheReceiver; }
  bool anyWaits() const { return senders_[0].waits || senders_[1].waits; }
  void signalOne() {
    Sender& sender = senders_[0].waits ? senders_[0] : senders_[1];
    sender.waits = false;
    sender.promised.notifyOne();
  }

  void settleBatch() {
    // Invariants 3 and 4.
    const int received = received_.load(settlingOrder);
    batched_ -= received - settled_;
    settled_ = received;
  }
  void batchAll() {
    settleBatch();
    inBatch_.set(values_);
    batched_ = std::exchange(values_, 0);
  }
  void endBatches() {
    if (missing != Missing::endingOnce && !hasBatches_.get()) return;
    hasBatches_.set(false);
    inBatch_.set(0);
    settleBatch();
    values_ += std::exchange(batched_, 0);
  }

  static constexpr auto countingOrder =
      order(Missing::countingInOrder, acqRel, Missing::countingReleases);
  static constexpr auto settlingOrder =
      order(Missing::settlingInOrder, acquire, Missing::settlingAcquires);
  static constexpr auto seeingOrder = missing == Missing::seeingWhoWaitsInOrder ? acquire : seqCst;
  static constexpr auto sayingOrder = missing == Missing::sayingInOrder ? release : seqCst;

  // Of the only Receiver, without the lock; where there are several, under it.
  ModelData<bool> hasBatches_;
  ModelData<int> inBatch_;
  ModelData<int> first_;
  int taken_ = 0;  // all that were received
  ModelAtomic<bool> sendersWait_{false};
  ModelAtomic<int> received_{0};
  ModelData<int> ring_[capacity];

  ModelMutex mutex_;
  // Protected by mutex_.
  int values_ = 0;
  int batched_ = 0;
  int settled_ = 0;
  int promisedPlaces_ = 0;
  int last_ = 0;
  int sent_ = 0;
  bool closed_ = false;
  Sender senders_[2];
  ModelCondition valueCame_;
};

// The Receiver gets as many as do not fit, and then no more: whoever still waits does so beside a
// free place, for ever.
template <unsigned senders, Missing missing = Missing::nothing>
struct Waiting : rl::test_suite<Waiting<senders, missing>, senders + 1> {
  static constexpr unsigned values = 6;
  static_assert(values % senders == 0);

  ModelChannel<missing> channel;

  void before() { channel.before(); }
  void thread(unsigned index) {
    if (index == senders) {
      for (unsigned i = 0; i < values - capacity; ++i) channel.receive();
    } else {
      for (unsigned i = 0; i < values / senders; ++i) channel.send(index);
    }
  }
};

// Nobody waits, so that only counting orders who empties a slot and who fills it again.
template <Missing missing = Missing::nothing>
struct Slots : rl::test_suite<Slots<missing>, 2> {
  ModelChannel<missing> channel;

  void before() { channel.before(); }
  void thread(unsigned index) {
    for (int looks = 0; looks < 6; ++looks) {
      if (index == 0) {
        channel.trySend();
      } else {
        channel.tryReceive();
      }
    }
  }
};

// The only Receiver is copied, and its copy by who got it, while something is left of a batch.
template <Missing missing = Missing::nothing>
struct Copies : rl::test_suite<Copies<missing>, 3> {
  ModelChannel<missing> channel;
  ModelMutex copyMutex;
  ModelCondition copyCame;
  bool copied = false;  // protected by copyMutex

  void before() { channel.before(); }
  void thread(unsigned index) {
    if (index == 0) {
      for (int i = 0; i < 4; ++i) channel.trySend();
      return;
    }
    if (index == 1) {
      channel.receive();
      channel.addReceiver();
      giveCopy();
    } else {
      awaitCopy();
      channel.tryReceive();
      channel.addReceiver();
    }
    channel.tryReceive();
  }

  void giveCopy() {
    copyMutex.lock();
    copied = true;
    copyCame.notifyOne();
    copyMutex.unlock();
  }
  void awaitCopy() {
    copyMutex.lock();
    while (!copied) copyCame.wait(copyMutex);
    copyMutex.unlock();
  }
};

// The only Receiver goes, and destroys without the lock what it has not received.
template <Missing missing = Missing::nothing>
struct Leaving : rl::test_suite<Leaving<missing>, 3> {
  ModelChannel<missing> channel;

  void before() { channel.before(); }
  void thread(unsigned index) {
    if (index < 2) {
      for (int i = 0; i < 3; ++i) channel.send(index);
    } else {
      for (int i = 0; i < 2; ++i) channel.receive();
      channel.dropReceiver();
    }
  }
  void after() { channel.checkEmpty(); }
};

TEST(ChannelModel, noSenderWaitsBesideAFreePlace) {
  EXPECT_EQ(flaw<Waiting<1>>(), "");
  EXPECT_EQ(flaw<Waiting<2>>(), "");
}

TEST(ChannelModel, aSlotIsFilledAgainOnceItIsEmpty) {
  EXPECT_EQ(flaw<Slots<>>(), "");
}

TEST(ChannelModel, severalReceiversTakeWhatTheOnlyOneLeftOfItsBatch) {
  EXPECT_EQ(flaw<Copies<>>(), "");
}

TEST(ChannelModel, nobodyTouchesTheRingOnceTheReceiverHasGone) {
  EXPECT_EQ(flaw<Leaving<>>(), "");
}

TEST(ChannelModel, slotsNeedNoOrderOfAll) {
  EXPECT_EQ(flaw<Slots<Missing::countingInOrder>>(), "");
  EXPECT_EQ(flaw<Slots<Missing::settlingInOrder>>(), "");
}

TEST(ChannelModel, eachStepOfWaitingIsNeeded) {
  const auto deadlock = testing::HasSubstr("DEADLOCK");
  EXPECT_THAT((flaw<Waiting<1, Missing::countingInOrder>>()), deadlock);
  EXPECT_THAT((flaw<Waiting<1, Missing::seeingWhoWaitsInOrder>>()), deadlock);
  EXPECT_THAT((flaw<Waiting<1, Missing::sayingInOrder>>()), deadlock);
  EXPECT_THAT((flaw<Waiting<1, Missing::settlingInOrder>>()), deadlock);
  EXPECT_THAT((flaw<Waiting<1, Missing::lookForSenders>>()), deadlock);
  EXPECT_THAT((flaw<Waiting<1, Missing::lookAfterCounting>>()), deadlock);
  EXPECT_THAT((flaw<Waiting<1, Missing::saying>>()), deadlock);
  EXPECT_THAT((flaw<Waiting<1, Missing::lookAfterSaying>>()), deadlock);
  EXPECT_THAT((flaw<Waiting<2, Missing::sayingWhileOthersWait>>()), deadlock);
  // Few schedules show it.
  EXPECT_THAT((flaw<Waiting<1, Missing::clearingUnderTheLock>>(200'000)), deadlock);
}

TEST(ChannelModel, eachStepOfReusingSlotsIsNeeded) {
  const auto race = testing::HasSubstr("DATA RACE");
  EXPECT_THAT(flaw<Slots<Missing::countingReleases>>(), race);
  EXPECT_THAT(flaw<Slots<Missing::settlingAcquires>>(), race);
  EXPECT_THAT(flaw<Slots<Missing::emptyingBeforeCounting>>(), race);
  EXPECT_THAT(flaw<Slots<Missing::placesOfTheBatch>>(), race);
  EXPECT_THAT(flaw<Slots<Missing::fillingUnderTheLock>>(), race);
}

TEST(ChannelModel, eachStepOfEndingBatchesIsNeeded) {
  const auto race = testing::HasSubstr("DATA RACE");
  EXPECT_THAT(flaw<Copies<Missing::endOfBatches>>(), race);
  EXPECT_THAT(flaw<Copies<Missing::endingOnce>>(), race);
  EXPECT_THAT(flaw<Leaving<Missing::lookForTheReceiver>>(), race);
  EXPECT_THAT(flaw<Leaving<Missing::endOfBatches>>(), testing::HasSubstr("USER ASSERT FAILED"));
}

}  // namespace
}  // namespace troop
