/* Attack: log lines that would clear a terminal, and that look like lines of others. */
#include "tests/attack/attacker.h"

static void say(const char* text, uint32_t bytes) {
  troop_host_log(troop_log_info, text, bytes);
}
#define SAY(text) say(text, sizeof text - 1)

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind != troop_start) return;
  SAY("\033[2J\033[31mred\033]0;owned\007");
  SAY("one\nmarkdown: served\rtwo");
  SAY("\xc2\x9b\x33\x31m one character that is an escape sequence");
  SAY("\xe2\x80\xaegnp.exe and \xe2\x80\xa8 a line of its own");
  SAY("not UTF-8: \xff\xfe\xc3");
}
