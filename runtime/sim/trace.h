// What a simulated run did, step by step: so that another run of the same choices can be compared
// with it, and the first step at which they differ be told in words.
//
// Ownership: a Trace is who asks for it; a Recorder the run's scheduler. Threads: the one that
// simulates. Limits: memory, some 40 bytes a step; nothing is dropped. Fails: std::bad_alloc; a
// difference is told here, and thrown by runtime/sim/simulated-run.h. Misuse: difference() before
// finish(), which finds that a run has ended early; a Trace that ends before the Recorder that
// compares with it; a Step whose `waited` is no literal.
//
//   Trace first;
//   { Recorder recorder; ...; first = recorder.take(); }
//   Recorder second(&first);  ...; if (!second.difference().empty()) ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/sim/choice-source.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

// One time at which somebody went on, whether there was a choice or not.
struct Step {
  ChoiceKind kind = ChoiceKind::next;
  std::uint32_t options = 1;
  std::uint32_t chosen = 0;
  Actor actor;              // who goes on
  const char* waited = "";  // for what that one has waited last, as Waiter::begin() was told
  Time when{};
};

struct Trace {
  std::vector<Step> steps;
  std::vector<std::string> threads;  // by Actor::thread, from 1
};

class Recorder {
 public:
  // Compares with `expected` where it is not null.
  explicit Recorder(const Trace* expected = nullptr) : expected_(expected) {}

  // The next Runnable that is woken for the first time.
  void addThread(std::string name) { trace_.threads.push_back(std::move(name)); }
  void add(const Step& step);
  // The run is over.
  void finish();

  // The first one, in words; empty where there is none.
  const std::string& difference() const noexcept { return difference_; }
  Trace take() { return std::move(trace_); }

 private:
  const Trace* const expected_;
  Trace trace_;
  std::string difference_;
};

}  // namespace sim
}  // namespace troop
