#include "tests/peers/troop/files/fio.h"

#include <fmt/format.h>

#include <charconv>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/io/child-process.h"
#include "tests/peers/troop/files/reads.h"
#include "tests/peers/troop/files/sample-file.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"

namespace troop::peers {

namespace {

// As who wants much of it asks its engine: half of the reads at once, no clock for each, and room
// that begins where a page does, since 16 bytes behind that, where malloc has it, some CPUs copy at
// a third of the speed. What it would tell the kernel of the file's use, and ours does not, it
// leaves out.
std::vector<std::string> argumentsFor(const Reads& reads, const SampleFile& sample) {
  const std::size_t depth = reads.depth / reads.threads;
  const std::size_t bytesEach = reads.countEach(sample.bytes()) * reads.blockBytes;
  std::vector<std::string> arguments{
      "--name=files",
      "--ioengine=io_uring",
      "--thread",
      "--group_reporting",
      "--readonly",
      "--allow_file_create=0",
      "--invalidate=0",
      "--fadvise_hint=0",
      "--gtod_reduce=1",
      "--mem=mmap",
      "--output-format=terse",
      "--terse-version=3",
      fmt::format("--filename={}", sample.path()),
      fmt::format("--size={}", sample.bytes()),
      fmt::format("--io_size={}", bytesEach),
      fmt::format("--bs={}", reads.blockBytes),
      fmt::format("--numjobs={}", reads.threads),
      fmt::format("--iodepth={}", depth),
      fmt::format("--iodepth_batch_submit={}", depth / 2),
      fmt::format("--iodepth_batch_complete_max={}", depth / 2),
      fmt::format("--rw={}", reads.atRandom ? "randread" : "read"),
  };
  // Else it reads no block a second time.
  if (reads.atRandom && !reads.fromDisk) arguments.emplace_back("--norandommap");
  return arguments;
}

std::string outputOf(const char* program, std::vector<std::string> arguments) {
  Process process;
  ChildProcess child =
      ChildProcess::start(process, program,
                          {.arguments = std::move(arguments), .output = ChildProcess::piped})
          .value();
  std::string output;
  std::vector<std::byte> block(4096);
  while (const std::size_t got = child.output().read(block).value()) {
    output.append(reinterpret_cast<const char*>(block.data()), got);
  }
  if (!child.wait().value().succeeded()) throw std::runtime_error(output);
  return output;
}

// A number among the fields of a line of version 3, of which others know more than this.
double field(std::string_view output, std::size_t index) {
  std::string_view rest = output.substr(0, output.find('\n'));
  for (; index > 0 && !rest.empty(); --index) {
    const std::size_t end = rest.find(';');
    rest = end == rest.npos ? "" : rest.substr(end + 1);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc() || end == rest.data() + rest.size() || *end != ';') {
    throw std::runtime_error(
        fmt::format("what it says is of no version that is known: {}", output));
  }
  return value;
}

}  // namespace

void loadFio(const char* program) {
  constexpr std::size_t readKibibytes = 5;
  constexpr std::size_t milliseconds = 8;
  const SampleFile sample;
  for (const Reads& reads : fileReads) {
    sample.prepare(reads);
    const std::string output = outputOf(program, argumentsFor(reads, sample));
    const double count =
        field(output, readKibibytes) * 1024 / static_cast<double>(reads.blockBytes);
    const auto wanted = static_cast<double>(reads.countEach(sample.bytes()) * reads.threads);
    if (count != wanted) {
      throw std::runtime_error(fmt::format("it read {} blocks, not {}", count, wanted));
    }
    fmt::print("fio\tfiles\t{}\t{:.6g}\tns\n", reads.metric,
               field(output, milliseconds) * 1e6 / count);
  }
}

}  // namespace troop::peers
