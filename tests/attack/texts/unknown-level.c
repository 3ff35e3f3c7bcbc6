/* Attack: logs at a level that does not exist, so that a table of names is read behind its end. */
#include "tests/attack/attacker.h"

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) troop_host_log(99, "", 0);
}
