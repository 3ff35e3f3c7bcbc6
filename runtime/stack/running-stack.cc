#include "runtime/stack/running-stack.h"

#include <semaphore.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <ctime>
#include <memory>
#include <mutex>
#include <optional>

#include "runtime/base/check.h"
#include "runtime/stack/copy-words.h"
#include "runtime/stack/request-word.h"
#include "runtime/stack/signal-chain.h"

namespace troop {
namespace {

// What somebody wants to know, and the room for the answer.
struct Request {
  RequestWord word;
  std::atomic<const Interruptible*> asked{nullptr};
  // Written by the handler of that one.
  RunningIdentity identity;
  StackRegisters registers;
  std::uintptr_t from = 0;
  std::size_t count = 0;  // of words
  std::uint64_t words[Interruptible::bytesMax / sizeof(std::uint64_t)];
};

std::atomic<Interruptible::Identify> identification{nullptr};

StackRegisters registersIn([[maybe_unused]] const ucontext_t& interrupted) noexcept {
#ifdef __x86_64__
  const auto& registers = interrupted.uc_mcontext.gregs;
  const auto of = [&](int index) { return static_cast<std::uintptr_t>(registers[index]); };
  return {.instruction = of(REG_RIP),
          .stack = of(REG_RSP),
          .kept = {of(REG_RBX), of(REG_RBP), of(REG_R12), of(REG_R13), of(REG_R14), of(REG_R15)}};
#else
  return {};
#endif
}

// The steady clock is CLOCK_MONOTONIC.
timespec monotonic(Time time) noexcept {
  const Duration since = time.time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
  return {.tv_sec = seconds.count(), .tv_nsec = (since - seconds).count()};
}

// Not inlined: see runtime/sched/current.cc.
[[gnu::noinline]] const Interruptible*& self() noexcept {
  asm volatile("" ::: "memory");
  static thread_local const Interruptible* is = nullptr;
  return is;
}

std::span<const std::byte> stackOfOsThread() noexcept {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return {};
  void* bottom = nullptr;
  std::size_t bytes = 0;
  const int error = pthread_attr_getstack(&attributes, &bottom, &bytes);
  pthread_attr_destroy(&attributes);
  if (error != 0) return {};
  return {static_cast<const std::byte*>(bottom), bytes};
}

}  // namespace

// The one handler of the OS process, and who may be interrupted.
class RunningStackSignal {
 public:
  // Never destroyed: OS threads may end after everything else.
  static RunningStackSignal& instance() {
    static auto& only = *new RunningStackSignal();
    return only;
  }

  void join(Interruptible& osThread) noexcept {
    std::lock_guard lock(mutex_);
    osThreads_.pushBack(osThread);
  }

  // Who is asked answers in here, so that nobody else is waited for.
  void leave(Interruptible& osThread) noexcept {
    std::unique_lock lock(mutex_);
    while (asked_ == &osThread) nextIsAsked_.wait(lock);
    osThreads_.remove(osThread);
  }

  std::vector<RunningStack> copy(std::optional<pid_t> only, Duration patience) {
    std::vector<RunningStack> stacks;
    std::lock_guard lock(askingMutex_);
    if (!install()) return stacks;
    const Time until = std::chrono::steady_clock::now() + patience;
    for (EachInTurn each(*this); each.get() != nullptr; each.next()) {
      if (only && *only != each.get()->id_) continue;
      const Duration left = until - std::chrono::steady_clock::now();
      if (left <= Duration::zero()) break;
      if (std::optional<RunningStack> stack = copyOf(*each.get(), only ? left : left / 2)) {
        stacks.push_back(std::move(*stack));
      }
    }
    return stacks;
  }

  void handle(int signal, siginfo_t* info, void* context) noexcept;

 private:
  // Goes through those that may be interrupted; the one that it is at does not end meanwhile.
  class EachInTurn {
   public:
    explicit EachInTurn(RunningStackSignal& signal) noexcept : signal_(signal) {
      const std::lock_guard lock(signal_.mutex_);
      signal_.asked_ = signal_.osThreads_.front();
    }
    ~EachInTurn() {
      const std::lock_guard lock(signal_.mutex_);
      goTo(nullptr);
    }
    EachInTurn(const EachInTurn&) = delete;
    EachInTurn& operator=(const EachInTurn&) = delete;

    Interruptible* get() const noexcept { return signal_.asked_; }
    void next() noexcept {
      const std::lock_guard lock(signal_.mutex_);
      goTo(signal_.osThreads_.after(*signal_.asked_));
    }

   private:
    void goTo(Interruptible* osThread) noexcept {
      signal_.asked_ = osThread;
      signal_.nextIsAsked_.notify_all();
    }

    RunningStackSignal& signal_;
  };

  bool install();
  std::optional<RunningStack> copyOf(Interruptible& osThread, Duration patience);
  // By the handler of the one that is asked.
  void answer(const ucontext_t& interrupted) noexcept;

  std::mutex mutex_;
  List<Interruptible, InterruptibleTag> osThreads_;  // protected by mutex_, as the next
  Interruptible* asked_ = nullptr;                   // it stays in the list
  std::condition_variable nextIsAsked_;
  std::mutex askingMutex_;  // held by who asks, who alone changes what is below, and asked_
  SignalChain chain_;
  sem_t answered_;
  std::atomic<Request*> request_{nullptr};  // there is one, once somebody has asked
};

namespace {

void onSignal(int signal, siginfo_t* info, void* context) {
  const int before = errno;
  RunningStackSignal::instance().handle(signal, info, context);
  errno = before;
}

}  // namespace

bool RunningStackSignal::install() {
  if (request_.load() != nullptr) return true;
  auto request = std::make_unique<Request>();
  if (sem_init(&answered_, 0, 0) != 0) return false;
  if (!chain_.install(Interruptible::signalNumber(), onSignal, SA_RESTART)) return false;
  request_.store(request.release());
  return true;
}

std::optional<RunningStack> RunningStackSignal::copyOf(Interruptible& osThread, Duration patience) {
  Request& request = *request_.load();
  request.asked.store(&osThread);
  request.word.ask();
  if (pthread_kill(osThread.osThread_, Interruptible::signalNumber()) != 0) {
    // Nor does a signal that it got before answer: then there would be something to take.
    if (request.word.giveUp()) return std::nullopt;
  }
  const timespec until = monotonic(std::chrono::steady_clock::now() + patience);
  int result;
  do {
    result = sem_clockwait(&answered_, CLOCK_MONOTONIC, &until);
  } while (result != 0 && errno == EINTR);
  if (result != 0) {
    if (request.word.giveUp()) return std::nullopt;
    // It has begun to answer, which it ends by itself.
    while (sem_wait(&answered_) != 0) {
    }
  }
  check(request.word.take(), "who was asked has answered");
  RunningStack stack{.osThread = osThread.id_,
                     .identity = request.identity,
                     .registers = request.registers,
                     .from = request.from,
                     .words = {}};
  stack.words.assign(request.words, request.words + request.count);
  return stack;
}

void RunningStackSignal::handle(int signal, siginfo_t* info, void* context) noexcept {
  Request* const request = request_.load();
  const bool isOurs = info->si_code == SI_TKILL && info->si_pid == getpid() && self() != nullptr;
  if (request == nullptr || !isOurs) {
    chain_.callPrevious(signal, info, context);
    return;
  }
  const std::optional<RequestWord::Number> number = request->word.look();
  // Late, when somebody else is asked already, or nobody.
  if (!number || request->asked.load() != self() || !request->word.begin(*number)) return;
  answer(*static_cast<const ucontext_t*>(context));
  request->word.end(*number);
  sem_post(&answered_);
}

void RunningStackSignal::answer(const ucontext_t& interrupted) noexcept {
  Request& request = *request_.load();
  request.registers = registersIn(interrupted);
  request.from = request.registers.stack & ~(sizeof(std::uint64_t) - 1);
  const auto* from = std::bit_cast<const std::byte*>(request.from);
  const Interruptible::Identify identify = identification.load();
  request.identity = identify != nullptr ? identify(from) : RunningIdentity{};
  const std::byte* top = request.identity.stackTop;
  const std::span<const std::byte> own = self()->stack_;
  if (top == nullptr && from >= own.data() && from < own.data() + own.size()) {
    top = own.data() + own.size();
  }
  // Where it is on neither, what lies above may be a guard.
  const std::size_t bytes = top > from ? static_cast<std::size_t>(top - from) : 0;
  request.count = std::min(bytes, Interruptible::bytesMax) / sizeof(std::uint64_t);
  copyWords(request.words, std::bit_cast<const std::uint64_t*>(from), request.count);
}

Interruptible::Interruptible() noexcept
    : osThread_(pthread_self()), id_(gettid()), stack_(stackOfOsThread()) {
  self() = this;
  RunningStackSignal::instance().join(*this);
}

int Interruptible::signalNumber() noexcept {
  return SIGRTMIN + 5;
}

Interruptible::~Interruptible() {
  RunningStackSignal::instance().leave(*this);
  self() = nullptr;
}

void Interruptible::identifyBy(Identify identify) noexcept {
  identification.store(identify);
}

std::vector<RunningStack> copyRunning(Duration patience) {
  return RunningStackSignal::instance().copy(std::nullopt, patience);
}

RunningStack copyRunning(pid_t osThread, Duration patience) {
  std::vector<RunningStack> stacks = RunningStackSignal::instance().copy(osThread, patience);
  return stacks.empty() ? RunningStack{} : std::move(stacks.front());
}

}  // namespace troop
