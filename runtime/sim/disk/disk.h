// What the disks of a simulated run do to what is asked of them, and what a crash leaves there.
//
// Each machine has one (runtime/sim/machine.h; a program that adds none has that of its own):
// directories and files in memory, at first `/` and `/tmp`. What a program writes, others that run
// there see at once; on the disk it is once it was synced, its name once the directory was. When
// the machine crashes each change that was not synced is kept, lost, or kept in part, in whole
// sectors; of two, the later one may be kept alone. All of that are choices of the run, whose first
// option is that it is kept, so that a seed repeats it. The disk stays as the crash has left it,
// and is there when the machine is restarted. Killing a troop alone loses nothing.
//
// Not as in reality: what is beyond the end of a file and never written takes room as well; there
// are no owners and permissions, links, or files that are not regular.
//
// Ownership: a value, which a run copies; its disks end with it. Threads: any; of the disks, the
// one that simulates. Limits: `roomBytes` for each machine; names of 255 bytes, paths of 4,095;
// 1,024 changes of a file or directory that were not synced: of more, the oldest is on the disk.
// Fails: as real disks do, which runtime/io/file.h tells. Misuse: a program that opens files by
// other means than runtime/io: they are on no simulated disk, and the next run finds them.
//
//   sim::run({.seed = 1, .disk = {.crashOneIn = 20}}, program);
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

struct Disk {
  // How long it takes for what it is asked; what is at hand already is read in no time.
  Duration delayMin = 50us;
  Duration delayMax = 5ms;
  // Of reads, one in so many has to wait for the disk; 0: none.
  unsigned notAtHandOneIn = 4;
  // Of reads and writes, one in so many does a part only; 0: none.
  unsigned shortOneIn = 8;
  // Of all it is asked, one in so many fails with EIO. A sync that fails has given up what it was
  // to bring to the disk: programs still read it, and no later sync brings it there.
  unsigned errorOneIn = 0;
  // Of what needs more room, one in so many finds none, for once.
  unsigned fullOneIn = 0;
  // Of reads, one in so many finds a byte of one sector changed, which stays so.
  unsigned rotOneIn = 0;
  // One in so many changes and syncs is the last thing a machine does before it says so: it
  // crashes. Not the one that the program of the run begins on. At most so many times in a run.
  unsigned crashOneIn = 0;
  unsigned crashesMax = 3;
  // How long one that was given a program is off then, before it starts that again.
  Duration offFor = 1s;

  std::size_t sectorBytes = 512;
  std::uint64_t roomBytes = std::uint64_t{1} << 30;  // of each
};

}  // namespace sim
}  // namespace troop
