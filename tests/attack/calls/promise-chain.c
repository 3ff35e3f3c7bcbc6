/* Attack: answers its own question with a promise of the answer to its next one, for ever: a chain
 * of promises that nobody calls, of which it holds only the first. */
#include "tests/attack/attacker.h"

static uint32_t self;
static uint32_t first;    /* what all of the chain hangs on */
static uint32_t promised; /* the result of the latest question, not there yet */
static uint32_t question; /* the one before it */
static uint32_t latest;

enum { many = 10000 };

static void askMyself(void) {
  static uint32_t promises;
  if (++promises == many) report(promises, "promises in a chain");
  question = latest;
  latest = (uint32_t)ask(self, empty, sizeof empty);
  static const uint16_t path[1] = {0};
  promised = (uint32_t)troop_host_pipeline(latest, path, 1);
  if (first == 0) first = promised;
}

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) {
    self = (uint32_t)troop_host_serve(1);
    askMyself();
  }
  if (isAnswer(delivery)) troop_host_finish(delivery->id);
  if (delivery->kind != troop_call) return;
  static const uint64_t message[3] = {(uint64_t)2 << 32, (uint64_t)1 << 48, 3};
  const uint32_t answered = delivery->id;
  askMyself();
  troop_host_answer(answered, message, sizeof message, &promised, 1);
  if ((int32_t)promised > 0 && promised != first) troop_host_release(promised);
}
