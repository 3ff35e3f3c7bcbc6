/* Attack: releases a capability that it does not hold, so that somebody else might lose it. */
#include "tests/attack/attacker.h"

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) troop_host_release(firstOf(delivery) + 1);
}
