// Whether the calling OS process is the one that made this, or a child that fork() has made of it
// since: such a child has what the kernel keeps for both, and must leave that alone.
//
// Threads: any. Fails: never. Limits: children made without fork(), as by a bare system call, are
// taken for the parent.
//
//   const ForkMark mark_;
//   if (!mark_.inChild()) epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
#pragma once

namespace [[gnu::visibility("hidden")]] troop {

class ForkMark {
 public:
  ForkMark() noexcept;
  bool inChild() const noexcept;

 private:
  const unsigned forks_;  // that had led here when this was made
};

}  // namespace troop
