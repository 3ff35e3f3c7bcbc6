#include "runtime/process.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "runtime/base/check.h"
#include "runtime/deadlock/watch.h"
#include "runtime/inspect/stack-reader.h"
#include "runtime/machine/processors.h"
#include "runtime/sched/compactor.h"
#include "runtime/sched/control-block.h"
#include "runtime/sched/current.h"
#include "runtime/sched/work-stealing.h"
#include "runtime/stack/overflow.h"
#include "runtime/stack/running-stack.h"
#include "runtime/stack/stack-pool.h"
#include "runtime/task.h"
#include "runtime/units.h"

namespace troop {
namespace {

constexpr unsigned carriersMaxEver = 1024;
constexpr unsigned sparesMaxEver = 10'000;
constexpr std::size_t stackBytesMin = std::size_t{16} << 10;
constexpr std::size_t stackBytesMax = std::size_t{1} << 30;

const SteadyClock steadyClock;

Error tooManyCarriers(unsigned most, unsigned carriers) {
  return Error(ErrorKind::failed,
               fmt::format("a Process has at most {} carriers, not {}", most, carriers));
}

// Of who tells of stalls: reading the program's files anew for each would take longer than most of
// them last.
class KeptReader {
 public:
  inspect::StackReader& get() {
    if (!reader_ || !reader_->isCurrent()) reader_.emplace();
    return *reader_;
  }

 private:
  std::optional<inspect::StackReader> reader_;
};

// Tells `tell` of it; false where it is better asked again, as the OS thread did not say what it
// runs.
bool tellOfStall(const std::function<void(const Stall&)>& tell, KeptReader& reader,
                 const StuckSlice& slice) {
  constexpr Duration patience = 100ms;
  const RunningStack running = copyRunning(slice.osThread, patience);
  const bool goesOn = slice.goesOn();
  const bool isKnown = running.identity.owner != nullptr && goesOn;
  if (!isKnown && goesOn && !slice.isLastTry) return false;
  Stall stall{.lasted = slice.lasted, .replaced = slice.replaced};
  if (isKnown) {
    stall.troop = running.identity.troopName.data();
    stall.thread = running.identity.name.data();
    stall.task = running.identity.task;
    stall.stack = reader.get().textOf(
        {.registers = running.registers, .from = running.from, .words = running.words});
  }
  tell(stall);
  return true;
}

StandInOptions checkedStandIns(const ProcessOptions& options) {
  if (options.sparesMax > sparesMaxEver) {
    throw Error(ErrorKind::failed, fmt::format("a Process has at most {} spares, not {}",
                                               sparesMaxEver, options.sparesMax));
  }
  if (options.stuckAfter < sliceMax) {
    throw Error(ErrorKind::failed, "a carrier is not stuck before it has run for 1 ms");
  }
  StandInOptions standIns{.sparesMax = options.sparesMax, .stuckAfter = options.stuckAfter};
  if (options.onStall) {
    standIns.tell = [tell = options.onStall, reader = std::make_shared<KeptReader>()](
                        const StuckSlice& slice) { return tellOfStall(tell, *reader, slice); };
  }
  return standIns;
}

Ref<Scheduler> realScheduler(const ProcessOptions& options) {
  unsigned most = options.carriersMax;
  if (most == 0) {
    most = std::max(options.carriers, std::min(carriersMaxEver, machine::processorsOfMachine()));
  }
  if (most > carriersMaxEver) throw tooManyCarriers(carriersMaxEver, most);
  if (options.carriers > most) throw tooManyCarriers(most, options.carriers);
  return makeRef<WorkStealing>(std::max(1U, options.carriers), steadyClock, most, "/",
                               checkedStandIns(options));
}

std::size_t checkedStackBytes(std::size_t bytes) {
  if (bytes == 0) return StackPool::defaultStackBytes;
  if (bytes < stackBytesMin || bytes > stackBytesMax || bytes % 4096 != 0) {
    throw Error(ErrorKind::failed,
                fmt::format("a stack has whole pages, {} to {}, not {}",
                            describeBytes(stackBytesMin), describeBytes(stackBytesMax), bytes));
  }
  return bytes;
}

StackPool::Options stackOptions(const ProcessOptions& options) {
  const bool unguarded = options.beyondGuards == ProcessOptions::BeyondGuards::unguardedStacks;
  const bool best = options.guards == ProcessOptions::Guards::best;
  return {.stackBytes = checkedStackBytes(options.stackBytes),
          .guards = best ? StackPool::Guards::best : StackPool::Guards::protectedPages,
          .beyondGuards = unguarded ? StackPool::BeyondGuards::unguardedStacks
                                    : StackPool::BeyondGuards::nothing};
}

void writeToStandardError(const char* text) {
  std::fputs(text, stderr);
  std::fputc('\n', stderr);
}

Error endedError() {
  return Error(ErrorKind::disconnected, "its Process has ended", ErrorDetail::killed);
}

void checkOptions(const Troop* outer, const TroopOptions& options) {
  if (options.weight == 0 || options.weight > TroopOptions::weightMax) {
    throw Error(ErrorKind::failed, fmt::format("the weight of a troop is 1 to {}, not {}",
                                               TroopOptions::weightMax, options.weight));
  }
  if (outer != nullptr && outer->depth() + 1 == TroopOptions::depthMax) {
    throw Error(ErrorKind::failed, fmt::format("troops nest {} deep at most; '{}' is as deep",
                                               TroopOptions::depthMax, outer->name()));
  }
  if (outer != nullptr && outer->killed()) throw killedError(*outer->killCause());
}

Ref<Budget> budgetFor(const TroopOptions& options, Ref<Budget> outer) {
  if (options.memoryBytesReserved > options.memoryBytesMax) {
    throw Error(ErrorKind::failed,
                fmt::format("'{}' reserves {} of memory, but may use {} at most", options.name,
                            describeBytes(options.memoryBytesReserved),
                            describeBytes(options.memoryBytesMax)));
  }
  try {
    return makeRef<Budget>(std::move(outer), options.memoryBytesMax, options.memoryBytesReserved,
                           fmt::format("troop '{}'", options.name));
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("cannot start '{}': {}", options.name, error.reason()),
                error.detail(), Executed::no);
  }
}

// What carriers have counted ahead they are charged for here.
class MemoryOfAll final : public Budget {
 public:
  MemoryOfAll(Ref<Scheduler> scheduler, std::size_t bytesMax)
      : Budget(bytesMax), scheduler_(std::move(scheduler)) {}

 private:
  bool collect() const noexcept override { return scheduler_->collectCredit(); }

  const Ref<Scheduler> scheduler_;
};

// Text put together in a signal handler, where nothing may allocate.
class Report {
 public:
  Report(char* text, std::size_t bytes) : text_(text), bytes_(bytes) {}

  Report& operator<<(std::string_view part) noexcept {
    const std::size_t length = std::min(part.size(), bytes_ - length_);
    std::memcpy(text_ + length_, part.data(), length);
    length_ += length;
    return *this;
  }
  Report& operator<<(unsigned number) noexcept {
    char digits[16];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number);
    return *this << std::string_view(digits, end.ptr);
  }
  std::size_t length() const noexcept { return length_; }

 private:
  char* const text_;
  const std::size_t bytes_;
  std::size_t length_ = 0;
};

std::size_t reportOverflow(const void* address, char* text, std::size_t bytes) {
  const Current* here = current();
  if (here == nullptr || here->task == nullptr) return 0;
  const Task& task = *here->task;
  const auto* at = static_cast<const std::byte*>(address);
  if (task.stack() == nullptr) return 0;
  const std::byte* bottom = task.stack()->bottom();
  if (at >= bottom || at < bottom - StackPool::guardBytes) return 0;
  Report report(text, bytes);
  report << "stack overflow in Task " << task.id() << " of Thread '" << task.thread().name()
         << "' of troop '" << task.thread().troop().name() << "'\n";
  return report.length();
}

// What the calling OS thread runs, for reports.
RunningIdentity identifyRunning(const void* stack) noexcept {
  const Current* here = current();
  if (here == nullptr || here->share == nullptr) return {};
  RunningIdentity identity{.owner = here->process, .troop = here->share};
  const auto copy = [](std::string_view text, auto& to) { text.copy(to.data(), to.size() - 1); };
  copy(here->share->reportedName(), identity.troopName);
  if (here->task == nullptr) return identity;
  const Task& task = *here->task;
  identity.thread = &task.thread();
  copy(task.thread().reportedName(), identity.name);
  identity.task = task.id();
  const auto* at = static_cast<const std::byte*>(stack);
  const Stack* own = task.stack();
  if (own != nullptr && *own && at >= own->bottom() && at < own->top()) {
    identity.stackTop = own->top();
  }
  return identity;
}

}  // namespace

Process::Process(Options options) : Process(realScheduler(options), options) {
  static_cast<WorkStealing&>(*scheduler_).start(this);
  if (options.carriers == 0) scheduler_->resize(0);
}

Process::Process(Ref<Scheduler> scheduler, Options options)
    : scheduler_(std::move(scheduler)),
      memory_(makeRef<MemoryOfAll>(scheduler_, options.memoryBytesMax)),
      stacks_(makeRef<StackPool>(stackOptions(options))),
      compactor_(std::make_unique<Compactor>(*scheduler_, options.compactAfter)),
      deadlocks_(std::make_unique<deadlock::Watch>(
          *this,
          deadlock::WatchOptions{
              .period = options.deadlocksAfter,
              .report = options.onDeadlock != nullptr ? options.onDeadlock : &writeToStandardError,
              .locks = options.locksInDeadlock})),
      io_(options.io) {
  installOverflowHandler(&reportOverflow);
  Interruptible::identifyBy(&identifyRunning);
  root_ = troop({.name = "root",
                 .cpuLentPerCall = Duration::zero(),
                 .threadsMax = unlimited,
                 .tasksMax = unlimited,
                 .handlesMax = unlimited});
}

Process::~Process() {
  check(current() != this, "a Process is not destroyed by one of its own Tasks");
  end();
  scheduler_->stop();
}

List<Task, struct AllTasksTag>& Process::tasksOf(Thread& thread) noexcept {
  return thread.tasks_;
}

void Process::end() noexcept {
  ending_.store(true);
  for (const Ref<Share>& share : scheduler_->shares())
    static_cast<Troop&>(*share).kill(endedError());
  scheduler_->drain();
}

Ref<Troop> Process::troop(TroopOptions options) {
  return troopIn(nullptr, std::move(options));
}

Ref<Troop> Process::troopIn(Ref<Troop> outer, TroopOptions options) {
  checkOptions(outer.get(), options);
  Ref<Budget> memory = budgetFor(options, outer ? outer->memory() : memory_);
  Ref<Troop> troop = Ref<Troop>::adopt(new Troop(*this, scheduler_, stacks_, std::move(memory),
                                                 std::move(outer), std::move(options)));
  scheduler_->addShare(*troop);
  // The new troop is listed before this looks, and end() says so before it lists: one of them sees
  // the other.
  if (ending_.load()) troop->kill(endedError());
  return troop;
}

unsigned Process::carriers() const noexcept {
  return scheduler_->carriers();
}

unsigned Process::carriersMax() const noexcept {
  return scheduler_->carriersMax();
}

void Process::resize(unsigned carriers) {
  if (carriers > carriersMax()) throw tooManyCarriers(carriersMax(), carriers);
  scheduler_->resize(carriers);
}

void Process::runThread(std::unique_ptr<Body> body) {
  if (!Waiter::ofCaller().mayPark()) {
    throw Error(ErrorKind::failed,
                "a coroutine does not wait in Process::run(): it starts what it awaits in a Scope");
  }
  const StackLent lent;  // `body` works on what is on it
  const Ref<Thread> thread = root_->start({"main"}, std::move(body));
  thread->awaitEnd();
  thread->rethrowFailure();
}

TimerId Process::at(Time when, std::function<void()> function) {
  scheduler_->prepare();
  return scheduler_->timers().call(when, std::move(function));
}

bool Process::cancelTimer(TimerId timer) {
  return scheduler_->timers().cancel(timer);
}

std::vector<CarrierStatistics> Process::statistics() const {
  return scheduler_->statistics();
}

ProcessCounts Process::counts() const {
  scheduler_->collectCredit();
  std::size_t runnables = 0;
  for (const Ref<Share>& share : scheduler_->shares()) runnables += share->live();
  const std::size_t own = deadlocks_->timers();
  const std::size_t timers = scheduler_->timers().armed();
  return {
      .runnables = runnables, .stacks = stacks_->inUse(), .timers = timers - std::min(timers, own)};
}

std::size_t Process::compactedThreads() const noexcept {
  return compactor_->compacted();
}

Process* Process::current() noexcept {
  const Current* here = troop::current();
  return here != nullptr ? here->process : nullptr;
}

}  // namespace troop
