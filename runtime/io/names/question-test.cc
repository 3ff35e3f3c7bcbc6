#include "runtime/io/names/question.h"

#include <gtest/gtest.h>

#include <string>

namespace troop::names {
namespace {

std::span<const std::byte> bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string textOf(const Question& question) {
  return {reinterpret_cast<const char*>(question.message().data()), question.message().size()};
}

// Its header with `flags` in the two bytes behind the number, and so many records.
std::string answer(const Question& question, unsigned flags, int records) {
  std::string text = textOf(question);
  text[2] = static_cast<char>(flags >> 8);
  text[3] = static_cast<char>(flags);
  text[7] = static_cast<char>(records);
  return text;
}

const std::string localhost("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1", 16);

TEST(Question, knowsTheNamesOfHosts) {
  for (const char* name :
       {"a", "example.com", "a_b.example", "1.2.3.4a", "xn--bcher-kva.example"}) {
    EXPECT_TRUE(canBeHost(name)) << name;
  }
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + label.substr(2);
  EXPECT_EQ(longest.size(), 253U);
  EXPECT_TRUE(canBeHost(longest));
  EXPECT_FALSE(canBeHost(longest + "a"));
  EXPECT_FALSE(canBeHost(label + "a.example"));
  for (const char* name : {"", ".", "a..b", ".a", "a.", "a b", "a\\.b", "m\xc3\xbcnchen.example",
                           "1.2.3", "127.1", "256.256.256.256", "a:80", "a/b", "%61"}) {
    EXPECT_FALSE(canBeHost(name)) << name;
  }
  EXPECT_FALSE(canBeHost(std::string_view("a\0b", 3)));
}

TEST(Question, isWrittenAsServersReadIt) {
  const Question question = Question::make("Example.com", AF_INET, 0x1234).value();
  EXPECT_EQ(textOf(question),
            std::string("\x12\x34\1\0\0\1\0\0\0\0\0\0\7Example\3com\0\0\1\0\1", 29));
  EXPECT_NE(Question::make("a..b", AF_INET, 1).error().reason().find("'a..b'"), std::string::npos);
}

TEST(Question, hearsAddressesOnce) {
  Question question = Question::make("example.com", AF_INET, 7).value();
  const std::string message = answer(question, 0x8180, 1) + localhost;
  EXPECT_EQ(question.read(bytes(message)), Question::Heard::addresses);
  ASSERT_EQ(question.addresses().size(), 1U);
  EXPECT_EQ(question.addresses()[0].text(), "127.0.0.1:0");
  EXPECT_EQ(question.read(bytes(message)), Question::Heard::nothing);
}

TEST(Question, hearsThatThereAreNone) {
  Question none = Question::make("example.com", AF_INET6, 7).value();
  EXPECT_EQ(none.read(bytes(answer(none, 0x8180, 0))), Question::Heard::addresses);
  EXPECT_TRUE(none.isAnswered());
  EXPECT_FALSE(none.isOfNoName());
  EXPECT_TRUE(none.addresses().empty());
  Question nobody = Question::make("example.com", AF_INET6, 7).value();
  EXPECT_EQ(nobody.read(bytes(answer(nobody, 0x8183, 0))), Question::Heard::noSuchName);
  EXPECT_TRUE(nobody.isOfNoName());
}

TEST(Question, doesNotHearWhatIsForOthers) {
  Question question = Question::make("example.com", AF_INET, 0x0107).value();
  const std::string right = answer(question, 0x8180, 1) + localhost;
  std::string otherNumber = right;
  otherNumber[1] = 8;
  EXPECT_EQ(question.read(bytes(otherNumber)), Question::Heard::nothing);
  std::string otherName = right;
  otherName[13] = 'a';
  EXPECT_EQ(question.read(bytes(otherName)), Question::Heard::nothing);
  std::string otherType = right;
  otherType[26] = 28;
  EXPECT_EQ(question.read(bytes(otherType)), Question::Heard::nothing);
  EXPECT_EQ(question.read(question.message()), Question::Heard::nothing) << "no answer";
  for (std::size_t length = 0; length < question.message().size(); ++length) {
    EXPECT_EQ(question.read(bytes(right.substr(0, length))), Question::Heard::nothing) << length;
  }
  std::string otherLetters = right;
  otherLetters[13] = 'E';
  EXPECT_EQ(question.read(bytes(otherLetters)), Question::Heard::addresses);
}

TEST(Question, tellsWhatIsNoUseApart) {
  Question question = Question::make("example.com", AF_INET, 7).value();
  EXPECT_EQ(question.read(bytes(answer(question, 0x8380, 0))), Question::Heard::truncated);
  EXPECT_EQ(question.read(bytes(answer(question, 0x8182, 0))), Question::Heard::refusal);
  EXPECT_EQ(question.read(bytes(answer(question, 0x8185, 0))), Question::Heard::refusal);
  // It says that there are two records, and one of them is cut off.
  const std::string message = answer(question, 0x8180, 2) + localhost;
  for (std::size_t length = 29; length < message.size(); ++length) {
    EXPECT_EQ(question.read(bytes(message.substr(0, length))), Question::Heard::unreadable)
        << length;
  }
  // A name that leads to itself.
  EXPECT_EQ(question.read(bytes(answer(question, 0x8180, 1) +
                                std::string("\xc0\x1d\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1", 16))),
            Question::Heard::unreadable);
  EXPECT_FALSE(question.isAnswered());
  EXPECT_TRUE(question.addresses().empty());
}

}  // namespace
}  // namespace troop::names
