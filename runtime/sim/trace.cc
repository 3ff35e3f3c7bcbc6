#include "runtime/sim/trace.h"

#include <fmt/format.h>

#include <cstring>
#include <string_view>

namespace troop::sim {
namespace {

std::string nameOf(const Trace& trace, Actor actor) {
  const bool known = actor.thread >= 1 && actor.thread <= trace.threads.size();
  const std::string thread = known ? fmt::format("{}, started as number {},",
                                                 trace.threads[actor.thread - 1], actor.thread)
                                   : fmt::format("Thread number {}", actor.thread);
  return actor.task == 0 ? thread : fmt::format("Task {} of {}", actor.task, thread);
}

// What was chosen there about who runs.
const char* wordsOf(const Step& step) {
  switch (step.kind) {
    case ChoiceKind::preemption:
      return step.chosen != 0 ? " entered a primitive and gave way" : " entered a primitive";
    case ChoiceKind::next:
    case ChoiceKind::task:
      return " went on";
    case ChoiceKind::delay:
      return " had run last when it was chosen how long something takes";
    case ChoiceKind::shortWrite:
      return " wrote to a connection";
    case ChoiceKind::reset:
      return " wrote to a connection that might break";
    case ChoiceKind::loss:
      return " sent a datagram that might get lost";
    case ChoiceKind::twice:
      return " sent a datagram that might arrive twice";
    case ChoiceKind::cut:
      return " sent something to a machine that might be cut off";
    case ChoiceKind::notAtHand:
      return " read what might not be at hand";
    case ChoiceKind::shortTransfer:
      return " had run last when a disk might do a part only";
    case ChoiceKind::diskError:
      return " had run last when a disk might fail";
    case ChoiceKind::diskFull:
      return " had run last when a disk might be full";
    case ChoiceKind::rot:
      return " had run last when a sector might have rotted";
    case ChoiceKind::crash:
      return " had run last when a machine might crash";
    case ChoiceKind::outage:
    case ChoiceKind::kept:
      return " had run last when it was chosen what a crash leaves";
  }
  return "";
}

std::string words(const Trace& trace, const Step& step) {
  std::string text = nameOf(trace, step.actor) + wordsOf(step);
  if (*step.waited != '\0') text += fmt::format(", which waited last for {}", step.waited);
  return text + fmt::format(" (way {} of {}, at {} ns)", step.chosen + 1, step.options,
                            step.when.time_since_epoch().count());
}

bool same(const Trace& one, const Step& left, const Trace& other, const Step& right) {
  const auto name = [](const Trace& trace, Actor actor) -> std::string_view {
    return actor.thread >= 1 && actor.thread <= trace.threads.size()
               ? trace.threads[actor.thread - 1]
               : std::string_view();
  };
  return left.kind == right.kind && left.options == right.options && left.chosen == right.chosen &&
         left.actor == right.actor && left.when == right.when &&
         std::strcmp(left.waited, right.waited) == 0 &&
         name(one, left.actor) == name(other, right.actor);
}

}  // namespace

void Recorder::add(const Step& step) {
  const std::size_t at = trace_.steps.size();
  trace_.steps.push_back(step);
  if (expected_ == nullptr || !difference_.empty()) return;
  if (at >= expected_->steps.size()) {
    difference_ = fmt::format("step {}: the run was to have ended, and {}", at,
                              words(trace_, trace_.steps.back()));
  } else if (!same(*expected_, expected_->steps[at], trace_, step)) {
    difference_ = fmt::format("step {}: expected that {}; what happened is that {}", at,
                              words(*expected_, expected_->steps[at]), words(trace_, step));
  }
}

void Recorder::finish() {
  const std::size_t at = trace_.steps.size();
  if (expected_ == nullptr || !difference_.empty() || at == expected_->steps.size()) return;
  difference_ = fmt::format("step {}: expected that {}; what happened is that the run ended", at,
                            words(*expected_, expected_->steps[at]));
}

}  // namespace troop::sim
