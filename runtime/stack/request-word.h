// Whether one who asks gets an answer from one who is interrupted for it, and who gives up: each
// request has a number, so that an answer that comes late, once somebody else was asked, is none.
//
//   word   | number : 62 | none, asked, answering or answered : 2 |
//
//   1. who asks writes who is asked before it makes the word `asked`, and again only once it is
//      `none`
//   2. who answers reads the word, then who is asked; it begins only where the word is the same
//      then: so it was asked in that very request
//
// Ownership: a member of what both reach. Threads: ask(), giveUp() and take() by one at a time;
// look(), begin() and end() by any, in handlers of signals too.
//
//   const auto seen = word.look();                    // by who is interrupted
//   if (seen && asked == me && word.begin(*seen)) { answer(); word.end(*seen); }
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

namespace [[gnu::visibility("hidden")]] troop {

class RequestWord {
 public:
  using Number = std::uint64_t;

  void ask() noexcept { word_.store(((word_.load() >> stateBits) + 1) << stateBits | asked); }
  // False: it is being answered, or was.
  bool giveUp() noexcept {
    std::uint64_t word = word_.load();
    return (word & stateMask) == asked && word_.compare_exchange_strong(word, word - asked);
  }
  // Takes the answer; false where there is none.
  bool take() noexcept {
    const std::uint64_t word = word_.load();
    if ((word & stateMask) != answered) return false;
    word_.store(word - answered);
    return true;
  }

  // The request that waits for an answer.
  std::optional<Number> look() const noexcept {
    const std::uint64_t word = word_.load();
    if ((word & stateMask) != asked) return std::nullopt;
    return word >> stateBits;
  }
  bool begin(Number number) noexcept {
    std::uint64_t expected = number << stateBits | asked;
    return word_.compare_exchange_strong(expected, number << stateBits | answering);
  }
  void end(Number number) noexcept { word_.store(number << stateBits | answered); }

 private:
  static constexpr unsigned stateBits = 2;
  static constexpr std::uint64_t stateMask = (1U << stateBits) - 1;
  static constexpr std::uint64_t asked = 1;
  static constexpr std::uint64_t answering = 2;
  static constexpr std::uint64_t answered = 3;

  std::atomic<std::uint64_t> word_{0};
};

}  // namespace troop
