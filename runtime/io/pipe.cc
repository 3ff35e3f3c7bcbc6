#include "runtime/io/pipe.h"

#include <array>

#include "runtime/io/open-socket.h"
#include "runtime/io/system-error.h"

namespace troop {
namespace {

Expected<Pipe> pipeIn(Reactor& reactor) {
  std::array<int, 2> ends{};
  const int result = reactor.pipe(ends);
  if (result < 0) return systemError(result, "opening", "a pipe");
  OwnedDescriptor second(reactor, ends[1]);
  PipeReader reader(Source::open(reactor, ends[0]));
  return Pipe{std::move(reader), PipeWriter(Source::open(reactor, second.release()))};
}

}  // namespace

Expected<Pipe> openPipe() {
  return pipeIn(reactorOfCaller());
}

Expected<Pipe> openPipe(Process& process) {
  return pipeIn(reactorOfProcess(process));
}

PipeReader& PipeReader::operator=(PipeReader&& other) noexcept {
  if (this != &other) {
    close();
    source_ = std::move(other.source_);
  }
  return *this;
}

PipeWriter& PipeWriter::operator=(PipeWriter&& other) noexcept {
  if (this != &other) {
    close();
    source_ = std::move(other.source_);
  }
  return *this;
}

Expected<std::size_t> PipeReader::read(std::span<std::byte> into, Time deadline) {
  Expected<long> got = source_->perform(
      Direction::reading, deadline, "something to read", into.size(),
      [&](Reactor& reactor, int descriptor) { return reactor.read(descriptor, into); });
  if (got.failed()) return got.error();
  if (*got < 0) return systemError(*got, "reading from", "a pipe");
  return static_cast<std::size_t>(*got);
}

Expected<void> PipeWriter::write(std::span<const std::byte> bytes, Time deadline) {
  while (!bytes.empty()) {
    Expected<long> sent = source_->perform(
        Direction::writing, deadline, "room to write", 0,
        [&](Reactor& reactor, int descriptor) { return reactor.write(descriptor, bytes); });
    if (sent.failed()) return sent.error();
    if (*sent < 0) return systemError(*sent, "writing to", "a pipe");
    bytes = bytes.subspan(static_cast<std::size_t>(*sent));
  }
  return {};
}

}  // namespace troop
