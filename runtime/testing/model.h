// Model checks of lock-free cores: Relacy runs a few threads of a model under many schedules, with
// every value that the C++ memory model lets a load return, and finds races on plain data, uses
// after destruction, deadlocks and wrong assertions.
//
// A core that is to be modelled takes its atomics as a template parameter, std::atomic in the
// runtime and ModelAtomic here, so that what is checked is what runs.
//
// Ownership: a suite is made anew for each schedule, and all that it holds is its members. Limits:
// small models: two or three threads, a few steps each; loops of a model end. Misuse: std::atomic,
// std::mutex, GoogleTest's assertions and Tasks inside a suite: the checker does not see them.
//
//   struct Handover : rl::test_suite<Handover, 2> {
//     ModelAtomic<bool> ready{false};
//     ModelData<int> value;
//     void thread(unsigned index) { ... modelCheck(value.get() == 7); }
//   };
//   EXPECT_EQ(flaw<Handover>(), "");
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <type_traits>

// Relacy's parts one by one: the header of all redefines `new`, `delete` and the names of memory
// orders for the rest of the file.
// clang-format off
#include <relacy/base.hpp>
#include <relacy/context.hpp>
#include <relacy/context_base_impl.hpp>
#include <relacy/atomic_fence.hpp>
#include <relacy/atomic.hpp>
#include <relacy/var.hpp>
#include <relacy/thread_local.hpp>
#include <relacy/test_suite.hpp>
#include <relacy/dyn_thread.hpp>
#include <relacy/stdlib/mutex.hpp>
#include <relacy/stdlib/condition_variable.hpp>
#include <relacy/stdlib/semaphore.hpp>
#include <relacy/stdlib/event.hpp>
// clang-format on

namespace troop::tests {

inline rl::memory_order modelOrder(std::memory_order order) noexcept {
  switch (order) {
    case std::memory_order_relaxed:
      return rl::mo_relaxed;
    case std::memory_order_consume:
    case std::memory_order_acquire:
      return rl::mo_acquire;
    case std::memory_order_release:
      return rl::mo_release;
    case std::memory_order_acq_rel:
      return rl::mo_acq_rel;
    case std::memory_order_seq_cst:
      return rl::mo_seq_cst;
  }
  std::abort();
}

// What std::atomic<T> offers, as far as the runtime uses it. Numbers, enums and pointers.
template <typename T>
class ModelAtomic {
  static constexpr auto seqCst = std::memory_order_seq_cst;
  // Relacy counts in numbers.
  using Stored = typename std::conditional_t<std::is_enum_v<T>, std::underlying_type<T>,
                                             std::type_identity<T>>::type;

 public:
  explicit(false) ModelAtomic(T value) { atomic_.store(raw(value), rl::mo_relaxed, RL_INFO); }

  T load(std::memory_order order = seqCst) const {
    return static_cast<T>(atomic_.load(modelOrder(order), RL_INFO));
  }
  void store(T value, std::memory_order order = seqCst) {
    atomic_.store(raw(value), modelOrder(order), RL_INFO);
  }
  T exchange(T value, std::memory_order order = seqCst) {
    return static_cast<T>(atomic_.exchange(raw(value), modelOrder(order), RL_INFO));
  }
  // NOLINTBEGIN(readability-identifier-naming): named as std::atomic's, whose place they take
  bool compare_exchange_strong(T& expected, T value, std::memory_order order = seqCst) {
    Stored seen = raw(expected);
    const bool done = atomic_.compare_exchange_strong(seen, raw(value), modelOrder(order), RL_INFO);
    expected = static_cast<T>(seen);
    return done;
  }
  bool compare_exchange_weak(T& expected, T value, std::memory_order order = seqCst) {
    Stored seen = raw(expected);
    const bool done = atomic_.compare_exchange_weak(seen, raw(value), modelOrder(order), RL_INFO);
    expected = static_cast<T>(seen);
    return done;
  }
  T fetch_add(T count, std::memory_order order = seqCst) {
    return static_cast<T>(atomic_.fetch_add(raw(count), modelOrder(order), RL_INFO));
  }
  T fetch_sub(T count, std::memory_order order = seqCst) {
    return static_cast<T>(atomic_.fetch_sub(raw(count), modelOrder(order), RL_INFO));
  }
  T fetch_and(T bits, std::memory_order order = seqCst) {
    return static_cast<T>(atomic_.fetch_and(raw(bits), modelOrder(order), RL_INFO));
  }
  // NOLINTEND(readability-identifier-naming)

 private:
  static Stored raw(T value) { return static_cast<Stored>(value); }

  rl::atomic<Stored> atomic_;
};

// Plain data: access that nothing orders is found. Reading what was never written, too.
template <typename T>
class ModelData {
 public:
  T get() const { return data_(RL_INFO); }
  void set(T value) { data_(RL_INFO) = value; }

 private:
  rl::var<T> data_;
};

class ModelMutex {
 public:
  void lock() { mutex_.lock(RL_INFO); }
  void unlock() { mutex_.unlock(RL_INFO); }

 private:
  friend class ModelCondition;
  rl::mutex mutex_;
};

// Wakes up for no reason, too.
class ModelCondition {
 public:
  void wait(ModelMutex& mutex) { condition_.wait(mutex.mutex_, RL_INFO); }
  void notifyOne() { condition_.notify_one(RL_INFO); }
  void notifyAll() { condition_.notify_all(RL_INFO); }

 private:
  rl::condition_variable_any condition_;
};

inline void modelCheck(bool holds) {
  RL_ASSERT(holds);
}

// What is wrong in some of `schedules` drawn at random, with its history, or nothing.
template <typename Suite>
std::string flaw(std::uint64_t schedules = 20'000) {
  std::ostringstream report;
  rl::test_params parameters;
  parameters.iteration_count = schedules;
  parameters.output_stream = &report;
  parameters.progress_stream = &report;
  parameters.search_type = rl::random_scheduler_type;
  if (rl::simulate<Suite>(parameters)) return {};
  return report.str();
}

}  // namespace troop::tests
