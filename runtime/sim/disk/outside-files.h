// Files that the OS process has open itself while it simulates: what is in them, and what becomes
// of it, no seed repeats.
//
// What was open before is none of the run's; what is opened and closed between two looks is not
// seen, nor is anything where there is no /proc. Threads: one. Misuse: while other OS threads open
// files, which are taken to be the run's.
//
//   const OutsideFiles before;
//   if (const std::string path = before.opened(); !path.empty()) ...
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <tuple>

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

class OutsideFiles {
 public:
  OutsideFiles();

  // One that is open and was not before; empty: none.
  std::string opened() const;

 private:
  // A descriptor, and what it is of: its number may be of something else by now.
  using Known = std::tuple<int, std::uint64_t, std::uint64_t>;

  // Calls visit(known, path) for each regular file that is open, until it says false.
  template <typename Visit>
  static void forEach(Visit visit);

  std::set<Known> before_;
};

}  // namespace sim
}  // namespace troop
