// What is going on, for whoever waits: on a terminal one line that is rewritten in place, elsewhere
// a line now and then.
//
// Guests and files may have chosen words of it: what is written steers no terminal.
//
// Ownership: borrows the stream. Threads: any; lines do not mix. Errors: none; what cannot be
// written is lost.
//
//   Progress progress(stderr, Progress::styleOf(stderr));
//   progress.say("markdown and outline are started");
//   progress.show("alone: 120 of 240 calls");       // rewritten by the next one
#pragma once

#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>

#include "runtime/time.h"

namespace troop::job {

class Progress {
 public:
  enum class Style {
    live,   // a terminal
    plain,  // a file or a pipe
  };
  static Style styleOf(std::FILE* stream);

  // To a plain stream show() writes only when `plainPause` has passed since it wrote last.
  Progress(std::FILE* stream, Style style, Duration plainPause = 2s)
      : stream_(stream), style_(style), plainPause_(plainPause) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // A line that stays.
  void say(std::string_view line);

  // How far it is.
  void show(std::string_view line);

 private:
  void clear();
  void write(std::string_view line);

  std::FILE* const stream_;
  const Style style_;
  const Duration plainPause_;
  std::mutex mutex_;  // protects what follows, and the stream
  std::size_t shownColumns_ = 0;
  Time shownAt_{};
};

}  // namespace troop::job
