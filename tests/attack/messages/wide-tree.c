/* Attack: a message of one kilobyte that is a tree with 2^60 leaves: both pointers of each struct
 * lead to the next one. */
#include "tests/attack/messages/words.h"

enum { levels = 60 };

void hear(const struct troop_delivery* delivery) {
  static uint64_t message[2 + 2 * levels + 2];
  message[0] = SEGMENT(1 + 2 * levels + 2);
  message[1] = STRUCT(0, 0, 2);
  for (int i = 0; i < levels; ++i) {
    message[2 + 2 * i] = STRUCT(1, 0, 2);
    message[3 + 2 * i] = STRUCT(0, 0, 2);
  }
  spread(delivery, message, sizeof message);
}
