/* Attack: takes calls and answers none, while it holds a capability on itself so that it lives on
 * when its owner has let go of it. */
#include "tests/attack/attacker.h"

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind != troop_start) return;
  const uint32_t self = (uint32_t)troop_host_serve(1);
  uint32_t taken = 0;
  while (ask(self, empty, sizeof empty) > 0) ++taken;
  report(taken, "calls of its own to wait for, the next one refused");
}
