// A pthread that calls a function, for tests: it runs in a Task, as the test's program has the
// library linked in, and is joined at the end of its life.
//
//   PthreadOfTest waits([&] { gate.wait(); });
#pragma once

#include <gtest/gtest.h>
#include <pthread.h>

#include <functional>
#include <utility>

#include "runtime/preload/identity.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace preload {

class PthreadOfTest {
 public:
  explicit PthreadOfTest(std::function<void()> function, const pthread_attr_t* attributes = nullptr)
      : function_(std::move(function)) {
    const auto start = [](void* its) -> void* {
      static_cast<PthreadOfTest*>(its)->function_();
      return nullptr;
    };
    EXPECT_EQ(pthread_create(&thread_, attributes, start, this), 0);
  }
  ~PthreadOfTest() {
    if (!joined_) join();
  }
  PthreadOfTest(const PthreadOfTest&) = delete;
  PthreadOfTest& operator=(const PthreadOfTest&) = delete;

  void* join() {
    void* result = nullptr;
    EXPECT_EQ(pthread_join(thread_, &result), 0);
    joined_ = true;
    return result;
  }
  pthread_t id() const { return thread_; }

 private:
  const std::function<void()> function_;
  pthread_t thread_{};
  bool joined_ = false;
};

}  // namespace preload
}  // namespace troop
