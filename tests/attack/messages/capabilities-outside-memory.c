/* Attack: sends a list of capabilities that begins in its memory and ends outside it, by a length
 * whose bytes do not fit 32 bits. */
#include "tests/attack/attacker.h"

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind != troop_start) return;
  const uint32_t* handles = (const uint32_t*)(delivery + 1);
  troop_host_call(*handles, RENDER_INTERFACE, RENDER_METHOD, empty, sizeof empty, handles,
                  0x40000001);
}
