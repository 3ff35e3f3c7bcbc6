/* Attack: calls what a call will give, and what that call will give, and so on, on the promise of
 * an answer that never comes: when it dies all of the chain falls at once. */
#include "tests/attack/attacker.h"

enum { neverAnswers = 1, lengthensTheChain = 2, many = 5000 };

static uint32_t self;
static uint32_t end; /* of the chain */

static void lengthen(void) {
  static const uint16_t path[1] = {0};
  static uint32_t length;
  for (;;) {
    const int32_t question = ask(end, empty, sizeof empty);
    if (question <= 0) return;
    const int32_t next = troop_host_pipeline((uint32_t)question, path, 1);
    troop_host_finish((uint32_t)question);
    if (next <= 0) return;
    troop_host_release(end);
    end = (uint32_t)next;
    if (++length == many) report(length, "calls, each on what the one before will give");
  }
}

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) {
    end = (uint32_t)troop_host_serve(neverAnswers);
    self = (uint32_t)troop_host_serve(lengthensTheChain);
    ask(self, empty, sizeof empty);
  }
  if (isAnswer(delivery)) troop_host_finish(delivery->id);
  if (delivery->kind != troop_call || delivery->object != lengthensTheChain) return;
  answer(delivery->id, empty, sizeof empty);
  ask(self, empty, sizeof empty); /* first, as afterwards there is no room for it */
  lengthen();
}
