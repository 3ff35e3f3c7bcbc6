/* Attack: calls its victim as often as it is let, and again with each answer. */
#include "tests/attack/attacker.h"

enum { many = 300 };

static uint32_t victim;

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) victim = firstOf(delivery);
  if (isAnswer(delivery)) troop_host_finish(delivery->id);
  static uint32_t taken;
  while (ask(victim, empty, sizeof empty) > 0) {
    if (++taken == many) report(taken, "calls in all");
  }
  if (delivery->kind == troop_start) report(taken, "calls at once, the next one refused");
}
