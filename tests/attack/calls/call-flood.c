/* Attack: calls its victim as often as it is let, and again with each answer. */
#include "tests/attack/attacker.h"

static uint32_t victim;

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) victim = firstOf(delivery);
  if (isAnswer(delivery)) troop_host_finish(delivery->id);
  while (ask(victim, empty, sizeof empty) > 0) continue;
}
