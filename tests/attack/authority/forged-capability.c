/* Attack: calls whatever capability might exist, by its number, and sends it along. */
#include "tests/attack/attacker.h"

enum { slots = 64, generations = 256, guesses = slots * generations, watchedEvery = 1000 };

static uint32_t victim;
static uint32_t tick; /* a question that is in order, whose answer keeps it going */
static uint32_t guess;
static uint32_t refused, reached; /* of the calls that it waits for */

static int isWatched(uint32_t number) {
  return number % watchedEvery == 1;
}

/* Both ways of using a capability; false when there is no room for calls in this turn. */
static int attempt(uint32_t number) {
  const uint32_t forged = number / slots << 24 | number % slots;
  if (forged == 0 || forged == victim) return 1;
  const int32_t called = ask(forged, empty, sizeof empty);
  if (called <= 0) return 0;
  const int32_t sent =
      troop_host_call(victim, RENDER_INTERFACE, RENDER_METHOD, empty, sizeof empty, &forged, 1);
  if (sent > 0 && isWatched(number)) return 1;
  troop_host_finish((uint32_t)called);
  if (sent > 0) troop_host_finish((uint32_t)sent);
  return sent > 0;
}

void hear(const struct troop_delivery* delivery) {
  if (delivery->kind == troop_start) victim = firstOf(delivery);
  const int isTick = isAnswer(delivery) && delivery->id == tick;
  if (isAnswer(delivery)) {
    troop_host_finish(delivery->id);
    if (!isTick) *(delivery->kind == troop_error ? &refused : &reached) += 1;
  }
  if (guess < guesses && (delivery->kind == troop_start || isTick)) {
    tick = (uint32_t)ask(victim, empty, sizeof empty);
    while (guess < guesses && attempt(guess)) ++guess;
    if (guess == guesses) report(guess, "capabilities guessed");
  }
  if (guess == guesses && isAnswer(delivery)) {
    report(refused, "of the calls that were watched refused");
    if (reached > 0) report(reached, "of them reached somebody");
  }
}
