// The Reactor of a simulated run: sockets, pipes and files that reach what else is in the run and
// nothing outside of it, by calls that return what the system's would.
//
// Which machine something is on says the troop whose Task opens it; troops that are on no machine
// of their own are on machine 1. What a troop still does after its machine has crashed reaches
// nothing.
//
// Ownership: the run's scheduler, and Sources that outlive it, which it only closes then. Threads:
// the one that simulates. Limits: so many bytes on their way in a connection, datagrams in a
// socket, connections that wait to be accepted; nothing is charged beyond what a Source is. Not as
// in reality: the path of a Unix socket is free again when nobody listens there, a port is taken
// for all addresses of its machine, a read takes all that has arrived and there is room for.
//
//   scheduler.sleepIn(makeRef<SimulatedReactor>(scheduler, network, disk));
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/reactor/reactor.h"
#include "runtime/reactor/source.h"
#include "runtime/ref.h"
#include "runtime/sched/share.h"
#include "runtime/sim/disk/disk.h"
#include "runtime/sim/disk/disks.h"
#include "runtime/sim/links.h"
#include "runtime/sim/network-address.h"
#include "runtime/sim/network.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class SimulatedScheduler;

class SimulatedReactor final : public Reactor {
 public:
  SimulatedReactor(SimulatedScheduler& scheduler, const sim::Network& network,
                   const sim::Disk& disk);
  ~SimulatedReactor() override;

  // What Tasks of `troop`, and of those in it, open from now on is on that machine.
  void putOn(sim::MachineNumber machine, Share& troop);
  // Throws Error (overloaded, quota) where there are as many as the network has addresses for.
  sim::MachineNumber addMachine();
  // All that is open there is gone, nobody is told, and of what was not synced the disk keeps what
  // is chosen. It is off until it is switched on.
  void crash(sim::MachineNumber machine);
  // Where a crash is chosen, that is called: it calls crash(). Empty: there is none any more.
  void whenToCrash(sim::MachineNumber machine, std::function<void()> call);
  sim::Links& links() noexcept { return links_; }
  const sim::Disk& disk() const noexcept { return disk_; }

  // Never: what has happened is told when it happens.
  void sleep(Time, const std::function<void()>&) noexcept override {}
  bool look() noexcept override { return false; }
  void wake() noexcept override {}
  void end() noexcept override;

  int socket(int family, int type) noexcept override;
  int socketPair(std::span<int, 2> ends) noexcept override;
  int pipe(std::span<int, 2> ends) noexcept override;
  int bind(int descriptor, const sockaddr* at, socklen_t length) noexcept override;
  int listen(int descriptor, int backlog) noexcept override;
  int accept(int descriptor, sockaddr* from, socklen_t* length) noexcept override;
  int connect(int descriptor, const sockaddr* to, socklen_t length) noexcept override;
  int connectionError(int descriptor) noexcept override;
  int setOption(int descriptor, int level, int option, int value) noexcept override;
  int localName(int descriptor, sockaddr* name, socklen_t* length) noexcept override;
  int shutdown(int descriptor, int how) noexcept override;
  long read(int descriptor, Bytes into) noexcept override { return receive(descriptor, into); }
  long write(int descriptor, ConstBytes bytes) noexcept override { return send(descriptor, bytes); }
  long receive(int descriptor, Bytes into) noexcept override;
  long send(int descriptor, ConstBytes bytes) noexcept override;
  long receiveFrom(int descriptor, Bytes into, sockaddr* from, socklen_t* length) noexcept override;
  long sendTo(int descriptor, ConstBytes bytes, const sockaddr* to,
              socklen_t length) noexcept override;

  long readAtHand(int descriptor, Bytes into, std::uint64_t offset) noexcept override {
    return disks_.readAtHand(descriptor, into, offset);
  }
  long fileBytes(int descriptor) noexcept override { return disks_.bytes(descriptor); }
  void begin(Ref<FileRequest> request) noexcept override {
    disks_.begin(machineOfCaller(), std::move(request));
  }

  std::uint16_t numberNobodyGuesses() noexcept override { return ++lastNumber_; }

  int watch(Source& source) noexcept override;
  void close(Source& source, bool watched) noexcept override;
  void closeUnused(int descriptor) noexcept override;

 private:
  using MachineNumber = sim::MachineNumber;
  using Spot = sim::Spot;

  struct Datagram {
    Spot from;
    std::string bytes;
  };

  struct Socket {
    enum class State : unsigned char { fresh, listening, connecting, connected, broken };

    int type = SOCK_STREAM;
    State state = State::fresh;
    bool isPipe = false;
    bool finished = false;   // it sends no more
    bool ended = false;      // the other end sends no more
    bool isBlocked = false;  // it was told that there is no room
    int error = 0;           // that the next call is told
    MachineNumber machine = 0;
    Spot local;
    Spot peer;
    int other = 0;                    // the descriptor of the other end
    std::shared_ptr<sim::Lane> lane;  // to there; null where nothing is on its way
    std::string received;
    std::size_t sent = 0;  // as far as the other end has not taken it
    int backlog = 0;
    std::deque<int> arrived;  // connections
    std::deque<Datagram> datagrams;
    Ref<Source> source;

    bool isReadable() const noexcept;
  };

  bool isWritable(const Socket& socket) const noexcept;

  Socket* find(int descriptor) noexcept;
  int add(Socket socket);
  int addPair(std::span<int, 2> ends, bool isPipe);
  MachineNumber machineOfCaller() const noexcept;
  // What waits for it hears of it.
  static void changed(Socket& socket, Source::Change change) noexcept;
  // Along its connection, after what it has sent before.
  static void tell(Socket& socket, std::function<void()> what);
  void tellBroken(MachineNumber from, MachineNumber to, int descriptor, int error);

  int bindTo(int descriptor, Socket& socket, Spot at);
  std::uint16_t nextPort(const Socket& socket);
  // Who is at `to` for one that asks from `from`; null: nobody.
  Socket* at(MachineNumber from, int type, const Spot& to, int* descriptor);
  int connectHere(int descriptor, Socket& socket, const Spot& to);

  // Those that happen where it arrives.
  void asks(int from, Spot fromSpot, MachineNumber fromMachine, Spot to, unsigned tries);
  void answered(int descriptor, int other);
  void came(int descriptor, int from, MachineNumber fromMachine, const std::string& bytes);
  void ends(int descriptor);
  void breaks(int descriptor, int error) noexcept;
  void cameFrom(const Spot& from, MachineNumber fromMachine, const Spot& to,
                const std::string& bytes);

  // Tells the other end that it is broken, after what was sent before.
  void reset(Socket& socket);
  void closeSocket(int descriptor) noexcept;
  void letGo(Ref<Source> source);

  SimulatedScheduler& scheduler_;
  sim::Links links_;
  const sim::Disk disk_;
  int lastDescriptor_;
  sim::Disks disks_;
  sim::MachineNumber machines_ = 1;
  // Kept, so that nothing else is ever found there; 0: it has crashed.
  struct Place {
    Ref<Share> troop;
    MachineNumber machine;
  };
  std::map<const Share*, Place> placeOf_;
  std::map<MachineNumber, std::function<void()>> whenToCrash_;
  std::map<int, Socket> sockets_;
  // A port or path of a machine, and of the kind of sockets it is for.
  struct Bound {
    MachineNumber machine;
    int family;
    int type;
    std::uint16_t port;
    std::string path;
    friend auto operator<=>(const Bound&, const Bound&) = default;
  };
  static Bound boundOf(MachineNumber machine, int type, const Spot& at);
  std::map<Bound, int> bound_;
  std::set<std::pair<MachineNumber, std::string>> paths_;  // that somebody has listened at
  std::map<MachineNumber, std::uint16_t> ports_;           // the last one given
  std::uint16_t lastNumber_ = 0;
  std::vector<Ref<Source>> retired_;  // closed, and perhaps not left yet
  bool hasEnded_ = false;
};

}  // namespace troop
