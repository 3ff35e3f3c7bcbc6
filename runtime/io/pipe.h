// A pipe: what is written into its writer comes out of its reader, also where one of them is in
// another program.
//
// Ownership: the handles, which are moved and not copied; the end of one tells the other. Threads:
// each end is used by one at a time, in Tasks and OS threads; close() by any. Limits: as
// runtime/io/handle.h says, each end paying for the whole. Fails: as runtime/io/byte-stream.h says;
// reading from one whose writers are gone gives 0 bytes, writing into one whose reader is gone
// fails with disconnected. Misuse: an end that is destroyed while others use it; who waits for the
// end of what is written, while it has a writer itself; openPipe() outside of Tasks without a
// Process, which throws Error (failed).
//
//   auto [reader, writer] = openPipe().value();
//   writer.write("hello").value();
#pragma once

#include <cstddef>
#include <span>
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

class Process;

class PipeReader final : public Handle {
 public:
  explicit PipeReader(Ref<Source> source) noexcept : Handle(std::move(source)) {}

  // What has arrived, one byte at least, as soon as there is any; 0: no more comes.
  Expected<std::size_t> read(std::span<std::byte> into, Time deadline = never);
};

class PipeWriter final : public Handle {
 public:
  explicit PipeWriter(Ref<Source> source) noexcept : Handle(std::move(source)) {}

  // All of it, as soon as there is room.
  Expected<void> write(std::span<const std::byte> bytes, Time deadline = never);
  Expected<void> write(std::string_view text, Time deadline = never) {
    return write(std::as_bytes(std::span(text)), deadline);
  }
};

struct Pipe {
  PipeReader reader;
  PipeWriter writer;
};

Expected<Pipe> openPipe();
Expected<Pipe> openPipe(Process& process);

template <>
struct IsSendable<PipeReader> : std::true_type {};
template <>
struct IsSendable<PipeWriter> : std::true_type {};

}  // namespace troop
