// Troop in a gRPC server: gRPC's own OS threads take calls in and send answers, each call is served
// by a Thread of Troop, thousands at once, inside the limits of one troop.
//
//   grpc ADDRESS                  # such as unix:primes or localhost:50051; ends at SIGTERM or
//   Ctrl-C
#include <grpcpp/grpcpp.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <utility>

#include "docs/examples/grpc/primes.grpc.pb.h"
#include "runtime/process.h"
#include "runtime/task.h"
#include "runtime/units.h"

using namespace troop::literals;

int primesBelow(int bound) {
  int count = 0;
  for (int n = 2; n < bound; ++n) {
    bool prime = true;
    for (int divisor = 2; prime && divisor * divisor <= n; ++divisor) prime = n % divisor != 0;
    count += prime ? 1 : 0;
    if (n % 1000 == 0) troop::yield();  // other calls go on
  }
  return count;
}

class PrimesService final : public examples::Primes::CallbackService {
 public:
  explicit PrimesService(troop::Ref<troop::Troop> troop) : troop_(std::move(troop)) {}

  // On a thread of gRPC's, which must not compute: the reactor is finished by the Thread.
  grpc::ServerUnaryReactor* Count(grpc::CallbackServerContext* context,
                                  const examples::Below* request,
                                  examples::Total* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    try {
      troop_->thread({"count"}, serve, request->bound(), troop::assumeSendable(response),
                     troop::assumeSendable(reactor));
    } catch (const troop::Error& error) {  // a limit of the troop was reached
      reactor->Finish({grpc::StatusCode::RESOURCE_EXHAUSTED, error.reason()});
    }
    return reactor;
  }

 private:
  static void serve(int bound, examples::Total* response, grpc::ServerUnaryReactor* reactor) {
    if (bound < 0) {
      return reactor->Finish({grpc::StatusCode::INVALID_ARGUMENT, "a bound is not negative"});
    }
    response->set_primes(primesBelow(bound));
    reactor->Finish(grpc::Status::OK);
  }

  const troop::Ref<troop::Troop> troop_;
};

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: grpc ADDRESS\n"), 2;
  // Before anybody starts an OS thread, so that this one gets them; carriers take none anyway.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);

  troop::Process process;
  PrimesService service(
      process.troop({.name = "calls", .memoryBytesMax = 256_MiB, .threadsMax = 1000}));
  grpc::ServerBuilder builder;
  builder.AddListeningPort(argv[1], grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return std::fprintf(stderr, "cannot listen at %s\n", argv[1]), 1;

  int signal = 0;
  sigwait(&ending, &signal);
  server->Shutdown();  // returns when all calls have been answered
}
