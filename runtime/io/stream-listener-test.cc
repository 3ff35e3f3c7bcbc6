#include "runtime/io/stream-listener.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <optional>

#include "runtime/event.h"
#include "runtime/io/tcp-listener.h"
#include "runtime/io/testing/connected.h"
#include "runtime/io/unix-listener.h"
#include "runtime/process.h"
#include "runtime/reactor/polling-reactor.h"
#include "runtime/ref.h"
#include "runtime/sched/scheduler.h"
#include "runtime/sendable.h"

namespace troop {
namespace {

// As the system is that has no descriptors left for the first two times.
class Refusing final : public PollingReactor {
 public:
  int accept(int descriptor, sockaddr* from, socklen_t* length) noexcept override {
    return left_-- > 0 ? -EMFILE : PollingReactor::accept(descriptor, from, length);
  }
  void refuseTwice() noexcept { left_.store(2); }

 private:
  std::atomic<int> left_{0};
};

template <typename Listener, typename Stream>
void runsOutAndGoesOn(Refusing& reactor, const Address& at) {
  Listener listener = Listener::open(at).value();
  Stream here = Stream::connect(listener.address()).value();
  reactor.refuseTwice();
  for (int refused = 0; refused < 2; ++refused) {
    const Expected<Stream> none = listener.accept();
    ASSERT_TRUE(none.failed());
    EXPECT_EQ(none.error().kind(), ErrorKind::overloaded);
    EXPECT_NE(none.error().reason().find("EMFILE"), std::string::npos);
  }
  // No change tells that there are some again.
  Stream there = listener.accept().value();
  there.write("hello").value();
  EXPECT_EQ(tests::read(here, 5), "hello");
}

TROOP_IO_TEST(StreamListener, goesOnWhenThereAreDescriptorsAgain) {
  const Ref<Refusing> reactor = makeRef<Refusing>();
  // Before its Process chooses one.
  Process::current()->root().scheduler().sleepIn(reactor);
  runsOutAndGoesOn<TcpListener, TcpStream>(*reactor, Address::loopback());
  runsOutAndGoesOn<UnixListener, UnixStream>(*reactor, tests::unusedName());
}

TROOP_IO_TEST(StreamListener, givesNoMoreThanItsTroopMayHave) {
  const Ref<Troop> guest = Process::current()->troop({.name = "guest", .handlesMax = 2});
  std::optional<Address> at;
  Event listening;
  const Ref<Thread> server = guest->thread(
      {"server"},
      [](std::optional<Address>* where, Event* opened) {
        TcpListener listener = TcpListener::open(Address::loopback()).value();
        *where = listener.address();
        opened->set();
        TcpStream first = listener.accept().value();
        const Error refused = listener.accept().error();
        EXPECT_EQ(refused.kind(), ErrorKind::overloaded);
        EXPECT_EQ(refused.detail(), ErrorDetail::quota);
        EXPECT_NE(refused.reason().find("'guest' has 2 open handles"), std::string::npos);
        first.close();
        TcpStream third = listener.accept().value();
        third.write("at last").value();
      },
      assumeSendable(&at), assumeSendable(&listening));
  listening.wait();
  TcpStream first = TcpStream::connect(*at).value();
  TcpStream second = TcpStream::connect(*at).value();
  EXPECT_EQ(tests::readAll(second), "");
  TcpStream third = TcpStream::connect(*at).value();
  EXPECT_EQ(tests::readAll(third), "at last");
  server->join().value();
}

}  // namespace
}  // namespace troop
