/* Messages word by word, as no builder would make them, and how to spread them: to the victim as a
 * question, and to whoever calls as an answer. */
#ifndef TROOP_TESTS_ATTACK_MESSAGES_WORDS_H_
#define TROOP_TESTS_ATTACK_MESSAGES_WORDS_H_

#include "tests/attack/attacker.h"

/* The framing of a message of one segment. */
#define SEGMENT(words) ((uint64_t)(words) << 32)

/* Offsets are in words from the end of the pointer. */
#define STRUCT(offset, dataWords, pointers)                                      \
  ((uint64_t)(uint32_t)((uint32_t)(offset) << 2) | (uint64_t)(dataWords) << 32 | \
   (uint64_t)(pointers) << 48)
#define LIST(offset, elementSize, count)                                               \
  ((uint64_t)(uint32_t)((uint32_t)(offset) << 2 | 1) | (uint64_t)(elementSize) << 32 | \
   (uint64_t)(count) << 35)

enum { elementByte = 2, elementPointer = 6, elementStruct = 7 };

/* Counts questions and answers apart, so that of several messages each is used for both. */
static inline uint32_t turnOf(const struct troop_delivery* delivery) {
  static uint32_t questions, answers;
  return delivery->kind == troop_call ? answers++ : questions++;
}

static inline void spread(const struct troop_delivery* delivery, const void* message,
                          uint32_t bytes) {
  static uint32_t victim;
  if (delivery->kind == troop_start) victim = firstOf(delivery);
  if (isAnswer(delivery)) troop_host_finish(delivery->id);
  if (delivery->kind == troop_call) answer(delivery->id, message, bytes);
  if (victim != 0 && delivery->kind != troop_call) ask(victim, message, bytes);
}

#endif /* TROOP_TESTS_ATTACK_MESSAGES_WORDS_H_ */
