// The disks of the machines of a simulated run, as what is open there and what FileRequests ask for
// see them.
//
// Ownership: the run's SimulatedReactor. Threads: the one that simulates. Fails: with -errno. A
// machine that is off does nothing: what it was asked for fails with EIO, which nobody hears.
//
//   Disks disks(scheduler, options, nextDescriptor, crash);
//   disks.begin(2, request);
//   disks.crash(2);
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>

#include "runtime/reactor/file-request.h"
#include "runtime/ref.h"
#include "runtime/sim/disk/disk.h"
#include "runtime/sim/disk/volume.h"
#include "runtime/sim/network-address.h"

namespace [[gnu::visibility("hidden")]] troop {

class SimulatedScheduler;

namespace sim {

class Disks {
 public:
  // `crash`: whether that machine can, and if so does, which calls crash() here.
  Disks(SimulatedScheduler& scheduler, const Disk& disk, std::function<int()> nextDescriptor,
        std::function<bool(MachineNumber)> mayCrash, std::function<void(MachineNumber)> crash);
  ~Disks();
  Disks(const Disks&) = delete;
  Disks& operator=(const Disks&) = delete;

  // For a Task on `machine`; 0: on one that is off.
  void begin(MachineNumber machine, Ref<FileRequest> request);
  bool has(int descriptor) const noexcept { return open_.contains(descriptor); }
  long readAtHand(int descriptor, std::span<std::byte> into, std::uint64_t offset);
  long bytes(int descriptor) const noexcept;
  void close(int descriptor) noexcept { open_.erase(descriptor); }

  // What is open there is gone, and what is under way is not done.
  void crash(MachineNumber machine);
  void end() noexcept;

 private:
  struct Machine {
    explicit Machine(const Disk& disk) : volume(disk) {}
    Volume volume;
    std::uint64_t crashes = 0;
  };
  struct Open {
    MachineNumber machine;
    int flags;
    NodeRef node;
  };
  // What is known when something is begun.
  struct Begun {
    MachineNumber machine;
    std::uint64_t crashes;
    std::uint64_t lastChange;
  };

  Machine& on(MachineNumber machine);
  bool draws(ChoiceKind kind, unsigned oneIn);
  Duration drawDelay();
  // All of it, or a part.
  std::size_t drawPart(std::size_t bytes);
  void finish(const Begun& begun, const Ref<FileRequest>& request);
  long perform(const Begun& begun, FileRequest& request);
  long openIn(const Begun& begun, const FileRequest& request);
  long performOn(Volume& volume, const Open& open, const Begun& begun, FileRequest& request);
  long read(Volume& volume, const Open& open, std::span<std::byte> into, std::uint64_t offset);
  long write(Volume& volume, const Open& open, const FileRequest& request);
  long resize(Volume& volume, const Open& open, std::uint64_t bytes);
  long rename(Volume& volume, const Open& open, const FileRequest& request);
  long sync(const Open& open, std::uint64_t last);
  void spoilSomewhere(Volume& volume, Node& file, std::uint64_t offset, std::size_t bytes);

  SimulatedScheduler& scheduler_;
  const Disk disk_;
  const std::function<int()> nextDescriptor_;
  const std::function<bool(MachineNumber)> mayCrash_;
  const std::function<void(MachineNumber)> crash_;
  std::map<MachineNumber, std::unique_ptr<Machine>> machines_;
  std::map<int, Open> open_;
  unsigned crashesLeft_;
  bool hasEnded_ = false;
};

}  // namespace sim
}  // namespace troop
