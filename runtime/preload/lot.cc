#include "runtime/preload/lot.h"

#include <linux/futex.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <mutex>
#include <new>

#include "runtime/base/list.h"
#include "runtime/base/short-lock.h"
#include "runtime/preload/kernel.h"
#include "runtime/preload/signals.h"
#include "runtime/sched/waiter.h"
#include "runtime/time.h"

namespace troop::preload {

// Who is parked for one of the words that have this bucket.
struct Parked : ListHook<struct ParkedTag> {
  const void* word = nullptr;
  Waiter* waiter = nullptr;
  Waiter::Ticket ticket{};
  Identity* identity = nullptr;  // of whom interrupts are looked at
  std::uint32_t interrupts = 0;  // for which it is woken
  Woken result = Woken::timedOut;
};

struct alignas(64) Bucket {
  std::atomic<std::uint32_t> parked{0};    // Tasks that wait here, or are about to
  std::atomic<std::uint32_t> sleeping{0};  // OS threads
  ShortLock lock;
  List<Parked, ParkedTag> list;  // protected by `lock`
};

namespace {

constexpr std::int64_t nanosecondsPerSecond = 1'000'000'000;

constinit std::array<Bucket, 1024> buckets;

Bucket& bucketOf(const void* word) noexcept {
  // Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4); words are 4 bytes apart.
  constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;
  constexpr unsigned bits = 10;
  static_assert(buckets.size() == 1u << bits);
  return buckets[(reinterpret_cast<std::uintptr_t>(word) >> 2) * golden >> (64 - bits)];
}

struct Parking {
  Word& word;
  std::uint32_t expected;
  Time deadline;
  Identity& identity;
  std::uint32_t interrupts;
  Woken result;
};

// Off the list, and awake; false where its deadline came first. Under the lock.
bool release(Bucket& bucket, Parked& parked, Woken result) noexcept {
  bucket.list.remove(parked);
  if (!parked.waiter->signal(parked.ticket, WaitResult::signalled)) return false;
  parked.result = result;
  return true;
}

// What keeps it from parking, or nothing. Under the lock.
bool mustNotPark(Parking& parking, Bucket& bucket) noexcept {
  if (parking.word.load() != parking.expected) {
    parking.result = Woken::changed;
    return true;
  }
  parking.identity.parkedAt.store(&bucket);
  if ((parking.identity.interrupts.load() & parking.interrupts) != 0) {
    parking.result = Woken::interrupted;
    return true;
  }
  return false;
}

// Of a Task.
void park(Parking& parking) noexcept {
  Bucket& bucket = bucketOf(&parking.word);
  Parked parked;
  parked.word = &parking.word;
  parked.identity = &parking.identity;
  parked.interrupts = parking.interrupts;
  bucket.parked.fetch_add(1);
  Waiter& waiter = Waiter::ofCaller();
  bool parks = false;
  {
    const std::lock_guard lock(bucket.lock);
    parks = !mustNotPark(parking, bucket);
    if (parks) {
      parked.waiter = &waiter;
      parked.ticket = waiter.begin("a wait of a pthread");
      bucket.list.pushBack(parked);
    }
  }
  if (parks) {
    waiter.park(parking.deadline, Interruption::deferred);
    const std::lock_guard lock(bucket.lock);
    if (parked.linked()) bucket.list.remove(parked);
    parking.result = parked.result;
  }
  bucket.parked.fetch_sub(1);
}

int unpark(Bucket& bucket, const void* word, int count) noexcept {
  int woken = 0;
  const std::lock_guard lock(bucket.lock);
  Parked* parked = bucket.list.front();
  while (parked != nullptr && woken < count) {
    Parked* const next = bucket.list.after(*parked);
    if (parked->word == word && release(bucket, *parked, Woken::byOther)) ++woken;
    parked = next;
  }
  return woken;
}

// Not of one that is about to end, be it cancelled or not: what it cleans up is waited for.
bool cancellationEnabled() noexcept {
  constexpr std::uint32_t keep = Cancellation::disabled | Cancellation::ending;
  return (cancellationOf(pthread_self()).load() & keep) == 0;
}

std::uint32_t interruptsOf(Interruptible interruptible) noexcept {
  switch (interruptible) {
    case Interruptible::no:
      return 0;
    case Interruptible::bySignals:
      return Identity::signalled;
    case Interruptible::byCancellationToo:
      break;
  }
  return Identity::signalled | (cancellationEnabled() ? Identity::cancelled : 0u);
}

Time timeOf(const Deadline& deadline) noexcept {
  if (!deadline.bounded()) return never;
  const std::int64_t left = deadline.nanosecondsLeft();
  return saturatingAdd(now(), Duration(left));
}

Woken parkOnce(Word& word, std::uint32_t expected, Time deadline,
               std::uint32_t interrupts) noexcept {
  Parking parking{word, expected, deadline, self(), interrupts, Woken::byOther};
  onTask([](void* argument) { park(*static_cast<Parking*>(argument)); }, &parking);
  return parking.result;
}

Woken waitInTask(Word& word, std::uint32_t expected, const Deadline& deadline,
                 Interruptible interruptible) {
  const Time until = timeOf(deadline);
  const Identity& identity = self();
  for (;;) {
    const std::uint32_t interrupts = interruptsOf(interruptible);
    const Woken woken = parkOnce(word, expected, until, interrupts);
    const std::uint32_t come = identity.interrupts.load();
    const bool told = (come & Identity::signalled) != 0 && deliverSignals();
    if (woken != Woken::interrupted) return woken;
    if (told || (come & interrupts & Identity::cancelled) != 0) return woken;
    // Nothing of what has come is for this wait.
  }
}

Woken resultOf(long result) noexcept {
  switch (result) {
    case 0:
      return Woken::byOther;
    case -ETIMEDOUT:
      return Woken::timedOut;
    case -EINTR:
      return Woken::interrupted;
    default:
      return Woken::changed;
  }
}

// Of an OS thread. Is left by cancellation where that is allowed: so it has nothing to clean up,
// and is not made part of what has.
[[gnu::noinline]] Woken sleepInKernel(Word& word, std::uint32_t expected, const Deadline& deadline,
                                      bool cancellable) {
  const int clock = deadline.clock() == CLOCK_REALTIME ? FUTEX_CLOCK_REALTIME : 0;
  const timespec* const until = deadline.bounded() ? &deadline.at() : nullptr;
  // What glibc does around system calls that are left by cancellation.
  int type = PTHREAD_CANCEL_DEFERRED;
  // NOLINTNEXTLINE(concurrency-thread-canceltype-asynchronous): it holds nothing meanwhile
  if (cancellable) pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
  const long result = kernelCall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG | clock,
                                 expected, until, nullptr, FUTEX_BITSET_MATCH_ANY);
  if (cancellable) pthread_setcanceltype(type, nullptr);
  return resultOf(result);
}

int wakeInKernel(const void* word, int count) noexcept {
  if (count <= 0 || bucketOf(word).sleeping.load() == 0) return 0;
  const long woken = kernelCall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count);
  return woken > 0 ? static_cast<int>(woken) : 0;
}

int wakeBoth(const void* word, int count) noexcept {
  Bucket& bucket = bucketOf(word);
  int woken = 0;
  if (bucket.parked.load() != 0) {
    inRuntime([&] { woken = unpark(bucket, word, count); });
  }
  return woken + wakeInKernel(word, count - woken);
}

}  // namespace

Deadline Deadline::after(const timespec& duration) noexcept {
  timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  if (__builtin_add_overflow(at.tv_sec, duration.tv_sec, &at.tv_sec)) return {};
  at.tv_nsec += duration.tv_nsec;
  if (at.tv_nsec >= nanosecondsPerSecond) {
    at.tv_nsec -= nanosecondsPerSecond;
    if (__builtin_add_overflow(at.tv_sec, 1, &at.tv_sec)) return {};
  }
  return {CLOCK_MONOTONIC, &at};
}

std::int64_t Deadline::nanosecondsLeft() const noexcept {
  timespec here;
  clock_gettime(clock_, &here);
  std::int64_t left = 0;
  if (__builtin_sub_overflow(at_.tv_sec, here.tv_sec, &left) ||
      __builtin_mul_overflow(left, nanosecondsPerSecond, &left) ||
      __builtin_add_overflow(left, at_.tv_nsec - here.tv_nsec, &left)) {
    return at_.tv_sec < here.tv_sec ? INT64_MIN : INT64_MAX;
  }
  return left;
}

Woken waitOn(Word& word, std::uint32_t expected, const Deadline& deadline,
             Interruptible interruptible) noexcept(false) {
  if (inTask()) return waitInTask(word, expected, deadline, interruptible);
  struct Counted {
    explicit Counted(Bucket& bucket) : in(bucket) { in.sleeping.fetch_add(1); }
    ~Counted() { in.sleeping.fetch_sub(1); }
    Bucket& in;
  } const counted(bucketOf(&word));
  const bool cancellable =
      interruptible == Interruptible::byCancellationToo && self().mode == Identity::Mode::osThread;
  return sleepInKernel(word, expected, deadline, cancellable);
}

int wake(const void* word, int count) noexcept {
  // What the runtime itself waits for is waited for by OS threads alone, and it may hold what
  // waking others needs.
  if (self().mode == Identity::Mode::runtime) return wakeInKernel(word, count);
  return wakeBoth(word, count);
}

int wakeByRuntime(const void* word, int count) noexcept {
  return wakeBoth(word, count);
}

void interrupt(Identity& identity, Identity::Interrupt interrupt) noexcept {
  identity.interrupts.fetch_or(interrupt);
  Bucket* const bucket = identity.parkedAt.load();
  if (bucket == nullptr) return;
  inRuntime([&] {
    const std::lock_guard lock(bucket->lock);
    Parked* parked = bucket->list.front();
    while (parked != nullptr) {
      Parked* const next = bucket->list.after(*parked);
      if (parked->identity == &identity && (parked->interrupts & interrupt) != 0) {
        release(*bucket, *parked, Woken::interrupted);
      }
      parked = next;
    }
  });
}

void forgetWaits() noexcept {
  for (Bucket& bucket : buckets) new (&bucket) Bucket();
}

}  // namespace troop::preload
