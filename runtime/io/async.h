// What an Async awaits of what is outside (runtime/async/async.h).
//
// Ownership: as the handles say; what is handed over by reference outlives what is awaited.
// Threads: as the handles say, but in Tasks only. Limits: as the handles say, and a frame for each
// that is under way, charged to the troop. Fails: as the plain calls do; waits throw as in
// runtime/async/wait.h. Misuse: a handle, a buffer or an address that ends before what is awaited
// does; what is neither awaited nor handed to a Scope, which never runs.
//
//   TcpStream stream = (co_await async::accept(listener)).value();
//   std::size_t got = (co_await async::read(stream, buffer)).value();
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/async/async.h"
#include "runtime/error.h"
#include "runtime/io/address.h"
#include "runtime/io/byte-stream.h"
#include "runtime/io/child-process.h"
#include "runtime/io/file.h"
#include "runtime/io/name-resolver.h"
#include "runtime/io/pipe.h"
#include "runtime/io/signals.h"
#include "runtime/io/tcp-listener.h"
#include "runtime/io/tcp-stream.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace async {

Async<Expected<std::size_t>> read(ByteStream& stream, std::span<std::byte> into,
                                  Time deadline = never);
Async<Expected<void>> write(ByteStream& stream, std::span<const std::byte> bytes,
                            Time deadline = never);
Async<Expected<TcpStream>> accept(TcpListener& listener, Time deadline = never);
Async<Expected<TcpStream>> connect(const Address& to, Time deadline = never);

Async<Expected<File>> open(std::string path, FileAccess access = FileAccess::reading,
                           Time deadline = never);
Async<Expected<std::size_t>> readAt(File& file, std::uint64_t offset, std::span<std::byte> into,
                                    Time deadline = never);
Async<Expected<void>> writeAt(File& file, std::uint64_t offset, std::span<const std::byte> bytes,
                              Time deadline = never);
Async<Expected<std::uint64_t>> sendTo(File& file, ByteStream& to, std::uint64_t offset = 0,
                                      std::uint64_t bytes = File::offsetMax, Time deadline = never);
Async<Expected<void>> sync(File& file, Time deadline = never);
Async<Expected<void>> syncContents(File& file, Time deadline = never);
Async<Expected<void>> resize(File& file, std::uint64_t bytes, Time deadline = never);

Async<Expected<std::size_t>> read(PipeReader& pipe, std::span<std::byte> into,
                                  Time deadline = never);
Async<Expected<void>> write(PipeWriter& pipe, std::span<const std::byte> bytes,
                            Time deadline = never);

Async<Expected<ChildEnd>> wait(ChildProcess& child, Time deadline = never);
Async<Expected<int>> next(Signals& signals, Time deadline = never);

Async<Expected<std::vector<Address>>> resolve(const NameResolver& resolver, std::string name,
                                              std::uint16_t port, Time deadline = never);
Async<Expected<TcpStream>> connect(const NameResolver& resolver, std::string name,
                                   std::uint16_t port, Time deadline = never);

}  // namespace async
}  // namespace troop
