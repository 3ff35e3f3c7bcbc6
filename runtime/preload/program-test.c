// What a program in C may do with pthreads, as it stands in the manuals: it ends with 0 where all
// of it works. It is run as it is here, and with the library loaded by tools/troop/exec-test.cc,
// which compares what it prints.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t never;
static sem_t ready;
static int ends[2];
static int cleaned;
static int destroyed;
static pthread_key_t key;
static __thread int own;

static void expect(const char* what, long value, long wanted) {
  printf("%s: %ld\n", what, value);
  if (value != wanted) {
    fprintf(stderr, "%s is %ld, and not %ld\n", what, value, wanted);
    exit(1);
  }
}

static void clean(void* lock) {
  ++cleaned;
  if (lock != NULL) pthread_mutex_unlock(lock);
}

static void* waitsForCondition(void* argument) {
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(clean, &mutex);
  for (;;) pthread_cond_wait(&condition, &mutex);
  pthread_cleanup_pop(1);
  return argument;
}

static void* waitsForSemaphore(void* argument) {
  pthread_cleanup_push(clean, NULL);
  sem_wait(&never);
  pthread_cleanup_pop(0);
  return argument;
}

static void* sleeps(void* argument) {
  pthread_cleanup_push(clean, NULL);
  sleep(1000);
  pthread_cleanup_pop(0);
  return argument;
}

static void* reads(void* argument) {
  char byte;
  ssize_t got = 0;
  pthread_cleanup_push(clean, NULL);
  got = read(ends[0], &byte, 1);
  pthread_cleanup_pop(0);
  return got == 0 ? argument : NULL;
}

static void* awaitsChild(void* argument) {
  pthread_cleanup_push(clean, NULL);
  sem_post(&ready);
  waitpid(*(const pid_t*)argument, NULL, 0);
  pause();
  pthread_cleanup_pop(0);
  return NULL;
}

static void* isAsynchronous(void* argument) {
  pthread_cleanup_push(clean, NULL);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  sem_post(&ready);
  for (;;) pause();
  pthread_cleanup_pop(0);
  return argument;
}

static void* exits(void* argument) {
  pthread_cleanup_push(clean, NULL);
  pthread_exit(argument);
  pthread_cleanup_pop(0);
}

static void handle(int signal) {
  (void)signal;
  cleaned += 100;
}

static void* isSignalled(void* argument) {
  (void)argument;
  sem_post(&ready);
  return (void*)(long)(sem_wait(&never) == -1 && errno == EINTR);
}

static void* forks(void* argument) {
  const pid_t child = fork();
  if (child == 0) {
    pthread_t thread;
    void* result = NULL;
    pthread_create(&thread, NULL, exits, argument);
    pthread_join(thread, &result);
    _exit((int)(long)result);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return (void*)(long)WEXITSTATUS(status);
}

static void* startsProgram(void* argument) {
  (void)argument;
  int answer = 0;
  FILE* program = popen("echo $((6 * 7))", "r");
  if (fscanf(program, "%d", &answer) != 1) answer = -1;
  pclose(program);
  return (void*)(long)answer;
}

static void* timesOut(void* argument) {
  (void)argument;
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  pthread_mutex_lock(&mutex);
  const int condition_ = pthread_cond_timedwait(&condition, &mutex, &until);
  pthread_mutex_unlock(&mutex);
  const int semaphore = sem_timedwait(&never, &until) == -1 ? errno : 0;
  errno = 55;
  const struct timespec moment = {0, 1000};
  nanosleep(&moment, NULL);
  return (void*)(long)(condition_ == ETIMEDOUT && semaphore == ETIMEDOUT && errno == 55);
}

static void destroy(void* value) {
  (void)value;
  __atomic_fetch_add(&destroyed, 1, __ATOMIC_SEQ_CST);
}

static void* keepsItsOwn(void* argument) {
  own = (int)(long)argument;
  pthread_setspecific(key, argument);
  for (int times = 0; times < 10; ++times) {
    sched_yield();
    if (own != (int)(long)argument || pthread_getspecific(key) != argument) return NULL;
  }
  return argument;
}

static void* resultOf(void* (*start)(void*), void* argument) {
  pthread_t thread;
  void* result = NULL;
  if (pthread_create(&thread, NULL, start, argument) != 0) exit(2);
  pthread_join(thread, &result);
  return result;
}

static int isCancelled(void* (*start)(void*)) {
  pthread_t thread;
  void* result = NULL;
  if (pthread_create(&thread, NULL, start, NULL) != 0) exit(2);
  pthread_cancel(thread);
  pthread_join(thread, &result);
  return result == PTHREAD_CANCELED;
}

// Once it has told that it runs.
static int isCancelledLater(void* (*start)(void*), pid_t* child) {
  pthread_t thread;
  void* result = NULL;
  if (pthread_create(&thread, NULL, start, child) != 0) exit(2);
  sem_wait(&ready);
  // It waits then, as a rule.
  usleep(20000);
  pthread_cancel(thread);
  if (child != NULL) kill(*child, SIGKILL);
  pthread_join(thread, &result);
  return result == PTHREAD_CANCELED;
}

static int isCancelledWithChild(void) {
  pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  const int cancelled = isCancelledLater(awaitsChild, &child);
  waitpid(child, NULL, 0);
  return cancelled;
}

static void signalOne(void) {
  const struct sigaction action = {.sa_handler = handle};
  sigaction(SIGUSR1, &action, NULL);
  pthread_t thread;
  void* result = NULL;
  pthread_create(&thread, NULL, isSignalled, NULL);
  sem_wait(&ready);
  // Until it has told: a signal that came before its wait has ended none.
  while (pthread_tryjoin_np(thread, &result) != 0) {
    pthread_kill(thread, SIGUSR1);
    usleep(1000);
  }
  expect("a signal ends a wait", (long)result, 1);
}

static void keepOwn(void) {
  enum { many = 100 };
  pthread_t threads[many];
  pthread_key_create(&key, destroy);
  for (long index = 0; index < many; ++index) {
    pthread_create(&threads[index], NULL, keepsItsOwn, (void*)(index + 1));
  }
  long kept = 0;
  for (long index = 0; index < many; ++index) {
    void* result = NULL;
    pthread_join(threads[index], &result);
    kept += result == (void*)(index + 1);
  }
  expect("pthreads that keep what is their own", kept, many);
  expect("values that were destroyed", destroyed, many);
}

int main(void) {
  sem_init(&never, 0, 0);
  sem_init(&ready, 0, 0);
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 2;
  keepOwn();
  expect("cancelled in a condition", isCancelled(waitsForCondition), 1);
  expect("cancelled in a semaphore", isCancelled(waitsForSemaphore), 1);
  expect("cancelled in a sleep", isCancelled(sleeps), 1);
  expect("cancelled in a read", isCancelled(reads), 1);
  expect("cancelled while a child runs", isCancelledWithChild(), 1);
  expect("cancelled asynchronously", isCancelledLater(isAsynchronous, NULL), 1);
  expect("what an exit leaves", (long)resultOf(exits, (void*)7), 7);
  expect("cleanups", cleaned, 7);
  signalOne();
  expect("a pthread in a child", (long)resultOf(forks, (void*)9), 9);
  expect("what a program prints", (long)resultOf(startsProgram, NULL), 42);
  expect("deadlines, and errno after a wait", (long)resultOf(timesOut, NULL), 1);
  // main is not the last: what ends then does so with 0.
  fflush(stdout);
  pthread_t last;
  pthread_create(&last, NULL, timesOut, NULL);
  pthread_detach(last);
  pthread_exit(NULL);
}
