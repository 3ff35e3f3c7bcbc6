// Calls to guests and between them.
#include <filesystem>
#include <string>

#include "sandbox/host.h"
#include "tests/peers/proxy/service.h"
#include "tests/peers/proxy/workloads.h"
#include "tests/peers/troop/measurement.h"

namespace troop::peers {

namespace {

using namespace std::chrono_literals;

// Guests stand beside this program.
std::filesystem::path beside(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

class Guests {
 public:
  Service spawn(const std::string& file) {
    const sandbox::GuestOptions options{
        .name = file, .limits = {.cpuPerCall = 60s, .cpuLentPerCall = 60s, .wallPerCall = 60s}};
    return host_.spawn(host_.compile(beside(file)), options).as<Service>();
  }

 private:
  sandbox::Host host_;
};

// By this OS thread of the host.
double nanosecondsFromHost(const Service& guest, std::size_t times) {
  callInTurn(guest, times / 10 + 1);
  return nanosecondsOfCalls(guest, times);
}

double nanosecondsBetween(const Service& caller, const Service& callee, std::size_t times) {
  const auto call = [&](std::size_t count) {
    caller.callOther(callee, static_cast<std::uint32_t>(count)).get().value();
  };
  call(times / 10 + 1);
  const Stopwatch watch;
  call(times);
  return watch.nanoseconds() / static_cast<double>(times);
}

}  // namespace

void runGuests() {
  const std::size_t times = size("GUEST_CALLS_N", 100'000);
  Guests guests;
  const Service script = guests.spawn("javascript-service.guest.js");
  const Service other = guests.spawn("javascript-service.guest.js");
  const Service wasm = guests.spawn("wasm-service.wasm");
  const Service wasmOther = guests.spawn("wasm-service.wasm");
  report("guest", "host_to_js", nanosecondsFromHost(script, times), "ns");
  report("guest", "host_to_wasm", nanosecondsFromHost(wasm, times), "ns");
  report("guest", "js_to_js", nanosecondsBetween(script, other, times), "ns");
  report("guest", "js_to_wasm", nanosecondsBetween(script, wasm, times), "ns");
  report("guest", "wasm_to_wasm", nanosecondsBetween(wasm, wasmOther, times), "ns");
}

}  // namespace troop::peers
