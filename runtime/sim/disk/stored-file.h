// What a file of a simulated disk holds: as programs see it, and as it would be after a crash.
//
// A sector gets to the disk as a whole, as it was when it did: what was written there later is
// there with all that was written there before. A change of its length that is lost takes with it
// what came after and was not synced, as file systems order these.
//
// Ownership: its Volume. Threads: the one that simulates. Limits: memory.
//
//   StoredFile file(512);
//   file.write(1, 0, "hello");
//   file.sync(1);
//   file.settle(outage);                      // after a crash
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/sim/disk/outage.h"
#include "runtime/sim/disk/unsynced.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

class StoredFile {
 public:
  explicit StoredFile(std::size_t sectorBytes) : sectorBytes_(sectorBytes) {}

  const std::string& bytes() const noexcept { return bytes_; }

  // Changes of the machine have rising numbers.
  void write(std::uint64_t number, std::uint64_t offset, std::string_view bytes);
  void resize(std::uint64_t number, std::uint64_t bytes);
  // What came until then is on the disk; or is given up.
  void sync(std::uint64_t last);
  void giveUp(std::uint64_t last) { changes_.giveUp(last); }
  // One byte is another one, on the disk as well. It is there.
  void spoil(std::uint64_t number, std::uint64_t offset);

  // How many sectors these have a part in.
  std::size_t sectors(std::uint64_t offset, std::size_t bytes) const noexcept;

  void appendUnsynced(std::vector<std::uint64_t>& numbers) const {
    changes_.appendNumbers(numbers);
  }
  // It holds what the outage has left.
  void settle(Outage& outage);

 private:
  struct Change {
    bool resizes = false;
    std::uint64_t offset = 0;  // or the length
    std::string bytes;         // whole sectors, as far as the file goes
  };

  static void put(std::string& into, std::uint64_t offset, std::string_view bytes);
  void store(const Change& change);
  void storePart(const Change& change, Outage::Part part);

  const std::size_t sectorBytes_;
  std::string bytes_;
  std::string stored_;
  Unsynced<Change> changes_;
};

}  // namespace sim
}  // namespace troop
