// Waits of OS threads in tests of what wakes them.
//
//   tests::awaitAtLeast(answered, 20);       // whoever counts answered up calls notify_all()
#pragma once

#include <atomic>
#include <type_traits>

namespace troop::tests {

// However long it takes: a test of a wake-up that is lost does not end.
template <typename T>
void awaitAtLeast(const std::atomic<T>& count, std::type_identity_t<T> least) noexcept {
  for (T seen = count.load(); seen < least; seen = count.load()) count.wait(seen);
}

}  // namespace troop::tests
