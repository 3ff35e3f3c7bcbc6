#include "runtime/io/names/settings.h"

#include <ares.h>
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "runtime/blocking/blocking.h"
#include "runtime/io/names/hosts.h"
#include "runtime/process.h"
#include "runtime/sched/scheduler.h"

namespace troop {
namespace {

constexpr std::uint16_t port = 53;  // RFC 1035, 4.2
constexpr unsigned triesMax = 5;
constexpr const char* hosts = "/etc/hosts";

// What the library has read.
class Setup {
 public:
  Setup() {
    if (ares_init(&channel_) == ARES_SUCCESS) {
      ares_save_options(channel_, &options_, &mask_);
    } else {
      channel_ = nullptr;
    }
  }
  ~Setup() {
    ares_destroy_options(&options_);
    if (channel_ != nullptr) ares_destroy(channel_);
  }
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;

  std::vector<Address> servers() const {
    std::vector<Address> found;
    ares_addr_port_node* first = nullptr;
    if (channel_ == nullptr || ares_get_servers_ports(channel_, &first) != ARES_SUCCESS) {
      return {Address::loopback(port)};
    }
    for (const ares_addr_port_node* server = first;
         server != nullptr && found.size() < NameSettings::serversMax; server = server->next) {
      std::array<char, INET6_ADDRSTRLEN> host{};
      inet_ntop(server->family, &server->addr, host.data(), host.size());
      Address address;
      if (!names::isNumeric(host.data(), address)) continue;
      const int other = server->udp_port;
      found.push_back(address.withPort(other == 0 ? port : static_cast<std::uint16_t>(other)));
    }
    ares_free_data(first);
    return found;
  }

  void putInto(NameSettings& settings) const {
    if ((mask_ & ARES_OPT_DOMAINS) != 0) {
      settings.domains.assign(options_.domains, options_.domains + options_.ndomains);
    }
    if ((mask_ & ARES_OPT_NDOTS) != 0) {
      settings.dotsMin = static_cast<unsigned>(std::max(options_.ndots, 0));
    }
    if ((mask_ & ARES_OPT_TIMEOUTMS) != 0 && options_.timeout > 0) {
      settings.patience = std::chrono::milliseconds(options_.timeout);
    }
    if ((mask_ & ARES_OPT_TRIES) != 0) {
      settings.tries = std::clamp(static_cast<unsigned>(std::max(options_.tries, 1)), 1U, triesMax);
    }
  }

 private:
  ares_channel channel_ = nullptr;
  ares_options options_{};
  int mask_ = 0;
};

}  // namespace

NameSettings NameSettings::ofSystem() {
  Process* process = Process::current();
  if (process != nullptr && process->root().scheduler().draws()) {
    return {.servers = {}, .hostsPath = hosts};
  }
  return blocking([] {
    const Setup setup;
    NameSettings settings{.servers = setup.servers(), .hostsPath = hosts};
    setup.putInto(settings);
    return settings;
  });
}

}  // namespace troop
