/* Attack: a struct in a struct in a struct, 1,000 levels deep. */
#include "tests/attack/messages/words.h"

enum { levels = 1000 };

void hear(const struct troop_delivery* delivery) {
  static uint64_t message[levels + 2];
  message[0] = SEGMENT(levels + 1);
  for (int i = 1; i <= levels; ++i) message[i] = STRUCT(0, 0, 1);
  spread(delivery, message, sizeof message);
}
