#include "runtime/io/names/asking.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "runtime/io/calls/open-socket.h"
#include "runtime/io/names/hosts.h"
#include "runtime/io/names/question.h"
#include "runtime/io/system-error.h"
#include "runtime/reactor/source-wait.h"

namespace troop::names {
namespace {

// A datagram has 512 bytes at most where nobody has said otherwise (RFC 1035, 4.2.1).
constexpr std::size_t datagramBytes = 512;
constexpr std::size_t lengthBytes = 2;  // before each message in a connection
constexpr unsigned doublingsMax = 4;
constexpr Duration patienceMax = 1h;  // so that it can be doubled

// Of one name, for each family.
using Questions = std::array<Question, 2>;

bool areAnswered(const Questions& questions) noexcept {
  return std::ranges::all_of(questions, &Question::isAnswered);
}

Expected<Questions> questionsFor(Reactor& reactor, std::string_view name) {
  Expected<Question> first = Question::make(name, AF_INET6, reactor.numberNobodyGuesses());
  if (first.failed()) return std::move(first).error();
  Expected<Question> second = Question::make(name, AF_INET, reactor.numberNobodyGuesses());
  if (second.failed()) return std::move(second).error();
  return Questions{*std::move(first), *std::move(second)};
}

Error failure(ErrorKind kind, std::string_view name, std::string_view why,
              ErrorDetail detail = ErrorDetail::none) {
  return Error(kind, fmt::format("the addresses of '{}': {}", name, why), detail, Executed::no);
}

// How it went with one server, once.
struct Turn {
  std::string complaint;  // empty: it has answered all
};

bool isTime(const Error& error) noexcept {
  return error.detail() == ErrorDetail::deadline;
}

// Whether the next server would fare the same: something has run out here, or nobody asks any more.
bool isOurs(const Error& error) noexcept {
  return error.kind() == ErrorKind::overloaded || error.detail() == ErrorDetail::cancelled;
}

// What a failed wait or call says of the server; fails with what is nobody's fault there.
Expected<Turn> turnOf(Error error) {
  if (isTime(error)) return Turn{"it has not answered in time"};
  if (isOurs(error)) return error;
  return Turn{error.reason()};
}

std::string complaintOf(Question::Heard heard) {
  switch (heard) {
    case Question::Heard::refusal:
      return "it has refused to answer";
    case Question::Heard::unreadable:
      return "its answer cannot be read";
    case Question::Heard::truncated:
      return "its answer is cut off";
    default:
      return "it has answered something else";
  }
}

// All of `bytes`, or of `room`, or why not; 0 bytes: the other side has ended.
template <typename Bytes, typename Call>
Async<Expected<bool>> whole(Source& source, Direction direction, Time until, Bytes bytes,
                            const Address& server, Call call) {
  while (!bytes.empty()) {
    Expected<long> moved = co_await async::perform(
        source, direction, until, "a name server", 0,
        [&](Reactor& reactor, int descriptor) { return call(reactor, descriptor, bytes); });
    if (moved.failed()) co_return std::move(moved).error();
    if (*moved < 0) co_return systemError(*moved, "asking", server.text());
    if (*moved == 0) co_return false;
    bytes = bytes.subspan(static_cast<std::size_t>(*moved));
  }
  co_return true;
}

Async<Expected<bool>> sendAll(Source& source, Time until, std::span<const std::byte> bytes,
                              const Address& server) {
  return whole(source, Direction::writing, until, bytes, server,
               [](Reactor& reactor, int descriptor, std::span<const std::byte> rest) {
                 return reactor.send(descriptor, rest);
               });
}
Async<Expected<bool>> receiveAll(Source& source, Time until, std::span<std::byte> room,
                                 const Address& server) {
  return whole(source, Direction::reading, until, room, server,
               [](Reactor& reactor, int descriptor, std::span<std::byte> rest) {
                 return reactor.receive(descriptor, rest);
               });
}

// One question by a connection, where answers have any length.
Async<Expected<Turn>> askConnected(Reactor& reactor, Question& question, const Address& server,
                                   Time until) {
  Expected<Ref<Source>> source = openSocket(reactor, SOCK_STREAM, server);
  if (source.failed()) co_return turnOf(std::move(source).error());
  const Opened opened(*std::move(source));
  Expected<long> connected = co_await async::perform(*opened, Direction::writing, until,
                                                     "a name server", 0, Connecting{server});
  if (connected.failed()) co_return turnOf(std::move(connected).error());
  if (*connected != 0) co_return turnOf(connectingError(*connected, server));

  const std::size_t length = question.message().size();
  std::vector<std::byte> bytes{std::byte(length >> 8), std::byte(length)};
  bytes.insert(bytes.end(), question.message().begin(), question.message().end());
  Expected<bool> done = co_await sendAll(*opened, until, bytes, server);
  std::array<std::byte, lengthBytes> prefix{};
  if (done.succeeded()) done = co_await receiveAll(*opened, until, prefix, server);
  if (done.succeeded() && *done) {
    bytes.resize(std::to_integer<std::size_t>(prefix[0]) << 8 |
                 std::to_integer<std::size_t>(prefix[1]));
    done = co_await receiveAll(*opened, until, bytes, server);
  }
  if (done.failed()) co_return turnOf(std::move(done).error());
  if (!*done) co_return Turn{"it has ended the connection"};
  const Question::Heard heard = question.read(bytes);
  co_return question.isAnswered() ? Turn{} : Turn{complaintOf(heard)};
}

// The question that `message` is about is told.
Question::Heard tell(Questions& questions, std::span<const std::byte> message, Question*& told) {
  for (Question& question : questions) {
    const Question::Heard heard = question.read(message);
    told = &question;
    if (heard != Question::Heard::nothing) return heard;
  }
  return Question::Heard::nothing;
}

Async<Expected<Turn>> sendOpen(Source& source, const Questions& questions, const Address& server,
                               Time until) {
  for (const Question& question : questions) {
    if (question.isAnswered()) continue;
    Expected<long> sent = co_await async::perform(
        source, Direction::writing, until, "a name server", 0, [&](Reactor& calls, int descriptor) {
          return calls.sendTo(descriptor, question.message(), server.raw(), server.length());
        });
    if (sent.failed()) co_return turnOf(std::move(sent).error());
    if (*sent < 0) co_return turnOf(systemError(*sent, "asking", server.text()));
  }
  co_return Turn{};
}

// Those that are not answered, by datagrams, until all are, the server says that it will not, or it
// is time.
Async<Expected<Turn>> ask(Reactor& reactor, Questions& questions, const Address& server,
                          Time until) {
  Expected<Ref<Source>> source = openSocket(reactor, SOCK_DGRAM, server);
  if (source.failed()) co_return turnOf(std::move(source).error());
  const Opened opened(*std::move(source));
  // That nobody listens there is told then, and not waited for in vain.
  opened->use([&](Reactor& calls, int descriptor) {
    return server.family() == AF_INET6 ? calls.setOption(descriptor, IPPROTO_IPV6, IPV6_RECVERR, 1)
                                       : calls.setOption(descriptor, IPPROTO_IP, IP_RECVERR, 1);
  });
  Expected<Turn> sent = co_await sendOpen(*opened, questions, server, until);
  if (sent.failed() || !sent->complaint.empty()) co_return sent;

  std::array<std::byte, datagramBytes> room{};
  while (!areAnswered(questions)) {
    Address from;
    Expected<long> got = co_await async::perform(
        *opened, Direction::reading, until, "a name server", 0,
        [&](Reactor& calls, int descriptor) {
          return calls.receiveFrom(descriptor, room, from.raw(), from.lengthToWrite());
        });
    if (got.failed()) co_return turnOf(std::move(got).error());
    if (*got < 0) co_return turnOf(systemError(*got, "asking", server.text()));
    const auto length = static_cast<std::size_t>(*got);
    if (from != server || length > room.size()) continue;
    Question* told = nullptr;
    const Question::Heard heard = tell(questions, std::span(room).first(length), told);
    if (heard == Question::Heard::truncated) {
      Expected<Turn> asked = co_await askConnected(reactor, *told, server, until);
      if (asked.failed() || !asked->complaint.empty()) co_return asked;
    } else if (heard == Question::Heard::refusal || heard == Question::Heard::unreadable) {
      co_return Turn{complaintOf(heard)};
    }
  }
  co_return Turn{};
}

std::vector<Address> answersOf(const Questions& questions) {
  std::vector<Address> found;
  for (const Question& question : questions) {
    found.insert(found.end(), question.addresses().begin(), question.addresses().end());
  }
  return found;
}

// Of exactly this name. `isName`: whether there is one, with addresses or without.
Async<Expected<std::vector<Address>>> askServers(const NameSettings& settings, std::string name,
                                                 Time deadline, bool& isName) {
  Reactor& reactor = reactorOfCaller();
  Expected<Questions> questions = questionsFor(reactor, name);
  if (questions.failed()) co_return std::move(questions).error();
  std::string complaints;
  for (unsigned round = 0; round < settings.tries && !areAnswered(*questions); ++round) {
    const Duration patience =
        std::min(settings.patience, patienceMax) * (1U << std::min(round, doublingsMax));
    for (const Address& server : settings.servers) {
      const Time until = std::min(deadline, after(patience));
      Expected<Turn> turn = co_await ask(reactor, *questions, server, until);
      if (turn.failed())
        co_return failure(turn.error().kind(), name, turn.error().reason(), turn.error().detail());
      if (turn->complaint.empty()) break;
      if (deadline <= now()) {
        co_return failure(
            ErrorKind::overloaded, name,
            fmt::format("the deadline has passed, {}: {}", server.text(), turn->complaint),
            ErrorDetail::deadline);
      }
      if (round == 0) complaints += fmt::format("; {}: {}", server.text(), turn->complaint);
    }
  }
  std::vector<Address> found = answersOf(*questions);
  if (found.empty() && !areAnswered(*questions)) {
    co_return failure(
        ErrorKind::disconnected, name,
        settings.servers.empty() ? "there is no server to ask" : "no server answers" + complaints);
  }
  isName = std::ranges::none_of(*questions, &Question::isOfNoName);
  co_return found;
}

// What is looked for, in turn.
std::vector<std::string> candidates(const NameSettings& settings, std::string name) {
  if (name.back() == '.') return {name.substr(0, name.size() - 1)};
  std::vector<std::string> found;
  for (const std::string& domain : settings.domains)
    found.push_back(fmt::format("{}.{}", name, domain));
  const auto dots = static_cast<unsigned>(std::ranges::count(name, '.'));
  found.insert(dots >= settings.dotsMin ? found.begin() : found.end(), std::move(name));
  return found;
}

// RFC 6761, 6.3: nobody else is asked where that is.
bool isLocal(std::string_view name) noexcept {
  constexpr std::string_view local = "localhost";
  if (name.size() <= local.size()) return sameName(name, local);
  return sameName(name.substr(name.size() - local.size() - 1), ".localhost");
}

std::vector<Address> addressesHere() {
  Address six;
  isNumeric("::1", six);
  return {six, Address::loopback()};
}

std::vector<Address> withPort(std::vector<Address> addresses, std::uint16_t port) {
  for (Address& address : addresses) address = address.withPort(port);
  return addresses;
}

}  // namespace

Async<Expected<std::vector<Address>>> addressesOf(const NameSettings& settings, std::string name,
                                                  std::uint16_t port, Time deadline) {
  Address numeric;
  if (isNumeric(name, numeric)) co_return std::vector<Address>{numeric.withPort(port)};
  const std::string_view bare(name.data(), name.size() - (name.ends_with('.') ? 1 : 0));
  if (!canBeHost(bare)) {
    co_return failure(ErrorKind::failed, name.substr(0, 300),
                      "it is no name of a host, which has labels of letters, digits and -, 1 to 63 "
                      "bytes each, 253 in all");
  }
  if (!settings.hostsPath.empty()) {
    Expected<std::string> text =
        co_await hostsText(reactorOfCaller(), settings.hostsPath, deadline);
    if (text.failed())
      co_return failure(text.error().kind(), name, text.error().reason(), text.error().detail());
    std::vector<Address> known = hostsOf(*text, bare);
    if (!known.empty()) co_return withPort(std::move(known), port);
  }
  if (isLocal(bare)) co_return withPort(addressesHere(), port);
  bool isName = false;
  for (const std::string& candidate : candidates(settings, name)) {
    if (!canBeHost(candidate)) continue;
    bool isThis = false;
    Expected<std::vector<Address>> found =
        co_await askServers(settings, candidate, deadline, isThis);
    if (found.failed()) co_return found;
    if (!found->empty()) co_return withPort(*std::move(found), port);
    isName = isName || isThis;
  }
  co_return failure(ErrorKind::failed, name,
                    isName ? "it has none" : "there is no such name (NXDOMAIN)");
}

}  // namespace troop::names
