// Equal stacks out of one mapping, whose pages are taken as they are touched. Without guards, since
// vm.max_map_count does not allow a million guarded ones.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>

class StackArena {
 public:
  StackArena(std::size_t count, std::size_t stackBytes)
      : stackBytes_(stackBytes),
        base_(static_cast<char*>(mmap(nullptr, count * stackBytes, PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
    if (base_ == MAP_FAILED) {
      std::perror("mmap");
      std::exit(1);
    }
    madvise(base_, count * stackBytes, MADV_NOHUGEPAGE);
  }

  std::size_t stackBytes() const { return stackBytes_; }
  char* top(std::size_t index) const { return base_ + (index + 1) * stackBytes_; }

 private:
  const std::size_t stackBytes_;
  char* const base_;
};
