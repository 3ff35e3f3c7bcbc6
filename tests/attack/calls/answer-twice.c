/* Attack: answers each call several times, also those that it never got, and fails them too. */
#include "tests/attack/attacker.h"

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) {
    ask((uint32_t)troop_host_serve(1), empty, sizeof empty);
    return;
  }
  if (isAnswer(delivery)) return troop_host_finish(delivery->id);
  if (delivery->kind != troop_call) return;
  uint32_t refused = 0;
  for (int i = 0; i < 3; ++i) {
    refused += answer(delivery->id, empty, sizeof empty) == troop_refused_unknown;
    refused += troop_host_fail(delivery->id, troop_failed, "no", 2) == troop_refused_unknown;
  }
  for (uint32_t id = 0; id < 1000; ++id) {
    refused += answer(id, empty, sizeof empty) == troop_refused_unknown;
  }
  report(refused, "answers refused, all but one");
}
