// What a random program did that nobody can have it do: it can only be seen to have happened.
//
//   world.saw(Sight::echoed);
#pragma once

#include <cstddef>

namespace troop::chaos {

enum class Sight : unsigned char {
  compacted,         // Threads had given the pages of their stacks up
  sharedStack,       // a Thread waited while another one ran on the same stack
  refusedToLend,     // a Thread that shares its stack was to lend it
  startedInside,     // a Thread of an inner troop of a group started another one
  refusedInside,     // and was refused, as the group had been killed
  groupEmptied,      // a group was killed as a whole, and nothing was left
  wandererInside,    // a coroutine was inside a Monitor
  wandererGotGoods,  // and was woken there by what somebody else had brought
  carriersChanged,   // there were more, or less, than before
  echoed,            // all came back that was sent over a connection
  keptInFile,        // what was written into a file was read there
  sentFile,          // a file was sent over a connection
  blocked,           // code blocked, and said so
  stayed,            // who was pinned came back to the same OS thread
  ranProgram,        // a program ran to its end, or was ended
  gotSignal,         // a signal of the system came
};
inline constexpr std::size_t sights = static_cast<std::size_t>(Sight::gotSignal) + 1;

}  // namespace troop::chaos
