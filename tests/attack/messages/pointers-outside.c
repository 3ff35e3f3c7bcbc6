/* Attack: a message whose pointers lead outside it, before its beginning and behind its end. */
#include "tests/attack/messages/words.h"

static const uint64_t messages[][4] = {
    {SEGMENT(3), STRUCT(0, 0, 1), LIST(-1000, elementByte, 8), 0},
    {SEGMENT(3), STRUCT(0, 0, 1), LIST(1000, elementByte, 8), 0},
    {SEGMENT(3), STRUCT(0, 0, 1), LIST(0, elementByte, 1000000), 0},
    {SEGMENT(3), STRUCT(1 << 28, 65535, 65535), 0, 0},
    {SEGMENT(3), STRUCT(-(1 << 28), 65535, 65535), 0, 0},
    {SEGMENT(1000), STRUCT(0, 0, 1), LIST(500, elementByte, 8), 0},
    {0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff},
};

void hear(const struct troop_delivery* delivery) {
  spread(delivery, messages[turnOf(delivery) % (sizeof messages / sizeof *messages)],
         sizeof *messages);
}
