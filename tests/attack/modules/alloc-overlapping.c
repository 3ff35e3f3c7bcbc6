/* Attack: gives the host room for a delivery where the one before lies, and the message of the call
 * that the delivery answers, and then writes over all of it while that call is under way. */
#define ALLOCATES_BY_ITSELF
#include "tests/attack/attacker.h"

enum { words = 512, step = 3, many = 100 };

static uint64_t shared[words]; /* what it sends, and every block that it gives */
static uint32_t blocks;

TROOP_EXPORT("troop_alloc") void* troop_alloc(uint32_t bytes) {
  uint64_t* block = &shared[blocks++ % step];
  return bytes <= sizeof shared - step * sizeof *shared ? block : NULL;
}

void hear(const struct troop_delivery* delivery) {
  static uint32_t victim, answers;
  const int isResult = delivery->kind == troop_result;
  if (delivery->kind == troop_start) victim = firstOf(delivery);
  if (delivery->kind == troop_call) answer(delivery->id, empty, sizeof empty);
  if (isAnswer(delivery)) troop_host_finish(delivery->id);
  if (isResult && ++answers == many) report(answers, "right answers to what was written over");
  for (uint32_t i = 0; i < words; ++i) shared[i] = 0;
  shared[0] = (uint64_t)1 << 32; /* as `empty` */
  ask(victim, shared, sizeof empty);
  for (uint32_t i = 0; i < words; ++i) shared[i] = ~(uint64_t)0;
}
