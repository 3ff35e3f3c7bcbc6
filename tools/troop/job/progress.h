// What is going on, for whoever waits: on a terminal one line that is rewritten in place, elsewhere
// a line now and then.
//
// Guests and files may have chosen words of it: what is written steers no terminal. And whoever
// reads may stop reading, as pagers do: nobody who says something waits for that. What is said is
// kept, and a thread of its own writes it.
//
// Ownership: borrows the file. Threads: any; lines do not mix. Limits: progressBytesMax of what is
// not written yet; lines over it are lost, and a line says how many. Errors: none; what cannot be
// written within progressFlushMax of the end is lost.
//
//   Progress progress(STDERR_FILENO, Progress::styleOf(STDERR_FILENO));
//   progress.say("markdown and outline are started");
//   progress.show("alone: 120 of 240 calls");       // rewritten by the next one
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>

#include "runtime/time.h"

namespace troop::job {

inline constexpr std::size_t progressBytesMax = std::size_t{1} << 20;
inline constexpr Duration progressFlushMax = 2s;

class Progress {
 public:
  enum class Style {
    live,   // a terminal
    plain,  // a file or a pipe
  };
  static Style styleOf(int file);

  // To a plain file show() writes only when `plainPause` has passed since it wrote last.
  Progress(int file, Style style, Duration plainPause = 2s);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // A line that stays.
  void say(std::string_view line);

  // How far it is.
  void show(std::string_view line);

  // Waits until all is written, for progressFlushMax at most; whether it is.
  bool flush();

 private:
  class Writer;

  const Style style_;
  const Duration plainPause_;
  std::mutex mutex_;  // protects the next
  Time shownAt_{};
  // The thread's too: where it cannot be brought to its end, it outlives this.
  const std::shared_ptr<Writer> writer_;
  std::thread thread_;
};

}  // namespace troop::job
