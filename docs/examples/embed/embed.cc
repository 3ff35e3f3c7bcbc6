// A program of 30 lines that hosts a plugin which it does not trust.
#include <cstdio>

#include "docs/examples/first-plugin/greeter.troop.h"
#include "sandbox/host.h"

int main(int argc, char** argv) {
  using namespace troop::literals;
  using namespace std::chrono_literals;
  if (argc != 3) return std::fprintf(stderr, "usage: embed PLUGIN.js NAME\n"), 2;
  try {
    troop::sandbox::Host host;
    auto guest =
        host.spawn(host.compile(argv[1]),
                   {.name = "greeter", .limits = {.memoryBytes = 16_MiB, .cpuPerCall = 50ms}});
    auto greeter = guest.as<examples::Greeter>();  // usable from any thread
    auto reply = greeter.greet(argv[2]).get(2s);
    if (reply.succeeded()) {
      std::puts(reply->greeting.c_str());
      return 0;
    }
    std::fprintf(stderr, "%s; the plugin: %s\n", reply.error().what(),
                 guest.verdict().text().c_str());
  } catch (const troop::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  return 1;
}
