#include "runtime/bulk-memory.h"

#include <jemalloc/jemalloc.h>

#include <cstdlib>

#include "runtime/base/sanitizers.h"

namespace troop {
namespace {

// Below, malloc() is faster, and has its pages.
constexpr std::size_t largeBytesMin = std::size_t{32} << 10;
constexpr int plain = MALLOCX_TCACHE_NONE;

// Sanitizers know nothing of memory that is not malloc()'s.
bool isLarge(std::size_t bytes) noexcept {
  return !underSanitizer && bytes >= largeBytesMin;
}

}  // namespace

void* takeBulk(std::size_t bytes, Contents contents) noexcept {
  const bool zeroes = contents == Contents::zeroes;
  if (isLarge(bytes)) return troop_je_mallocx(bytes, zeroes ? plain | MALLOCX_ZERO : plain);
  return zeroes ? std::calloc(bytes, 1) : std::malloc(bytes);
}

void giveBulkBack(void* memory, std::size_t bytes) noexcept {
  if (memory == nullptr) return;
  if (isLarge(bytes)) return troop_je_sdallocx(memory, bytes, plain);
  std::free(memory);
}

}  // namespace troop
