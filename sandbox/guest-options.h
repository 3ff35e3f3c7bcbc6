// What a guest is to be called, what it may use, what it may reach.
//
//   GuestOptions options{.name = "markdown", .limits = {.memoryBytes = 32_MiB}};
//   options.grants.push_back(allow::Log{});
//   host.spawn(image, options);
#pragma once

#include <string>
#include <vector>

#include "sandbox/policy.h"

namespace troop::sandbox {

struct GuestOptions {
  std::string name = "guest";  // for errors, logs and tables
  Limits limits;
  std::vector<Grant> grants;
  unsigned weight = 100;  // of CPU time, among troops that want it; 1 to 10'000
};

}  // namespace troop::sandbox
