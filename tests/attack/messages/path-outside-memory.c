/* Attack: asks for a promise by a path that begins in its memory and ends outside it, by a length
 * whose bytes do not fit 32 bits. */
#include "tests/attack/attacker.h"

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind != troop_start) return;
  static const uint16_t path[1] = {0};
  const int32_t question = ask(firstOf(delivery), empty, sizeof empty);
  troop_host_pipeline((uint32_t)question, path, 0x80000001);
}
