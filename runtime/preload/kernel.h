// Calls of the kernel past the C library, whose syscall() is one of the names that this library
// takes.
//
// Threads: any; also in signal handlers. Fails: returns -errno; leaves errno alone.
//
//   const long woken = kernelCall(SYS_futex, word, FUTEX_WAKE, 1);
#pragma once

#include <sys/syscall.h>

#include <concepts>
#include <cstddef>
#include <type_traits>

namespace [[gnu::visibility("hidden")]] troop {
namespace preload {

// By the calling convention of Linux on x86-64: six words, a result below zero is an error.
inline long kernelCallWords(long number, long first, long second, long third, long fourth,
                            long fifth, long sixth) noexcept {
  register long r10 asm("r10") = fourth;
  register long r8 asm("r8") = fifth;
  register long r9 asm("r9") = sixth;
  long result = 0;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(first), "S"(second), "d"(third), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

inline long wordOfArgument(std::integral auto argument) noexcept {
  return static_cast<long>(argument);
}
inline long wordOfArgument(const volatile void* argument) noexcept {
  return reinterpret_cast<long>(argument);
}
template <typename Enumeration>
  requires std::is_enum_v<Enumeration>
long wordOfArgument(Enumeration argument) noexcept {
  return static_cast<long>(argument);
}
inline long wordOfArgument(std::nullptr_t) noexcept {
  return 0;
}

template <typename... Arguments>
long kernelCall(long number, Arguments... arguments) noexcept {
  static_assert(sizeof...(arguments) <= 6);
  long words[6] = {wordOfArgument(arguments)...};
  return kernelCallWords(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

}  // namespace preload
}  // namespace troop
