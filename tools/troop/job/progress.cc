#include "tools/troop/job/progress.h"

#include <unistd.h>

#include "sandbox/printable.h"

namespace troop::job {
namespace {

// Longer ones would break into several rows, which cannot be rewritten.
constexpr std::size_t liveColumnsMax = 79;

}  // namespace

Progress::Style Progress::styleOf(std::FILE* stream) {
  return isatty(fileno(stream)) == 1 ? Style::live : Style::plain;
}

void Progress::clear() {
  if (shownColumns_ == 0) return;
  const std::string blank(shownColumns_, ' ');
  std::fprintf(stream_, "\r%s\r", blank.c_str());
  std::fflush(stream_);
  shownColumns_ = 0;
}

void Progress::write(std::string_view line) {
  clear();
  std::fprintf(stream_, "%s\n", sandbox::printableLines(line).c_str());
  std::fflush(stream_);
}

void Progress::say(std::string_view line) {
  std::lock_guard lock(mutex_);
  write(line);
}

void Progress::show(std::string_view line) {
  std::lock_guard lock(mutex_);
  if (style_ == Style::plain) {
    if (shownAt_ != Time{} && now() - shownAt_ < plainPause_) return;
    shownAt_ = now();
    write(line);
    return;
  }
  clear();
  const std::string shown = sandbox::printable(line, liveColumnsMax);
  shownColumns_ = shown.size();
  std::fprintf(stream_, "\r%s", shown.c_str());
  std::fflush(stream_);
}

}  // namespace troop::job
