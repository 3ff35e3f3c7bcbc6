/* Attack: makes objects without end, and sends the victim as many capabilities as it can. */
#include "tests/attack/attacker.h"

enum { handlesMax = 4096 };

static uint32_t victim;
static uint32_t handles[handlesMax];

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) victim = firstOf(delivery);
  if (isAnswer(delivery)) troop_host_finish(delivery->id);
  if (delivery->kind != troop_start && !isAnswer(delivery)) return;
  uint32_t count = 0;
  uint32_t refused = 0;
  for (uint32_t object = 1; object < 100000; ++object) {
    const int32_t handle = troop_host_serve(object);
    if (handle > 0 && count < handlesMax) handles[count++] = (uint32_t)handle;
    refused += handle <= 0;
  }
  if (delivery->kind == troop_start) {
    report(count, "objects served");
    report(refused, "objects refused");
  }
  troop_host_call(victim, RENDER_INTERFACE, RENDER_METHOD, empty, sizeof empty, handles, count);
  for (uint32_t i = 0; i < count; ++i) troop_host_release(handles[i]);
}
