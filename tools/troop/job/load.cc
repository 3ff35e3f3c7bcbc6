#include "tools/troop/job/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/scope.h"

namespace troop::job {
namespace {

constexpr std::size_t sendersCount = 4;
// Enough that a server is never idle in the closed loop, few enough that none is refused.
constexpr std::size_t closedCallsPerSender = 2;
constexpr Duration tickPause = 100ms;

void merge(Outcome& sum, const Outcome& part) {
  sum.latencies.resize(std::max(sum.latencies.size(), part.latencies.size()));
  for (std::size_t i = 0; i < part.latencies.size(); ++i) sum.latencies[i].merge(part.latencies[i]);
  sum.sent += part.sent;
  sum.failed += part.failed;
  if (sum.firstFailure.empty()) sum.firstFailure = part.firstFailure;
}

}  // namespace

Latencies Outcome::of(std::size_t series) const {
  return series < latencies.size() ? latencies[series] : Latencies();
}

double Outcome::answeredPerSecond() const {
  const double seconds = std::chrono::duration<double>(length).count();
  return seconds > 0 ? static_cast<double>(sent - failed) / seconds : 0;
}

Load::Load(Process& process, Servers servers, std::vector<Item> items, std::function<void()> tick)
    : process_(process),
      servers_(std::move(servers)),
      items_(std::move(items)),
      tick_(std::move(tick)),
      answers_(items_.size()) {}

Mix Load::mix() const {
  std::vector<double> weights;
  for (const Item& item : items_) weights.push_back(item.weight);
  return Mix(std::move(weights));
}

Outcome Load::once(const std::vector<std::size_t>& items) {
  return send(1, [&](Sender& sender, std::size_t) {
    for (const std::size_t item : items) {
      if (!stopped()) perform(item, now(), sender.outcome);
    }
  });
}

Outcome Load::closed(Duration length) {
  const Time end = after(length);
  std::mutex mutex;  // protects the mix, of which all senders draw
  Mix drawn = mix();
  return send(sendersCount, [&](Sender& sender, std::size_t) {
    Scope scope;
    for (std::size_t i = 0; i < closedCallsPerSender; ++i) {
      scope.task([&] {
        while (!stopped() && now() < end) {
          std::unique_lock lock(mutex);
          const std::size_t item = drawn.next();
          lock.unlock();
          perform(item, now(), sender.outcome);
        }
      });
    }
    scope.join();
  });
}

Outcome Load::open(const std::vector<DueCall>& calls) {
  const Time start = now();
  return send(sendersCount, [&](Sender& sender, std::size_t index) {
    Scope scope;
    for (std::size_t i = index; i < calls.size(); i += sendersCount) {
      const std::size_t item = calls[i].item;
      const Time due = start + calls[i].due;
      if (stopping_.wait(due) == WaitResult::signalled) break;
      scope.task([this, &sender, item, due] { perform(item, due, sender.outcome); });
    }
    scope.join();
  });
}

Outcome Load::send(std::size_t count, const std::function<void(Sender&, std::size_t)>& body) {
  const Time start = now();
  std::vector<Sender> senders(count);
  std::optional<Error> failure;
  for (std::size_t i = 0; i < count && !failure; ++i) {
    Sender& sender = senders[i];
    sender.thread = process_.root().serviceThread(fmt::format("sender {}", i + 1));
    Expected<void> posted =
        sender.thread->post(assumeSendable([&body, &sender, i] { body(sender, i); }));
    sender.thread->close();
    if (posted.failed()) failure = std::move(posted).error();
  }
  Outcome sum;
  // All of them, whatever happens to one: they use what this function owns.
  for (Sender& sender : senders) {
    if (failure) stop();
    if (!sender.thread) continue;
    Expected<void> ended = awaitEnd(*sender.thread);
    if (ended.failed() && !failure) failure = std::move(ended).error();
    merge(sum, sender.outcome);
  }
  if (failure) throw *failure;
  sum.length = now() - start;
  return sum;
}

Expected<void> Load::awaitEnd(Thread& thread) {
  while (true) {
    Expected<void> ended = thread.join(after(tickPause));
    if (ended.succeeded() || ended.error().detail() != ErrorDetail::deadline) return ended;
    tick_();
  }
}

void Load::perform(std::size_t item, Time due, Outcome& outcome) {
  ++outcome.sent;
  sent_.fetch_add(1, std::memory_order_relaxed);
  switch (items_[item].service) {
    case Item::Service::render:
      return render(item, due, outcome);
    case Item::Service::outline:
      return outline(item, due, outcome);
    case Item::Service::count:
      return count(item, due, outcome);
  }
}

void Load::render(std::size_t item, Time due, Outcome& outcome) {
  auto reply = servers_.renderer.render(*items_[item].text).get(callPatience);
  const Duration latency = now() - due;
  if (reply.failed()) return fail(outcome, reply.error().reason());
  std::lock_guard lock(mutex_);
  std::optional<std::string>& first = answers_[item].html;
  if (!first) first = reply->html;
  if (*first != reply->html) return fail(outcome, "a text was rendered otherwise than before");
  answered(item, latency, outcome);
}

void Load::outline(std::size_t item, Time due, Outcome& outcome) {
  auto reply = servers_.outliner.outline(*items_[item].text).get(callPatience);
  const Duration latency = now() - due;
  if (reply.failed()) return fail(outcome, reply.error().reason());
  std::lock_guard lock(mutex_);
  std::optional<documents::Outline>& first = answers_[item].outline;
  if (!first) first = reply->outline;
  if (*first != reply->outline) return fail(outcome, "a text was outlined otherwise than before");
  answered(item, latency, outcome);
}

void Load::count(std::size_t item, Time due, Outcome& outcome) {
  auto reply = servers_.counter->count(*items_[item].text).get(callPatience);
  const Duration latency = now() - due;
  if (reply.failed()) return fail(outcome, reply.error().reason());
  std::lock_guard lock(mutex_);
  std::optional<documents::Figures>& first = answers_[item].figures;
  if (!first) first = reply->figures;
  if (*first != reply->figures) return fail(outcome, "a text was counted otherwise than before");
  answered(item, latency, outcome);
}

void Load::answered(std::size_t item, Duration latency, Outcome& outcome) {
  const std::size_t series = items_[item].series;
  if (outcome.latencies.size() <= series) outcome.latencies.resize(series + 1);
  outcome.latencies[series].add(latency);
}

void Load::fail(Outcome& outcome, std::string reason) {
  ++outcome.failed;
  failed_.fetch_add(1, std::memory_order_relaxed);
  if (outcome.firstFailure.empty()) outcome.firstFailure = std::move(reason);
}

std::optional<std::string> Load::html(std::size_t item) const {
  std::lock_guard lock(mutex_);
  return answers_[item].html;
}

std::optional<documents::Outline> Load::outline(std::size_t item) const {
  std::lock_guard lock(mutex_);
  return answers_[item].outline;
}

std::optional<documents::Figures> Load::figures(std::size_t item) const {
  std::lock_guard lock(mutex_);
  return answers_[item].figures;
}

}  // namespace troop::job
