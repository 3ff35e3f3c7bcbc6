/* Attack: answers a call with the promise of its own result, and two calls with the promise of each
 * other's, while calls wait for what is promised. */
#include "tests/attack/attacker.h"

enum { promises = 3 };

static uint32_t promised[promises];

void hear(const struct troop_delivery* delivery) {
  static const uint16_t path[1] = {0};
  if (delivery->kind == troop_start) {
    const uint32_t self = (uint32_t)troop_host_serve(1);
    for (int i = 0; i < promises; ++i) {
      const uint32_t question = (uint32_t)ask(self, empty, sizeof empty);
      promised[i] = (uint32_t)troop_host_pipeline(question, path, 1);
      ask(promised[i], empty, sizeof empty);
    }
  }
  if (isAnswer(delivery)) troop_host_finish(delivery->id);
  if (delivery->kind != troop_call) return;
  /* A root struct with one pointer, which is the first capability of the message. */
  static const uint64_t message[3] = {(uint64_t)2 << 32, (uint64_t)1 << 48, 3};
  static const int other[promises] = {0, 2, 1};
  static int calls;
  troop_host_answer(delivery->id, message, sizeof message, &promised[other[calls++ % promises]], 1);
}
