#include "runtime/io/pipe.h"

#include <array>

#include "runtime/io/calls/open-socket.h"
#include "runtime/io/calls/transfer.h"
#include "runtime/io/system-error.h"

namespace troop {
namespace {

constexpr const char* pipe = "a pipe";

Expected<Pipe> pipeIn(Reactor& reactor) {
  std::array<int, 2> ends{};
  const int result = reactor.pipe(ends);
  if (result < 0) return systemError(result, "opening", pipe);
  OwnedDescriptor second(reactor, ends[1]);
  Expected<Ref<Source>> read = Source::open(reactor, ends[0]);
  if (read.failed()) return std::move(read).error();
  Expected<Ref<Source>> written = Source::open(reactor, second.release());
  if (written.failed()) return std::move(written).error();
  return Pipe{PipeReader(*std::move(read)), PipeWriter(*std::move(written))};
}

}  // namespace

Expected<Pipe> openPipe() {
  return pipeIn(reactorOfCaller());
}

Expected<Pipe> openPipe(Process& process) {
  return pipeIn(reactorOfProcess(process));
}

Expected<std::size_t> PipeReader::read(std::span<std::byte> into, Time deadline) {
  return readSome(
      source(), into, deadline, [] { return pipe; },
      [](Reactor& reactor, int descriptor, std::span<std::byte> room) {
        return reactor.read(descriptor, room);
      });
}

Expected<void> PipeWriter::write(std::span<const std::byte> bytes, Time deadline) {
  return writeAll(
      source(), bytes, deadline, [] { return pipe; },
      [](Reactor& reactor, int descriptor, std::span<const std::byte> rest) {
        return reactor.write(descriptor, rest);
      });
}

}  // namespace troop
