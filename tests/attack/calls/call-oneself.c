/* Attack: keeps itself busy by calls to itself, each of which makes another. */
#include "tests/attack/attacker.h"

enum { many = 1000 };

static uint32_t self;

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) self = (uint32_t)troop_host_serve(1);
  static uint32_t answers;
  if (isAnswer(delivery) && ++answers == many) report(answers, "calls of its own answered");
  if (isAnswer(delivery)) troop_host_finish(delivery->id);
  if (delivery->kind == troop_call) answer(delivery->id, empty, sizeof empty);
  if (!isAnswer(delivery)) ask(self, empty, sizeof empty);
}
