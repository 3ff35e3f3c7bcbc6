// A UdpSocket sends and receives datagrams: each arrives whole, or not at all.
//
// Ownership: the handle, which is moved and not copied; its end closes it. Threads: any number may
// send and receive at a time, in Tasks and OS threads; close() by any. Limits: how many its troop
// may have open, and memory for each; what arrives while nobody receives is dropped by the system
// beyond its buffers. Fails: as runtime/io/byte-stream.h says; a datagram that the network cannot
// carry fails with failed. Misuse: to rely on what was sent arriving.
//
//   UdpSocket socket = UdpSocket::open(Address::loopback(5353)).value();
//   const Datagram got = socket.receive(buffer, after(1s)).value();
//   socket.send(std::span(buffer).first(got.bytes), got.from).value();
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include "runtime/error.h"
#include "runtime/io/address.h"
#include "runtime/io/handle.h"
#include "runtime/reactor/source.h"
#include "runtime/ref.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Process;

struct Datagram {
  std::size_t bytes = 0;    // that were received
  std::size_t dropped = 0;  // that had no room
  Address from;
};

class UdpSocket final : public Handle {
 public:
  // Port 0: the system chooses one.
  static Expected<UdpSocket> open(const Address& at);
  static Expected<UdpSocket> open(Process& process, const Address& at);

  Expected<Datagram> receive(std::span<std::byte> into, Time deadline = never);
  Expected<void> send(std::span<const std::byte> bytes, const Address& to, Time deadline = never);

  const Address& address() const noexcept { return address_; }

 private:
  friend struct IoAccess;
  UdpSocket(Ref<Source> source, const Address& address) noexcept
      : Handle(std::move(source)), address_(address) {}

  Address address_;
};

template <>
struct IsSendable<UdpSocket> : std::true_type {};

}  // namespace troop
