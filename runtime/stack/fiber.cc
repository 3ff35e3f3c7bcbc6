#include "runtime/stack/fiber.h"

#include <cxxabi.h>

#include <cerrno>
#include <new>
#include <utility>

#include "runtime/base/blocks.h"
#include "runtime/base/check.h"
#include "runtime/stack/copy-words.h"
#include "runtime/stack/stack-switch.h"

#ifdef TROOP_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef TROOP_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace troop {
namespace {

// Announce the switch to a stack, before it; `save` keeps the fake stack of the side that is left,
// null ends it. Always inlined: ThreadSanitizer, which counts calls and returns, would count the
// return on the other side.
[[gnu::always_inline]] inline void startSwitch([[maybe_unused]] void** save,
                                               [[maybe_unused]] const void* bottom,
                                               [[maybe_unused]] std::size_t bytes,
                                               [[maybe_unused]] void* shadow) noexcept {
#ifdef TROOP_ADDRESS_SANITIZER
  __sanitizer_start_switch_fiber(save, bottom, bytes);
#endif
#ifdef TROOP_THREAD_SANITIZER
  __tsan_switch_to_fiber(shadow, 0);
#endif
}

// Completes the switch on the stack that was switched to, and learns about the one that was left.
inline void finishSwitch([[maybe_unused]] void** saved, [[maybe_unused]] const void** bottom,
                         [[maybe_unused]] std::size_t* bytes) noexcept {
#ifdef TROOP_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(*saved, bottom, bytes);
#endif
}

}  // namespace

Fiber::Fiber(Stack stack, Entry entry, void* argument) noexcept : Fiber(entry, argument) {
  takeStack(std::move(stack));
}

void Fiber::takeStack(Stack stack) noexcept {
  stack_ = std::move(stack);
  fiberContext_ = beginStack(stack_.top(), stack_.bytes(), [](StackSwitch begun) noexcept {
    auto* fiber = static_cast<Fiber*>(begun.message);
    fiber->arrive(begun.left);
    fiber->run();
  });
#ifdef TROOP_THREAD_SANITIZER
  sanitizers_.threadSanitizers = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
  check(ended_ || !started_, "a fiber has ended before it is destroyed");
#ifdef TROOP_THREAD_SANITIZER
  if (sanitizers_.shadow() != nullptr) __tsan_destroy_fiber(sanitizers_.shadow());
#endif
}

// Thread-local state is exchanged here and not in suspend(): this side stays on its OS thread, so
// it does no harm that compilers keep the addresses of errno and of the exception state over the
// switch.
void Fiber::resume() noexcept {
  static_assert(sizeof(ExceptionState) == 2 * sizeof(void*));
  started_ = true;
  auto* const globals = reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
  Resumer resumer{.exceptions = globals, .error = &errno};
  const ExceptionState resumerExceptions = std::exchange(*globals, exceptions_);
  const int resumerErrno = std::exchange(*resumer.error, errno_);
  resumer_ = &resumer;

  void* resumerFakeStack = nullptr;
#ifdef TROOP_THREAD_SANITIZER
  resumer.shadow = __tsan_get_current_fiber();
#endif
  startSwitch(&resumerFakeStack, stack_.bottom(), stack_.bytes(), sanitizers_.shadow());
  const StackSwitch switched = switchStack(fiberContext_, this);
  finishSwitch(&resumerFakeStack, nullptr, nullptr);
  // This one, or the last of those that were switched to.
  Fiber& left = *static_cast<Fiber*>(switched.message);
  left.fiberContext_ = switched.left;

  left.errno_ = std::exchange(*resumer.error, resumerErrno);
  left.exceptions_ = std::exchange(*globals, resumerExceptions);
}

void Fiber::compact() noexcept {
  check(started_ && !ended_, "a fiber that is compacted is suspended");
  if (compacted()) return;
  // A context stands at an address that is a multiple of 8.
  try {
    compacted_ = static_cast<std::uint64_t*>(blocks::allocate(liveBytes()));
  } catch (const std::bad_alloc&) {
    return;
  }
  copyWords(compacted_, static_cast<const std::uint64_t*>(fiberContext_),
            liveBytes() / sizeof(std::uint64_t));
  stack_.givePages();
}

void Fiber::expand() noexcept {
  if (!compacted()) return;
  stack_.takePages();
  copyWords(static_cast<std::uint64_t*>(fiberContext_), compacted_,
            liveBytes() / sizeof(std::uint64_t));
  blocks::free(std::exchange(compacted_, nullptr), liveBytes());
}

void Fiber::copyLive(std::uint64_t* to) const noexcept {
  const void* words = compacted() ? compacted_ : fiberContext_;
  copyWords(to, static_cast<const std::uint64_t*>(words), liveBytes() / sizeof(std::uint64_t));
}

void Fiber::suspend() noexcept {
  startSwitch(sanitizers_.fakeStack(), resumer_->bottom, resumer_->bytes, resumer_->shadow);
  const StackSwitch switched = switchStack(resumer_->context, this);
  arrive(switched.left);
}

// Here thread-local state is exchanged on the side that may go on elsewhere: by the addresses that
// the resumer has told, and nothing of it is touched after the switch.
void Fiber::switchTo(Fiber& next) noexcept {
  next.started_ = true;
  next.cameFrom_ = this;
  next.resumer_ = resumer_;
  exceptions_ = std::exchange(*resumer_->exceptions, next.exceptions_);
  errno_ = std::exchange(*resumer_->error, next.errno_);

  startSwitch(sanitizers_.fakeStack(), next.stack_.bottom(), next.stack_.bytes(),
              next.sanitizers_.shadow());
  const StackSwitch switched = switchStack(next.fiberContext_, &next);
  arrive(switched.left);
}

void Fiber::arrive(void* left) noexcept {
  if (Fiber* from = std::exchange(cameFrom_, nullptr)) {
    from->fiberContext_ = left;
    finishSwitch(sanitizers_.fakeStack(), nullptr, nullptr);
  } else {
    resumer_->context = left;
    finishSwitch(sanitizers_.fakeStack(), &resumer_->bottom, &resumer_->bytes);
  }
}

void Fiber::run() noexcept {
  entry_(argument_);
  ended_ = true;
  startSwitch(nullptr, resumer_->bottom, resumer_->bytes, resumer_->shadow);
  switchStack(resumer_->context, this);
  checkFailed("a fiber that has ended is not resumed", std::source_location::current());
}

}  // namespace troop
