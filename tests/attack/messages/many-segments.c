/* Attack: a message that says it has four billion segments, and one that has as many as its bytes
 * allow. */
#include "tests/attack/messages/words.h"

enum { segments = 100000 };

void hear(const struct troop_delivery* delivery) {
  static uint32_t message[segments + 2];
  message[0] = turnOf(delivery) % 2 == 0 ? 0xffffffff : segments - 1;
  spread(delivery, message, sizeof message);
}
