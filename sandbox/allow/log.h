// Permission to write log lines: where they go, how many, how long.
//
// Ownership: the sink is shared by the guests that it was granted to. Threads: the sink is called
// on carriers, for one guest one line after the other, for several guests at once; it must not wait
// long, and not throw. Limits: above bytesPerSecond lines are dropped, and a line says how many;
// text over lineBytesMax is cut. Control characters are replaced, so a guest cannot steer the
// terminal that shows its lines.
//
//   GuestOptions options{.name = "markdown", .grants = {allow::Log{}}};  // to standard error
//   allow::Log quiet{.sink = [](const allow::Log::Line& line) { journal(line.text); }};
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace troop::sandbox::allow {

struct Log {
  enum class Level : unsigned char { debug, info, warning, error };

  struct Line {
    std::string_view guest;
    Level level;
    std::string_view text;  // one line, without its end
  };
  using Sink = std::function<void(const Line&)>;

  // "markdown: text", one line for each. Waits where standard error does: for hosts whose standard
  // error is a file, or is always read.
  static void toStandardError(const Line& line);

  Sink sink = toStandardError;
  std::size_t bytesPerSecond = 64 << 10;
  std::size_t lineBytesMax = 4 << 10;
};

std::string_view name(Log::Level level);  // "warning"

}  // namespace troop::sandbox::allow
