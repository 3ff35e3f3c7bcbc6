// A crash, as what was not synced sees it: of each change, in turn, how much has reached the disk.
//
// What it asks is chosen by the run: whether nothing has, what came before some moment, or what the
// choices about each single one say, which is everything where nothing special happens.
//
// Ownership: who crashes a disk. Threads: the one that simulates.
//
//   Outage outage(draw, numbers);            // of all changes of the machine that are not synced
//   if (outage.keeps(7)) ...
//   const Outage::Part part = outage.keptOf(8, sectors);
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "runtime/sim/choice-source.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

// One of so many options; option 0 is nothing special.
using Draw = std::function<std::size_t(ChoiceKind kind, std::size_t options)>;

class Outage {
 public:
  Outage(Draw draw, std::vector<std::uint64_t> numbers);

  // Of what is there as a whole or not at all.
  bool keeps(std::uint64_t number);

  // Of so many sectors, those from `first` on and before `end`.
  struct Part {
    std::size_t first;
    std::size_t end;
  };
  Part keptOf(std::uint64_t number, std::size_t sectors);

 private:
  // How many different moments, and places at which something tears, there are to choose from.
  static constexpr std::size_t placesMax = 16;

  // The n-th of `places` numbers from 1 to `last`.
  static std::size_t spread(std::size_t n, std::size_t places, std::size_t last) noexcept;

  const Draw draw_;
  bool eachByItself_ = true;
  std::uint64_t lastKept_ = 0;  // where it is not each by itself
};

}  // namespace sim
}  // namespace troop
