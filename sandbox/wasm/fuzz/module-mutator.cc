#include "sandbox/wasm/fuzz/module-mutator.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <span>
#include <vector>

#include "runtime/error.h"
#include "sandbox/wasm/binary.h"
#include "sandbox/wasm/code/opcodes.h"
#include "sandbox/wasm/code/sections.h"

// The fuzzer's own; in the plain test of a corpus there is none.
extern "C" __attribute__((weak)) std::size_t LLVMFuzzerMutate(std::uint8_t* bytes,
                                                              std::size_t count,
                                                              std::size_t countMax);

namespace troop::sandbox::wasm {

namespace {

using Bytes = std::span<const std::byte>;
using Random = std::minstd_rand;

// How much a part may grow by.
constexpr std::size_t growthMax = 64;

void mutate(std::vector<std::byte>& part) {
  const std::size_t count = part.size();
  part.resize(count + growthMax);
  part.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(part.data()), count, part.size()));
}

// One of its functions.
std::vector<std::byte> withFunctionMutated(Bytes content, Random& random) {
  BinaryReader in(content);
  std::vector<std::vector<std::byte>> bodies;
  for (std::uint32_t left = in.unsigned32(); left != 0; --left) {
    const Bytes body = in.take(in.unsigned32());
    bodies.emplace_back(body.begin(), body.end());
  }
  if (bodies.empty()) throw Error(ErrorKind::failed, "it has no functions");
  mutate(bodies[random() % bodies.size()]);
  BinaryWriter out;
  out.unsigned32(static_cast<std::uint32_t>(bodies.size()));
  for (const auto& body : bodies) out.sized(body);
  return std::move(out).take();
}

std::vector<std::byte> mutated(Bytes module, Random& random) {
  Sections sections = sectionsOf(module);
  if (sections.empty()) throw Error(ErrorKind::failed, "it has no parts");
  Section& chosen = sections[random() % sections.size()];
  std::vector<std::byte> content(chosen.content.begin(), chosen.content.end());
  if (chosen.id == format::code && random() % 8 != 0) {
    content = withFunctionMutated(chosen.content, random);
  } else {
    mutate(content);
  }
  chosen.content = content;
  BinaryWriter out;
  out.append(module.first(preambleBytes));
  for (const Section& section : sections) out.section(section.id, section.content);
  return std::move(out).take();
}

}  // namespace

std::size_t mutateModule(std::uint8_t* bytes, std::size_t count, std::size_t countMax,
                         unsigned seed) {
  Random random(seed);
  if (random() % 16 != 0) {
    try {
      const auto result = mutated(std::as_bytes(std::span(bytes, count)), random);
      if (result.size() <= countMax) {
        std::memcpy(bytes, result.data(), result.size());
        return result.size();
      }
    } catch (const Error&) {
      // It has no such parts, so any byte will do.
    }
  }
  return LLVMFuzzerMutate(bytes, count, countMax);
}

}  // namespace troop::sandbox::wasm
