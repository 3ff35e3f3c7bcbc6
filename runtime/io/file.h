// A File is open for reading and writing at any place in it.
//
// Ownership: the handle, which is moved and not copied; its end closes it. Threads: any number may
// read and write at a time, in Tasks and OS threads; close() by any. Limits: as runtime/io/handle.h
// says, and while somebody waits for a disk up to 1 MiB more, charged to the troop of who waits.
// Fails: with failed where there is no such file or the caller may not, with overloaded where the
// disk is full or something else has run out, with disconnected once it was closed, with
// overloaded/deadline when `deadline` passes. Waits throw as in runtime/event.h; where nothing is
// thrown, a cancelled one fails with failed/cancelled. A read that fails has written into the room
// of the caller at most what it had got until then, and does so no more; what was written before a
// failure is in the file, and the rest may be, or come later. What is no file, as a pipe, is opened
// and fails when it is read. Misuse: destroyed while others use it.
//
//   File log = File::open("/var/log/app", FileAccess::writing).value();
//   log.writeAt(log.bytes().value(), line).value();
//   log.sync().value();
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "runtime/error.h"
#include "runtime/io/handle.h"
#include "runtime/reactor/source.h"
#include "runtime/ref.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class ByteStream;
class FileRequest;
class Process;
class Reactor;

enum class FileAccess : unsigned char {
  reading,    // only
  writing,    // and reading; made where there is none
  replacing,  // as writing, and emptied
  making,     // as writing; fails where there is one
};

class File final : public Handle {
 public:
  // By sendTo(): as much as a system reads ahead at a time.
  static constexpr std::size_t sentAtOnceMax = std::size_t{128} << 10;
  // Beyond are numbers that mean something else to the system.
  static constexpr std::uint64_t offsetMax = std::numeric_limits<std::int64_t>::max();

  static Expected<File> open(std::string_view path, FileAccess access = FileAccess::reading,
                             Time deadline = never);
  static Expected<File> open(Process& process, std::string_view path,
                             FileAccess access = FileAccess::reading, Time deadline = never);

  // From `offset` on, until there is no more room or the file ends: how many bytes there were.
  Expected<std::size_t> readAt(std::uint64_t offset, std::span<std::byte> into,
                               Time deadline = never);

  // All of it, from `offset` on; what is between there and the end of the file becomes zeros.
  Expected<void> writeAt(std::uint64_t offset, std::span<const std::byte> bytes,
                         Time deadline = never);
  Expected<void> writeAt(std::uint64_t offset, std::string_view text, Time deadline = never) {
    return writeAt(offset, std::as_bytes(std::span(text)), deadline);
  }

  // Writes it to `to`, from `offset` on, until so many bytes were written or it ends: how many
  // there were. What is in memory already is not copied on its way, and what is written to the
  // file meanwhile may be what arrives. Fails: as readAt() and ByteStream::write() do.
  Expected<std::uint64_t> sendTo(ByteStream& to, std::uint64_t offset = 0,
                                 std::uint64_t bytes = offsetMax, Time deadline = never);

  // What was written is on the disk; its name is once its directory is synced, too
  // (runtime/io/directory.h). Once this has failed, nobody knows what of it will ever be there.
  Expected<void> sync(Time deadline = never);
  // The same, but when it was last written may be lost: the disk has less to do where it has not
  // grown.
  Expected<void> syncContents(Time deadline = never);

  Expected<std::uint64_t> bytes() const;
  // Cuts its end off, or adds zeros there.
  Expected<void> resize(std::uint64_t bytes, Time deadline = never);

  const std::string& path() const noexcept { return path_; }

 private:
  friend struct IoAccess;
  File(Ref<Source> source, std::string path) noexcept
      : Handle(std::move(source)), path_(std::move(path)) {}

  // As open(2) has them.
  static int flagsOf(FileAccess access) noexcept;
  static Expected<File> openIn(Reactor& reactor, std::string path, FileAccess access,
                               Time deadline);
  Expected<long> readSome(std::uint64_t offset, std::span<std::byte> into, Time deadline);
  Expected<long> sendSome(ByteStream& to, std::uint64_t offset, std::size_t bytes, Time deadline);
  Expected<long> sendCopy(ByteStream& to, std::uint64_t offset, std::size_t bytes, Time deadline);
  Expected<void> synced(Expected<Ref<FileRequest>> request, Time deadline);

  std::string path_;
};

template <>
struct IsSendable<File> : std::true_type {};

}  // namespace troop
