#include "runtime/sim/simulated-reactor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/error.h"
#include "runtime/sched/current.h"
#include "runtime/sched/share.h"
#include "runtime/sim/simulated-scheduler.h"

namespace troop {

using sim::ChoiceKind;
using sim::Reach;

namespace {

// Unlike those of the OS process, so that neither is taken for the other.
constexpr int firstDescriptor = 1'000'000;
constexpr std::size_t datagramBytesMax = 65'507;
constexpr std::size_t datagramsMax = 256;
constexpr std::uint16_t firstFreePort = 49'152;
// Of one whose connections are not accepted, and how often it is asked.
constexpr Duration askAgainAfter = 1s;
constexpr unsigned asksMax = 100;

bool isIp(int family) {
  return family == AF_INET || family == AF_INET6;
}

}  // namespace

bool SimulatedReactor::Socket::isReadable() const noexcept {
  return !arrived.empty() || !datagrams.empty() || !received.empty() || ended ||
         state == State::broken;
}

bool SimulatedReactor::isWritable(const Socket& socket) const noexcept {
  if (socket.type == SOCK_DGRAM || socket.state == Socket::State::broken) return true;
  return socket.state == Socket::State::connected && socket.sent < links_.network().roomBytes;
}

SimulatedReactor::SimulatedReactor(SimulatedScheduler& scheduler, const sim::Network& network,
                                   const sim::Disk& disk)
    : scheduler_(scheduler),
      links_(scheduler, network),
      disk_(disk),
      lastDescriptor_(firstDescriptor),
      disks_(
          scheduler, disk, [this] { return ++lastDescriptor_; },
          [this](MachineNumber machine) { return whenToCrash_.contains(machine); },
          [this](MachineNumber machine) { whenToCrash_.at(machine)(); }) {}

SimulatedReactor::~SimulatedReactor() = default;

sim::MachineNumber SimulatedReactor::addMachine() {
  if (machines_ == sim::machinesMax) {
    throw Error(ErrorKind::overloaded,
                fmt::format("a run has {} machines at most", sim::machinesMax), ErrorDetail::quota,
                Executed::no);
  }
  return ++machines_;
}

void SimulatedReactor::putOn(MachineNumber machine, Share& troop) {
  placeOf_[&troop] = {Ref<Share>::share(&troop), machine};
}

void SimulatedReactor::whenToCrash(MachineNumber machine, std::function<void()> call) {
  if (call) {
    whenToCrash_[machine] = std::move(call);
  } else {
    whenToCrash_.erase(machine);
  }
}

void SimulatedReactor::crash(MachineNumber machine) {
  links_.switchOff(machine);
  for (auto& [troop, place] : placeOf_) {
    if (place.machine == machine) place.machine = 0;
  }
  disks_.crash(machine);
  std::erase_if(bound_, [&](const auto& entry) { return entry.first.machine == machine; });
  for (auto each = sockets_.begin(); each != sockets_.end();) {
    Socket& socket = each->second;
    if (socket.machine != machine) {
      ++each;
      continue;
    }
    if (socket.lane) socket.lane->drop();
    letGo(std::move(socket.source));
    each = sockets_.erase(each);
  }
}

void SimulatedReactor::end() noexcept {
  hasEnded_ = true;
  std::vector<Ref<Source>> sources;
  for (auto& [descriptor, socket] : sockets_) {
    if (socket.source) sources.push_back(socket.source);
  }
  for (const Ref<Source>& source : sources) source->close();
  sockets_.clear();
  retired_.clear();
  disks_.end();
  placeOf_.clear();
  whenToCrash_.clear();
}

SimulatedReactor::Socket* SimulatedReactor::find(int descriptor) noexcept {
  const auto found = sockets_.find(descriptor);
  return found != sockets_.end() ? &found->second : nullptr;
}

int SimulatedReactor::add(Socket socket) {
  if (hasEnded_) return -ESHUTDOWN;
  if (socket.machine == 0) return -ENETDOWN;
  sockets_.emplace(++lastDescriptor_, std::move(socket));
  return lastDescriptor_;
}

sim::MachineNumber SimulatedReactor::machineOfCaller() const noexcept {
  const Current* here = current();
  for (const Share* share = here != nullptr ? here->share : nullptr; share != nullptr;
       share = share->outer()) {
    if (const auto found = placeOf_.find(share); found != placeOf_.end()) {
      return found->second.machine;
    }
  }
  return 1;
}

void SimulatedReactor::changed(Socket& socket, Source::Change change) noexcept {
  if (socket.source) socket.source->happened(change);
}

void SimulatedReactor::tell(Socket& socket, std::function<void()> what) {
  if (socket.lane) return socket.lane->send(std::move(what));
  what();
}

void SimulatedReactor::tellBroken(MachineNumber from, MachineNumber to, int descriptor, int error) {
  links_.lane(from, to)->send([this, descriptor, error] { breaks(descriptor, error); });
}

int SimulatedReactor::socket(int family, int type) noexcept {
  if (!isIp(family) && family != AF_UNIX) return -EAFNOSUPPORT;
  if (type != SOCK_STREAM && type != SOCK_DGRAM) return -ESOCKTNOSUPPORT;
  return add({.type = type,
              .machine = machineOfCaller(),
              .local = {.family = family},
              .peer = {.family = family}});
}

int SimulatedReactor::addPair(std::span<int, 2> ends, bool isPipe) {
  for (int& end : ends) {
    end = add({.state = Socket::State::connected,
               .isPipe = isPipe,
               .machine = machineOfCaller(),
               .local = {.family = AF_UNIX},
               .peer = {.family = AF_UNIX}});
    if (end < 0) return end;
  }
  find(ends[0])->other = ends[1];
  find(ends[1])->other = ends[0];
  return 0;
}

int SimulatedReactor::socketPair(std::span<int, 2> ends) noexcept {
  return addPair(ends, false);
}

int SimulatedReactor::pipe(std::span<int, 2> ends) noexcept {
  const int result = addPair(ends, true);
  if (result < 0) return result;
  find(ends[0])->finished = true;  // it reads only
  find(ends[1])->ended = true;
  return 0;
}

SimulatedReactor::Bound SimulatedReactor::boundOf(MachineNumber machine, int type, const Spot& at) {
  return {machine, at.family, type, at.port, at.path};
}

int SimulatedReactor::bindTo(int descriptor, Socket& socket, Spot at) {
  if (at.reach != Reach::path && at.port == 0) at.port = nextPort(socket);
  const auto [found, isNew] =
      bound_.try_emplace(boundOf(socket.machine, socket.type, at), descriptor);
  if (!isNew) return -EADDRINUSE;
  if (at.reach == Reach::path) paths_.emplace(socket.machine, at.path);
  socket.local = std::move(at);
  return 0;
}

std::uint16_t SimulatedReactor::nextPort(const Socket& socket) {
  std::uint16_t& last = ports_.try_emplace(socket.machine, firstFreePort - 1).first->second;
  do {
    last = last == 0xffff ? firstFreePort : static_cast<std::uint16_t>(last + 1);
  } while (bound_.contains({socket.machine, socket.local.family, socket.type, last, {}}));
  return last;
}

int SimulatedReactor::bind(int descriptor, const sockaddr* at, socklen_t length) noexcept {
  Socket* const socket = find(descriptor);
  if (socket == nullptr) return -ENETDOWN;
  Spot spot = sim::spotOf(at, length);
  if (spot.family != socket->local.family || socket->local.port != 0) return -EINVAL;
  const bool isThere = spot.reach != Reach::elsewhere &&
                       (spot.reach != Reach::machine || spot.machine == socket->machine);
  return isThere ? bindTo(descriptor, *socket, std::move(spot)) : -EADDRNOTAVAIL;
}

int SimulatedReactor::listen(int descriptor, int backlog) noexcept {
  Socket* const socket = find(descriptor);
  if (socket == nullptr) return -ENETDOWN;
  if (socket->type != SOCK_STREAM) return -EOPNOTSUPP;
  socket->state = Socket::State::listening;
  socket->backlog = std::max(backlog, 1);
  return 0;
}

SimulatedReactor::Socket* SimulatedReactor::at(MachineNumber from, int type, const Spot& to,
                                               int* descriptor) {
  const MachineNumber machine = to.reach == Reach::machine ? to.machine : from;
  const auto found = bound_.find(boundOf(machine, type, to));
  if (found == bound_.end()) return nullptr;
  Socket* const socket = find(found->second);
  if (socket == nullptr) return nullptr;
  const Reach reach = to.reach == Reach::any ? Reach::loopback : to.reach;
  if (socket->local.reach != Reach::any && socket->local.reach != reach) return nullptr;
  *descriptor = found->second;
  return socket;
}

int SimulatedReactor::connect(int descriptor, const sockaddr* to, socklen_t length) noexcept {
  Socket* const socket = find(descriptor);
  if (socket == nullptr) return -ENETDOWN;
  if (socket->type != SOCK_STREAM) return -EOPNOTSUPP;
  if (socket->state != Socket::State::fresh) return -EISCONN;
  Spot target = sim::spotOf(to, length);
  if (target.family != socket->local.family) return -EAFNOSUPPORT;
  if (target.reach == Reach::path) return connectHere(descriptor, *socket, target);
  if (target.reach == Reach::any) target.reach = Reach::loopback;
  const MachineNumber there = target.reach == Reach::loopback ? socket->machine : target.machine;
  if (target.reach == Reach::elsewhere || there == 0 || there > machines_) return -ENETUNREACH;
  if (socket->local.port == 0) {
    const int result =
        bindTo(descriptor, *socket,
               {.family = target.family, .reach = target.reach, .machine = socket->machine});
    if (result < 0) return result;
  }
  socket->peer = target;
  socket->state = Socket::State::connecting;
  socket->lane = links_.lane(socket->machine, there);
  socket->lane->giveUpAfter(sim::Lane::triesToConnect,
                            [this, descriptor] { breaks(descriptor, ETIMEDOUT); });
  socket->lane->send([this, descriptor, from = socket->local, machine = socket->machine, target] {
    asks(descriptor, from, machine, target, 0);
  });
  return -EINPROGRESS;
}

int SimulatedReactor::connectHere(int descriptor, Socket& socket, const Spot& to) {
  int listening = 0;
  Socket* const listener = at(socket.machine, SOCK_STREAM, to, &listening);
  if (listener == nullptr && !paths_.contains({socket.machine, to.path})) return -ENOENT;
  if (listener == nullptr || listener->state != Socket::State::listening) return -ECONNREFUSED;
  if (std::cmp_greater_equal(listener->arrived.size(), listener->backlog)) return -EAGAIN;
  const int other = add({.state = Socket::State::connected,
                         .machine = socket.machine,
                         .local = to,
                         .peer = socket.local,
                         .other = descriptor});
  if (other < 0) return other;
  socket.state = Socket::State::connected;
  socket.peer = to;
  socket.other = other;
  listener->arrived.push_back(other);
  changed(*listener, {.reading = true});
  return 0;
}

void SimulatedReactor::asks(int from, Spot fromSpot, MachineNumber fromMachine, Spot to,
                            unsigned tries) {
  int listening = 0;
  Socket* const listener = at(fromMachine, SOCK_STREAM, to, &listening);
  const MachineNumber here = to.reach == Reach::machine ? to.machine : fromMachine;
  if (listener == nullptr || listener->state != Socket::State::listening) {
    return tellBroken(here, fromMachine, from, ECONNREFUSED);
  }
  if (std::cmp_greater_equal(listener->arrived.size(), listener->backlog)) {
    if (tries == asksMax) return tellBroken(here, fromMachine, from, ETIMEDOUT);
    scheduler_.timers().call(scheduler_.now() + askAgainAfter, [=, this] {
      if (find(from) != nullptr) asks(from, fromSpot, fromMachine, to, tries + 1);
    });
    return;
  }
  const int descriptor = add({.state = Socket::State::connected,
                              .machine = here,
                              .local = to,
                              .peer = std::move(fromSpot),
                              .other = from,
                              .lane = links_.lane(here, fromMachine)});
  if (descriptor < 0) return;
  Socket& socket = *find(descriptor);
  socket.lane->giveUpAfter(sim::Lane::triesMax,
                           [this, descriptor] { breaks(descriptor, ETIMEDOUT); });
  listener->arrived.push_back(descriptor);
  changed(*listener, {.reading = true});
  socket.lane->send([this, from, descriptor, here, fromMachine] {
    if (find(from) == nullptr) return tellBroken(fromMachine, here, descriptor, ECONNRESET);
    answered(from, descriptor);
  });
}

void SimulatedReactor::answered(int descriptor, int other) {
  Socket& socket = *find(descriptor);
  if (socket.state != Socket::State::connecting) return;
  socket.state = Socket::State::connected;
  socket.other = other;
  socket.lane->giveUpAfter(sim::Lane::triesMax,
                           [this, descriptor] { breaks(descriptor, ETIMEDOUT); });
  changed(socket, {.writing = true});
}

int SimulatedReactor::accept(int descriptor, sockaddr* from, socklen_t* length) noexcept {
  Socket* const listener = find(descriptor);
  if (listener == nullptr) return -ENETDOWN;
  if (listener->state != Socket::State::listening) return -EINVAL;
  if (listener->arrived.empty()) return -EAGAIN;
  const int accepted = listener->arrived.front();
  listener->arrived.pop_front();
  sim::write(find(accepted)->peer, from, length);
  return accepted;
}

int SimulatedReactor::connectionError(int descriptor) noexcept {
  Socket* const socket = find(descriptor);
  return socket != nullptr ? -std::exchange(socket->error, 0) : -ENETDOWN;
}

int SimulatedReactor::setOption(int descriptor, int, int, int) noexcept {
  return find(descriptor) != nullptr ? 0 : -ENETDOWN;
}

int SimulatedReactor::localName(int descriptor, sockaddr* name, socklen_t* length) noexcept {
  Socket* const socket = find(descriptor);
  if (socket == nullptr) return -ENETDOWN;
  sim::write(socket->local, name, length);
  return 0;
}

int SimulatedReactor::shutdown(int descriptor, int how) noexcept {
  Socket* const socket = find(descriptor);
  if (socket == nullptr) return -ENETDOWN;
  if (how != SHUT_WR) return -EOPNOTSUPP;
  if (socket->state != Socket::State::connected) return -ENOTCONN;
  if (std::exchange(socket->finished, true)) return 0;
  tell(*socket, [this, other = socket->other] { ends(other); });
  return 0;
}

long SimulatedReactor::send(int descriptor, ConstBytes bytes) noexcept {
  Socket* const socket = find(descriptor);
  if (socket == nullptr) return -ENETDOWN;
  if (socket->error != 0) return -std::exchange(socket->error, 0);
  if (socket->finished || socket->state == Socket::State::broken) return -EPIPE;
  if (socket->state != Socket::State::connected) return -ENOTCONN;
  if (bytes.empty()) return 0;
  const unsigned resetOneIn = links_.network().resetOneIn;
  if (socket->lane && resetOneIn != 0 &&
      scheduler_.drawFault(ChoiceKind::reset, 2, resetOneIn) == 1) {
    reset(*socket);
    changed(*socket, {.reading = true, .writing = true, .ended = true});
    return -ECONNRESET;
  }
  const std::size_t roomBytes = links_.network().roomBytes;
  if (socket->sent >= roomBytes) {
    socket->isBlocked = true;
    return -EAGAIN;
  }
  const std::size_t taken =
      scheduler_.drawPart(ChoiceKind::shortWrite, std::min(bytes.size(), roomBytes - socket->sent),
                          links_.network().shortOneIn);
  socket->sent += taken;
  tell(*socket, [this, descriptor, other = socket->other, machine = socket->machine,
                 text = std::string(reinterpret_cast<const char*>(bytes.data()), taken)] {
    came(other, descriptor, machine, text);
  });
  return static_cast<long>(taken);
}

void SimulatedReactor::came(int descriptor, int from, MachineNumber fromMachine,
                            const std::string& bytes) {
  Socket* const socket = find(descriptor);
  if (socket == nullptr || socket->state == Socket::State::broken) {
    // Nobody knows the connection there.
    Socket* const sender = find(from);
    if (sender == nullptr || !sender->lane) return breaks(from, EPIPE);
    const Spot& to = sender->peer;
    const MachineNumber here = to.reach == Reach::machine ? to.machine : fromMachine;
    return tellBroken(here, fromMachine, from, ECONNRESET);
  }
  socket->received += bytes;
  changed(*socket, {.reading = true});
}

long SimulatedReactor::receive(int descriptor, Bytes into) noexcept {
  Socket* const socket = find(descriptor);
  if (socket == nullptr) return -ENETDOWN;
  if (socket->type != SOCK_STREAM) return -EOPNOTSUPP;
  if (!socket->received.empty()) {
    const std::size_t taken = std::min(into.size(), socket->received.size());
    std::memcpy(into.data(), socket->received.data(), taken);
    socket->received.erase(0, taken);
    if (Socket* const sender = find(socket->other); sender != nullptr) {
      sender->sent -= std::min(taken, sender->sent);
      if (std::exchange(sender->isBlocked, false)) changed(*sender, {.writing = true});
    }
    return static_cast<long>(taken);
  }
  if (socket->error != 0) return -std::exchange(socket->error, 0);
  if (socket->ended || socket->state == Socket::State::broken) return 0;
  return socket->state == Socket::State::connected ? -EAGAIN : -ENOTCONN;
}

void SimulatedReactor::ends(int descriptor) {
  Socket* const socket = find(descriptor);
  if (socket == nullptr) return;
  socket->ended = true;
  changed(*socket, {.reading = true, .ended = true});
}

void SimulatedReactor::breaks(int descriptor, int error) noexcept {
  Socket* const socket = find(descriptor);
  if (socket == nullptr || socket->state == Socket::State::broken) return;
  if (socket->lane) socket->lane->drop();
  socket->state = Socket::State::broken;
  socket->error = error;
  changed(*socket, {.reading = true, .writing = true, .ended = true});
}

long SimulatedReactor::sendTo(int descriptor, ConstBytes bytes, const sockaddr* to,
                              socklen_t length) noexcept {
  Socket* const socket = find(descriptor);
  if (socket == nullptr) return -ENETDOWN;
  if (socket->type != SOCK_DGRAM) return -EOPNOTSUPP;
  if (bytes.size() > datagramBytesMax) return -EMSGSIZE;
  Spot target = sim::spotOf(to, length);
  if (target.family != socket->local.family || !isIp(target.family)) return -EAFNOSUPPORT;
  if (target.reach == Reach::any) target.reach = Reach::loopback;
  const MachineNumber there = target.reach == Reach::loopback ? socket->machine : target.machine;
  if (target.reach == Reach::elsewhere || there == 0 || there > machines_) return -ENETUNREACH;
  if (socket->local.port == 0) {
    const int result = bindTo(descriptor, *socket, {.family = target.family});
    if (result < 0) return result;
  }
  Spot from = socket->local;
  from.reach = target.reach;
  from.machine = target.reach == Reach::machine ? socket->machine : MachineNumber{0};
  links_.carry(socket->machine, there,
               [this, from, machine = socket->machine, target,
                text = std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())] {
                 cameFrom(from, machine, target, text);
               });
  return static_cast<long>(bytes.size());
}

void SimulatedReactor::cameFrom(const Spot& from, MachineNumber fromMachine, const Spot& to,
                                const std::string& bytes) {
  int descriptor = 0;
  Socket* const socket = at(fromMachine, SOCK_DGRAM, to, &descriptor);
  if (socket == nullptr || socket->datagrams.size() >= datagramsMax) return;
  socket->datagrams.push_back({from, bytes});
  changed(*socket, {.reading = true});
}

long SimulatedReactor::receiveFrom(int descriptor, Bytes into, sockaddr* from,
                                   socklen_t* length) noexcept {
  Socket* const socket = find(descriptor);
  if (socket == nullptr) return -ENETDOWN;
  if (socket->datagrams.empty()) return -EAGAIN;
  const Datagram first = std::move(socket->datagrams.front());
  socket->datagrams.pop_front();
  std::memcpy(into.data(), first.bytes.data(), std::min(into.size(), first.bytes.size()));
  sim::write(first.from, from, length);
  return static_cast<long>(first.bytes.size());
}

int SimulatedReactor::watch(Source& source) noexcept {
  if (hasEnded_) return -ESHUTDOWN;
  retired_.clear();
  // As epoll has it: a file is never waited for.
  if (disks_.has(source.descriptor())) return -EPERM;
  Socket* const socket = find(source.descriptor());
  if (socket == nullptr) return -ENETDOWN;
  socket->source = Ref<Source>::share(&source);
  source.happened({.reading = socket->isReadable(),
                   .writing = isWritable(*socket),
                   .ended = socket->ended || socket->state == Socket::State::broken});
  return 0;
}

void SimulatedReactor::close(Source& source, bool) noexcept {
  closeUnused(source.descriptor());
}

void SimulatedReactor::closeUnused(int descriptor) noexcept {
  disks_.close(descriptor);
  closeSocket(descriptor);
}

void SimulatedReactor::closeSocket(int descriptor) noexcept {
  auto node = sockets_.extract(descriptor);
  if (node.empty()) return;
  Socket& socket = node.mapped();
  const auto bound = bound_.find(boundOf(socket.machine, socket.type, socket.local));
  if (bound != bound_.end() && bound->second == descriptor) bound_.erase(bound);
  letGo(std::move(socket.source));
  if (hasEnded_) return;
  for (const int arrived : socket.arrived) {
    reset(*find(arrived));
    closeSocket(arrived);
  }
  if (socket.state != Socket::State::connected) return;
  if (socket.isPipe) {
    ends(socket.other);
    if (Socket* const other = find(socket.other); other != nullptr && !other->finished) {
      breaks(socket.other, EPIPE);
    }
    return;
  }
  if (!socket.received.empty()) return reset(socket);
  tell(socket, [this, other = socket.other, isFar = socket.lane != nullptr] {
    ends(other);
    // Where nothing is on its way it is known at once.
    if (Socket* const there = find(other); !isFar && there != nullptr) there->finished = true;
  });
}

void SimulatedReactor::reset(Socket& socket) {
  if (socket.state != Socket::State::connected) return;
  socket.state = Socket::State::broken;
  tell(socket, [this, other = socket.other] { breaks(other, ECONNRESET); });
}

void SimulatedReactor::letGo(Ref<Source> source) {
  // The one that closes it is still in it.
  if (source) retired_.push_back(std::move(source));
}

}  // namespace troop
