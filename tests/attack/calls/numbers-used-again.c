/* Attack: asks and finishes so many questions in one turn that a number is used again, so that a
 * late answer to the first might be taken for one to the last, which is not there. */
#include "tests/attack/attacker.h"

enum { attempts = 1000 };

static uint32_t victim;

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) victim = firstOf(delivery);
  if (isAnswer(delivery)) troop_host_finish(delivery->id);
  const int32_t first = ask(victim, empty, sizeof empty);
  if (first < 0) return;
  troop_host_finish((uint32_t)first);
  for (uint32_t i = 1; i <= attempts; ++i) {
    const int32_t next = ask(victim, empty, sizeof empty);
    if (next == first && delivery->kind == troop_start) report(i, "numbers later the first again");
    if (next < 0 || next == first) return;
    troop_host_finish((uint32_t)next);
  }
  if (delivery->kind == troop_start) report(attempts, "numbers later never the first again");
}
