/* Attack: sends as a message what lies outside its memory. */
#include "tests/attack/attacker.h"

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) ask(firstOf(delivery), (const void*)0xfffffff8, 1 << 20);
}
