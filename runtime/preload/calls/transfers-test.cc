// Reading and writing as a program sees them.
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string>
#include <vector>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe(ends_.data()), 0); }
  ~Pipe() {
    closeReading();
    closeWriting();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int reading() const { return ends_[0]; }
  int writing() const { return ends_[1]; }
  void closeReading() { end(0); }
  void closeWriting() { end(1); }

 private:
  void end(int index) {
    if (ends_[index] >= 0) close(ends_[index]);
    ends_[index] = -1;
  }
  std::array<int, 2> ends_{-1, -1};
};

TEST(Transfers, readersWaitForWriters) {
  Pipe pipe;
  PthreadOfTest reads([&] {
    char byte = 0;
    EXPECT_EQ(read(pipe.reading(), &byte, 1), 1);
    EXPECT_EQ(byte, 'x');
    EXPECT_EQ(read(pipe.reading(), &byte, 1), 0);
  });
  PthreadOfTest writes([&] {
    EXPECT_EQ(write(pipe.writing(), "x", 1), 1);
    pipe.closeWriting();
  });
}

// More than a pipe has room for: whoever is slower is waited for.
TEST(Transfers, allIsWritten) {
  Pipe pipe;
  const std::string sent(1'000'000, 's');
  PthreadOfTest writes([&] {
    std::array<iovec, 3> parts{{{const_cast<char*>(sent.data()), 10},
                                {const_cast<char*>(sent.data()) + 10, 0},
                                {const_cast<char*>(sent.data()) + 10, sent.size() - 10}}};
    EXPECT_EQ(writev(pipe.writing(), parts.data(), parts.size()),
              static_cast<ssize_t>(sent.size()));
    pipe.closeWriting();
  });
  std::string received;
  PthreadOfTest reads([&] {
    std::array<char, 4096> buffer;
    iovec part{buffer.data(), buffer.size()};
    for (ssize_t got = 0; (got = readv(pipe.reading(), &part, 1)) > 0;) {
      received.append(buffer.data(), static_cast<std::size_t>(got));
    }
  });
  reads.join();
  EXPECT_EQ(received, sent);
}

TEST(Transfers, descriptorsThatNeverWaitDoNot) {
  Pipe pipe;
  fcntl(pipe.reading(), F_SETFL, O_NONBLOCK);
  PthreadOfTest reads([&] {
    char byte = 0;
    EXPECT_EQ(read(pipe.reading(), &byte, 1), -1);
    EXPECT_EQ(errno, EAGAIN);
    EXPECT_EQ(read(-1, &byte, 1), -1);
    EXPECT_EQ(errno, EBADF);
  });
}

TEST(Transfers, filesAreReadAsEver) {
  PthreadOfTest pthread([] {
    std::FILE* file = std::tmpfile();
    const int descriptor = fileno(file);
    EXPECT_EQ(write(descriptor, "hello", 5), 5);
    lseek(descriptor, 0, SEEK_SET);
    std::array<char, 10> buffer{};
    EXPECT_EQ(read(descriptor, buffer.data(), buffer.size()), 5);
    EXPECT_STREQ(buffer.data(), "hello");
    std::fclose(file);
  });
}

TEST(Transfers, whatCannotBeToldNotToWaitIsPolled) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  grantpt(terminal);
  unlockpt(terminal);
  const int other = open(ptsname(terminal), O_RDWR | O_NOCTTY);
  const int counter = eventfd(0, 0);
  PthreadOfTest reads([&] {
    char byte = 0;
    EXPECT_EQ(read(terminal, &byte, 1), 1);
    std::uint64_t value = 0;
    EXPECT_EQ(read(counter, &value, sizeof(value)), 8);
    EXPECT_EQ(value, 3u);
  });
  PthreadOfTest writes([&] {
    EXPECT_EQ(write(other, "x", 1), 1);
    const std::uint64_t value = 3;
    EXPECT_EQ(write(counter, &value, sizeof(value)), 8);
  });
  reads.join();
  close(terminal);
  close(other);
  close(counter);
}

TEST(Transfers, aPipeThatNobodyReadsIsBroken) {
  static volatile sig_atomic_t broken = 0;
  struct sigaction action{};
  struct sigaction before{};
  action.sa_handler = [](int) { broken = broken + 1; };
  sigaction(SIGPIPE, &action, &before);
  Pipe pipe;
  pipe.closeReading();
  PthreadOfTest writes([&] {
    EXPECT_EQ(write(pipe.writing(), "x", 1), -1);
    EXPECT_EQ(errno, EPIPE);
  });
  writes.join();
  EXPECT_EQ(broken, 1);
  sigaction(SIGPIPE, &before, nullptr);
}

}  // namespace
}  // namespace troop::preload
