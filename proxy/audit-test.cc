#include "proxy/audit.h"

#include <gtest/gtest.h>

#include "proxy/answer.h"
#include "proxy/call.h"
#include "proxy/testing/endpoints.h"
#include "runtime/process.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop::proxy {
namespace {

using namespace testing;
using Outcome = AuditEntry::Outcome;

TEST(Audit, saysWhoCalledWhatAndWhatBecameOfIt) {
  const auto log = makeRef<AuditLog>(AuditLog::Options{});
  const auto object = makeRef<Keeper>();
  const Capability mailer = audited(Capability(object), "mailer", log);
  const Ref<Answer> answer = mailer.call(anyMethod, numbered(1));
  ASSERT_EQ(log->entries().size(), 1u);
  EXPECT_EQ(log->entries()[0].outcome, Outcome::underWay);
  EXPECT_EQ(describe(log->entries()[0]), "mailer @0x0000000000001234.5 by 'the host': under way");
  object->take().settle(numbered(2));
  EXPECT_EQ(textOf(answer->result()), "2");
  const AuditEntry answered = log->entries()[0];
  EXPECT_EQ(answered.outcome, Outcome::answered);
  EXPECT_EQ(answered.capability, "mailer");
  EXPECT_EQ(answered.method, anyMethod);
  EXPECT_EQ(answered.parameterBytes, numbered(1).bytes().size());
  EXPECT_EQ(answered.resultBytes, numbered(2).bytes().size());
  mailer.call(anyMethod, numbered(1));
  object->take().settle(Error(ErrorKind::overloaded, "busy"));
  EXPECT_EQ(log->entries()[1].outcome, Outcome::failed);
  EXPECT_EQ(log->entries()[1].error, ErrorKind::overloaded);
  EXPECT_NE(describe(log->entries()[1]).find("'the host': overloaded after "), std::string::npos);
  EXPECT_FALSE(audited({}, "null", log));
}

TEST(Audit, tellsHowLongACallTook) {
  sim::runIn(sim::World::simulated, [] {
    const auto log = makeRef<AuditLog>(AuditLog::Options{});
    const auto object = makeRef<Keeper>();
    const Ref<Answer> answer =
        audited(Capability(object), "slow", log).call(anyMethod, numbered(1));
    sleep(3s);
    object->take().settle(numbered(2));
    EXPECT_EQ(log->entries()[0].took, 3s);
  });
}

TEST(Audit, tellsWhoCalledFromWhoPays) {
  Process process({.carriers = 1});
  const Ref<Troop> acme = process.troop({.name = "acme"});
  const Ref<Troop> markdown = process.troop({.name = "markdown"});
  const auto log = makeRef<AuditLog>(AuditLog::Options{});
  const Capability echo = audited(Capability(makeRef<Echo>()), "echo", log);
  echo.deliver(Call(anyMethod, numbered(1), makeRef<Answer>(), never,
                    {.sender = markdown, .loan = acme->lend()}));
  const AuditEntry entry = log->entries().at(0);
  EXPECT_EQ(entry.caller.id, markdown->id());
  EXPECT_EQ(entry.payer.id, acme->id());
  EXPECT_NE(describe(entry).find("by 'markdown' for 'acme': answered"), std::string::npos);
}

TEST(Audit, keepsTheLastCalls) {
  const auto log = makeRef<AuditLog>(AuditLog::Options{.entriesMax = 3});
  const auto object = makeRef<Keeper>();
  const Capability kept = audited(Capability(object), "kept", log);
  for (std::uint64_t i = 0; i < 5; ++i)
    kept.call({0x1234, static_cast<std::uint16_t>(i)}, numbered(i));
  EXPECT_EQ(log->calls(), 5u);
  const std::vector<AuditEntry> last = log->entries();
  ASSERT_EQ(last.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(last[i].method.method, i + 2);
  // The first ones have no entry any more.
  for (int i = 0; i < 3; ++i) object->take().settle(numbered(1));
  EXPECT_EQ(log->entries()[0].outcome, Outcome::answered);
  EXPECT_EQ(log->entries()[1].outcome, Outcome::underWay);
}

TEST(Audit, noticesCallersThatGiveUp) {
  const auto log = makeRef<AuditLog>(AuditLog::Options{});
  const auto object = makeRef<Keeper>();
  const Ref<Answer> answer = audited(Capability(object), "slow", log).call(anyMethod, numbered(1));
  const Call call = object->take();
  answer->cancel(Error(ErrorKind::failed, "enough", ErrorDetail::cancelled));
  EXPECT_TRUE(call.decided());
  EXPECT_EQ(log->entries()[0].outcome, Outcome::failed);
}

TEST(Audit, isPaidFor) {
  const auto payer = makeRef<Budget>();
  {
    const auto log = makeRef<AuditLog>(AuditLog::Options{.entriesMax = 10, .payer = payer});
    const std::size_t entries = payer->used();
    EXPECT_GE(entries, 10 * sizeof(AuditEntry));
    const auto object = makeRef<Keeper>();
    const Capability seen = audited(Capability(object), "seen", log);
    const std::size_t idle = payer->used();
    EXPECT_GT(idle, entries);
    seen.call(anyMethod, numbered(1));
    EXPECT_GT(payer->used(), idle);
    object->take().settle(numbered(2));
    EXPECT_EQ(payer->used(), idle);
  }
  EXPECT_EQ(payer->used(), 0u);
}

TEST(Audit, logsCallsThatNobodyCanPayFor) {
  const auto payer = makeRef<Budget>(100'000);
  const auto log = makeRef<AuditLog>(AuditLog::Options{.entriesMax = 1, .payer = payer});
  const Capability seen = audited(Capability(makeRef<Echo>()), "seen", log);
  const Charge all = payer->charge(payer->limit() - payer->used()).value();
  EXPECT_EQ(detailOf(*seen.call(anyMethod, numbered(1))), ErrorDetail::memory);
  EXPECT_EQ(log->entries()[0].error, ErrorKind::overloaded);
}

TEST(Audit, refusesLogsOfNothing) {
  for (const std::size_t entries : {std::size_t{0}, ~std::size_t{0}}) {
    EXPECT_THROW(makeRef<AuditLog>(AuditLog::Options{.entriesMax = entries}), Error);
  }
  EXPECT_THROW(makeRef<AuditLog>(AuditLog::Options{.payer = makeRef<Budget>(10)}), Error);
}

}  // namespace
}  // namespace troop::proxy
