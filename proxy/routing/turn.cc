#include "proxy/routing/turn.h"

#include <cstdio>
#include <cstdlib>

namespace troop::proxy {

// What was put off on one OS thread. It is empty whenever no Turn is running, so it needs no
// destructor and can be used while the OS thread ends.
class Turn::Queue {
 public:
  // Never inlined: a Task may have moved to another OS thread since its caller last asked, and the
  // compiler would remember the address for it; the empty assembly keeps link-time optimisation
  // from treating two calls as one.
  [[gnu::noinline]] static Queue& current() noexcept {
    asm volatile("" ::: "memory");
    static constinit thread_local Queue queue;
    return queue;
  }

  bool begin() noexcept { return !std::exchange(running_, true); }

  void push(std::unique_ptr<Turn> turn) noexcept {
    Turn* pushed = turn.release();
    (last_ != nullptr ? last_->next_ : first_) = pushed;
    last_ = pushed;
  }

  void drain() noexcept {
    while (first_ != nullptr) {
      const std::unique_ptr<Turn> turn(std::exchange(first_, first_->next_));
      if (first_ == nullptr) last_ = nullptr;
      turn->run();
    }
    running_ = false;
  }

 private:
  bool running_ = false;
  Turn* first_ = nullptr;  // owned, as all that follow it
  Turn* last_ = nullptr;
};

Turn::Queue* Turn::begin() noexcept {
  Queue& queue = Queue::current();
  return queue.begin() ? &queue : nullptr;
}

void Turn::end(Queue* queue) noexcept {
  if (queue != &Queue::current()) {
    std::fputs("troop: a callback of an answer, or an endpoint's call(), waited\n", stderr);
    std::abort();
  }
  queue->drain();
}

void Turn::later(std::unique_ptr<Turn> turn) noexcept {
  Queue::current().push(std::move(turn));
}

}  // namespace troop::proxy
