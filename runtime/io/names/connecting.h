// How a connection is made to whichever of several addresses answers first: the next one is tried
// when the last one has failed, or has not answered for patienceEach (RFC 8305), and those before
// may still win.
//
// Threads: any. Fails: with what each said, where none answers; with overloaded/deadline when the
// deadline passes. Limits: a handle of the caller's troop for each that is tried at once.
//
//   Expected<First> first = co_await names::connectToFirst(addresses, after(1s));
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/async/async.h"
#include "runtime/error.h"
#include "runtime/io/address.h"
#include "runtime/io/names/settings.h"
#include "runtime/io/tcp-stream.h"
#include "runtime/reactor/source.h"
#include "runtime/ref.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace names {

inline constexpr Duration patienceEach = 250ms;  // RFC 8305, 5

struct First {
  Ref<Source> source;
  Address address;
};

// Each family in turn, as one of them may lead nowhere; else as they come.
std::vector<Address> interleaved(const std::vector<Address>& addresses);

Async<Expected<First>> connectToFirst(std::vector<Address> addresses, Time deadline);

// To whichever the name has (runtime/io/names/asking.h). `settings` outlives it.
Async<Expected<TcpStream>> connectByName(const NameSettings& settings, std::string name,
                                         std::uint16_t port, Time deadline);

}  // namespace names
}  // namespace troop
