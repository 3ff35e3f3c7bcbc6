// Semaphores as a program sees them.
#include <semaphore.h>

#include <cerrno>
#include <ctime>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

TEST(Semaphores, passATurnAround) {
  sem_t ping;
  sem_t pong;
  sem_init(&ping, 0, 0);
  sem_init(&pong, 0, 0);
  PthreadOfTest answers([&] {
    for (int times = 0; times < 1000; ++times) {
      EXPECT_EQ(sem_wait(&ping), 0);
      EXPECT_EQ(sem_post(&pong), 0);
    }
  });
  for (int times = 0; times < 1000; ++times) {
    EXPECT_EQ(sem_post(&ping), 0);
    EXPECT_EQ(sem_wait(&pong), 0);
  }
}

TEST(Semaphores, areTakenAsOftenAsTheyWereGiven) {
  sem_t semaphore;
  sem_init(&semaphore, 0, 3);
  PthreadOfTest pthread([&] {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    for (int times = 0; times < 3; ++times) EXPECT_EQ(sem_timedwait(&semaphore, &now), 0);
    EXPECT_EQ(sem_timedwait(&semaphore, &now), -1);
    EXPECT_EQ(errno, ETIMEDOUT);
    EXPECT_EQ(sem_trywait(&semaphore), -1);
    clock_gettime(CLOCK_MONOTONIC, &now);
    EXPECT_EQ(sem_clockwait(&semaphore, CLOCK_MONOTONIC, &now), -1);
    EXPECT_EQ(errno, ETIMEDOUT);
    EXPECT_EQ(sem_clockwait(&semaphore, CLOCK_BOOTTIME, &now), -1);
    EXPECT_EQ(errno, EINVAL);
    now.tv_nsec = -1;
    EXPECT_EQ(sem_timedwait(&semaphore, &now), -1);
    EXPECT_EQ(errno, EINVAL);
    int value = -1;
    EXPECT_EQ(sem_getvalue(&semaphore, &value), 0);
    EXPECT_EQ(value, 0);
  });
}

TEST(Semaphores, haveAGreatestValue) {
  sem_t semaphore;
  sem_init(&semaphore, 0, SEM_VALUE_MAX);
  EXPECT_EQ(sem_post(&semaphore), -1);
  EXPECT_EQ(errno, EOVERFLOW);
}

TEST(Semaphores, sharedOnesAreLeftToTheCLibrary) {
  sem_t semaphore;
  sem_init(&semaphore, 1, 0);
  PthreadOfTest posts([&] { sem_post(&semaphore); });
  PthreadOfTest waits([&] { EXPECT_EQ(sem_wait(&semaphore), 0); });
}

}  // namespace
}  // namespace troop::preload
