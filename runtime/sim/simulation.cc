#include "runtime/sim/simulation.h"

#include <fmt/format.h>

#include <exception>
#include <memory>
#include <utility>

#include "runtime/sim/trace.h"

namespace troop::sim {
namespace {

Choosing choosing(const Options& options, Recorder* recorder = nullptr) {
  std::string source = fmt::format("seed {}", options.seed);
  if (options.strategy.kind != Strategy::Kind::random) {
    source += fmt::format(", {}", textOf(options.strategy));
  }
  return {.choices = choicesOf(options.seed, options.strategy),
          .source = std::move(source),
          .recorder = recorder,
          .network = options.network,
          .disk = options.disk};
}

}  // namespace

Ran run(const Options& options, std::function<void()> program) {
  return runChoosing(choosing(options), options.process, std::move(program));
}

Ran check(const Options& options, const std::function<void()>& program) {
  Recorder first;
  std::exception_ptr thrown;
  try {
    (void)runChoosing(choosing(options, &first), options.process, program);
  } catch (...) {
    thrown = std::current_exception();
  }
  const Trace expected = first.take();
  Recorder second(&expected);
  const Ran ran = runChoosing(choosing(options, &second), options.process, program);
  if (thrown != nullptr) std::rethrow_exception(thrown);
  return ran;
}

}  // namespace troop::sim
