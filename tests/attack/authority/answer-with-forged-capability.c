/* Attack: answers calls with a capability that it does not hold. */
#include "tests/attack/attacker.h"

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) ask((uint32_t)troop_host_serve(1), empty, sizeof empty);
  if (isAnswer(delivery)) troop_host_finish(delivery->id);
  if (delivery->kind != troop_call) return;
  /* A root struct with one pointer, which is the first capability of the message. */
  static const uint64_t message[3] = {(uint64_t)2 << 32, (uint64_t)1 << 48, 3};
  const uint32_t forged = 0x7f000123;
  troop_host_answer(delivery->id, message, sizeof message, &forged, 1);
}
