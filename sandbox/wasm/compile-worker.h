// Compiles a module in a process of its own, under limits: who wrote the module chose how long that
// takes and how much memory, and a few hundred kilobytes can be made to take minutes. So it is with
// each step: a megabyte of branches takes seven seconds to validate, four of text twenty to read.
//
// The worker is given an engine of its own, so it needs no lock that another thread may have held.
//
// Threads: any with some MiB of stack. Errors: throws Error (failed) with what is wrong with the
// module; what `prepare` throws; and what workers throw (sandbox/worker.h).
//
//   std::vector<std::byte> compiled = compileInWorker(code, withCheckpoints);
//   wasmtime_module_deserialize(engine.get(), ...);
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/time.h"

namespace troop::sandbox::wasm {

struct CompileLimits {
  Duration cpu = 20s;  // full seconds
  std::size_t memoryBytes = std::size_t{2} << 30;
};

// Makes of code that the engine has validated what is compiled in its place.
using Preparation = std::function<std::vector<std::byte>(std::span<const std::byte>)>;

// The compiled form, for engines of the same fingerprint.
std::vector<std::byte> compileInWorker(std::span<const std::byte> code, const Preparation& prepare,
                                       const CompileLimits& limits = {});
// As it is.
std::vector<std::byte> compileInWorker(std::span<const std::byte> code,
                                       const CompileLimits& limits = {});

// The text format as a Wasm binary; an error has its place, as in "3:5: unknown operator".
std::vector<std::byte> parseInWorker(std::string_view text, const CompileLimits& limits = {});

}  // namespace troop::sandbox::wasm
