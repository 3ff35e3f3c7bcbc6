#include "tools/troop/job/progress.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "sandbox/printable.h"

namespace troop::job {
namespace {

// Longer ones would break into several rows, which cannot be rewritten.
constexpr std::size_t liveColumnsMax = 79;

// How often a thread that waits for the file looks whether it still should.
constexpr int waitMillis = 50;

}  // namespace

// What is said and not written yet, and the thread that writes it.
class Progress::Writer {
 public:
  explicit Writer(int file) : file_(file) {}

  void say(std::string_view line) {
    std::string text = sandbox::printableLines(line) + "\n";
    std::lock_guard lock(mutex_);
    if (bytes_ + text.size() > progressBytesMax) {
      ++lost_;
      return;
    }
    tellLost();
    push({Kind::line, std::move(text)});
  }

  // In place of one that nobody has seen yet.
  void show(std::string_view line) {
    std::string text = sandbox::printable(line, liveColumnsMax);
    std::lock_guard lock(mutex_);
    if (!items_.empty() && items_.back().kind == Kind::shown) {
      bytes_ -= items_.back().text.size();
      items_.pop_back();
    }
    if (bytes_ + text.size() <= progressBytesMax) push({Kind::shown, std::move(text)});
  }

  bool flush() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, progressFlushMax, [&] { return isWritten(); });
  }

  // Whether the thread has come to its end: it has, but where it stands in a write.
  bool end() {
    std::unique_lock lock(mutex_);
    isClosed_ = true;
    changed_.notify_all();
    const auto ended = [&] { return hasEnded_; };
    if (changed_.wait_for(lock, progressFlushMax, ended)) return true;
    isAbandoned_ = true;
    return changed_.wait_for(lock, std::chrono::milliseconds(10 * waitMillis), ended);
  }

  // The thread.
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return isClosed_ || !items_.empty() || lost_ != 0; });
      if (isAbandoned_ || (items_.empty() && lost_ == 0)) break;
      if (items_.empty()) tellLost();
      const Item item = take();
      isWriting_ = true;
      lock.unlock();
      write(item);
      lock.lock();
      isWriting_ = false;
      if (isWritten()) changed_.notify_all();
    }
    lock.unlock();
    write(clearing());
    lock.lock();
    hasEnded_ = true;
    changed_.notify_all();
  }

 private:
  enum class Kind { line, shown };
  struct Item {
    Kind kind;
    std::string text;
  };

  // With the mutex locked -------------------------------------------------------------------------

  bool isWritten() const { return items_.empty() && lost_ == 0 && !isWriting_; }

  void push(Item item) {
    bytes_ += item.text.size();
    items_.push_back(std::move(item));
    changed_.notify_all();
  }

  Item take() {
    Item item = std::move(items_.front());
    items_.pop_front();
    bytes_ -= item.text.size();
    return item;
  }

  void tellLost() {
    if (lost_ == 0) return;
    const std::uint64_t lost = std::exchange(lost_, 0);
    push({Kind::line, std::to_string(lost) + (lost == 1 ? " line was" : " lines were") +
                          " lost: they came faster than they were read\n"});
  }

  // In the thread ---------------------------------------------------------------------------------

  std::string clearing() {
    if (shownColumns_ == 0) return "";
    const std::string blank(std::exchange(shownColumns_, 0), ' ');
    return "\r" + blank + "\r";
  }

  void write(const Item& item) {
    std::string text = clearing();
    if (item.kind == Kind::shown) {
      text += '\r';
      shownColumns_ = item.text.size();
    }
    write(text + item.text);
  }

  void write(std::string_view text) {
    while (!text.empty()) {
      pollfd writable{file_, POLLOUT, 0};
      if (poll(&writable, 1, waitMillis) <= 0) {
        if (isAbandoned_) return;
        continue;
      }
      // As much as a pipe that is writable takes without waiting.
      const ssize_t count =
          ::write(file_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
      if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (count <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  const int file_;
  std::atomic<bool> isAbandoned_ = false;
  std::size_t shownColumns_ = 0;  // the thread's

  std::mutex mutex_;  // protects what follows
  std::condition_variable changed_;
  std::deque<Item> items_;
  std::size_t bytes_ = 0;  // of the items
  std::uint64_t lost_ = 0;
  bool isWriting_ = false;
  bool isClosed_ = false;
  bool hasEnded_ = false;
};

Progress::Style Progress::styleOf(int file) {
  return isatty(file) == 1 ? Style::live : Style::plain;
}

Progress::Progress(int file, Style style, Duration plainPause)
    : style_(style),
      plainPause_(plainPause),
      writer_(std::make_shared<Writer>(file)),
      thread_([writer = writer_] { writer->run(); }) {}

Progress::~Progress() {
  if (writer_->end()) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void Progress::say(std::string_view line) {
  writer_->say(line);
}

void Progress::show(std::string_view line) {
  if (style_ == Style::live) {
    writer_->show(line);
    return;
  }
  {
    std::lock_guard lock(mutex_);
    if (shownAt_ != Time{} && now() - shownAt_ < plainPause_) return;
    shownAt_ = now();
  }
  writer_->say(line);
}

bool Progress::flush() {
  return writer_->flush();
}

}  // namespace troop::job
