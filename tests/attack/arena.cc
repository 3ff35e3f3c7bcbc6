#include "tests/attack/arena.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "docs/examples/first-plugin/greeter.troop.h"
#include "proto/markdown.troop.h"
#include "proxy/answer.h"
#include "proxy/call.h"
#include "proxy/membrane.h"
#include "proxy/target.h"
#include "runtime/task.h"
#include "runtime/time.h"
#include "tests/attack/explorer.h"

namespace troop::tests {

namespace {

using sandbox::Guest;

constexpr int roundsBesideTheLiving = 30;
constexpr int callsOfTheLiving = 12;
constexpr Duration patienceForEvidence = 60s;

class EmptyDocument final : public documents::Document::Target {
 public:
  HeadingsResults headings(HeadingsParams) override { return {}; }
  LinksResults links(LinksParams) override { return {}; }
  TextResults text(TextParams) override { return {}; }
};

// Takes a moment for each call, so that calls queue.
class Victim final : public documents::Parser::Target {
 public:
  Victim(Ref<Thread> thread, std::atomic<int>& callsOpen)
      : thread_(std::move(thread)), callsOpen_(callsOpen) {}

  RenderResults render(RenderParams params) override {
    struct Open {
      std::atomic<int>& count;
      ~Open() { --count; }
    } const open{callsOpen_};
    ++callsOpen_;
    sleep(1ms);
    return {"<p>" + params.markdown + "</p>"};
  }
  ParseResults parse(ParseParams) override {
    return {documents::Document(proxy::serve(thread_, std::make_shared<EmptyDocument>()))};
  }

 private:
  const Ref<Thread> thread_;
  std::atomic<int>& callsOpen_;
};

class Secret final : public proxy::Endpoint {
 public:
  explicit Secret(std::atomic<int>& calls) : calls_(calls) {}
  void call(proxy::Call call) noexcept override {
    ++calls_;
    call.settle(proxy::Message::empty());
  }

 private:
  std::atomic<int>& calls_;
};

proxy::Capability victimIn(const Ref<Thread>& thread, std::atomic<int>& callsOpen) {
  return proxy::serve(thread, std::make_shared<Victim>(thread, callsOpen), {.name = "victim"});
}

// A capability of which only the neighbour knows.
Guest neighbourIn(sandbox::Host& host, std::atomic<int>& secretCalls) {
  const proxy::Capability secret(makeRef<Secret>(secretCalls));
  return host.spawn(host.compile("docs/examples/first-plugin/greeter.js"),
                    {.name = "neighbour", .grants = {{"secret", secret}}});
}

bool becomesZero(auto count) {
  const Time end = after(patience);
  while (count() != 0 && now() < end) sleep(1ms);
  return count() == 0;
}

}  // namespace

bool isPlain(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return false;
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if (byte == 0xc2 && next < 0xa0) return false;           // control characters above U+0080
    if (text.substr(i).starts_with("\u202e")) return false;  // from right to left
  }
  return true;
}

// Bounded, as those who are heard are attackers. The sink of a log and the test share it.
class Testimony {
 public:
  void add(std::string_view line) {
    const std::lock_guard lock(mutex_);
    if (text_.size() < bytesMax && lines_.emplace(line).second) text_.append(line) += '\n';
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  static constexpr std::size_t bytesMax = std::size_t{16} << 10;

  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> lines_;
  std::string text_;
};

std::string Judgement::missing(const std::vector<const char*>& evidence) const {
  std::string lines;
  for (const char* text : evidence) {
    if (heard.find(text) == std::string::npos) lines.append(text) += '\n';
  }
  return lines;
}

Arena::Arena()
    : host_({.carriers = 2}),
      thread_(host_.process().root().serviceThread("victim")),
      victim_(victimIn(thread_, callsOpen_)),
      neighbour_(neighbourIn(host_, secretCalls_)) {
  expectOthersUnharmed();
}

// By now nobody calls the victim any more.
Arena::~Arena() {
  EXPECT_TRUE(becomesZero([&] { return callsOpen_.load(); }));
  victim_ = {};
  thread_->close();
  EXPECT_TRUE(thread_->join(after(patience)).succeeded());
}

void Arena::expectOthersUnharmed() {
  const auto html = documents::Renderer(victim_).render("# hi").get(patience);
  EXPECT_TRUE(html.succeeded()) << html.error().what();
  if (html.succeeded()) EXPECT_EQ(html->html, "<p># hi</p>");
  const auto greeting = neighbour_.as<examples::Greeter>().greet("you").get(patience);
  EXPECT_TRUE(greeting.succeeded()) << greeting.error().what();
  if (greeting.succeeded()) EXPECT_EQ(greeting->greeting, "Hello, you!");
  EXPECT_TRUE(neighbour_.verdict().alive()) << neighbour_.verdict().text();
  EXPECT_EQ(secretCalls_, 0);
  EXPECT_EQ(steeringLines_, 0);
}

Expected<Guest> Arena::start(const Attacker& attacker) {
  return start(attacker, nullptr);
}

Expected<Guest> Arena::start(const Attacker& attacker,
                             const std::shared_ptr<Testimony>& testimony) {
  const std::filesystem::path file = attacker.file;
  const std::string folder = file.parent_path().string() + "/";
  const auto refusal = [&](const char* what, const Error& error) {
    std::string reason = error.reason();
    if (reason.starts_with(folder)) reason.erase(0, folder.size());
    return Error(error.kind(), std::string(what) + reason, error.detail());
  };
  const sandbox::allow::Log log{.sink = [this, testimony](const sandbox::allow::Log::Line& line) {
    if (!isPlain(line.text)) ++steeringLines_;
    if (testimony) testimony->add(line.text);
  }};
  std::optional<sandbox::Image> image;
  try {
    image = host_.compile(file);
  } catch (const Error& error) {
    return refusal("not compiled: ", error);
  }
  std::vector<sandbox::Grant> grants = {{"victim", victim_}, log};
  if (attacker.callsUntilRevoked > 0) {
    grants.emplace_back("renderer", proxy::limitCalls(makeRef<proxy::Membrane>("renderer"), victim_,
                                                      attacker.callsUntilRevoked));
  }
  try {
    return host_.spawn(
        *image, {.name = attacker.name(), .limits = attacker.limits, .grants = std::move(grants)});
  } catch (const Error& error) {
    return refusal("not started: ", error);
  }
}

void Arena::callMainObject(const Guest& guest, Testimony& testimony) {
  std::vector<Ref<proxy::Answer>> answers;
  for (int i = 0; i < callsOfTheLiving; ++i) {
    answers.push_back(
        guest.capability().call({documents::Renderer::interfaceId, 0}, proxy::Message::empty()));
  }
  for (const Ref<proxy::Answer>& answer : answers) {
    ASSERT_EQ(answer->wait(after(patience)), WaitResult::signalled);
    const Expected<proxy::Message>& result = answer->result();
    if (result.succeeded()) {
      for (const std::string& fault : explore(result.value())) testimony.add(fault);
    } else {
      EXPECT_TRUE(isPlain(result.error().reason())) << result.error().reason();
      testimony.add(result.error().reason());
    }
  }
}

Judgement Arena::judge(const Attacker& attacker) {
  const auto testimony = std::make_shared<Testimony>();
  const Expected<Guest> started = start(attacker, testimony);
  if (started.failed()) {
    expectOthersUnharmed();
    return {started.error().reason(), {}};
  }
  const Guest& guest = started.value();
  // Those that live are watched for a while; all have the time that they need to come to their
  // verdict.
  const Time late = after(patience);
  for (int round = 0; round < roundsBesideTheLiving; ++round) expectOthersUnharmed();
  const auto judged = [&] { return guest.verdict().text().starts_with(attacker.verdict); };
  while (guest.verdict().alive() && !judged() && now() < late) expectOthersUnharmed();
  Judgement judgement{guest.verdict().text(), {}};
  if (guest.verdict().alive()) callMainObject(guest, *testimony);
  const Time lateForEvidence = after(patienceForEvidence);
  for (;;) {
    expectOthersUnharmed();
    judgement.heard = testimony->text();
    if (judgement.missing(attacker.evidence).empty() || now() > lateForEvidence) break;
    sleep(1ms);
  }
  end(guest);
  return judgement;
}

void Arena::end(const Guest& guest) {
  kill(guest);
  expectGone(guest);
}

void Arena::kill(const Guest& guest) {
  guest.troop()->kill(Error(ErrorKind::disconnected, "the test is over", ErrorDetail::killed));
}

void Arena::expectGone(const Guest& guest) {
  EXPECT_TRUE(guest.waitEnd(after(patience)));
  EXPECT_EQ(guest.usage().memoryBytes, 0u);
  const Ref<Troop> troop = guest.troop();
  EXPECT_LE(troop->memory()->peak(), troop->memory()->limit()) << guest.name();
  EXPECT_TRUE(becomesZero([&] { return troop->memory()->used(); })) << guest.name();
}

}  // namespace troop::tests
