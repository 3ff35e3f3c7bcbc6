#include "runtime/io/file.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "runtime/io/byte-stream.h"
#include "runtime/io/calls/file-answer.h"
#include "runtime/io/calls/open-socket.h"
#include "runtime/io/calls/transfer.h"
#include "runtime/io/io-access.h"
#include "runtime/io/system-error.h"
#include "runtime/reactor/file-request.h"
#include "runtime/sched/waiter.h"

namespace troop {
int File::flagsOf(FileAccess access) noexcept {
  switch (access) {
    case FileAccess::reading:
      return O_RDONLY;
    case FileAccess::writing:
      return O_RDWR | O_CREAT;
    case FileAccess::replacing:
      return O_RDWR | O_CREAT | O_TRUNC;
    case FileAccess::making:
      return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

Expected<File> File::open(std::string_view path, FileAccess access, Time deadline) {
  return openIn(reactorOfCaller(), std::string(path), access, deadline);
}

Expected<File> File::open(Process& process, std::string_view path, FileAccess access,
                          Time deadline) {
  return openIn(reactorOfProcess(process), std::string(path), access, deadline);
}

Expected<File> File::openIn(Reactor& reactor, std::string path, FileAccess access, Time deadline) {
  Expected<Ref<Source>> source = openPath(reactor, path, flagsOf(access), deadline);
  if (source.failed()) return std::move(source).error();
  return File(*std::move(source), std::move(path));
}

Expected<std::size_t> File::readAt(std::uint64_t offset, std::span<std::byte> into, Time deadline) {
  if (into.empty()) return noRoom();
  if (offset > offsetMax - into.size()) return systemError(-EINVAL, "reading from", path_);
  Waiter::ofCaller().enter();
  std::size_t read = 0;
  while (read < into.size()) {
    Expected<long> got = readSome(offset + read, into.subspan(read), deadline);
    if (got.failed()) return std::move(got).error();
    if (*got < 0) return systemError(*got, "reading from", path_);
    if (*got == 0) break;
    read += static_cast<std::size_t>(*got);
  }
  return read;
}

Expected<long> File::readSome(std::uint64_t offset, std::span<std::byte> into, Time deadline) {
  // What is in memory already costs one call, and no copy.
  const long atHand = source().use([&](Reactor& reactor, int descriptor) {
    return reactor.readAtHand(descriptor, into, offset);
  });
  if (atHand != -EAGAIN) return atHand;
  Expected<Ref<FileRequest>> request = FileRequest::read(source(), offset, into.size());
  if (request.failed()) return std::move(request).error();
  Expected<long> got = (*request)->resultBy(deadline);
  if (got.succeeded() && *got > 0) {
    std::ranges::copy((*request)->buffer().first(static_cast<std::size_t>(*got)), into.begin());
  }
  return got;
}

Expected<void> File::writeAt(std::uint64_t offset, std::span<const std::byte> bytes,
                             Time deadline) {
  if (offset > offsetMax - bytes.size()) return systemError(-EFBIG, "writing to", path_);
  Waiter::ofCaller().enter();
  while (!bytes.empty()) {
    Expected<long> written = answerTo(FileRequest::write(source(), offset, bytes), deadline,
                                      "writing to", [this] { return path_; });
    if (written.failed()) return std::move(written).error();
    bytes = bytes.subspan(static_cast<std::size_t>(*written));
    offset += static_cast<std::uint64_t>(*written);
  }
  return {};
}

Expected<std::uint64_t> File::sendTo(ByteStream& to, std::uint64_t offset, std::uint64_t bytes,
                                     Time deadline) {
  if (offset > offsetMax) return systemError(-EINVAL, "reading from", path_);
  bytes = std::min(bytes, offsetMax - offset);
  Waiter::ofCaller().enter();
  const Ref<Source> keep = Ref<Source>::share(&source());  // while others may close it
  std::uint64_t sent = 0;
  while (sent < bytes) {
    const auto part =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes - sent, sentAtOnceMax));
    Expected<long> got = sendSome(to, offset + sent, part, deadline);
    if (got.failed()) return std::move(got).error();
    if (*got == 0) break;
    sent += static_cast<std::uint64_t>(*got);
  }
  return sent;
}

Expected<long> File::sendSome(ByteStream& to, std::uint64_t offset, std::size_t bytes,
                              Time deadline) {
  const long there = bytesAtHand(source(), offset, bytes);
  if (there == 0) return 0;
  if (there < 0) return sendCopy(to, offset, bytes, deadline);
  bytes = static_cast<std::size_t>(there);
  Expected<long> sent = IoAccess::of(to).perform(
      Direction::writing, deadline, "room to write", 0, [&](Reactor& reactor, int socket) {
        return reactor.sendFile(socket, source(), offset, bytes);
      });
  if (sent.failed()) return sent;
  if (*sent == -ENOSYS || *sent == -EINVAL) return sendCopy(to, offset, bytes, deadline);
  if (*sent < 0) return systemError(*sent, "writing to", to.peer().text());
  return sent;
}

Expected<long> File::sendCopy(ByteStream& to, std::uint64_t offset, std::size_t bytes,
                              Time deadline) {
  Expected<Ref<FileRequest>> request = FileRequest::read(source(), offset, bytes);
  Expected<long> got = answerTo(request, deadline, "reading from", [this] { return path_; });
  if (got.failed() || *got == 0) return got;
  Expected<void> sent =
      to.write((*request)->buffer().first(static_cast<std::size_t>(*got)), deadline);
  if (sent.failed()) return std::move(sent).error();
  return got;
}

Expected<void> File::synced(Expected<Ref<FileRequest>> request, Time deadline) {
  Waiter::ofCaller().enter();
  Expected<long> done = answerTo(request, deadline, "syncing", [this] { return path_; });
  if (done.failed()) return std::move(done).error();
  return {};
}

Expected<void> File::sync(Time deadline) {
  return synced(FileRequest::sync(source()), deadline);
}

Expected<void> File::syncContents(Time deadline) {
  return synced(FileRequest::syncContents(source()), deadline);
}

Expected<std::uint64_t> File::bytes() const {
  const long bytes =
      source().use([](Reactor& reactor, int descriptor) { return reactor.fileBytes(descriptor); });
  if (bytes < 0) return systemError(bytes, "asking for the length of", path_);
  return static_cast<std::uint64_t>(bytes);
}

Expected<void> File::resize(std::uint64_t bytes, Time deadline) {
  if (bytes > offsetMax) return systemError(-EFBIG, "resizing", path_);
  Waiter::ofCaller().enter();
  Expected<long> done = answerTo(FileRequest::resize(source(), bytes), deadline, "resizing",
                                 [this] { return path_; });
  if (done.failed()) return std::move(done).error();
  return {};
}

}  // namespace troop
