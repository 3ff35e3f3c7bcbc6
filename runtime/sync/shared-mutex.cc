#include "runtime/sync/shared-mutex.h"

#include "runtime/base/check.h"
#include "runtime/deadlock/known-wait.h"
#include "runtime/error.h"

namespace troop::sync {
namespace {

constexpr const char* toRead = "a shared mutex, to read";
constexpr const char* toWrite = "a shared mutex, to write";

}  // namespace

bool shared_mutex::tryTake(As as, const Waiter& waiter) noexcept {
  if (as == As::reader) {
    if (!mayRead()) return false;
    ++readers_;
    return true;
  }
  if (!mayWrite()) return false;
  writer_ = &waiter;
  return true;
}

WaitResult shared_mutex::await(std::unique_lock<ShortLock>& lock, Waiter& waiter, As as,
                               Time deadline, Interruption interruption) {
  requireParks(waiter);
  // Who is woken has the place already, whatever else has happened to it meanwhile. Who gives up,
  // or could not even begin to wait, no longer keeps those out who came to read after it.
  struct Settled {
    shared_mutex& mutex;
    bool isIn = false;
    ~Settled() {
      if (!isIn && mutex.mayRead()) mutex.letReadersIn();
    }
  } settled{*this};
  if (as == As::reader) {
    const WaitResult waited = waitToRead_.wait(waiter, lock, deadline, interruption, toRead);
    settled.isIn = waited == WaitResult::signalled;
    return waited;
  }
  const WaitResult waited = waitToWrite_.wait(waiter, lock, deadline, interruption, toWrite);
  if (waited == WaitResult::signalled) {
    settled.isIn = true;
    promised_ = false;
    writer_ = &waiter;
  }
  return waited;
}

bool shared_mutex::letWriterIn() noexcept {
  promised_ = waitToWrite_.signalOne();
  return promised_;
}

void shared_mutex::letReadersIn() noexcept {
  while (waitToRead_.signalOne()) ++readers_;
}

const Waiter* shared_mutex::writerOf(const void* mutex) noexcept {
  return static_cast<const shared_mutex*>(mutex)->writer_;
}

void shared_mutex::take(As as) {
  Waiter& waiter = Waiter::ofCaller();
  waiter.giveWay();
  {
    std::lock_guard lock(mutex_);
    if (writer_ == &waiter) {
      throw Error(ErrorKind::failed, "a Task enters what it is inside of", ErrorDetail::deadlock,
                  Executed::no);
    }
    if (tryTake(as, waiter)) return;
  }
  const char* const what = as == As::writer ? toWrite : toRead;
  const deadlock::KnownWait known(waiter, {.text = what, .object = this, .holderOf = &writerOf},
                                  never, Interruption::deferred, deadlock::Refused::byException);
  std::unique_lock lock(mutex_);
  if (!tryTake(as, waiter)) await(lock, waiter, as, never, Interruption::deferred);
  if (const Error* deadlock = known.broken()) throw *deadlock;
}

bool shared_mutex::takeBy(As as, Time deadline) {
  Waiter& waiter = Waiter::ofCaller();
  waiter.enter();
  {
    std::lock_guard lock(mutex_);
    if (tryTake(as, waiter)) return true;
  }
  const char* const what = as == As::writer ? toWrite : toRead;
  const deadlock::KnownWait known(waiter, {.text = what, .object = this, .holderOf = &writerOf},
                                  deadline, Interruption::allowed, deadlock::Refused::byResult);
  WaitResult waited = WaitResult::signalled;
  {
    std::unique_lock lock(mutex_);
    if (!tryTake(as, waiter)) {
      waited = await(lock, waiter, as, deadline, Interruption::allowed);
    }
  }
  if (known.broken() != nullptr) return false;
  return waiter.conclude(waited, deadline) == WaitResult::signalled;
}

void shared_mutex::lock() {
  take(As::writer);
}

void shared_mutex::lock_shared() {
  take(As::reader);
}

bool shared_mutex::lockBy(Time deadline) {
  return takeBy(As::writer, deadline);
}

bool shared_mutex::lockSharedBy(Time deadline) {
  return takeBy(As::reader, deadline);
}

bool shared_mutex::try_lock() noexcept {
  const Waiter& waiter = Waiter::ofCaller();
  std::lock_guard lock(mutex_);
  return tryTake(As::writer, waiter);
}

bool shared_mutex::try_lock_shared() noexcept {
  const Waiter& waiter = Waiter::ofCaller();
  std::lock_guard lock(mutex_);
  return tryTake(As::reader, waiter);
}

void shared_mutex::unlock() noexcept {
  const Waiter& waiter = Waiter::ofCaller();
  std::lock_guard lock(mutex_);
  check(writer_ == &waiter, "who unlocks a mutex is who has locked it");
  writer_ = nullptr;
  letReadersIn();
  if (readers_ == 0) letWriterIn();
}

void shared_mutex::unlock_shared() noexcept {
  std::lock_guard lock(mutex_);
  check(readers_ > 0, "who unlocks a shared mutex is one of those who have locked it");
  if (--readers_ == 0 && !letWriterIn()) letReadersIn();
}

}  // namespace troop::sync
