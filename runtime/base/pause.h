// What a loop that looks again and again does between two looks, so that the other hardware thread
// of the same core gets on.
//
//   while (!there()) pauseProcessor();
#pragma once

namespace [[gnu::visibility("hidden")]] troop {

inline void pauseProcessor() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#else
  asm volatile("yield");
#endif
}

}  // namespace troop
