// Where names are looked up, and how patiently.
//
// Ownership: a value. Threads: any. Limits: beyond serversMax servers are left out.
//
//   NameSettings settings = NameSettings::ofSystem();       // /etc/resolv.conf, /etc/hosts
//   NameSettings mine{.servers = {Address::loopback(5353)}};
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/io/address.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

struct NameSettings {
  static constexpr std::size_t serversMax = 8;

  std::vector<Address> servers;  // the next one is asked when one has not answered, or refused
  // A name of fewer dots is looked for in each of these domains first, any other one after it was
  // looked for as it is. A name that ends in a dot is looked for as it is only.
  std::vector<std::string> domains = {};
  unsigned dotsMin = 1;
  // For a server's answer, the first time that it is asked; twice as long each next time.
  Duration patience = 2s;
  unsigned tries = 3;  // of all servers
  // A file of lines of an address and names each, where names are looked up first; empty: none.
  std::string hostsPath = {};

  // As this machine is set up at this moment. It reads files, which blocks the OS thread for as
  // long as that takes, and says so (runtime/blocking/blocking.h). In a simulated run, which is on
  // no machine: no servers, and what stands on the simulated disk.
  static NameSettings ofSystem();
};

}  // namespace troop
