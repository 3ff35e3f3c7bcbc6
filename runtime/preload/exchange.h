// Leaves one stack for another together with the thread-local data that belongs to it: code of a
// program finds the data of its own pthread wherever its carrier found those of the OS thread.
//
// A stack that was left:
//
//   higher   return address
//            rbp, rbx, r12, r13, r14, r15
//   lower    x87 control word (4 bytes), mxcsr (4 bytes)   <- where it is kept
//
// Threads: any. Limits: x86-64, with instructions that write the base of FS in user space. Misuse:
// code that goes on after one of these has another thread-local data; who calls them is not inlined
// and keeps no address of such data.
//
//   exchangeStacks(&identity.taskStack, identity.programStack, identity.programBase);
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace [[gnu::visibility("hidden")]] troop {
namespace preload {

// Whether the kernel lets programs write the base of FS (since Linux 5.9, where the CPU can).
bool canExchangeBases() noexcept;

// Of the calling OS thread: where its thread-local data are.
std::uintptr_t threadBase() noexcept;

// Calls function() with FS at `base`: it finds the thread-local data there, and the caller its own
// after it.
template <typename F>
void withThreadBase(std::uintptr_t base, F function) {
  const std::uintptr_t own = threadBase();
  asm volatile("wrfsbase %0" : : "r"(base) : "memory");
  function();
  asm volatile("wrfsbase %0" : : "r"(own) : "memory");
}

extern "C" {
// Keeps the caller's stack in `left`, and goes on where `entered` was left, with FS at `base`.
void troopExchangeStacks(void** left, void* entered, std::uintptr_t base) noexcept;

// Keeps the caller's stack in `left` and ends its OS thread, of which nothing is told: what
// set_tid_address() named is set to zero once nobody stands on that stack.
void troopEndOsThread(void** left) noexcept;

// A new OS thread goes on where `entered` was left, with FS at `base`; `tid` is its number from
// then on, and zero once it has ended. Returns that number, or -errno.
pid_t troopGoOnInOsThread(void* entered, std::uintptr_t base, pid_t* tid) noexcept;
}

}  // namespace preload
}  // namespace troop
