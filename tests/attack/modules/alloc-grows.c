/* Attack: has its memory grow whenever the host asks for room, and gives a block that was not there
 * when it asked, up to the very end. */
#define ALLOCATES_BY_ITSELF
#include "tests/attack/attacker.h"

enum { pageBytes = 64 << 10, many = 50 };

static uint32_t grown;

TROOP_EXPORT("troop_alloc") void* troop_alloc(uint32_t bytes) {
  const uint32_t rounded = (bytes + 7) & ~7u;
  if (__builtin_wasm_memory_grow(0, 1) != ~0ul && ++grown == many) {
    report(grown, "blocks in memory that was not there");
  }
  return (void*)(uintptr_t)(__builtin_wasm_memory_size(0) * pageBytes - rounded);
}

void hear(const struct troop_delivery* delivery) {
  static uint32_t victim;
  if (delivery->kind == troop_start) victim = firstOf(delivery);
  if (delivery->kind == troop_call) answer(delivery->id, empty, sizeof empty);
  if (isAnswer(delivery)) troop_host_finish(delivery->id);
  if (delivery->kind != troop_call) ask(victim, empty, sizeof empty);
}
