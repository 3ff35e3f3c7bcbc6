// What a program in C does with the runtime, without a word of C++.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/c/troop-c.h"

static TroopProcess* process;
static Troop* troop;

static void require(bool holds, const char* what, int line) {
  if (holds) return;
  fprintf(stderr, "line %d: not so: %s\n", line, what);
  exit(1);
}
#define CHECK(holds) require((holds), #holds, __LINE__)

static void requireOk(TroopCode code, const TroopError* error, const char* what, int line) {
  if (code == TROOP_OK) return;
  fprintf(stderr, "line %d: %s: %d, %s\n", line, what, code, error->text);
  exit(1);
}
#define CHECK_OK(call)                       \
  do {                                       \
    TroopError told;                         \
    const TroopCode code = (call);           \
    requireOk(code, &told, #call, __LINE__); \
  } while (0)

static TroopThread* start(TroopBody body, void* argument) {
  TroopThread* thread = NULL;
  CHECK_OK(troop_spawn(troop, NULL, body, argument, &thread, &told));
  return thread;
}

static void finish(TroopThread* thread) {
  CHECK_OK(troop_join(thread, TROOP_FOREVER, &told));
  troop_thread_release(thread);
}

// -- Threads ---------------------------------------------------------------------------------

static void countUp(void* argument) {
  for (int i = 0; i < 10; ++i) {
    CHECK_OK(troop_yield(&told));
    atomic_fetch_add((atomic_int*)argument, 1);
  }
}

static void threadsRunAndAreJoined(void) {
  atomic_int count = 0;
  TroopThread* threads[100];
  for (int i = 0; i < 100; ++i) threads[i] = start(countUp, &count);
  for (int i = 0; i < 100; ++i) finish(threads[i]);
  CHECK(count == 1000);
}

struct SelfJoin {
  TroopThread* self;
  sem_t known;
  TroopError error;
};

static void joinSelf(void* argument) {
  struct SelfJoin* join = argument;
  while (sem_wait(&join->known) != 0) {
  }
  CHECK(troop_join(join->self, TROOP_FOREVER, &join->error) == TROOP_DEADLOCK);
}

static void aThreadThatJoinsItselfIsTold(void) {
  struct SelfJoin join;
  sem_init(&join.known, 0, 0);
  join.self = start(joinSelf, &join);
  sem_post(&join.known);
  finish(join.self);
  CHECK(join.error.code == TROOP_DEADLOCK && join.error.text[0] != '\0');
}

// -- Channels --------------------------------------------------------------------------------

enum { values = 1000 };

struct Producer {
  TroopSender* to;
  int first;
};

static void produce(void* argument) {
  struct Producer* own = argument;
  for (int i = 0; i < values; ++i) {
    int* value = malloc(sizeof(*value));
    *value = own->first + i;
    CHECK_OK(troop_send(own->to, value, TROOP_FOREVER, &told));
  }
  troop_sender_release(own->to);
}

static void* produceOnOsThread(void* argument) {
  produce(argument);
  return NULL;
}

static void channelsConnectThreadsAndOsThreads(void) {
  struct Producer producers[2] = {{.first = 0}, {.first = values}};
  TroopReceiver* from;
  CHECK_OK(troop_channel_make(troop, 4, free, &producers[0].to, &from, &told));
  CHECK_OK(troop_sender_copy(producers[0].to, &producers[1].to, &told));
  TroopThread* thread = start(produce, &producers[0]);
  pthread_t osThread;
  CHECK(pthread_create(&osThread, NULL, produceOnOsThread, &producers[1]) == 0);
  long sum = 0;
  void* value;
  TroopCode code;
  while ((code = troop_receive(from, TROOP_FOREVER, &value, NULL)) == TROOP_OK) {
    sum += *(int*)value;
    free(value);
  }
  CHECK(code == TROOP_DISCONNECTED);
  CHECK(sum == (2L * values) * (2L * values - 1) / 2);
  finish(thread);
  pthread_join(osThread, NULL);
  troop_receiver_release(from);
}

static atomic_int dropped;
static void drop(void* value) {
  CHECK(value == &dropped);
  ++dropped;
}

static void whatNobodyReceivesIsDropped(void) {
  TroopSender* to;
  TroopReceiver* from;
  void* value = NULL;
  dropped = 0;
  CHECK_OK(troop_channel_make(troop, 2, drop, &to, &from, &told));
  CHECK(troop_receive(from, 0, &value, NULL) == TROOP_TIMED_OUT);
  for (int i = 0; i < 2; ++i) CHECK_OK(troop_send(to, &dropped, 0, &told));
  // Full: what was not sent stays ours.
  CHECK(troop_send(to, &dropped, 0, NULL) == TROOP_TIMED_OUT);
  CHECK(troop_send(to, &dropped, 1000, NULL) == TROOP_TIMED_OUT);
  CHECK_OK(troop_receive(from, TROOP_FOREVER, &value, &told));
  CHECK(value == &dropped && dropped == 0);
  troop_receiver_release(from);
  CHECK(dropped == 1);
  CHECK(troop_send(to, &dropped, TROOP_FOREVER, NULL) == TROOP_DISCONNECTED);
  CHECK(dropped == 1);
  troop_sender_release(to);
}

// -- Parkers ---------------------------------------------------------------------------------

struct Game {
  TroopParker* mine;
  TroopParker* others;
  atomic_int strikes;
};

static void play(void* argument) {
  struct Game* game = argument;
  for (int i = 0; i < 200; ++i) {
    CHECK_OK(troop_park(game->mine, TROOP_FOREVER, &told));
    ++game->strikes;
    troop_unpark(game->others);
  }
}

static void whoParksIsUnparkedByOsThreads(void) {
  struct Game game = {.strikes = 0};
  CHECK_OK(troop_parker_make(troop, &game.mine, &told));
  CHECK_OK(troop_parker_make(troop, &game.others, &told));
  TroopThread* player = start(play, &game);
  for (int i = 0; i < 200; ++i) {
    CHECK(game.strikes == i);
    troop_unpark(game.mine);
    CHECK_OK(troop_park(game.others, TROOP_FOREVER, &told));
  }
  finish(player);
  CHECK(troop_park(game.others, 0, NULL) == TROOP_TIMED_OUT);
  CHECK(troop_park(game.others, 1000, NULL) == TROOP_TIMED_OUT);
  // Several are one, and none is lost.
  for (int i = 0; i < 3; ++i) troop_unpark(game.others);
  CHECK_OK(troop_park(game.others, 0, &told));
  CHECK(troop_park(game.others, 0, NULL) == TROOP_TIMED_OUT);
  troop_parker_release(game.mine);
  troop_parker_release(game.others);
}

// -- OS threads ------------------------------------------------------------------------------

static void waitForSemaphore(void* semaphore) {
  while (sem_wait(semaphore) != 0) CHECK(errno == EINTR);
}
static void blockInSemaphore(void* semaphore) {
  troop_blocking(waitForSemaphore, semaphore);
}
static void postSemaphore(void* semaphore) {
  sem_post(semaphore);
}

// There are two carriers.
static void othersGoOnWhileManyBlock(void) {
  enum { many = 6 };
  sem_t semaphores[many];
  TroopThread* threads[many];
  for (int i = 0; i < many; ++i) {
    sem_init(&semaphores[i], 0, 0);
    threads[i] = start(blockInSemaphore, &semaphores[i]);
  }
  for (int i = 0; i < many; ++i) finish(start(postSemaphore, &semaphores[i]));
  for (int i = 0; i < many; ++i) finish(threads[i]);
}

static void stayPinned(void* argument) {
  (void)argument;
  TroopPin* outer;
  TroopPin* inner;
  CHECK_OK(troop_pin(&outer, &told));
  CHECK_OK(troop_pin(&inner, &told));
  troop_unpin(inner);
  const pid_t osThread = gettid();
  for (int i = 0; i < 20; ++i) {
    CHECK_OK(troop_sleep(1000, &told));
    CHECK(gettid() == osThread);
  }
  troop_unpin(outer);
}

static void stay(void* argument) {
  (void)argument;
  const pid_t osThread = gettid();
  for (int i = 0; i < 20; ++i) {
    CHECK_OK(troop_yield(&told));
    CHECK(gettid() == osThread);
  }
}

static void whoIsPinnedStaysOnItsOsThread(void) {
  const TroopThreadOptions staying = {
      .size = sizeof(staying), .name = "stays", .place = TROOP_STAYS};
  TroopThread* threads[8];
  for (int i = 0; i < 8; i += 2) {
    threads[i] = start(stayPinned, NULL);
    CHECK_OK(troop_spawn(troop, &staying, stay, NULL, &threads[i + 1], &told));
  }
  for (int i = 0; i < 8; ++i) finish(threads[i]);
}

// -- Slots -----------------------------------------------------------------------------------

static TroopSlot* slot;
static atomic_int destroyed;

static void destroy(void* value) {
  CHECK(troop_slot_get(slot) == NULL);
  destroyed += *(int*)value;
  // Destroyed in a second round.
  if (--*(int*)value == 1) CHECK_OK(troop_slot_set(slot, value, &told));
}

static void keepInSlot(void* value) {
  CHECK(troop_slot_get(slot) == NULL);
  CHECK_OK(troop_slot_set(slot, value, &told));
  for (int i = 0; i < 10; ++i) {
    CHECK_OK(troop_yield(&told));
    CHECK(troop_slot_get(slot) == value);
  }
}

static void* keepOnOsThread(void* value) {
  keepInSlot(value);
  return NULL;
}

static void eachThreadHasItsOwnSlots(void) {
  int kept[20];
  TroopThread* threads[10];
  pthread_t osThreads[10];
  destroyed = 0;
  CHECK_OK(troop_slot_make(destroy, &slot, &told));
  for (int i = 0; i < 10; ++i) {
    kept[i] = kept[10 + i] = 2;
    threads[i] = start(keepInSlot, &kept[i]);
    CHECK(pthread_create(&osThreads[i], NULL, keepOnOsThread, &kept[10 + i]) == 0);
  }
  for (int i = 0; i < 10; ++i) {
    finish(threads[i]);
    pthread_join(osThreads[i], NULL);
  }
  CHECK(destroyed == 20 * (2 + 1));
  CHECK(troop_slot_get(slot) == NULL);
  troop_slot_release(slot);
}

// -- Limits and death ------------------------------------------------------------------------

static void limitsAreTold(void) {
  const TroopOptions small = {
      .size = sizeof(small), .name = "small", .memoryBytesMax = 1 << 20, .threadsMax = 1};
  Troop* limited;
  CHECK_OK(troop_begin_inside(troop, &small, &limited, &told));
  TroopSender* to;
  TroopReceiver* from;
  TroopError error;
  CHECK(troop_channel_make(limited, 1 << 20, NULL, &to, &from, &error) == TROOP_OVERLOADED);
  CHECK(error.code == TROOP_OVERLOADED && strstr(error.text, "1 MiB") != NULL);
  CHECK(troop_memory_used(limited) == 0);
  CHECK_OK(troop_channel_make(limited, 1000, NULL, &to, &from, &told));
  CHECK(troop_memory_used(limited) >= 1000 * sizeof(void*));
  troop_sender_release(to);
  troop_receiver_release(from);
  CHECK(troop_memory_used(limited) == 0);
  CHECK(troop_channel_make(limited, 0, NULL, &to, &from, &error) == TROOP_FAILED);
  troop_release(limited);
}

static void waitUntilKilled(void* argument) {
  sem_post(argument);
  TroopError error;
  CHECK(troop_sleep(TROOP_FOREVER, &error) == TROOP_CANCELLED);
  CHECK(strcmp(error.text, "enough") == 0);
  CHECK(troop_yield(NULL) == TROOP_CANCELLED);
}

static TroopNext parkUntilKilled(void* argument, TroopCode reason) {
  sem_post(argument);
  return reason == TROOP_OK ? TROOP_PARKS : TROOP_ENDS;
}

static void whoIsKilledIsTold(void) {
  Troop* guest;
  CHECK_OK(troop_begin(process, NULL, &guest, &told));
  sem_t begun;
  sem_init(&begun, 0, 0);
  TroopThread* threads[2];
  TroopParker* parker;
  CHECK_OK(troop_parker_make(guest, &parker, &told));
  CHECK_OK(troop_spawn(guest, NULL, waitUntilKilled, &begun, &threads[0], &told));
  CHECK_OK(troop_spawn_steps(guest, NULL, parkUntilKilled, &begun, parker, &threads[1], &told));
  for (int i = 0; i < 2; ++i) waitForSemaphore(&begun);
  troop_kill(guest, "enough");
  for (int i = 0; i < 2; ++i) {
    (void)troop_join(threads[i], TROOP_FOREVER, NULL);
    troop_thread_release(threads[i]);
  }
  waitForSemaphore(&begun);  // of the step that was told
  TroopError error;
  CHECK(troop_spawn(guest, NULL, countUp, NULL, NULL, &error) == TROOP_DISCONNECTED);
  CHECK(troop_parker_make(guest, &parker, &error) == TROOP_DISCONNECTED);
  troop_release(guest);
}

// -- Steps -----------------------------------------------------------------------------------

struct Stepping {
  int number;
  int calls;
  TroopParker* next;
};

// The first one begins; each other one parks until the one before it has.
static TroopNext stepOn(void* argument, TroopCode reason) {
  struct Stepping* own = argument;
  CHECK(reason == TROOP_OK);
  const int call = own->calls++;
  if (call == 0) return own->number == 0 ? TROOP_YIELDS : TROOP_PARKS;
  if (call == 1) {
    if (own->next != NULL) troop_unpark(own->next);
    return TROOP_YIELDS;
  }
  return TROOP_ENDS;
}

static void stepsGoOnWhenTheyAreUnparked(void) {
  enum { many = 1000 };
  static struct Stepping all[many];
  static TroopThread* threads[many];
  static TroopParker* parkers[many];
  for (int i = 0; i < many; ++i) {
    all[i].number = i;
    CHECK_OK(troop_parker_make(troop, &parkers[i], &told));
    if (i > 0) CHECK_OK(troop_parker_copy(parkers[i], &all[i - 1].next, &told));
  }
  for (int i = 0; i < many; ++i) {
    CHECK_OK(troop_spawn_steps(troop, NULL, stepOn, &all[i], parkers[i], &threads[i], &told));
  }
  for (int i = 0; i < many; ++i) {
    finish(threads[i]);
    CHECK(all[i].calls == 3);
    if (i > 0) troop_parker_release(all[i - 1].next);
  }
}

int main(void) {
  const TroopProcessOptions options = {.size = sizeof(options), .carriers = 2};
  const TroopOptions named = {.size = sizeof(named), .name = "program"};
  CHECK_OK(troop_process_begin(&options, &process, &told));
  CHECK_OK(troop_begin(process, &named, &troop, &told));
  threadsRunAndAreJoined();
  aThreadThatJoinsItselfIsTold();
  channelsConnectThreadsAndOsThreads();
  whatNobodyReceivesIsDropped();
  whoParksIsUnparkedByOsThreads();
  othersGoOnWhileManyBlock();
  whoIsPinnedStaysOnItsOsThread();
  eachThreadHasItsOwnSlots();
  limitsAreTold();
  whoIsKilledIsTold();
  stepsGoOnWhenTheyAreUnparked();
  CHECK(troop_memory_used(troop) == 0);
  troop_release(troop);
  troop_process_end(process);
  return 0;
}
