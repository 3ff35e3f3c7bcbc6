/* Attack: finishes a question that it has not asked. */
#include "tests/attack/attacker.h"

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) troop_host_finish(12345);
}
