// A handler of a signal in front of what handled it before, which it calls as well: manners of a
// library in its host's process.
//
// Others do the same, and give back what they found, or do not, in any order: so the handler may
// come to stand in a chain more than once, having been installed again in front of somebody who
// goes on calling it as what was there before. Each time that it is called by itself through such a
// chain it goes on behind the place where it stands there; otherwise it would call in a circle.
//
// Ownership: a global: a handler may run at any time after it was installed. Threads: install() and
// remove() by one at a time; callPrevious() and isNested() in the handler, in any. Limits:
// levelsMax times in one chain. Fails: install() says false. Misuse: a signal with several chains.
//
//   constinit SignalChain chain;
//   void onSignal(int signal, siginfo_t* info, void* context) {
//     chain.callPrevious(signal, info, context);
//   }
//   chain.install(SIGQUIT, onSignal, SA_RESTART);
#pragma once

#include <array>
#include <atomic>
#include <csignal>
#include <cstddef>

namespace [[gnu::visibility("hidden")]] troop {

class SignalChain {
 public:
  using Handler = void (*)(int signal, siginfo_t* info, void* context);
  static constexpr std::size_t levelsMax = 4;

  constexpr SignalChain() noexcept = default;
  SignalChain(const SignalChain&) = delete;
  SignalChain& operator=(const SignalChain&) = delete;

  // On the alternate stack where there is one. False where the kernel does not let it be handled,
  // or it stands in the chain too often.
  [[nodiscard]] bool install(int signal, Handler handler, int flags) noexcept;
  // What was there before is there again, unless somebody has installed another one meanwhile: that
  // one may go on calling ours.
  void remove() noexcept;

  // False where nobody was there: what the kernel does by itself, or nothing.
  bool callPrevious(int signal, siginfo_t* info, void* context) noexcept;
  // Whether ours was called by itself, through what it has called.
  bool isNested() const noexcept;

 private:
  struct Call;

  int signal_ = 0;
  Handler handler_ = nullptr;
  std::array<struct sigaction, levelsMax> previous_{};
  std::atomic<std::size_t> levels_{0};  // how often it stands in the chain; after previous_
};

}  // namespace troop
