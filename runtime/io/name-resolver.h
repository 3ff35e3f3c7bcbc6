// A NameResolver finds the addresses that hosts have by their names, and connects to them.
//
// A name is an address already; or it stands in the file of hosts; or it is that of this machine;
// or name servers are asked (runtime/io/names/settings.h says which, and how patiently).
//
// Ownership: a value. Threads: any number at once, in Tasks; OS threads and others name the
// Process, of whose root troop a Task asks then. Coroutines: runtime/io/async.h. Limits: a handle
// for the file of hosts, and for each server that is asked; 32 addresses of each family. Fails:
// with failed where there is no such name, or it has no address, or is none; with disconnected
// where no server answers, with overloaded/deadline when `deadline` passes, each naming the name,
// and the servers with what they did; connecting as runtime/io/tcp-stream.h says, naming each
// address. Waits throw as in runtime/event.h. Misuse: what is found is not remembered, and the next
// call asks again.
//
//   const NameResolver names = NameResolver::ofSystem();
//   TcpStream stream = names.connect("example.com", 80, after(5s)).value();
//   std::vector<Address> all = names.resolve("example.com", 80, after(1s)).value();
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime/error.h"
#include "runtime/io/address.h"
#include "runtime/io/names/settings.h"
#include "runtime/io/tcp-stream.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Process;

class NameResolver {
 public:
  explicit NameResolver(NameSettings settings) : settings_(std::move(settings)) {}
  // As this machine is set up at this moment.
  static NameResolver ofSystem() { return NameResolver(NameSettings::ofSystem()); }

  // One at least, those that come first to be tried first.
  Expected<std::vector<Address>> resolve(std::string_view name, std::uint16_t port,
                                         Time deadline = never) const;
  Expected<std::vector<Address>> resolve(Process& process, std::string_view name,
                                         std::uint16_t port, Time deadline = never) const;

  // To the first address that answers: each is tried when the one before has failed, or let 250 ms
  // pass, and that one may still win.
  Expected<TcpStream> connect(std::string_view name, std::uint16_t port,
                              Time deadline = never) const;
  Expected<TcpStream> connect(Process& process, std::string_view name, std::uint16_t port,
                              Time deadline = never) const;

  const NameSettings& settings() const noexcept { return settings_; }

 private:
  NameSettings settings_;
};

template <>
struct IsSendable<NameResolver> : std::true_type {};

}  // namespace troop
