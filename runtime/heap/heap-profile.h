// Where the memory of a heap was allocated that lives: samples, by the stacks that asked for them.
//
// Ownership: a value. Threads: any. Limits: stacks as deep as HeapSampler::framesMax. Fails:
// std::bad_alloc; where the system does not tell the mappings, text() ends without them. Misuse:
// taking `bytes` for all that lives; they are those of the sampled allocations, and livingBytes()
// the estimate.
//
//   std::ofstream("shop.heap") << shop->heapProfile().text();    // go tool pprof PROGRAM shop.heap
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace [[gnu::visibility("hidden")]] troop {

struct HeapProfile {
  struct Site {
    std::vector<const void*> stack;  // return addresses, the innermost first
    // Of the samples that live, and of all that there ever were.
    std::size_t objects = 0, bytes = 0;
    std::size_t objectsEver = 0, bytesEver = 0;
  };

  std::size_t sampleBytes = 0;  // a sample in so many bytes on average; 0: none are taken
  std::vector<Site> sites;      // what has most first; one without a stack stands for all others

  // What lives that was allocated there, by what the samples make likely.
  std::size_t livingBytes(const Site& site) const;

  // For pprof, which knows the form as a heap profile of gperftools, and finds the names of
  // functions by the mappings of this OS process at its end.
  std::string text() const;
};

}  // namespace troop
