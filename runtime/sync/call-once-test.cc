#include "runtime/sync/call-once.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "runtime/error.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop::sync {
namespace {

TROOP_TEST(CallOnce, callsOnceAndAllWaitForThat) {
  once_flag flag;
  int calls = 0;
  Scope scope;
  for (int thread = 0; thread < 4; ++thread) {
    scope.thread(
        [](once_flag* at, int* count) {
          call_once(*at, [&] {
            yield();
            ++*count;
          });
          EXPECT_EQ(*count, 1);
        },
        assumeSendable(&flag), assumeSendable(&calls));
  }
  scope.join();
}

TROOP_TEST(CallOnce, callsAgainAfterAFailure) {
  once_flag flag;
  int calls = 0;
  EXPECT_THROW(call_once(flag, [] { throw std::runtime_error("not this time"); }),
               std::runtime_error);
  call_once(flag, [&](int by) { calls += by; }, 3);
  call_once(flag, [&](int by) { calls += by; }, 3);
  EXPECT_EQ(calls, 3);
}

TROOP_TEST(CallOnce, doesNotWaitForItself) {
  once_flag flag;
  call_once(flag, [&] { EXPECT_THROW(call_once(flag, [] {}), Error); });
}

}  // namespace
}  // namespace troop::sync
