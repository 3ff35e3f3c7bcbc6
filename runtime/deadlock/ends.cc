#include "runtime/deadlock/ends.h"

#include <new>
#include <utility>

#include "runtime/deadlock/look.h"
#include "runtime/deadlock/watch.h"
#include "runtime/sched/control-block.h"
#include "runtime/thread.h"

namespace troop::deadlock {

void Ends::declare(DeclaredEnds& declared) {
  std::lock_guard lock(mutex_);
  OfThread& thread = threads_[&declared.task->thread()];
  thread.thread = &declared.task->thread();
  OfTask& task = thread.tasks[declared.task];
  ++task.declared;
  task.last = ++declarations_;
  thread.declared.pushBack(declared);
}

bool Ends::withdraw(DeclaredEnds& declared) noexcept {
  std::lock_guard lock(mutex_);
  const auto thread = threads_.find(&declared.task->thread());
  thread->second.declared.remove(declared);
  const auto task = thread->second.tasks.find(declared.task);
  if (--task->second.declared > 0) return true;
  thread->second.tasks.erase(task);
  if (thread->second.tasks.empty()) threads_.erase(thread);
  return false;
}

bool Ends::empty() const noexcept {
  std::lock_guard lock(mutex_);
  return threads_.empty();
}

void Ends::selects(const Task& task, std::size_t channels) noexcept {
  std::lock_guard lock(mutex_);
  threads_.find(&task.thread())->second.tasks.find(&task)->second.selectsFrom = channels;
}

void Ends::refuse(const Thread* thread, const Task* task, WaitTicket ticket, Error error) {
  std::lock_guard lock(mutex_);
  const auto of = threads_.find(thread);
  if (of == threads_.end()) return;
  const auto found = of->second.tasks.find(task);
  if (found == of->second.tasks.end()) return;
  found->second.refused = ticket;
  found->second.error = std::move(error);
}

std::optional<Error> Ends::refusal(const Task& task) const {
  std::lock_guard lock(mutex_);
  const OfTask& of = threads_.find(&task.thread())->second.tasks.find(&task)->second;
  return of.refused == task.ticket() ? of.error : std::nullopt;
}

std::vector<RestingThread> Ends::atRest() const {
  std::vector<RestingThread> threads;
  {
    // Each has a Task that has not withdrawn what it said, and so a reference of its own.
    std::lock_guard lock(mutex_);
    threads.resize(threads_.size());
    std::size_t next = 0;
    for (const auto& [unused, of] : threads_) {
      threads[next++].thread = Ref<Thread>::share(of.thread);
    }
  }
  for (RestingThread& each : threads) {
    (void)each.thread->whileItRests([&] {
      try {
        copy(each);
        each.wasAtRest = true;
      } catch (const std::bad_alloc&) {
        return;  // it is taken for one that runs
      }
    });
  }
  return threads;
}

void Ends::copy(RestingThread& to) const {
  std::lock_guard lock(mutex_);
  const auto thread = threads_.find(to.thread.get());
  if (thread == threads_.end()) return;
  const OfThread& from = thread->second;
  Watch::forEachTask(*to.thread, [&](const Task& task) {
    const auto declared = from.tasks.find(&task);
    const bool hasDeclared = declared != from.tasks.end();
    to.tasks.push_back({.task = &task,
                        .id = task.id(),
                        .what = task.what(),
                        .within = Look::scopeAround(task),
                        .joins = Look::scopeJoinedBy(task),
                        .declared = hasDeclared ? declared->second.last : 0,
                        .ticket = task.ticket(),
                        .forEver = task.waits() && task.pending() && !task.isTimed(),
                        .selectsFrom = hasDeclared ? declared->second.selectsFrom : 0});
  });
  const DeclaredEnds* each = from.declared.front();
  for (; each != nullptr; each = from.declared.after(*each)) {
    for (const ChannelEnd& end : each->ends) {
      RefCounted* const channel = end.kind->channelOf(end.handle);
      if (channel == nullptr) continue;
      to.held.push_back(
          {.channel = Ref<RefCounted>::share(channel), .kind = end.kind, .side = end.side});
    }
  }
}

}  // namespace troop::deadlock
