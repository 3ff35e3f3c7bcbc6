// What all handles of something open have in common: they are moved and not copied, and their end
// closes it.
//
// Ownership: who has the handle. Threads: close() by any; moved and destroyed by one, while nobody
// else uses it. Limits: TroopOptions::handlesMax and memory. Fails: after close() everything fails
// with disconnected. Misuse: destroyed while others use it, who are to be told by close() before.
//
//   class PipeReader : public Handle { ... source().perform(...) ... };
#pragma once

#include <utility>

#include "runtime/reactor/source.h"
#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {

class Handle {
 public:
  Handle(Handle&&) noexcept = default;
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      close();
      source_ = std::move(other.source_);
    }
    return *this;
  }

  // Ends it, and all waits for it.
  void close() noexcept {
    if (source_) source_->close();
  }

 protected:
  explicit Handle(Ref<Source> source) noexcept : source_(std::move(source)) {}
  ~Handle() { close(); }

  Source& source() const noexcept { return *source_; }

 private:
  friend struct IoAccess;

  Ref<Source> source_;
};

}  // namespace troop
