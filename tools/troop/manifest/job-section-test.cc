#include "tools/troop/manifest/job-section.h"

#include "tools/troop/manifest/testing/manifest-fixture.h"

namespace troop::manifest {
namespace {

TEST_F(ManifestTest, aJobIsRead) {
  const Manifest manifest = read(R"(
[job.documents]
renderer = "one"
outliner = "two"
counter = "three"
documents = [{ file = "README.md", weight = 3 },
             { file = "sub/../README.md", weight = 1, sections-weight = 9 }]
load = 0.25
calibration = "200ms"
alone = "2s"
under-attack = "3s"
seed = 42
output = "rendered"
attackers = { bad = "killed: memory" }
[troop.one]
code = "plugin.js"
serves = "job.capnp:Parser"
[troop.two]
code = "plugin.js"
serves = "job.capnp:Outliner"
[troop.bad]
code = "plugin.js"
[troop.three]
code = "plugin.js"
serves = "job.capnp:Counter"
)");
  ASSERT_TRUE(manifest.documents);
  const DocumentsJob& job = *manifest.documents;
  EXPECT_EQ(job.renderer, "one");
  EXPECT_EQ(job.outliner, "two");
  EXPECT_EQ(job.counter, "three");
  ASSERT_EQ(job.documents.size(), 2u);
  EXPECT_EQ(job.documents[0].file, folder_ / "README.md");
  EXPECT_EQ(job.documents[0].weight, 3u);
  EXPECT_EQ(job.documents[0].sectionsWeight, 0u);
  EXPECT_EQ(job.documents[1].file, folder_ / "README.md");
  EXPECT_EQ(job.documents[1].sectionsWeight, 9u);
  EXPECT_DOUBLE_EQ(job.load, 0.25);
  EXPECT_EQ(job.calibration, 200ms);
  EXPECT_EQ(job.alone, 2s);
  EXPECT_EQ(job.underAttack, 3s);
  EXPECT_EQ(job.seed, 42u);
  EXPECT_EQ(job.output, folder_ / "rendered");
  ASSERT_EQ(job.attackers.size(), 1u);
  EXPECT_EQ(job.attackers[0].troop.value, "bad");
  EXPECT_EQ(job.attackers[0].verdict, "killed: memory");
}

#define TROOP_JOB_TROOPS                                                 \
  "[troop.one]\ncode = \"plugin.js\"\nserves = \"job.capnp:Parser\"\n"   \
  "[troop.two]\ncode = \"plugin.js\"\nserves = \"job.capnp:Outliner\"\n" \
  "[troop.bad]\ncode = \"plugin.js\"\n"
#define TROOP_JOB "[job.documents]\nrenderer = \"one\"\noutliner = \"two\"\n"
#define TROOP_DOCUMENTS "documents = [{ file = \"README.md\" }]\n"

constexpr Mistake jobMistakes[] = {
    {"unknownJob", "[job.documnets]\n" TROOP_JOB_TROOPS,
     "troop.toml:1:6: unknown key 'documnets' in 'job'; did you mean 'documents'?\n"},
    {"nothingGiven", "[job.documents]\n" TROOP_JOB_TROOPS,
     "troop.toml:1:6: the job 'documents' has no 'renderer'; it names a troop that serves the "
     "interface Renderer\ntroop.toml:1:6: the job 'documents' has no 'outliner'; it names a troop "
     "that serves the interface Outliner\ntroop.toml:1:6: the job 'documents' has no 'documents'; "
     "a list like [{ file = \"README.md\", weight = 1 }] is right\n"},
    {"unknownTroop",
     "[job.documents]\nrenderer = \"onne\"\noutliner = \"two\"\n" TROOP_DOCUMENTS TROOP_JOB_TROOPS,
     "troop.toml:2:12: there is no troop 'onne'; did you mean 'one'?\n"},
    {"wrongInterface",
     "[job.documents]\nrenderer = \"two\"\noutliner = \"bad\"\n" TROOP_DOCUMENTS TROOP_JOB_TROOPS,
     "troop.toml:2:12: troop 'two' serves Outliner; 'renderer' needs one that serves "
     "Renderer\ntroop.toml:3:12: troop 'bad' serves nothing; 'outliner' needs one that serves "
     "Outliner\n"},
    {"missingDocument", TROOP_JOB "documents = [{ file = \"REDME.md\" }]\n" TROOP_JOB_TROOPS,
     "troop.toml:4:23: no such file: 'REDME.md'; 'file' is a file's path, relative to the "
     "manifest's folder\n"},
    {"documentsAreNoTables", TROOP_JOB "documents = [\"README.md\"]\n" TROOP_JOB_TROOPS,
     "troop.toml:4:14: 'documents' is text here; each element is a table like { key = value }\n"},
    {"documentsAreNoList", TROOP_JOB "documents = \"README.md\"\n" TROOP_JOB_TROOPS,
     "troop.toml:4:13: 'documents' is text here; a list of tables like [{ key = value }] is "
     "right\n"},
    {"documentWithoutFile", TROOP_JOB "documents = [{ weight = 1 }]\n" TROOP_JOB_TROOPS,
     "troop.toml:4:14: document 1 has no 'file'; it names a text in Markdown\n"},
    {"wrongKeyOfADocument",
     TROOP_JOB "documents = [{ file = \"README.md\", wieght = 1 }]\n" TROOP_JOB_TROOPS,
     "troop.toml:4:36: unknown key 'wieght' in document 1; did you mean 'weight'?\n"},
    {"noWeight", TROOP_JOB "documents = [{ file = \"README.md\", weight = 0 }]\n" TROOP_JOB_TROOPS,
     "troop.toml:4:13: no document has a weight over 0; one must be sent\n"},
    {"loadOutOfRange", TROOP_JOB TROOP_DOCUMENTS "load = 30\n" TROOP_JOB_TROOPS,
     "troop.toml:5:8: 'load' is 30 here; it must be from 0.01 to 0.95\n"},
    {"loadIsText", TROOP_JOB TROOP_DOCUMENTS "load = \"30%\"\n" TROOP_JOB_TROOPS,
     "troop.toml:5:8: 'load' is text here; a number from 0.01 to 0.95 is right\n"},
    {"unknownAttacker",
     TROOP_JOB TROOP_DOCUMENTS "attackers = { bda = \"killed\" }\n" TROOP_JOB_TROOPS,
     "troop.toml:5:15: there is no troop 'bda'; did you mean 'bad'?\n"},
    {"attackerServesTheJob",
     TROOP_JOB TROOP_DOCUMENTS "attackers = { one = \"killed\" }\n" TROOP_JOB_TROOPS,
     "troop.toml:5:15: 'one' serves the job; it cannot attack it too\n"},
    {"verdictIsNoText", TROOP_JOB TROOP_DOCUMENTS "attackers = { bad = 1 }\n" TROOP_JOB_TROOPS,
     "troop.toml:5:21: 'bad' is a whole number here; text in quotes is right\n"},
    {"attackerIsGranted",
     TROOP_JOB TROOP_DOCUMENTS
     "attackers = { bad = \"killed\" }\n" TROOP_JOB_TROOPS
     "serves = \"job.capnp:Parser\"\n[troop.three]\ncode = \"plugin.js\"\ngrants.x = { troop = "
     "\"bad\" }\n",
     "troop.toml:17:22: 'bad' is an attacker, which starts later than 'three'; only attackers can "
     "be granted one\n"},
};

INSTANTIATE_TEST_SUITE_P(Job, ManifestMistake, ::testing::ValuesIn(jobMistakes), mistakeName);

}  // namespace
}  // namespace troop::manifest
