/* Attack: answers the next call before it has heard of it, while the host asks for room for it, and
 * then gives no room. */
#define ALLOCATES_BY_ITSELF
#include "tests/attack/attacker.h"

static _Alignas(8) char block[4096];
static uint32_t self;

TROOP_EXPORT("troop_alloc") void* troop_alloc(uint32_t bytes) {
  static unsigned calls;
  if (self != 0) {
    for (uint32_t generation = 0; generation < 128; ++generation) {
      for (uint32_t slot = 0; slot < 4; ++slot) {
        answer(generation << 24 | slot, empty, sizeof empty);
        troop_host_fail(generation << 24 | slot, troop_overloaded, "", 0);
      }
    }
  }
  return bytes <= sizeof block && ++calls % 2 == 1 ? block : NULL;
}

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) self = (uint32_t)troop_host_serve(1);
  if (isAnswer(delivery)) troop_host_finish(delivery->id);
  for (int i = 0; i < 3; ++i) ask(self, empty, sizeof empty);
}
