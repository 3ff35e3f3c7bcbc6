#include "runtime/io/async.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "runtime/io/calls/open-socket.h"
#include "runtime/io/calls/transfer.h"
#include "runtime/io/io-access.h"
#include "runtime/io/names/asking.h"
#include "runtime/io/names/connecting.h"
#include "runtime/io/system-error.h"
#include "runtime/reactor/file-request.h"
#include "runtime/reactor/file-wait.h"
#include "runtime/reactor/source-wait.h"

namespace troop::async {

namespace {

// As readSome() and writeAll() of runtime/io/calls/transfer.h. `handle` outlives it.
template <typename Handle, typename Where, typename Call>
Async<Expected<std::size_t>> readSome(Handle& handle, std::span<std::byte> into, Time deadline,
                                      Where where, Call call) {
  if (into.empty()) co_return noRoom();
  Expected<long> got = co_await perform(
      IoAccess::of(handle), Direction::reading, deadline, "something to read", into.size(),
      [&](Reactor& reactor, int descriptor) { return call(reactor, descriptor, into); });
  if (got.failed()) co_return got.error();
  if (*got < 0) co_return systemError(*got, "reading from", where());
  co_return static_cast<std::size_t>(*got);
}

template <typename Handle, typename Where, typename Call>
Async<Expected<void>> writeAll(Handle& handle, std::span<const std::byte> bytes, Time deadline,
                               Where where, Call call) {
  while (!bytes.empty()) {
    Expected<long> sent = co_await perform(
        IoAccess::of(handle), Direction::writing, deadline, "room to write", 0,
        [&](Reactor& reactor, int descriptor) { return call(reactor, descriptor, bytes); });
    if (sent.failed()) co_return sent.error();
    if (*sent < 0) co_return systemError(*sent, "writing to", where());
    bytes = bytes.subspan(static_cast<std::size_t>(*sent));
  }
  co_return Expected<void>();
}

constexpr const char* file = "a file";
constexpr const char* reading = "reading from";

// What was asked for, when it is done; below 0 what the system says, as an Error.
Async<Expected<long>> resultOf(Reactor& reactor, Expected<Ref<FileRequest>>& request, Time deadline,
                               const char* what, const std::string& path) {
  if (request.failed()) co_return std::move(request).error();
  reactor.begin(*request);
  const WaitResult waited = co_await FileWait(**request, deadline);
  if (waited != WaitResult::signalled) co_return Source::notDone(waited, file);
  const long result = (*request)->result();
  if (result < 0) co_return systemError(result, what, path);
  co_return result;
}

// Has done what `ask` makes of what is open.
template <typename Ask>
Async<Expected<void>> done(File& what, Ask ask, Time deadline, const char* doing) {
  const Ref<Source> source = Ref<Source>::share(&IoAccess::of(what));
  const std::string& path = what.path();
  co_await Turn(file);
  Expected<Ref<FileRequest>> request = ask(*source);
  Expected<long> result = co_await resultOf(source->reactor(), request, deadline, doing, path);
  if (result.failed()) co_return std::move(result).error();
  co_return Expected<void>();
}

// How much of it there was, all of which is sent.
Async<Expected<long>> sendCopy(Source& from, const std::string& path, ByteStream& to,
                               std::uint64_t offset, std::size_t bytes, Time deadline) {
  Expected<Ref<FileRequest>> request = FileRequest::read(from, offset, bytes);
  Expected<long> got = co_await resultOf(from.reactor(), request, deadline, reading, path);
  if (got.failed() || *got == 0) co_return got;
  Expected<void> sent =
      co_await write(to, (*request)->buffer().first(static_cast<std::size_t>(*got)), deadline);
  if (sent.failed()) co_return std::move(sent).error();
  co_return got;
}

}  // namespace

Async<Expected<std::size_t>> read(ByteStream& stream, std::span<std::byte> into, Time deadline) {
  return readSome(
      stream, into, deadline, [&stream] { return stream.peer().text(); },
      [](Reactor& reactor, int descriptor, std::span<std::byte> room) {
        return reactor.receive(descriptor, room);
      });
}

Async<Expected<void>> write(ByteStream& stream, std::span<const std::byte> bytes, Time deadline) {
  return writeAll(
      stream, bytes, deadline, [&stream] { return stream.peer().text(); },
      [](Reactor& reactor, int descriptor, std::span<const std::byte> rest) {
        return reactor.send(descriptor, rest);
      });
}

Async<Expected<std::size_t>> read(PipeReader& pipe, std::span<std::byte> into, Time deadline) {
  return readSome(
      pipe, into, deadline, [] { return "a pipe"; },
      [](Reactor& reactor, int descriptor, std::span<std::byte> room) {
        return reactor.read(descriptor, room);
      });
}

Async<Expected<void>> write(PipeWriter& pipe, std::span<const std::byte> bytes, Time deadline) {
  return writeAll(
      pipe, bytes, deadline, [] { return "a pipe"; },
      [](Reactor& reactor, int descriptor, std::span<const std::byte> rest) {
        return reactor.write(descriptor, rest);
      });
}

Async<Expected<TcpStream>> accept(TcpListener& listener, Time deadline) {
  Address peer;
  Source& source = IoAccess::of(listener);
  Expected<long> result =
      co_await perform(source, Direction::reading, deadline, "a connection", 0, Accepting{peer});
  if (result.failed()) co_return result.error();
  Expected<Ref<Source>> made = accepted(source, *result, listener.address());
  if (made.failed()) co_return made.error();
  sendAtOnce(**made);
  co_return IoAccess::make<TcpStream>(*std::move(made), peer);
}

Async<Expected<TcpStream>> connect(const Address& to, Time deadline) {
  const Address peer = to;
  Expected<Ref<Source>> source = openSocket(reactorOfCaller(), SOCK_STREAM, peer);
  if (source.failed()) co_return source.error();
  Opened opened(*std::move(source));
  Expected<long> result =
      co_await perform(*opened, Direction::writing, deadline, "a connection", 0, Connecting{peer});
  if (result.failed()) co_return result.error();
  if (*result != 0) co_return connectingError(*result, peer);
  sendAtOnce(*opened);
  co_return IoAccess::make<TcpStream>(opened.take(), peer);
}

Async<Expected<File>> open(std::string path, FileAccess access, Time deadline) {
  if (path.find('\0') != std::string::npos) co_return systemError(-EINVAL, "opening", path);
  Reactor& reactor = reactorOfCaller();
  co_await Turn(file);
  Expected<Ref<FileRequest>> request =
      FileRequest::open(reactor, path, IoAccess::flagsOf<File>(access));
  Expected<long> opened = co_await resultOf(reactor, request, deadline, "opening", path);
  if (opened.failed()) co_return std::move(opened).error();
  Expected<Ref<Source>> source = Source::open(reactor, (*request)->takeDescriptor());
  if (source.failed()) co_return std::move(source).error();
  co_return IoAccess::makeFile<File>(*std::move(source), std::move(path));
}

Async<Expected<std::size_t>> readAt(File& from, std::uint64_t offset, std::span<std::byte> into,
                                    Time deadline) {
  if (into.empty()) co_return noRoom();
  if (offset > File::offsetMax - into.size()) co_return systemError(-EINVAL, reading, from.path());
  const Ref<Source> source = Ref<Source>::share(&IoAccess::of(from));
  const std::string& path = from.path();
  co_await Turn(file);
  std::size_t read = 0;
  while (read < into.size()) {
    const std::span<std::byte> rest = into.subspan(read);
    long got = source->use([&](Reactor& reactor, int descriptor) {
      return reactor.readAtHand(descriptor, rest, offset + read);
    });
    if (got == -EAGAIN) {
      Expected<Ref<FileRequest>> request = FileRequest::read(*source, offset + read, rest.size());
      Expected<long> done = co_await resultOf(source->reactor(), request, deadline, reading, path);
      if (done.failed()) co_return std::move(done).error();
      got = *done;
      std::ranges::copy((*request)->buffer().first(static_cast<std::size_t>(got)), rest.begin());
    }
    if (got < 0) co_return systemError(got, reading, path);
    if (got == 0) break;
    read += static_cast<std::size_t>(got);
  }
  co_return read;
}

Async<Expected<void>> writeAt(File& to, std::uint64_t offset, std::span<const std::byte> bytes,
                              Time deadline) {
  constexpr const char* writing = "writing to";
  if (offset > File::offsetMax - bytes.size()) co_return systemError(-EFBIG, writing, to.path());
  const Ref<Source> source = Ref<Source>::share(&IoAccess::of(to));
  const std::string& path = to.path();
  co_await Turn(file);
  while (!bytes.empty()) {
    Expected<Ref<FileRequest>> request = FileRequest::write(*source, offset, bytes);
    Expected<long> done = co_await resultOf(source->reactor(), request, deadline, writing, path);
    if (done.failed()) co_return std::move(done).error();
    bytes = bytes.subspan(static_cast<std::size_t>(*done));
    offset += static_cast<std::uint64_t>(*done);
  }
  co_return Expected<void>();
}

Async<Expected<void>> sync(File& what, Time deadline) {
  return done(what, [](Source& source) { return FileRequest::sync(source); }, deadline, "syncing");
}

Async<Expected<void>> syncContents(File& what, Time deadline) {
  return done(
      what, [](Source& source) { return FileRequest::syncContents(source); }, deadline, "syncing");
}

Async<Expected<void>> resize(File& what, std::uint64_t bytes, Time deadline) {
  if (bytes > File::offsetMax) co_return systemError(-EFBIG, "resizing", what.path());
  co_return co_await done(
      what, [bytes](Source& source) { return FileRequest::resize(source, bytes); }, deadline,
      "resizing");
}

Async<Expected<std::uint64_t>> sendTo(File& from, ByteStream& to, std::uint64_t offset,
                                      std::uint64_t bytes, Time deadline) {
  if (offset > File::offsetMax) co_return systemError(-EINVAL, reading, from.path());
  bytes = std::min(bytes, File::offsetMax - offset);
  const Ref<Source> source = Ref<Source>::share(&IoAccess::of(from));
  co_await Turn(file);
  std::uint64_t sent = 0;
  while (sent < bytes) {
    auto part =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes - sent, File::sentAtOnceMax));
    const long there = bytesAtHand(*source, offset + sent, part);
    if (there == 0) break;
    Expected<long> got = -EINVAL;
    if (there > 0) {
      part = static_cast<std::size_t>(there);
      got = co_await perform(IoAccess::of(to), Direction::writing, deadline, "room to write", 0,
                             [&](Reactor& reactor, int socket) {
                               return reactor.sendFile(socket, *source, offset + sent, part);
                             });
      if (got.failed()) co_return got.error();
    }
    if (*got == -EINVAL || *got == -ENOSYS) {
      got = co_await sendCopy(*source, from.path(), to, offset + sent, part, deadline);
      if (got.failed()) co_return got.error();
    }
    if (*got < 0) co_return systemError(*got, "writing to", to.peer().text());
    if (*got == 0) break;
    sent += static_cast<std::uint64_t>(*got);
  }
  co_return sent;
}

Async<Expected<ChildEnd>> wait(ChildProcess& process, Time deadline) {
  const Ref<children::Child> child = IoAccess::childOf(process);
  Expected<long> asked = co_await perform(child->source(), Direction::reading, deadline, "a child",
                                          0, children::Child::Asks{*child});
  co_return child->outcome(asked);
}

Async<Expected<int>> next(Signals& from, Time deadline) {
  const Ref<signals::Subscription> subscription = IoAccess::subscriptionOf(from);
  Expected<long> taken =
      co_await perform(subscription->source(), Direction::reading, deadline, "a signal", 0,
                       signals::Subscription::Takes{*subscription});
  if (taken.failed()) co_return std::move(taken).error();
  if (*taken < 0) co_return systemError(*taken, "waiting for", "signals");
  co_return static_cast<int>(*taken);
}

Async<Expected<std::vector<Address>>> resolve(const NameResolver& resolver, std::string name,
                                              std::uint16_t port, Time deadline) {
  return names::addressesOf(resolver.settings(), std::move(name), port, deadline);
}

Async<Expected<TcpStream>> connect(const NameResolver& resolver, std::string name,
                                   std::uint16_t port, Time deadline) {
  return names::connectByName(resolver.settings(), std::move(name), port, deadline);
}

}  // namespace troop::async
