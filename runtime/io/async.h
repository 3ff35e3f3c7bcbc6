// What an Async awaits of sockets (runtime/async/async.h).
//
// Ownership, threads, limits: as the handles say; what is handed over by reference outlives what is
// awaited. Fails: as the plain calls do; waits throw as in runtime/async/wait.h.
//
//   TcpStream stream = (co_await async::accept(listener)).value();
//   std::size_t got = (co_await async::read(stream, buffer)).value();
#pragma once

#include <cstddef>
#include <span>

#include "runtime/async/async.h"
#include "runtime/error.h"
#include "runtime/io/address.h"
#include "runtime/io/byte-stream.h"
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

}  // namespace async
}  // namespace troop
