/* Attack: calls whatever capability might exist, by its number, and sends it along. */
#include "tests/attack/attacker.h"

enum { slots = 64, generations = 128 };

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind != troop_start) return;
  const uint32_t victim = firstOf(delivery);
  for (uint32_t generation = 0; generation < 2 * generations; ++generation) {
    for (uint32_t slot = 0; slot < slots; ++slot) {
      const uint32_t forged = generation << 24 | slot;
      if (forged == victim) continue;
      int32_t question = ask(forged, empty, sizeof empty);
      if (question > 0) troop_host_finish((uint32_t)question);
      question =
          troop_host_call(victim, RENDER_INTERFACE, RENDER_METHOD, empty, sizeof empty, &forged, 1);
      if (question > 0) troop_host_finish((uint32_t)question);
    }
  }
}
