/* Attack: fills the queue of its victim and never takes an answer, so that nobody else is heard. */
#include "tests/attack/attacker.h"

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind != troop_start) return;
  uint32_t taken = 0;
  while (ask(firstOf(delivery), empty, sizeof empty) > 0) ++taken;
  report(taken, "calls taken, the next one refused");
}
