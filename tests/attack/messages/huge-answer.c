/* Attack: questions and answers of 64 MiB. */
#include "tests/attack/messages/words.h"

enum { bytes = 64 << 20, pageBytes = 64 << 10 };

void hear(const struct troop_delivery* delivery) {
  static uint64_t* message;
  if (message == NULL) {
    const uint32_t pages = (uint32_t)__builtin_wasm_memory_grow(0, bytes / pageBytes);
    if (pages == ~0u) __builtin_trap();
    message = (uint64_t*)(uintptr_t)(pages * pageBytes);
    message[0] = SEGMENT(bytes / 8 - 1);
  }
  if (delivery->kind == troop_start) ask((uint32_t)troop_host_serve(1), empty, sizeof empty);
  spread(delivery, message, bytes);
  if (delivery->kind != troop_call) return;
  /* It was refused, and the call is still open. */
  if (answer(delivery->id, message, bytes) == troop_refused_too_large) {
    report(bytes, "bytes of an answer refused");
  }
  answer(delivery->id, empty, sizeof empty);
}
