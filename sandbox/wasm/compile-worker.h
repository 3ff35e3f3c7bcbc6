// Compiles a module in a process of its own, under limits: who wrote the module chose how long that
// takes and how much memory, and a few hundred kilobytes can be made to take minutes.
//
// The worker is given an engine of its own, so it needs no lock that another thread may have held.
//
// Threads: any with some MiB of stack. Errors: throws Error (failed) with what is wrong with the
// module; and what workers throw (sandbox/worker.h).
//
//   std::vector<std::byte> compiled = compileInWorker(code);
//   wasmtime_module_deserialize(engine.get(), ...);
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "runtime/time.h"

namespace troop::sandbox::wasm {

struct CompileLimits {
  Duration cpu = 20s;  // full seconds
  std::size_t memoryBytes = std::size_t{2} << 30;
};

// The compiled form, for engines of the same fingerprint.
std::vector<std::byte> compileInWorker(std::span<const std::byte> code,
                                       const CompileLimits& limits = {});

}  // namespace troop::sandbox::wasm
