#include "runtime/sched/current.h"

namespace troop {
namespace {

thread_local Current* context = nullptr;

}  // namespace

// Neither is inlined, so that no caller keeps the address of the thread-local variable over a
// switch; the empty assembly keeps link-time optimisation from treating two calls as one.
[[gnu::noinline]] Current* current() noexcept {
  asm volatile("" ::: "memory");
  return context;
}

[[gnu::noinline]] void setCurrent(Current* newContext) noexcept {
  asm volatile("" ::: "memory");
  context = newContext;
}

}  // namespace troop
