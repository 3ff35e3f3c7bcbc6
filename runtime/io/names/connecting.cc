#include "runtime/io/names/connecting.h"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <optional>
#include <string>
#include <utility>

#include "runtime/io/calls/open-socket.h"
#include "runtime/io/io-access.h"
#include "runtime/io/names/asking.h"
#include "runtime/reactor/source-wait.h"

namespace troop::names {
namespace {

// Those that are under way, the newest last, and what became of the others.
class Race {
 public:
  // Begins one more; none: it is connected already, and first() is it.
  bool begin(Reactor& reactor, const Address& to) {
    Expected<Ref<Source>> source = openSocket(reactor, SOCK_STREAM, to);
    if (source.failed()) {
      failed(std::move(source).error());
      return true;
    }
    running_.emplace_back(*std::move(source), to);
    return !look(std::prev(running_.end()));
  }

  // True: one is connected.
  bool lookAtAll() {
    for (auto one = running_.begin(); one != running_.end();) {
      const auto next = std::next(one);
      if (look(one)) return true;
      one = next;
    }
    return false;
  }

  bool isAnyRunning() const noexcept { return !running_.empty(); }
  Ref<Source> newest() const { return Ref<Source>::share(&*running_.back().source); }
  First takeFirst() noexcept { return *std::move(first_); }
  void failed(Error error) {
    if (!complaints_.empty()) complaints_ += "; ";
    complaints_ += error.reason();
    last_ = std::move(error);
  }
  Error outcome() const {
    return last_ ? Error(last_->kind(), complaints_, last_->detail(), Executed::no)
                 : Error(ErrorKind::failed, "there is no address to connect to", ErrorDetail::none,
                         Executed::no);
  }
  Error tooLate() const {
    std::string tried;
    for (const Try& one : running_) {
      tried += fmt::format("{}{}", tried.empty() ? "" : ", ", one.to.text());
    }
    return Error(ErrorKind::overloaded,
                 fmt::format("connecting to {}: the deadline has passed{}{}", tried,
                             complaints_.empty() ? "" : "; ", complaints_),
                 ErrorDetail::deadline);
  }

 private:
  struct Try {
    Try(Ref<Source> opened, const Address& where)
        : source(std::move(opened)), to(where), connecting{to} {}
    Opened source;
    const Address to;
    Connecting connecting;
  };

  // Whether it is connected.
  bool look(std::list<Try>::iterator one) {
    const std::optional<long> result = one->source->attempt(Direction::writing, 0, one->connecting);
    if (!result) return false;
    if (*result == 0) {
      first_ = First{one->source.take(), one->to};
    } else {
      failed(connectingError(*result, one->to));
      running_.erase(one);
    }
    return *result == 0;
  }

  std::list<Try> running_;  // none is moved: each is referred to by what connects it
  std::optional<First> first_;
  std::string complaints_;
  std::optional<Error> last_;
};

}  // namespace

std::vector<Address> interleaved(const std::vector<Address>& addresses) {
  std::vector<Address> result;
  result.reserve(addresses.size());
  if (addresses.empty()) return result;
  const int family = addresses.front().family();
  const auto isOfFirst = [family](const Address& one) { return one.family() == family; };
  auto a = std::ranges::find_if(addresses, isOfFirst);
  auto b = std::ranges::find_if_not(addresses, isOfFirst);
  while (a != addresses.end() || b != addresses.end()) {
    if (a != addresses.end()) {
      result.push_back(*a);
      a = std::find_if(std::next(a), addresses.end(), isOfFirst);
    }
    if (b != addresses.end()) {
      result.push_back(*b);
      b = std::find_if_not(std::next(b), addresses.end(), isOfFirst);
    }
  }
  return result;
}

Async<Expected<First>> connectToFirst(std::vector<Address> addresses, Time deadline) {
  constexpr const char* what = "a connection";
  Reactor& reactor = reactorOfCaller();
  co_await async::Turn(what);
  Race race;
  std::size_t begun = 0;
  while (begun < addresses.size() || race.isAnyRunning()) {
    if (begun < addresses.size()) {
      const Address& next = addresses[begun++];
      if (!race.begin(reactor, next)) co_return race.takeFirst();
    }
    // One that has failed at once makes way for the next.
    const Time turn = begun < addresses.size() ? after(patienceEach) : never;
    while (race.isAnyRunning()) {
      const Ref<Source> newest = race.newest();
      if (const int error = newest->startWatching(); error != 0) {
        co_return newest->unwatched(error);
      }
      const Time until = std::min({deadline, turn, after(patienceEach)});
      const WaitResult waited =
          co_await async::SourceWait(*newest, Direction::writing, until, what);
      if (waited == WaitResult::cancelled) co_return Source::notDone(waited, what);
      if (race.lookAtAll()) co_return race.takeFirst();
      if (deadline <= now()) co_return race.tooLate();
      if (turn <= now() || !race.isAnyRunning() || race.newest() != newest) break;
    }
  }
  co_return race.outcome();
}

Async<Expected<TcpStream>> connectByName(const NameSettings& settings, std::string name,
                                         std::uint16_t port, Time deadline) {
  Expected<std::vector<Address>> found = co_await addressesOf(settings, name, port, deadline);
  if (found.failed()) co_return std::move(found).error();
  Expected<First> first = co_await connectToFirst(interleaved(*found), deadline);
  if (first.failed()) {
    const Error& error = first.error();
    co_return Error(error.kind(), fmt::format("'{}': {}", name, error.reason()), error.detail(),
                    error.executed());
  }
  sendAtOnce(*first->source);
  co_return IoAccess::make<TcpStream>(std::move(first->source), first->address);
}

}  // namespace troop::names
