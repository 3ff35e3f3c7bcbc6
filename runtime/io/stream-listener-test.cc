#include "runtime/io/stream-listener.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <optional>

#include "runtime/event.h"
#include "runtime/io/connected.h"
#include "runtime/io/tcp-listener.h"
#include "runtime/io/unix-listener.h"
#include "runtime/process.h"
#include "runtime/sendable.h"

namespace troop {
namespace {

// While it exists the OS process gets no descriptors but those that it has.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int next = dup(STDERR_FILENO);
    ::close(next);
    const rlimit lower{.rlim_cur = static_cast<rlim_t>(next), .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &lower);
  }
  ~NoMoreDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoMoreDescriptors(const NoMoreDescriptors&) = delete;
  NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;

 private:
  rlimit before_{};
};

template <typename Listener, typename Stream>
void runsOutAndGoesOn(const Address& at) {
  Listener listener = Listener::open(at).value();
  Stream here = Stream::connect(listener.address()).value();
  {
    const NoMoreDescriptors none;
    Expected<Stream> refused = listener.accept();
    ASSERT_TRUE(refused.failed());
    EXPECT_EQ(refused.error().kind(), ErrorKind::overloaded);
    EXPECT_NE(refused.error().reason().find("EMFILE"), std::string::npos);
    EXPECT_TRUE(listener.accept().failed());
  }
  // No change tells that there are some again.
  Stream there = listener.accept().value();
  there.write("hello").value();
  EXPECT_EQ(tests::read(here, 5), "hello");
}

TROOP_IO_TEST(StreamListener, goesOnWhenThereAreDescriptorsAgain) {
  runsOutAndGoesOn<TcpListener, TcpStream>(Address::loopback());
  runsOutAndGoesOn<UnixListener, UnixStream>(tests::unusedName());
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
