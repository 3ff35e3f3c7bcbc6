// The examples of hosts that embed the runtime: a Boost.Asio program and a gRPC server.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "docs/examples/grpc/primes.grpc.pb.h"
#include "tools/troop/testing/subprocess.h"

namespace troop {
namespace {

using command::Finished;
using command::Subprocess;

TEST(Hosts, anAsioProgramIsServedByThreads) {
  const Finished finished = Subprocess({"docs/examples/asio/asio"}).wait();
  EXPECT_EQ(finished.exitCode, 0);
  EXPECT_EQ(finished.errors, "");
  for (const char* line : {"below 100: 25\n", "below 1000: 168\n", "below 10000: 1229\n"}) {
    EXPECT_NE(finished.output.find(line), std::string::npos) << finished.output;
  }
}

// The server of the example, and a client of it.
class GrpcServer {
 public:
  std::unique_ptr<examples::Primes::StubInterface> connect() const {
    auto channel = grpc::CreateChannel(address_, grpc::InsecureChannelCredentials());
    while (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(1))) {
    }
    return examples::Primes::NewStub(channel);
  }
  int end() {
    program_.signal(SIGTERM);
    return program_.wait().exitCode;
  }

 private:
  // Names of sockets are short, those of the folders of tests are not.
  const std::string address_ = "unix:/tmp/primes-" + std::to_string(getpid());
  Subprocess program_{{"docs/examples/grpc/grpc", address_}};
};

grpc::Status count(examples::Primes::StubInterface& primes, int bound, examples::Total& total) {
  grpc::ClientContext context;
  examples::Below below;
  below.set_bound(bound);
  return primes.Count(&context, below, &total);
}

TEST(Hosts, aGrpcServerIsServedByThreads) {
  GrpcServer server;
  const auto primes = server.connect();
  std::vector<std::thread> clients;
  for (int client = 0; client < 4; ++client) {
    clients.emplace_back([&] {
      for (int call = 0; call < 25; ++call) {
        examples::Total total;
        ASSERT_TRUE(count(*primes, 10'000, total).ok());
        EXPECT_EQ(total.primes(), 1229);
      }
    });
  }
  for (std::thread& client : clients) client.join();
  examples::Total total;
  EXPECT_EQ(count(*primes, -1, total).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(server.end(), 0);
}

}  // namespace
}  // namespace troop
