/* Attack: asks for the host's files by the function that gives modules to whoever makes an image.
 */
#include "tests/attack/attacker.h"

static char copy[4096];

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind != troop_start) return;
  static const char path[] = "/etc/passwd", entry[] = "";
  if (troop_host_source(path, sizeof path - 1, entry, 0) >= 0) __builtin_trap();
  if (troop_host_source(path, sizeof path - 1, path, sizeof path - 1) >= 0) __builtin_trap();
  troop_host_source_copy(copy);
  for (uint32_t i = 0; i < sizeof copy; ++i) {
    if (copy[i] != 0) __builtin_trap();
  }
  report(sizeof copy, "bytes that nobody wrote to");
}
