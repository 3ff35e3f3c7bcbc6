// How parts of runtime/io reach into the handles of each other.
#pragma once

#include <utility>

#include "runtime/io/address.h"
#include "runtime/io/byte-stream.h"
#include "runtime/io/tcp-listener.h"
#include "runtime/io/tcp-stream.h"
#include "runtime/reactor/source.h"
#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {

struct IoAccess {
  static Source& of(const ByteStream& stream) noexcept { return *stream.source_; }
  static Source& of(const TcpListener& listener) noexcept { return *listener.source_; }

  template <typename Stream>
  static Stream make(Ref<Source> source, const Address& peer) {
    return Stream(std::move(source), peer);
  }
};

}  // namespace troop
