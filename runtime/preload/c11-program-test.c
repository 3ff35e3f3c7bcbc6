// What a program in C may do with threads as C11 has them: it ends with 0 where all of it works. It
// is run as it is here, and with the library loaded by tools/troop/exec-test.cc, as
//
//   c11-program-test MANY OS-THREADS-MAX
//
// which has MANY alive at once, on no more OS threads than that.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <time.h>

static mtx_t mutex;
static mtx_t again;
static cnd_t everybodyIsHere;
static cnd_t mayGo;
static once_flag begun = ONCE_FLAG_INIT;
static tss_t own;
static int many;
static int here;
static int going;
static int timesBegun;
static int added;
static _Atomic int destroyed;
static _Thread_local int number;

static void expect(const char* what, long value, long wanted) {
  printf("%s: %ld\n", what, value);
  if (value != wanted) {
    fprintf(stderr, "%s is %ld, and not %ld\n", what, value, wanted);
    exit(1);
  }
}

static void destroy(void* value) {
  (void)value;
  ++destroyed;
}

static void begin(void) {
  // Others come meanwhile, and wait.
  thrd_yield();
  ++timesBegun;
}

static struct timespec in(long milliseconds) {
  struct timespec time;
  timespec_get(&time, TIME_UTC);
  time.tv_nsec += milliseconds % 1000 * 1000000;
  time.tv_sec += milliseconds / 1000 + time.tv_nsec / 1000000000;
  time.tv_nsec %= 1000000000;
  return time;
}

static void addAgain(void) {
  mtx_lock(&again);
  if (mtx_trylock(&again) == thrd_success) {
    ++added;
    mtx_unlock(&again);
  }
  mtx_unlock(&again);
}

static int meets(void* argument) {
  number = (int)(long)argument;
  call_once(&begun, begin);
  if (tss_set(own, &number) != thrd_success) return -1;
  const struct timespec moment = {0, 1000};
  if (thrd_sleep(&moment, NULL) != 0) return -2;
  addAgain();
  const struct timespec far = in(1000000);
  if (mtx_timedlock(&mutex, &far) != thrd_success) return -3;
  if (++here == many) cnd_signal(&everybodyIsHere);
  while (!going) cnd_wait(&mayGo, &mutex);
  mtx_unlock(&mutex);
  thrd_yield();
  if (tss_get(own) != &number) return -4;
  if (!thrd_equal(thrd_current(), thrd_current())) return -5;
  if (number % 2 == 0) thrd_exit(number);
  return number;
}

static int triesInVain(void* argument) {
  (void)argument;
  const struct timespec soon = in(1);
  return mtx_trylock(&mutex) == thrd_busy && mtx_timedlock(&mutex, &soon) == thrd_timedout;
}

static int ends(void* argument) {
  (void)argument;
  const struct timespec moment = {0, 1000000};
  thrd_sleep(&moment, NULL);
  return 0;
}

static int osThreads(void) {
  int count = 0;
  DIR* tasks = opendir("/proc/self/task");
  if (tasks == NULL) exit(2);
  for (const struct dirent* entry = NULL; (entry = readdir(tasks)) != NULL;) {
    count += entry->d_name[0] != '.';
  }
  closedir(tasks);
  return count;
}

static void meetAll(int osThreadsMax) {
  thrd_t* threads = calloc((size_t)many, sizeof(thrd_t));
  if (threads == NULL) exit(2);
  for (long index = 0; index < many; ++index) {
    if (thrd_create(&threads[index], meets, (void*)index) != thrd_success) exit(3);
  }
  mtx_lock(&mutex);
  while (here < many) {
    const struct timespec far = in(1000000);
    if (cnd_timedwait(&everybodyIsHere, &mutex, &far) == thrd_timedout) exit(4);
  }
  const int alive = osThreads();
  if (alive > osThreadsMax) {
    fprintf(stderr, "%d threads are %d OS threads\n", many, alive);
    exit(5);
  }
  going = 1;
  mtx_unlock(&mutex);
  cnd_broadcast(&mayGo);
  long right = 0;
  for (long index = 0; index < many; ++index) {
    int result = -1;
    right += thrd_join(threads[index], &result) == thrd_success && result == index;
  }
  free(threads);
  expect("threads that ended as they should", right, many);
  expect("times it was begun", timesBegun, 1);
  expect("values that were destroyed", destroyed, many);
  expect("what was added under the recursive mutex", added, many);
}

int main(int count, char** arguments) {
  many = count > 1 ? atoi(arguments[1]) : 100;
  const int osThreadsMax = count > 2 ? atoi(arguments[2]) : many + 1;
  if (mtx_init(&mutex, mtx_timed) != thrd_success) return 2;
  if (mtx_init(&again, mtx_plain | mtx_recursive) != thrd_success) return 2;
  if (cnd_init(&everybodyIsHere) != thrd_success || cnd_init(&mayGo) != thrd_success) return 2;
  if (tss_create(&own, destroy) != thrd_success) return 2;
  meetAll(osThreadsMax);
  thrd_t thread;
  int result = 0;
  mtx_lock(&mutex);
  if (thrd_create(&thread, triesInVain, NULL) != thrd_success) return 3;
  thrd_join(thread, &result);
  mtx_unlock(&mutex);
  expect("a mutex that was not to be had", result, 1);
  tss_delete(own);
  cnd_destroy(&everybodyIsHere);
  cnd_destroy(&mayGo);
  mtx_destroy(&again);
  mtx_destroy(&mutex);
  // main is not the last: what ends then does so with 0.
  fflush(stdout);
  if (thrd_create(&thread, ends, NULL) != thrd_success) return 3;
  thrd_detach(thread);
  thrd_exit(9);
}
