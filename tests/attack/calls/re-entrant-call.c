/* Attack: while it serves a call it calls itself, and answers only when that is answered: calls one
 * inside the other, as many as there can be. */
#include "tests/attack/attacker.h"

enum { callsMax = 65536 };

static uint32_t self;
static uint32_t waiting[callsMax]; /* calls that wait for the one after them */
static uint32_t depth;

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) self = (uint32_t)troop_host_serve(1);
  if (delivery->kind == troop_start) ask(self, empty, sizeof empty);
  if (delivery->kind == troop_call) {
    waiting[depth++ % callsMax] = delivery->id;
    if (ask(self, empty, sizeof empty) > 0) return;
    static unsigned reports;
    if (reports++ == 0) report(depth, "calls one inside the other, the next one refused");
  }
  if (isAnswer(delivery)) troop_host_finish(delivery->id);
  if (depth > 0) answer(waiting[--depth % callsMax], empty, sizeof empty);
  if (depth == 0) ask(self, empty, sizeof empty);
}
