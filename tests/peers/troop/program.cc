#include "tests/peers/troop/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>

namespace troop::peers {

int reporting(std::string_view what, const std::function<void()>& run) {
  try {
    run();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", what, error.what());
    return 1;
  }
}

int runNamed(std::string_view program, std::span<const Workload> workloads, int argumentCount,
             char** arguments) {
  const std::string_view wanted = argumentCount == 2 ? arguments[1] : "";
  const auto found = std::ranges::find(workloads, wanted, &Workload::name);
  if (found == workloads.end()) {
    fmt::print(stderr, "usage: {} WORKLOAD; there are", program);
    for (const Workload& workload : workloads) fmt::print(stderr, " {}", workload.name);
    fmt::print(stderr, "\n");
    return 2;
  }
  return reporting(fmt::format("{} {}", program, wanted), found->run);
}

}  // namespace troop::peers
