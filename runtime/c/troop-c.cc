#include "runtime/c/troop-c.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "runtime/blocking/blocking.h"
#include "runtime/blocking/pin.h"
#include "runtime/c/answer.h"
#include "runtime/c/handles.h"
#include "runtime/c/slots.h"
#include "runtime/channel.h"
#include "runtime/error.h"
#include "runtime/process.h"
#include "runtime/sendable.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/time.h"
#include "runtime/troop.h"

namespace {

using namespace troop;
using c::deadlineAfter;
using c::guarded;
using c::madeBy;

// Those of a caller who may know fewer, or more.
template <typename Options>
Options optionsOf(const Options* given) {
  Options options{};
  if (given != nullptr) std::memcpy(&options, given, std::min(sizeof(options), given->size));
  return options;
}

std::string nameOf(const char* name) {
  return name == nullptr ? std::string() : std::string(name);
}

template <typename T>
T orElse(T given, T otherwise) {
  return given == 0 ? otherwise : given;
}

ProcessOptions processOptions(const TroopProcessOptions* given) {
  const TroopProcessOptions options = optionsOf(given);
  ProcessOptions result;
  result.carriers = options.carriers;
  result.sparesMax = orElse<unsigned>(options.sparesMax, result.sparesMax);
  result.memoryBytesMax = orElse<std::size_t>(options.memoryBytesMax, result.memoryBytesMax);
  result.stackBytes = options.stackBytes;
  return result;
}

troop::TroopOptions troopOptions(const ::TroopOptions* given) {
  const ::TroopOptions options = optionsOf(given);
  troop::TroopOptions result;
  result.name = nameOf(options.name);
  result.weight = orElse<unsigned>(options.weight, result.weight);
  result.memoryBytesMax = orElse<std::size_t>(options.memoryBytesMax, result.memoryBytesMax);
  result.threadsMax = orElse<std::size_t>(options.threadsMax, result.threadsMax);
  if (options.cpuNanosecondsMax > 0) result.cpuMax = Duration(options.cpuNanosecondsMax);
  return result;
}

// Starts a Thread that calls run(argument), pinned where it is to stay.
template <typename Run, typename Argument>
void spawn(const ::Troop& troop, const TroopThreadOptions* given, TroopThread** thread, Run run,
           Argument argument) {
  const TroopThreadOptions options = optionsOf(given);
  const auto start = [](Run itsRun, TroopPlace place, Argument itsArgument) {
    std::optional<Pin> pin;
    if (place == TROOP_STAYS) pin.emplace();
    itsRun(std::move(itsArgument));
  };
  // Made before it starts, so that nothing fails when it has.
  std::unique_ptr<TroopThread> handle;
  if (thread != nullptr) handle = std::make_unique<TroopThread>(nullptr);
  Ref<Thread> started =
      troop.held->thread({nameOf(options.name)}, start, assumeSendable(run),
                         assumeSendable(options.place), assumeSendable(std::move(argument)));
  if (thread == nullptr) return;
  handle->held = std::move(started);
  *thread = handle.release();
}

struct Call {
  TroopBody function;
  void* argument;
};

struct Steps {
  TroopStep step;
  void* argument;
  std::unique_ptr<TroopParker> parker;
};

void runSteps(const Steps& steps) {
  TroopCode reason = TROOP_OK;
  for (;;) {
    const TroopNext next = steps.step(steps.argument, reason);
    if (next == TROOP_ENDS || reason != TROOP_OK) return;
    reason = next == TROOP_YIELDS ? troop_yield(nullptr)
                                  : troop_park(steps.parker.get(), TROOP_FOREVER, nullptr);
  }
}

// Where the caller does not wait, that there is nothing now is no limit that was reached.
template <typename T>
Expected<T> withoutWait(Expected<T> result) {
  if (!result.failed() || result.error().detail() != ErrorDetail::quota) return result;
  return Error(result.error().kind(), result.error().reason(), ErrorDetail::deadline);
}

template <typename Handle>
TroopCode copyOf(const Handle* from, Handle** copy, TroopError* error) {
  return guarded(error, [&] { *copy = new Handle(from->held); });
}

}  // namespace

TroopCode troop_process_begin(const TroopProcessOptions* options, TroopProcess** process,
                              TroopError* error) {
  return guarded(error, [&] { *process = new TroopProcess{Process(processOptions(options))}; });
}

void troop_process_end(TroopProcess* process) {
  delete process;
}

TroopCode troop_begin(TroopProcess* process, const ::TroopOptions* options, ::Troop** troop,
                      TroopError* error) {
  return guarded(error,
                 [&] { *troop = new ::Troop(process->process.troop(troopOptions(options))); });
}

TroopCode troop_begin_inside(::Troop* outer, const ::TroopOptions* options, ::Troop** troop,
                             TroopError* error) {
  return guarded(error, [&] { *troop = new ::Troop(outer->held->troop(troopOptions(options))); });
}

void troop_kill(::Troop* troop, const char* reason) {
  (void)guarded(nullptr, [&] {
    troop->held->kill(Error(ErrorKind::disconnected, nameOf(reason), ErrorDetail::killed));
  });
}

std::uint64_t troop_memory_used(const ::Troop* troop) {
  return troop->held->memory()->used();
}

void troop_release(::Troop* troop) {
  delete troop;
}

TroopCode troop_spawn(::Troop* troop, const TroopThreadOptions* options, TroopBody body,
                      void* argument, TroopThread** thread, TroopError* error) {
  return guarded(error, [&] {
    const auto run = [](const Call& its) { its.function(its.argument); };
    spawn(*troop, options, thread, run, Call{body, argument});
  });
}

TroopCode troop_spawn_steps(::Troop* troop, const TroopThreadOptions* options, TroopStep step,
                            void* argument, TroopParker* parker, TroopThread** thread,
                            TroopError* error) {
  std::unique_ptr<TroopParker> owned(parker);
  return guarded(error, [&] {
    spawn(*troop, options, thread, runSteps, Steps{step, argument, std::move(owned)});
  });
}

TroopCode troop_join(TroopThread* thread, std::int64_t nanoseconds, TroopError* error) {
  return guarded(error, [&] { return thread->held->join(deadlineAfter(nanoseconds)); });
}

void troop_thread_release(TroopThread* thread) {
  delete thread;
}

TroopCode troop_yield(TroopError* error) {
  return guarded(error, [] { yield(); });
}

TroopCode troop_sleep(std::int64_t nanoseconds, TroopError* error) {
  return guarded(error, [&] { sleepUntil(deadlineAfter(nanoseconds)); });
}

TroopCode troop_parker_make(::Troop* payer, TroopParker** parker, TroopError* error) {
  return guarded(error, [&] {
    *parker = madeBy(payer->held, [] {
                auto [give, take] = channel<char>(1);
                return std::make_unique<TroopParker>(c::Permit{std::move(give), std::move(take)});
              }).release();
  });
}

TroopCode troop_parker_copy(const TroopParker* parker, TroopParker** copy, TroopError* error) {
  return copyOf(parker, copy, error);
}

TroopCode troop_park(TroopParker* parker, std::int64_t nanoseconds, TroopError* error) {
  return guarded(error, [&]() -> Expected<void> {
    Receiver<char>& permit = parker->held.take;
    const Expected<char> taken = nanoseconds == 0 ? withoutWait(permit.tryReceive())
                                                  : permit.receiveUntil(deadlineAfter(nanoseconds));
    if (taken.failed()) return taken.error();
    return {};
  });
}

void troop_unpark(TroopParker* parker) {
  // Full where there is a permit already. Whoever does so changes the channel only, not its handle.
  (void)guarded(nullptr, [&] { (void)parker->held.give.trySend(1); });
}

void troop_parker_release(TroopParker* parker) {
  delete parker;
}

TroopCode troop_channel_make(::Troop* payer, std::size_t capacity, void (*drop)(void* value),
                             TroopSender** sender, TroopReceiver** receiver, TroopError* error) {
  using Ends = std::pair<std::unique_ptr<TroopSender>, std::unique_ptr<TroopReceiver>>;
  return guarded(error, [&] {
    Ends made = madeBy(payer->held, [capacity, drop]() -> Ends {
      auto [in, out] = channel<c::Item>(capacity);
      return {std::make_unique<TroopSender>(c::ItemSender{std::move(in), drop}),
              std::make_unique<TroopReceiver>(std::move(out))};
    });
    *sender = made.first.release();
    *receiver = made.second.release();
  });
}

TroopCode troop_send(TroopSender* sender, void* value, std::int64_t nanoseconds,
                     TroopError* error) {
  return guarded(error, [&]() -> Expected<void> {
    auto& [to, drop] = sender->held;
    if (nanoseconds == 0) return withoutWait(to.trySend(c::Item(value, drop)));
    return to.send(c::Item(value, drop), deadlineAfter(nanoseconds));
  });
}

TroopCode troop_receive(TroopReceiver* receiver, std::int64_t nanoseconds, void** value,
                        TroopError* error) {
  return guarded(error, [&]() -> Expected<void> {
    Receiver<c::Item>& from = receiver->held;
    Expected<c::Item> item = nanoseconds == 0 ? withoutWait(from.tryReceive())
                                              : from.receiveUntil(deadlineAfter(nanoseconds));
    if (item.failed()) return item.error();
    *value = item->received();
    return {};
  });
}

TroopCode troop_sender_copy(const TroopSender* sender, TroopSender** copy, TroopError* error) {
  return copyOf(sender, copy, error);
}

TroopCode troop_receiver_copy(const TroopReceiver* receiver, TroopReceiver** copy,
                              TroopError* error) {
  return copyOf(receiver, copy, error);
}

void troop_sender_release(TroopSender* sender) {
  delete sender;
}

void troop_receiver_release(TroopReceiver* receiver) {
  delete receiver;
}

void troop_blocking(TroopBody function, void* argument) {
  // That it gives way afterwards, and may be told there to stop, is for its next wait.
  const MustNotThrow here;
  blocking([&] { function(argument); });
}

TroopCode troop_pin(TroopPin** pin, TroopError* error) {
  return guarded(error, [&] { *pin = new TroopPin{troop::pin()}; });
}

void troop_unpin(TroopPin* pin) {
  delete pin;
}

TroopCode troop_slot_make(void (*destructor)(void* value), TroopSlot** slot, TroopError* error) {
  return guarded(error, [&] { *slot = makeRef<TroopSlot>(destructor).release(); });
}

TroopCode troop_slot_set(TroopSlot* slot, void* value, TroopError* error) {
  return guarded(error, [&] { c::SlotValues::set(*slot, value); });
}

void* troop_slot_get(const TroopSlot* slot) {
  return c::SlotValues::get(*slot);
}

void troop_slot_release(TroopSlot* slot) {
  const auto last = Ref<TroopSlot>::adopt(slot);
}
