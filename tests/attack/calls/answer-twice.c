/* Attack: answers each call several times, also those that it never got, and fails them too. */
#include "tests/attack/attacker.h"

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) {
    ask((uint32_t)troop_host_serve(1), empty, sizeof empty);
    return;
  }
  if (isAnswer(delivery)) return troop_host_finish(delivery->id);
  if (delivery->kind != troop_call) return;
  uint32_t taken = 0;
  for (int i = 0; i < 3; ++i) {
    taken += answer(delivery->id, empty, sizeof empty) == 0;
    taken += troop_host_fail(delivery->id, troop_failed, "no", 2) == 0;
  }
  for (uint32_t id = 0; id < 1000; ++id) taken += answer(id, empty, sizeof empty) == 0;
  report(taken, "of 1006 answers to one call taken");
}
