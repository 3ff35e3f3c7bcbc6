// What one OS thread did last, event after event; when it is full each overwrites the oldest.
// Others may read it while it is written.
//
// An event is two words:
//
//   | time : 56 | kind : 8 |     | what it is about : 64 |
//
// Invariants:
//   1. only the writer changes `written_`, after the words of an event are there
//   2. who has read events reads `written_` again: those that may have been overwritten meanwhile,
//      with one that was about to be, do not count
//
// Ownership: TraceRecorder. Threads: one that writes, any that read.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace [[gnu::visibility("hidden")]] troop {

enum class TraceKind : std::uint8_t {
  starts,    // a Runnable is ready that has never run; its address
  begins,    // its first slice begins
  runs,      // a slice begins, or goes on with it
  ends,      // nothing of the slice runs on
  wakes,     // one is ready that was parked, unless it goes on in the slice of who wakes it
  isReady,   // one that has run is ready again
  finishes,  // one will never run again
  names,     // it has the name that follows in `text`
  ofTroop,   // its troop has the name that follows in `text`
  text,      // up to eight characters; a name ends with the next event of another kind
};

struct TraceEvent {
  std::uint64_t time;  // rawTicks(), or of a clock that is simulated
  TraceKind kind;
  std::uint64_t about;
};

class alignas(64) TraceRing {
 public:
  // Before anything else: for so many events, a power of two. Memory is taken as it is first
  // written. Fails: std::bad_alloc.
  void makeRoom(std::size_t events);

  // By the writer.
  void add(std::uint64_t time, TraceKind kind, std::uint64_t about) noexcept {
    // Relaxed: nobody else changes it.
    const std::uint64_t written = written_.load(std::memory_order_relaxed);
    std::uint64_t* const words = &words_[(written & mask_) * 2];
    // Invariant 2: who reads these words and `written_` as it was before counts one event more as
    // overwritten. Release: not before that was published.
    Word(words[0]).store(time << kindBits | static_cast<std::uint64_t>(kind),
                         std::memory_order_release);
    Word(words[1]).store(about, std::memory_order_release);
    written_.store(written + 1, std::memory_order_release);  // invariant 1
    // What comes after the end of a slice, or before one begins, is not of a slice.
    const bool isOfSlice = kind == TraceKind::runs || kind == TraceKind::begins;
    last_ = isOfSlice || (last_ != none && kind != TraceKind::ends) ? time : none;
  }

  // By the writer: the time of the last event, for the next one, which goes on in the same slice;
  // `none` where that has to have its own, as one in `every`, a power of two, has.
  static constexpr std::uint64_t none = 0;
  std::uint64_t timeToReuse(std::uint64_t every) const noexcept {
    return (written_.load(std::memory_order_relaxed) & (every - 1)) != 0 ? last_ : none;
  }

  // Those that are there, oldest first.
  std::vector<TraceEvent> events() const;

  // From now on there are none from before; by any.
  void forget() noexcept { begun_.store(written_.load(std::memory_order_acquire)); }

 private:
  using Word = std::atomic_ref<std::uint64_t>;
  static constexpr unsigned kindBits = 8;

  struct Free {
    void operator()(std::uint64_t* words) const noexcept { std::free(words); }
  };

  std::size_t mask_ = 0;
  std::unique_ptr<std::uint64_t[], Free> words_;
  std::uint64_t last_ = none;  // of the writer
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> begun_{0};
};

}  // namespace troop
