/* Attack: calls its victim and gives the call up at once, without end. */
#include "tests/attack/attacker.h"

enum { callsOfATurn = 10000 };

static uint32_t victim;
static uint32_t self;

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) {
    victim = firstOf(delivery);
    self = (uint32_t)troop_host_serve(1);
  }
  if (isAnswer(delivery)) troop_host_finish(delivery->id);
  if (delivery->kind == troop_call) {
    answer(delivery->id, empty, sizeof empty);
    return;
  }
  ask(self, empty, sizeof empty);
  static uint32_t givenUp;
  for (int i = 0; i < callsOfATurn; ++i) {
    const int32_t question = ask(victim, empty, sizeof empty);
    if (question <= 0) continue;
    troop_host_finish((uint32_t)question);
    if (++givenUp == callsOfATurn) report(givenUp, "calls given up");
  }
}
