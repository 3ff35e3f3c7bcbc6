/* Attack: small messages with lists that claim 2^29 - 1 elements, of some size and of none. */
#include "tests/attack/messages/words.h"

#define HUGE ((1u << 29) - 1)

static const uint64_t messages[][4] = {
    {SEGMENT(3), STRUCT(0, 0, 1), LIST(0, elementByte, HUGE), 0},
    {SEGMENT(3), STRUCT(0, 0, 1), LIST(0, elementPointer, HUGE), 0},
    {SEGMENT(3), STRUCT(0, 0, 1), LIST(0, 0, HUGE), 0},
    {SEGMENT(3), STRUCT(0, 0, 1), LIST(0, elementStruct, 0), STRUCT(HUGE, 0, 0)},
    {SEGMENT(3), STRUCT(0, 0, 1), LIST(0, elementStruct, HUGE), STRUCT(HUGE, 65535, 65535)},
};

void hear(const struct troop_delivery* delivery) {
  spread(delivery, messages[turnOf(delivery) % (sizeof messages / sizeof *messages)],
         sizeof *messages);
}
