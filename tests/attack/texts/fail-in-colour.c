/* Attack: fails calls with a megabyte of escape sequences. */
#include "tests/attack/attacker.h"

static char text[1 << 20];

void hear(const struct troop_delivery* delivery) {
  for (uint32_t i = 0; i < sizeof text; ++i) text[i] = "\033[2J\n"[i % 5];
  if (delivery->kind == troop_start) ask((uint32_t)troop_host_serve(1), empty, sizeof empty);
  if (isAnswer(delivery)) troop_host_finish(delivery->id);
  if (delivery->kind == troop_call) troop_host_fail(delivery->id, troop_failed, text, sizeof text);
}
