/* Attack: uses a result before it is there, in more ways than there is time for. */
#include "tests/attack/attacker.h"

static uint32_t victim;

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) victim = firstOf(delivery);
  if (isAnswer(delivery)) troop_host_finish(delivery->id);
  const int32_t question = ask(victim, empty, sizeof empty);
  if (question < 0) return;
  for (uint32_t i = 0; i < UINT32_MAX; ++i) {
    const uint16_t path[2] = {(uint16_t)i, (uint16_t)(i >> 16)};
    const int32_t promised = troop_host_pipeline((uint32_t)question, path, 2);
    if (promised <= 0) continue;
    ask((uint32_t)promised, empty, sizeof empty);
    if (i % 3 != 0) troop_host_release((uint32_t)promised);
  }
}
