/* Attack: a message that names one text two hundred thousand times: 3.6 MB that look like 400 GB.
 */
#include "tests/attack/messages/words.h"

enum { pointers = 200000, textWords = 250000 };

static uint64_t message[3 + pointers + textWords];

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) {
    message[0] = SEGMENT(2 + pointers + textWords);
    message[1] = STRUCT(0, 0, 1);
    message[2] = LIST(0, elementPointer, pointers);
    for (uint32_t i = 0; i < pointers; ++i) {
      message[3 + i] = LIST(pointers - 1 - i, elementByte, textWords * 8);
    }
  }
  spread(delivery, message, sizeof message);
}
