#include "runtime/io/names/hosts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "runtime/blocking/blocking.h"
#include "runtime/error.h"

namespace troop::names {
namespace {

constexpr std::string_view blanks = " \t\r\v\f";

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// The next word of `line`, which it is taken off; empty: there is none.
std::string_view nextWord(std::string_view& line) {
  const std::size_t begin = std::min(line.find_first_not_of(blanks), line.size());
  const std::size_t end = std::min(line.find_first_of(blanks, begin), line.size());
  const std::string_view word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

bool hasName(std::string_view line, std::string_view name) {
  for (;;) {
    const std::string_view word = nextWord(line);
    if (word.empty()) return false;
    if (sameName(word, name)) return true;
  }
}

}  // namespace

bool sameName(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool isNumeric(std::string_view text, Address& address) {
  const bool isBare6 = text.find(':') != std::string_view::npos && text.front() != '[';
  const std::string host = isBare6 ? fmt::format("[{}]", text) : std::string(text);
  Expected<Address> parsed = Address::parse(host + ":0");
  if (parsed.failed()) return false;
  address = *parsed;
  return true;
}

std::vector<Address> hostsOf(std::string_view text, std::string_view name) {
  std::vector<Address> found;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const std::string_view first = nextWord(line);
    Address address;
    if (!hasName(line, name) || !isNumeric(first, address)) continue;
    if (std::ranges::find(found, address) == found.end()) found.push_back(address);
  }
  return found;
}

std::string hostsText(const std::string& path) {
  return blocking([&] {
    std::string text;
    // A pipe in its place is not waited for.
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return text;
    std::array<char, 4096> part;
    while (text.size() < hostsBytesMax) {
      const ssize_t got = ::read(file, part.data(), part.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      text.append(part.data(), static_cast<std::size_t>(got));
    }
    ::close(file);
    return text;
  });
}

}  // namespace troop::names
