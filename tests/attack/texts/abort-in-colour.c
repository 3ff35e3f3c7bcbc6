/* Attack: gives up with a megabyte of text that would clear a terminal, set its title and write
 * lines that look like those of others. */
#include "tests/attack/attacker.h"

static const char line[] = "\033[2J\033]0;owned\007\r\nmarkdown: served\n\xc2\x9b\x33\x31m\xff";
static char text[1 << 20];

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind != troop_start) return;
  for (uint32_t i = 0; i < sizeof text; ++i) text[i] = line[i % (sizeof line - 1)];
  troop_host_abort(troop_abort_error, text, sizeof text);
}
