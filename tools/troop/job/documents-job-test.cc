#include "tools/troop/job/documents-job.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <string_view>

namespace troop::job {
namespace {

// RenderResults with the html "ok", and OutlineResults without an outline, framed.
constexpr const char* rendered = R"(\00\00\00\00\03\00\00\00\00\00\00\00\00\00\01\00)"
                                 R"(\01\00\00\00\1a\00\00\00ok\00\00\00\00\00\00)";
constexpr const char* outlined =
    R"(\00\00\00\00\02\00\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\00\00)";

// A guest that does `body` with every delivery; `answer` stands in its memory at 64.
std::string guest(const std::string& body, const std::string& answer = "") {
  return R"((module
    (import "troop" "answer" (func $answer (param i32 i32 i32 i32 i32) (result i32)))
    (import "troop" "fail" (func $fail (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 2)
    (data (i32.const 64) ")" +
         answer + R"(")
    (func (export "troop_abi_1"))
    (func (export "troop_alloc") (param i32) (result i32) (i32.const 4096))
    (func (export "troop_deliver") (param $delivery i32) (param $bytes i32) )" +
         body + "))";
}

// What a guest does with a call, which is a delivery of kind 2.
std::string onCall(const std::string& body) {
  return "(if (i32.eq (i32.load16_u (local.get $delivery)) (i32.const 2)) (then (drop " + body +
         ")))";
}

std::string answering(const char* answer, int bytes) {
  return guest(onCall("(call $answer (i32.load offset=4 (local.get $delivery)) (i32.const 64) "
                      "(i32.const " +
                      std::to_string(bytes) + ") (i32.const 0) (i32.const 0))"),
               answer);
}

const std::string renderer = answering(rendered, 32);
const std::string outliner = answering(outlined, 24);
const std::string failing =
    guest(onCall("(call $fail (i32.load offset=4 (local.get $delivery)) (i32.const 0) "
                 "(i32.const 0) (i32.const 0))"));
const std::string dying = guest("unreachable");

class DocumentsJobTest : public ::testing::Test {
 protected:
  DocumentsJobTest() {
    std::string pattern = ::testing::TempDir() + "documents-job-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    std::ofstream(folder_ / "text.md") << "# One\nfirst\n# Two\nsecond\n";
    manifest_.documents =
        manifest::DocumentsJob{.renderer = "renderer",
                               .outliner = "outliner",
                               .documents = {{folder_ / "text.md", 1, 2}},
                               .calibration = 100ms,
                               .alone = 200ms,
                               .underAttack = 300ms,
                               .output = folder_ / "out",
                               .bounds = manifest::DocumentsJob::Bounds::reported};
  }
  ~DocumentsJobTest() override { std::filesystem::remove_all(folder_); }

  manifest::TroopEntry& add(const std::string& name, const std::string& code) {
    const std::filesystem::path file = folder_ / (name + ".wat");
    std::ofstream(file) << code;
    manifest::TroopEntry entry;
    entry.name.value = name;
    entry.code = file;
    // These answer thousands of calls a second: so many may come together.
    entry.limits.callsQueued = sandbox::Limits::callsRange.max;
    manifest_.troops.push_back(entry);
    return manifest_.troops.back();
  }

  void addAttacker(const std::string& name, const std::string& code, const std::string& verdict) {
    add(name, code).restart = {manifest::Restart::Policy::onDeath, 1ms, 10ms};
    manifest_.documents->attackers.push_back({{name, {}}, verdict});
  }

  Report run() {
    hosting::Hosting hosting(manifest_, {.carriers = 2});
    return DocumentsJob(manifest_, hosting, progress_, interrupted_).run();
  }

  std::string result(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(folder_ / "out" / name, std::ios::binary).rdbuf();
    return text.str();
  }

  std::filesystem::path folder_;
  manifest::Manifest manifest_;
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> said_{tmpfile()};
  Progress progress_{fileno(said_.get()), Progress::Style::plain};
  std::atomic<bool> interrupted_{false};
};

TEST_F(DocumentsJobTest, measuresAloneAndUnderAttack) {
  add("renderer", renderer);
  add("outliner", outliner);
  addAttacker("attacker", dying, "failed: ");
  const Report report = run();
  EXPECT_EQ(report.faults, std::vector<std::string>{});
  ASSERT_EQ(report.troops.size(), 3u);
  for (std::size_t i = 0; i < 2; ++i) {
    const TroopFigures& row = report.troops[i];
    EXPECT_EQ(row.name, i == 0 ? "renderer" : "outliner");
    EXPECT_EQ(row.verdict, "served");
    EXPECT_EQ(row.callsFailed, 0u);
    ASSERT_EQ(row.services.size(), 3u);
    std::size_t alone = 0, underAttack = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      const ServiceFigures& service = row.services[j];
      EXPECT_EQ(service.documents,
                (std::array<std::string_view, 3>{"all", "text", "text, 2 sections"}[j]));
      ASSERT_TRUE(service.alone && service.underAttack);
      EXPECT_GT(service.alone->calls, 0u);
      EXPECT_GT(service.underAttack->calls, 0u);
      alone += service.alone->calls;
      underAttack += service.underAttack->calls;
    }
    EXPECT_EQ(alone, 2 * row.services[0].alone->calls);
    EXPECT_EQ(underAttack, 2 * row.services[0].underAttack->calls);
    // Once at the beginning and while it was calibrated, too.
    EXPECT_GT(row.callsServed, row.services[0].alone->calls + row.services[0].underAttack->calls);
    ASSERT_TRUE(row.cpuShare);
    EXPECT_GT(*row.cpuShare, 0);
    EXPECT_LT(*row.cpuShare, 1);
  }
  const TroopFigures& attacker = report.troops[2];
  EXPECT_TRUE(attacker.verdict.starts_with("failed: ")) << attacker.verdict;
  EXPECT_GT(attacker.restarts, 0u);
  EXPECT_TRUE(attacker.services.empty());
  ASSERT_TRUE(report.load);
  EXPECT_EQ(report.load->callsSent, report.troops[0].callsServed + report.troops[1].callsServed);
  EXPECT_NEAR(report.load->sentPerSecond, 0.3 * report.load->servedPerSecond, 1e-6);
  EXPECT_GE(report.carriers.size(), 2u);  // with spares
}

TEST_F(DocumentsJobTest, writesWhatItWasAnswered) {
  add("renderer", renderer);
  add("outliner", outliner);
  std::filesystem::create_directory(folder_ / "other");
  std::ofstream(folder_ / "other" / "text.md") << "# Of the same name\n";
  manifest_.documents->documents.push_back({folder_ / "other" / "text.md", 1, 0});
  EXPECT_TRUE(run().faults.empty());
  EXPECT_EQ(result("text.html"), "ok");
  EXPECT_EQ(result("text-2.html"), "ok");
  EXPECT_EQ(
      result("text.outline.json"),
      "{\n  \"words\": 0,\n  \"readingSeconds\": 0,\n  \"headings\": [],\n  \"links\": []\n}\n");
}

TEST_F(DocumentsJobTest, aVerdictThatWasNotExpectedIsAFault) {
  add("renderer", renderer);
  add("outliner", outliner);
  addAttacker("attacker", dying, "killed: memory");
  const Report report = run();
  ASSERT_EQ(report.faults.size(), 1u);
  EXPECT_TRUE(report.faults[0].starts_with(
      "attacker 'attacker' should have ended with 'killed: memory', but "))
      << report.faults[0];
}

TEST_F(DocumentsJobTest, anAttackerWhoseCodeIsRefusedHasThatVerdict) {
  add("renderer", renderer);
  add("outliner", outliner);
  addAttacker("broken", "(module (func", "refused: ");
  const Report report = run();
  EXPECT_EQ(report.faults, std::vector<std::string>{});
  ASSERT_EQ(report.troops.size(), 3u);
  EXPECT_TRUE(report.troops[2].verdict.starts_with("refused: ")) << report.troops[2].verdict;
}

TEST_F(DocumentsJobTest, codeThatShouldHaveBeenRefusedIsAFault) {
  add("renderer", renderer);
  add("outliner", outliner);
  addAttacker("attacker", dying, "refused: ");
  EXPECT_EQ(run().faults.size(), 1u);
}

TEST_F(DocumentsJobTest, otherCodeThatIsRefusedEndsTheJob) {
  add("renderer", renderer);
  add("outliner", outliner);
  addAttacker("attacker", "(module (func", "killed: ");
  EXPECT_THROW(run(), hosting::CompileError);
}

TEST_F(DocumentsJobTest, lostCallsAreAFault) {
  add("renderer", failing);
  add("outliner", outliner);
  const Report report = run();
  EXPECT_GE(report.faults.size(), 2u);
  EXPECT_TRUE(report.faults[0].starts_with("the first calls: 1 of 2 calls failed; the first: "))
      << report.faults[0];
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out" / "text.html"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / "text.outline.json"));
}

TEST_F(DocumentsJobTest, aServerThatDiesIsAFault) {
  add("renderer", guest(onCall("(i32.const 0) (unreachable)")));
  add("outliner", outliner);
  const Report report = run();
  ASSERT_FALSE(report.faults.empty());
  EXPECT_TRUE(report.faults.back().starts_with("troop 'renderer' ")) << report.faults.back();
}

TEST_F(DocumentsJobTest, withoutAttackersIsOnlyAlone) {
  add("renderer", renderer);
  add("outliner", outliner);
  const Report report = run();
  EXPECT_EQ(report.faults, std::vector<std::string>{});
  EXPECT_TRUE(report.troops[0].services[0].alone);
  EXPECT_FALSE(report.troops[0].services[0].underAttack);
  EXPECT_FALSE(report.troops[0].cpuShare);
}

TEST_F(DocumentsJobTest, interruptedEndsWithWhatThereIs) {
  add("renderer", renderer);
  add("outliner", outliner);
  addAttacker("attacker", dying, "failed: ");
  manifest_.documents->calibration = 24h;
  interrupted_ = true;
  const Report report = run();
  EXPECT_EQ(report.faults, std::vector<std::string>{});
  EXPECT_EQ(report.troops.size(), 2u);
  EXPECT_EQ(result("text.html"), "ok");
}

TEST_F(DocumentsJobTest, whatCannotBeReadOrWrittenIsAnError) {
  add("renderer", renderer);
  add("outliner", outliner);
  std::ofstream(folder_ / "out") << "no folder";
  try {
    run();
    FAIL() << "it was written";
  } catch (const Error& error) {
    EXPECT_TRUE(error.reason().starts_with((folder_ / "out").native() + ": cannot be made"));
  }
  std::ofstream(folder_ / "text.md") << "\xff";
  EXPECT_THROW(run(), Error);
}

TEST_F(DocumentsJobTest, resultsThatCannotBeWrittenLeaveTheReport) {
  add("renderer", renderer);
  add("outliner", outliner);
  std::filesystem::create_directories(folder_ / "out" / "text.html");
  const Report report = run();
  EXPECT_EQ(report.troops.size(), 2u);
  const std::string fault = (folder_ / "out" / "text.html").native() + ": cannot be written";
  EXPECT_EQ(report.faults, std::vector{fault});
}

}  // namespace
}  // namespace troop::job
