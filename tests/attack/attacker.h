/* What every attacker in C begins with: the exports that the guest ABI asks for, how to call, and
 * how to report what was met. The attack is hear(), which gets each delivery. The log tells what it
 * saw, as the evidence that it did what it says: the first answers to its calls, and what it
 * reports. Compiled without any library.
 *
 *   void hear(const struct troop_delivery* delivery) {
 *     uint32_t taken = 0;
 *     while (ask(firstOf(delivery), empty, sizeof empty) > 0) ++taken;
 *     report(taken, "calls taken, the next one refused");
 *   }
 */
#ifndef TROOP_TESTS_ATTACK_ATTACKER_H_
#define TROOP_TESTS_ATTACK_ATTACKER_H_

#include <stddef.h>
#include <stdint.h>

#include "sandbox/wasm/abi.h"

/* Renderer.render of proto/markdown.capnp: something that the victim really serves. */
#define RENDER_INTERFACE 0xef1e3eebcb779e6bu
#define RENDER_METHOD 0

void hear(const struct troop_delivery* delivery);

TROOP_EXPORT("troop_abi_1") void troop_abi_1(void) {}

/* Writes a number and a text to the log. */
static inline void report(uint32_t number, const char* text) {
  char line[160];
  uint32_t size = 0;
  uint32_t divisor = 1;
  while (number / divisor >= 10) divisor *= 10;
  for (; divisor > 0; divisor /= 10) line[size++] = (char)('0' + number / divisor % 10);
  line[size++] = ' ';
  while (*text != 0 && size < sizeof line) line[size++] = *text++;
  troop_host_log(troop_log_info, line, size);
}

static inline int isAnswer(const struct troop_delivery* delivery) {
  return delivery->kind == troop_result || delivery->kind == troop_error;
}

/* Writes to the log what became of a call. */
static inline void reportAnswer(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_result) return troop_host_log(troop_log_info, "a result", 8);
  const uint32_t* handles = (const uint32_t*)(delivery + 1);
  const char* reason = (const char*)(handles + (delivery->handle_count + 1) / 2 * 2);
  troop_host_log(troop_log_info, reason, delivery->body_bytes);
}

TROOP_EXPORT("troop_deliver")
void troop_deliver(const struct troop_delivery* delivery, uint32_t bytes) {
  (void)bytes;
  enum { reportsMax = 16 };
  static unsigned reports;
  if (isAnswer(delivery) && reports++ < reportsMax) reportAnswer(delivery);
  hear(delivery);
}

#ifndef ALLOCATES_BY_ITSELF
/* There is one delivery at a time, so one block does. */
static _Alignas(8) char block[64 << 10];
TROOP_EXPORT("troop_alloc") void* troop_alloc(uint32_t bytes) {
  return bytes <= sizeof block ? block : NULL;
}
#endif

/* The first capability that a delivery brings, of troop_start the first one granted; 0 for none. */
static inline uint32_t firstOf(const struct troop_delivery* delivery) {
  return delivery->handle_count == 0 ? 0 : *(const uint32_t*)(delivery + 1);
}

/* A message of one segment that is one word, the root pointer, which is null. */
static const uint64_t empty[2] = {(uint64_t)1 << 32, 0};

/* A question, or a refusal. */
static inline int32_t ask(uint32_t capability, const void* message, uint32_t bytes) {
  return troop_host_call(capability, RENDER_INTERFACE, RENDER_METHOD, message, bytes, NULL, 0);
}

static inline int32_t answer(uint32_t call, const void* message, uint32_t bytes) {
  return troop_host_answer(call, message, bytes, NULL, 0);
}

#endif /* TROOP_TESTS_ATTACK_ATTACKER_H_ */
