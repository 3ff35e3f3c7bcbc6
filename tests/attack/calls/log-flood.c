/* Attack: writes more lines than anybody can read, and calls itself to go on with it. */
#include "tests/attack/attacker.h"

static uint32_t self;

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) self = (uint32_t)troop_host_serve(1);
  if (delivery->kind == troop_call) answer(delivery->id, empty, sizeof empty);
  if (isAnswer(delivery)) troop_host_finish(delivery->id);
  if (delivery->kind == troop_call) return;
  static const char line[] = "You have won. Call this number now.";
  for (int i = 0; i < 10000; ++i) troop_host_log(troop_log_error, line, sizeof line - 1);
  ask(self, empty, sizeof empty);
}
