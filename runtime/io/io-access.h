// How parts of runtime/io reach into the handles of each other.
//
//   Source& source = IoAccess::of(stream);
//   Expected<TcpListener> listener = IoAccess::listenAt<TcpListener>(reactor, at);
#pragma once

#include <string>
#include <utility>

#include "runtime/error.h"
#include "runtime/io/address.h"
#include "runtime/io/calls/open-socket.h"
#include "runtime/io/handle.h"
#include "runtime/reactor/reactor.h"
#include "runtime/reactor/source.h"
#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {

struct IoAccess {
  static Source& of(const Handle& handle) noexcept { return handle.source(); }

  template <typename Child>
  static const auto& childOf(const Child& handle) noexcept {
    return handle.child_;
  }
  template <typename Signals>
  static const auto& subscriptionOf(const Signals& handle) noexcept {
    return handle.subscription_;
  }

  template <typename Made>
  static Made make(Ref<Source> source, const Address& address) {
    return Made(std::move(source), address);
  }
  template <typename File>
  static int flagsOf(auto access) noexcept {
    return File::flagsOf(access);
  }
  template <typename File>
  static File makeFile(Ref<Source> source, std::string path) {
    return File(std::move(source), std::move(path));
  }

  template <typename Listener>
  static Expected<Listener> listenAt(Reactor& reactor, const Address& at) {
    Expected<Ref<Source>> source = openListener(reactor, at);
    if (source.failed()) return std::move(source).error();
    const Address bound = boundTo(**source);
    return Listener(*std::move(source), bound);
  }
};

}  // namespace troop
