// The C API beside the C++ one, in the same Process; what it is for is tested in program-test.c.
#include "runtime/c/troop-c.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>

#include "runtime/c/handles.h"
#include "runtime/event.h"
#include "runtime/scope.h"
#include "runtime/sendable.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop {
namespace {

using Api = std::unique_ptr<TroopProcess, decltype(&troop_process_end)>;

Api begin(std::uint32_t carriers) {
  const TroopProcessOptions options{.size = sizeof(options), .carriers = carriers};
  TroopProcess* process = nullptr;
  EXPECT_EQ(troop_process_begin(&options, &process, nullptr), TROOP_OK);
  return {process, troop_process_end};
}

using TroopHandle = std::unique_ptr<::Troop, decltype(&troop_release)>;

TroopHandle troopOf(TroopProcess& process, const char* name) {
  const ::TroopOptions options{.size = sizeof(options), .name = name};
  ::Troop* troop = nullptr;
  EXPECT_EQ(troop_begin(&process, &options, &troop, nullptr), TROOP_OK);
  return {troop, troop_release};
}

TEST(CApi, tellsTasksOfItsHostThatTheyWereCancelled) {
  const Api api = begin(2);
  api->process.run([] {
    Event begun;
    TroopCode slept = TROOP_OK, yielded = TROOP_OK;
    Scope scope;
    scope.task([&] {
      begun.set();
      slept = troop_sleep(TROOP_FOREVER, nullptr);
      yielded = troop_yield(nullptr);
    });
    begun.wait();
    scope.cancel();
    EXPECT_TRUE(scope.joinNoThrow());
    EXPECT_EQ(slept, TROOP_CANCELLED);
    EXPECT_EQ(yielded, TROOP_CANCELLED);
  });
}

TEST(CApi, hasThePayerPayAndNotTheCaller) {
  const Api api = begin(2);
  const TroopHandle payer = troopOf(*api, "payer"), caller = troopOf(*api, "caller");
  const auto make = [](::Troop* pays, ::Troop* calls) {
    const std::size_t before = calls->held->memory()->used();
    TroopSender* sender = nullptr;
    TroopReceiver* receiver = nullptr;
    EXPECT_EQ(troop_channel_make(pays, 1000, nullptr, &sender, &receiver, nullptr), TROOP_OK);
    EXPECT_GE(pays->held->memory()->used(), 1000 * sizeof(void*));
    EXPECT_EQ(calls->held->memory()->used(), before);
    troop_sender_release(sender);
    troop_receiver_release(receiver);
    EXPECT_EQ(pays->held->memory()->used(), 0u);
  };
  const Ref<Thread> thread =
      caller->held->thread({}, make, assumeSendable(payer.get()), assumeSendable(caller.get()));
  EXPECT_TRUE(thread->join());
}

TEST(CApi, takesOptionsOfThoseWhoKnowFewer) {
  TroopProcessOptions options{.carriers = 3, .sparesMax = 100'000};
  options.size = offsetof(TroopProcessOptions, sparesMax);
  TroopProcess* process = nullptr;
  ASSERT_EQ(troop_process_begin(&options, &process, nullptr), TROOP_OK);
  EXPECT_EQ(process->process.carriers(), 3u);
  troop_process_end(process);
  options.size = sizeof(options);
  TroopError error;
  EXPECT_EQ(troop_process_begin(&options, &process, &error), TROOP_FAILED);
  EXPECT_NE(std::string(error.text).find("100000"), std::string::npos) << error.text;
}

TEST(CApi, worksWithoutAnyError) {
  const Api api = begin(1);
  const TroopHandle troop = troopOf(*api, nullptr);
  TroopParker* parker = nullptr;
  ASSERT_EQ(troop_parker_make(troop.get(), &parker, nullptr), TROOP_OK);
  EXPECT_EQ(troop_park(parker, 0, nullptr), TROOP_TIMED_OUT);
  troop_parker_release(parker);
  std::atomic<int> ran{0};
  const auto body = [](void* count) { ++*static_cast<std::atomic<int>*>(count); };
  EXPECT_EQ(troop_spawn(troop.get(), nullptr, body, &ran, nullptr, nullptr), TROOP_OK);
  while (ran == 0) std::this_thread::yield();
}

TEST(CApi, keepsAValueWhoseSendingFails) {
  static int drops;
  drops = 0;
  const auto drop = [](void*) { ++drops; };
  {
    c::Item item(&drops, drop);
    EXPECT_EQ(drops, 0);
  }
  EXPECT_EQ(drops, 0) << "nobody has queued it";
  {
    c::Item item(&drops, drop);
    c::Item queued(std::move(item));
    c::Item onItsWay(std::move(queued));
  }
  EXPECT_EQ(drops, 1);
  {
    c::Item item(&drops, drop);
    c::Item queued(std::move(item));
    c::Item taken(std::move(queued));
    EXPECT_EQ(taken.received(), &drops);
  }
  EXPECT_EQ(drops, 1);
}

}  // namespace
}  // namespace troop
