// The OS thread of a carrier. It gets no signals but those of faults, of profilers and of reports
// (runtime/stack/running-stack.h): a host's handlers run on the host's own threads, not on the
// small stack of some Task. Everything else that OS threads inherit it has from who starts it.
//
// Ownership: its carrier; joined before it is destroyed. Threads: one at a time. Fails: start()
// tells the kernel's reason, and allocates nothing of ours.
//
//   if (int error = thread.start(0, &entry, carrier); error != 0) ...
//   thread.join();
#pragma once

#include <pthread.h>

#include <string_view>

namespace [[gnu::visibility("hidden")]] troop {

class CarrierThread {
 public:
  using Entry = void (*)(void* argument) noexcept;

  CarrierThread() = default;
  ~CarrierThread();
  CarrierThread(const CarrierThread&) = delete;
  CarrierThread& operator=(const CarrierThread&) = delete;

  // From now on, what such an OS thread forks gets the signals that the caller of the first of
  // these calls gets: what is blocked stays so when another program is executed.
  static void giveSignalsBackInForks() noexcept;

  // Calls entry(argument) on a new OS thread. 0, or an errno; after join() or the first time. It is
  // named after the carrier, or `name` of 15 letters at most.
  int start(unsigned carrier, Entry entry, void* argument) noexcept;
  int start(std::string_view name, Entry entry, void* argument) noexcept;

  // Returns when it has ended; at once where there is none.
  void join() noexcept;

 private:
  static void* run(void* self) noexcept;

  char name_[16] = {};  // all that the kernel takes; shown by debuggers and by top
  Entry entry_ = nullptr;
  void* argument_ = nullptr;
  pthread_t thread_{};
  bool started_ = false;
};

}  // namespace troop
