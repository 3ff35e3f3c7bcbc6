#include "tools/troop/streams.h"

#include "tools/troop/exit-code.h"
#include "tools/troop/testing/command-fixture.h"

namespace troop::command {
namespace {

class Streams : public CommandTest {
 protected:
  Finished shell(const std::string& redirection, const std::string& arguments) {
    return Subprocess({"sh", "-c", std::string(program) + " " + arguments + " " + redirection})
        .wait();
  }
};

TEST_F(Streams, aResultThatCannotBeWrittenIsNoSuccess) {
  const std::string manifest = write("troop.toml", "[troop.one]\ncode = \"plugin.js\"\n");
  const Finished finished = shell(">/dev/full", "check " + manifest);
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::hostFailed));
  EXPECT_EQ(finished.errors, "error: standard output cannot be written\n");
  const std::string schema =
      write("some.capnp", "@0xd0a1b2c3d4e5f6e9;\ninterface Some { run @0 () -> (); }\n");
  EXPECT_NE(shell(">/dev/full", "bind " + schema).exitCode, 0);
  EXPECT_NE(shell(">/dev/full", "new " + (folder_ / "made").native()).exitCode, 0);
}

TEST_F(Streams, errorsThatCannotBeWrittenChangeNothing) {
  EXPECT_EQ(shell("2>/dev/full", "check " + (folder_ / "none.toml").native()).exitCode,
            static_cast<int>(ExitCode::manifestWrong));
  EXPECT_EQ(shell("2>/dev/full", "bind " + (folder_ / "none.capnp").native()).exitCode,
            static_cast<int>(ExitCode::manifestWrong));
}

}  // namespace
}  // namespace troop::command
