// Tasks read blocks of one file, each the next when it has one.
#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "runtime/io/file.h"
#include "runtime/scope.h"
#include "runtime/task.h"
#include "tests/peers/troop/files/reads.h"
#include "tests/peers/troop/files/sample-file.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/savina/mix.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

// Which block is read next.
class Order {
 public:
  Order(const Reads& reads, std::size_t blocks, std::uint64_t seed)
      : reads_(reads), blocks_(blocks), random_(seed) {
    if (!reads.fromDisk) return;
    onceEach_.resize(blocks);
    std::iota(onceEach_.begin(), onceEach_.end(), 0);
    std::shuffle(onceEach_.begin(), onceEach_.end(), std::mt19937_64(seed));
  }

  std::uint64_t next() {
    const std::size_t place = taken_++ % blocks_;
    if (reads_.fromDisk) return onceEach_[place];
    if (!reads_.atRandom) return place;
    random_ = mix(random_);
    return random_ % blocks_;
  }

 private:
  const Reads& reads_;
  const std::size_t blocks_;
  std::uint64_t random_;
  std::size_t taken_ = 0;
  std::vector<std::uint32_t> onceEach_;
};

// Room begins where a page does, as fio's.
struct alignas(4096) Page {
  std::array<std::byte, 4096> bytes;
};

// In a Thread: its part of the reads, by as many Tasks as are to be under way at once.
void readPart(const Reads* reads, const SampleFile* sample, std::uint64_t seed) {
  File file = File::open(sample->path()).value();
  Order order(*reads, reads->blocks(sample->bytes()), seed);
  std::size_t left = reads->countEach(sample->bytes());
  const std::size_t depth = reads->depth / reads->threads;
  std::vector<Page> room(depth * reads->blockBytes / sizeof(Page));
  Scope scope;
  for (std::size_t i = 0; i < depth; ++i) {
    scope.task([&, i] {
      const std::span<std::byte> block =
          std::as_writable_bytes(std::span(room)).subspan(i * reads->blockBytes, reads->blockBytes);
      while (left > 0) {
        --left;
        const std::size_t got = file.readAt(order.next() * block.size(), block).value();
        require(got == block.size(), "a block was cut short");
        // What is in memory is there at once. As in fio's queue the others read meanwhile, so that
        // the room of all is in use, which is far slower than one that stays in the CPU's cache.
        yield();
      }
    });
  }
}

void measure(const Reads& reads, const SampleFile& sample, const std::string& metric,
             ProcessOptions::Io io) {
  sample.prepare(reads);
  Process process{{.carriers = reads.threads, .io = io}};
  const Ref<Troop> troop = process.troop({.name = "measured"});
  const Stopwatch watch;
  std::vector<Ref<Thread>> threads;
  for (unsigned i = 0; i < reads.threads; ++i) {
    threads.push_back(
        troop->thread({}, readPart, assumeSendable(&reads), assumeSendable(&sample), i + 1));
  }
  for (const Ref<Thread>& thread : threads) thread->join().value();
  const auto count = static_cast<double>(reads.countEach(sample.bytes()) * reads.threads);
  report("files", metric, watch.nanoseconds() / count, "ns");
}

}  // namespace

void runFiles() {
  const SampleFile sample;
  for (const Reads& reads : fileReads) {
    const std::string metric(reads.metric);
    measure(reads, sample, metric, ProcessOptions::Io::best);
    // Only what is not in memory is asked of the ring, or of OS threads where there is none.
    if (reads.fromDisk) measure(reads, sample, metric + "_workers", ProcessOptions::Io::polling);
  }
}

}  // namespace troop::peers
