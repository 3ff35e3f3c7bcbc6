#include "runtime/sim/disk/disks.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "runtime/sim/simulated-scheduler.h"

namespace troop::sim {
namespace {

using Kind = FileRequest::Kind;

// How many different times there are between the least and the most: few, as the order of what is
// under way is all that differs.
constexpr std::size_t times = 4;
constexpr std::size_t sectorsToSpoilMax = 8;
// When who is not of a machine hears that it has crashed: long after those who are have ended.
constexpr Duration goneAfter = 1s;

bool mayRead(int flags) noexcept {
  return (flags & O_ACCMODE) != O_WRONLY;
}

bool mayWrite(int flags) noexcept {
  return (flags & O_ACCMODE) != O_RDONLY;
}

// Whether it says something about what is on the disk.
bool isChange(const FileRequest& request) noexcept {
  switch (request.kind()) {
    case Kind::read:
    case Kind::list:
      return false;
    case Kind::open:
      return (request.flags() & (O_CREAT | O_TRUNC)) != 0;
    default:
      return true;
  }
}

bool isSync(const FileRequest& request) noexcept {
  return request.kind() == Kind::sync || request.kind() == Kind::syncContents;
}

bool needsRoom(const FileRequest& request) noexcept {
  switch (request.kind()) {
    case Kind::write:
    case Kind::resize:
    case Kind::make:
      return true;
    case Kind::open:
      return (request.flags() & O_CREAT) != 0;
    default:
      return false;
  }
}

}  // namespace

Disks::Disks(SimulatedScheduler& scheduler, const Disk& disk, std::function<int()> nextDescriptor,
             std::function<bool(MachineNumber)> mayCrash, std::function<void(MachineNumber)> crash)
    : scheduler_(scheduler),
      disk_(disk),
      nextDescriptor_(std::move(nextDescriptor)),
      mayCrash_(std::move(mayCrash)),
      crash_(std::move(crash)),
      crashesLeft_(disk.crashesMax) {}

Disks::~Disks() = default;

Disks::Machine& Disks::on(MachineNumber machine) {
  std::unique_ptr<Machine>& found = machines_[machine];
  if (!found) found = std::make_unique<Machine>(disk_);
  return *found;
}

bool Disks::draws(ChoiceKind kind, unsigned oneIn) {
  return oneIn != 0 && scheduler_.drawFault(kind, 2, oneIn) == 1;
}

Duration Disks::drawDelay() {
  if (disk_.delayMax <= disk_.delayMin) return disk_.delayMin;
  const auto n = static_cast<Duration::rep>(scheduler_.drawFault(ChoiceKind::delay, times, 0));
  return disk_.delayMin +
         (disk_.delayMax - disk_.delayMin) * n / static_cast<Duration::rep>(times - 1);
}

std::size_t Disks::drawPart(std::size_t bytes) {
  return scheduler_.drawPart(ChoiceKind::shortTransfer, bytes, disk_.shortOneIn);
}

void Disks::begin(MachineNumber machine, Ref<FileRequest> request) {
  // What is open knows where that is, whoever uses it.
  if (Source* const source = request->source(); source != nullptr) {
    const auto found = open_.find(source->descriptor());
    machine = found != open_.end() ? found->second.machine : MachineNumber{0};
    if (source->closed()) return request->finish(Source::closedHere);
  }
  if (hasEnded_) return request->finish(Source::closedHere);
  if (machine == 0) return request->finish(-EIO);
  const Machine& there = on(machine);
  const Begun begun{machine, there.crashes, there.volume.lastChange()};
  scheduler_.timers().call(scheduler_.now() + drawDelay(),
                           [this, begun, request] { finish(begun, request); });
}

void Disks::finish(const Begun& begun, const Ref<FileRequest>& request) {
  if (hasEnded_) return request->finish(Source::closedHere);
  if (on(begun.machine).crashes != begun.crashes) return request->finish(-EIO);
  const long result = perform(begun, *request);
  const bool crashes = crashesLeft_ > 0 && isChange(*request) && mayCrash_(begun.machine) &&
                       draws(ChoiceKind::crash, disk_.crashOneIn);
  if (!crashes) return request->finish(result);
  --crashesLeft_;
  crash_(begun.machine);
  // Who waits was killed, and goes on as such; it hears nothing of what was done.
  scheduler_.timers().call(scheduler_.now() + goneAfter, [request] { request->finish(-EIO); });
}

long Disks::perform(const Begun& begun, FileRequest& request) {
  Volume& volume = on(begun.machine).volume;
  if (!isSync(request) && draws(ChoiceKind::diskError, disk_.errorOneIn)) return -EIO;
  if (needsRoom(request) && draws(ChoiceKind::diskFull, disk_.fullOneIn)) return -ENOSPC;
  if (request.kind() == Kind::open) return openIn(begun, request);
  return request.source()->use([&](Reactor&, int descriptor) -> long {
    const auto found = open_.find(descriptor);
    return found != open_.end() ? performOn(volume, found->second, begun, request) : -EBADF;
  });
}

long Disks::openIn(const Begun& begun, const FileRequest& request) {
  NodeRef node;
  const int error = on(begun.machine).volume.open(request.path(), request.flags(), &node);
  if (error != 0) return error;
  const int descriptor = nextDescriptor_();
  open_.emplace(descriptor, Open{begun.machine, request.flags(), std::move(node)});
  return descriptor;
}

long Disks::performOn(Volume& volume, const Open& open, const Begun& begun, FileRequest& request) {
  switch (request.kind()) {
    case Kind::read:
      return read(volume, open, request.buffer(), request.offset());
    case Kind::write:
      return write(volume, open, request);
    case Kind::sync:
    case Kind::syncContents:
      return sync(open, begun.lastChange);
    case Kind::resize:
      return resize(volume, open, request.offset());
    case Kind::make:
      return volume.make(*open.node, request.path());
    case Kind::rename:
      return rename(volume, open, request);
    case Kind::remove:
      return volume.remove(*open.node, request.path());
    default:
      return Volume::list(*open.node, request.offset(), request.buffer());
  }
}

long Disks::rename(Volume& volume, const Open& open, const FileRequest& request) {
  return request.newDirectory()->use([&](Reactor&, int descriptor) -> long {
    const auto into = open_.find(descriptor);
    if (into == open_.end()) return -EBADF;
    if (into->second.machine != open.machine) return -EXDEV;
    return volume.rename(*open.node, request.path(), *into->second.node, request.newName());
  });
}

long Disks::read(Volume& volume, const Open& open, std::span<std::byte> into,
                 std::uint64_t offset) {
  if (!mayRead(open.flags)) return -EBADF;
  if (open.node->isDirectory) return -EISDIR;
  std::string_view there = Volume::read(*open.node, offset, into.size());
  if (there.empty()) return 0;
  if (draws(ChoiceKind::rot, disk_.rotOneIn)) {
    spoilSomewhere(volume, *open.node, offset, there.size());
    there = Volume::read(*open.node, offset, into.size());
  }
  const std::size_t taken = drawPart(there.size());
  std::memcpy(into.data(), there.data(), taken);
  return static_cast<long>(taken);
}

void Disks::spoilSomewhere(Volume& volume, Node& file, std::uint64_t offset, std::size_t bytes) {
  const std::size_t sectors = std::min(file.file.sectors(offset, bytes), sectorsToSpoilMax);
  const std::size_t chosen = sectors < 2 ? 0 : scheduler_.drawFault(ChoiceKind::rot, sectors, 0);
  const std::uint64_t sector = (offset / disk_.sectorBytes + chosen) * disk_.sectorBytes;
  volume.spoil(file, std::max(offset, sector));
}

long Disks::write(Volume& volume, const Open& open, const FileRequest& request) {
  if (!mayWrite(open.flags)) return -EBADF;
  const std::span<const std::byte> bytes = request.buffer();
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const bool appends = (open.flags & O_APPEND) != 0;
  return volume.write(*open.node, appends ? open.node->file.bytes().size() : request.offset(),
                      all.substr(0, drawPart(all.size())));
}

long Disks::resize(Volume& volume, const Open& open, std::uint64_t bytes) {
  return mayWrite(open.flags) ? volume.resize(*open.node, bytes) : -EINVAL;
}

long Disks::sync(const Open& open, std::uint64_t last) {
  if (draws(ChoiceKind::diskError, disk_.errorOneIn)) {
    Volume::giveUp(*open.node, last);
    return -EIO;
  }
  Volume::sync(*open.node, last);
  return 0;
}

long Disks::readAtHand(int descriptor, std::span<std::byte> into, std::uint64_t offset) {
  if (hasEnded_) return Source::closedHere;
  const auto found = open_.find(descriptor);
  if (found == open_.end()) return -EIO;
  if (draws(ChoiceKind::notAtHand, disk_.notAtHandOneIn)) return -EAGAIN;
  if (draws(ChoiceKind::diskError, disk_.errorOneIn)) return -EIO;
  return read(on(found->second.machine).volume, found->second, into, offset);
}

long Disks::bytes(int descriptor) const noexcept {
  const auto found = open_.find(descriptor);
  return found != open_.end() ? static_cast<long>(found->second.node->file.bytes().size()) : -EIO;
}

void Disks::crash(MachineNumber machine) {
  Machine& there = on(machine);
  ++there.crashes;
  std::erase_if(open_, [&](const auto& entry) { return entry.second.machine == machine; });
  there.volume.crash([this](ChoiceKind kind, std::size_t options) {
    return scheduler_.drawFault(kind, options, 0);
  });
}

void Disks::end() noexcept {
  hasEnded_ = true;
  open_.clear();
}

}  // namespace troop::sim
