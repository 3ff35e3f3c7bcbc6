// The same program, compiled with the standard library's threads and with those of this folder:
// only the namespace is another one.
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <latch>
#include <map>
#include <mutex>
#include <optional>
#include <semaphore>
#include <shared_mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "runtime/sim/sweep.h"
#include "runtime/sync/sync.h"

namespace before {
namespace lib = std;
#include "runtime/sync/ported-program.inc"
}  // namespace before

namespace ported {
namespace lib = troop::sync;
// NOLINTNEXTLINE(readability-duplicate-include): the same program is meant
#include "runtime/sync/ported-program.inc"
}  // namespace ported

namespace troop::sync {
namespace {

constexpr int squaresBelowTen = 285;

TEST(Porting, theProgramWorksAsItWasWritten) {
  EXPECT_EQ(before::runProgram(20), 20 * squaresBelowTen);
}

TROOP_TEST(Porting, theProgramWorksWithAnotherNamespace) {
  EXPECT_EQ(ported::runProgram(2), 2 * squaresBelowTen);
}

}  // namespace
}  // namespace troop::sync
