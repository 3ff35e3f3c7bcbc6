/* Attack: a message whose pointers lead back to themselves: whoever follows them never comes to an
 * end. */
#include "tests/attack/messages/words.h"

static const uint64_t messages[][4] = {
    {SEGMENT(3), STRUCT(0, 0, 2), STRUCT(-1, 0, 2), STRUCT(-2, 0, 2)},
    {SEGMENT(3), STRUCT(0, 0, 2), LIST(-1, elementPointer, 2), LIST(-2, elementPointer, 2)},
    {SEGMENT(3), STRUCT(-1, 0, 1), 0, 0},
    /* far pointers, to themselves and to each other */
    {SEGMENT(3), 2, 0, 0},
    {SEGMENT(3), (1 << 3) | 2, 2, 0},
    {SEGMENT(3), (1 << 3) | 6, 6, 6},
};

void hear(const struct troop_delivery* delivery) {
  spread(delivery, messages[turnOf(delivery) % (sizeof messages / sizeof *messages)],
         sizeof *messages);
}
