// What the library calls of its host: the functions of the guest ABI. Compiled natively, for tests
// of the library itself, they are declared here and defined by the test.
#pragma once

#include <cstdint>

#include "sandbox/wasm/abi.h"

#ifndef __wasm__
extern "C" {
std::int32_t troop_host_call(std::uint32_t capability, std::uint64_t interfaceId,
                             std::uint32_t method, const void* message, std::uint32_t messageBytes,
                             const std::uint32_t* handles, std::uint32_t handleCount);
std::int32_t troop_host_pipeline(std::uint32_t question, const std::uint16_t* path,
                                 std::uint32_t pathLength);
std::int32_t troop_host_answer(std::uint32_t call, const void* message, std::uint32_t messageBytes,
                               const std::uint32_t* handles, std::uint32_t handleCount);
std::int32_t troop_host_fail(std::uint32_t call, std::uint32_t errorKind, const char* text,
                             std::uint32_t textBytes);
std::int32_t troop_host_serve(std::uint32_t object);
void troop_host_release(std::uint32_t capability);
void troop_host_finish(std::uint32_t question);
void troop_host_log(std::uint32_t level, const char* text, std::uint32_t textBytes);
std::int64_t troop_host_clock(std::uint32_t clockKind);
std::int64_t troop_host_entropy();
[[noreturn]] void troop_host_abort(std::uint32_t abortKind, const char* text,
                                   std::uint32_t textBytes);
}
#define TROOP_EXPORT(name)
#endif
