// What a peer program is: some workloads, of which it runs the one that is named.
//
//   return runNamed("troop", workloads, argumentCount, arguments);    // in main()
#pragma once

#include <functional>
#include <span>
#include <string_view>

namespace troop::peers {

struct Workload {
  std::string_view name;
  void (*run)();
};

// Runs it; 1, and what went wrong on standard error, where it throws.
int reporting(std::string_view what, const std::function<void()>& run);

// The only argument is the name; 2, and the names that there are, where it is none of them.
int runNamed(std::string_view program, std::span<const Workload> workloads, int argumentCount,
             char** arguments);

}  // namespace troop::peers
