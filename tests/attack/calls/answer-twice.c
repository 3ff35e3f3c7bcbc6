/* Attack: answers each call several times, also those that it never got, and fails them too. */
#include "tests/attack/attacker.h"

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) {
    ask((uint32_t)troop_host_serve(1), empty, sizeof empty);
    return;
  }
  if (isAnswer(delivery)) return troop_host_finish(delivery->id);
  if (delivery->kind != troop_call) return;
  for (int i = 0; i < 3; ++i) {
    answer(delivery->id, empty, sizeof empty);
    troop_host_fail(delivery->id, troop_failed, "no", 2);
  }
  for (uint32_t id = 0; id < 1000; ++id) answer(id, empty, sizeof empty);
}
