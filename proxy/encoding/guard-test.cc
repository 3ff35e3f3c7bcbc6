#include "proxy/encoding/guard.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace troop::proxy::encoding {
namespace {

kj::Exception saying(const char* text) {
  return kj::Exception(kj::Exception::Type::FAILED, "message.c++", 1, kj::heapString(text));
}

Error thrownBy(const char* text) {
  try {
    guarded("text at pointer", 3, [&]() -> int { kj::throwFatalException(saying(text)); });
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::unimplemented, "nothing was thrown");
}

TEST(Guard, returnsWhatItEncloses) {
  EXPECT_EQ(guarded("number", 0, [] { return 42; }), 42);
  guarded("nothing", 0, [] {});
}

TEST(Guard, makesAnErrorOfWhatTheLibraryThrows) {
  const Error error = thrownBy("list is too long");
  EXPECT_EQ(error.kind(), ErrorKind::failed);
  EXPECT_EQ(error.detail(), ErrorDetail::badMessage);
  EXPECT_EQ(error.reason(), "malformed message: text at pointer 3: list is too long");
}

TEST(Guard, saysWhatAPersonUnderstandsAndNothingOfTheSource) {
  EXPECT_EQ(thrownBy("expected size <= limit [17 <= 3]; pointer; out of bounds.").reason(),
            "malformed message: text at pointer 3: out of bounds");
  EXPECT_EQ(thrownBy("Too deep.  See the manual about that.").reason(),
            "malformed message: text at pointer 3: Too deep");
  EXPECT_EQ(thrownBy("expected a condition").reason(),
            "malformed message: text at pointer 3: expected a condition");
  EXPECT_EQ(thrownBy("").reason(), "malformed message: text at pointer 3: ");
}

TEST(Guard, letsOtherExceptionsPass) {
  EXPECT_THROW(guarded("x", 0, [] { throw std::out_of_range("ours"); }), std::out_of_range);
  try {
    guarded("x", 0, [] { throw Error(ErrorKind::overloaded, "ours"); });
    ADD_FAILURE() << "the error was lost";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::overloaded);
  }
}

TEST(Guard, nests) {
  try {
    guarded("outer", 1, [] {
      return guarded("inner", 2, []() -> int { kj::throwFatalException(saying("broken")); });
    });
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "malformed message: inner 2: broken");
  }
}

TEST(Guard, keepsValuesInPlainBytes) {
  alignas(8) std::byte bytes[16];
  store(bytes, std::uint64_t{0x0123456789abcdef});
  EXPECT_EQ(load<std::uint64_t>(bytes), 0x0123456789abcdefu);
  store(bytes, 'x');
  EXPECT_EQ(load<char>(bytes), 'x');
}

}  // namespace
}  // namespace troop::proxy::encoding
