// A Turn is a piece of work that must not run inside another one: telling those who wait for an
// answer, handing a queue over, destroying what the last holder let go. Settling one answer may
// settle the next, and so on, a hundred thousand deep; as Turns they run one after the other, in
// constant stack.
//
// Ownership: the work is owned until it has run. Threads: every OS thread has its own; a Turn must
// not wait, for it would leave its OS thread in the middle of a Turn. Order: first in, first out.
// Limits: memory for what is put off. Errors: work must not throw.
//
//   inTurn([answer] { answer->complete(); });    // now, or when the Turn that is running has ended
#pragma once

#include <memory>
#include <utility>

namespace troop::proxy {

class Turn {
 public:
  Turn() = default;
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  virtual ~Turn() = default;

  virtual void run() noexcept = 0;

  // Begins a Turn on this OS thread: returns where later ones queue, or null if one is running.
  class Queue;
  static Queue* begin() noexcept;
  // Ends it, having run all that was put off meanwhile.
  static void end(Queue* queue) noexcept;
  // Puts off; only inside a Turn.
  static void later(std::unique_ptr<Turn> turn) noexcept;

 private:
  Turn* next_ = nullptr;
};

// Runs `work` now, or when the Turn that is running on this OS thread has ended. What `work` holds
// is destroyed inside the Turn.
template <typename F>
void inTurn(F work) noexcept {
  if (Turn::Queue* queue = Turn::begin()) {
    {
      F now = std::move(work);
      now();
    }
    Turn::end(queue);
    return;
  }
  class Later final : public Turn {
   public:
    explicit Later(F work) : work_(std::move(work)) {}
    void run() noexcept override { work_(); }

   private:
    F work_;
  };
  Turn::later(std::make_unique<Later>(std::move(work)));
}

}  // namespace troop::proxy
