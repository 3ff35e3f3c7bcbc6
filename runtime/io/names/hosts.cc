#include "runtime/io/names/hosts.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/io/calls/open-socket.h"
#include "runtime/reactor/file-request.h"
#include "runtime/reactor/file-wait.h"

namespace troop::names {
namespace {

constexpr std::string_view blanks = " \t\r\v\f";
constexpr std::size_t partBytes = 4096;

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

// What the system says of it; fails where nobody has asked it, or it was not waited for.
Async<Expected<long>> resultOf(Reactor& reactor, Expected<Ref<FileRequest>>& request,
                               Time deadline) {
  if (request.failed()) co_return std::move(request).error();
  reactor.begin(*request);
  const WaitResult waited = co_await async::FileWait(**request, deadline);
  if (waited != WaitResult::signalled) co_return Source::notDone(waited, "the file of hosts");
  co_return (*request)->result();
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

Async<Expected<std::string>> hostsText(Reactor& reactor, std::string path, Time deadline) {
  Expected<Ref<FileRequest>> opening = FileRequest::open(reactor, std::move(path), O_RDONLY);
  Expected<long> result = co_await resultOf(reactor, opening, deadline);
  if (result.failed()) co_return std::move(result).error();
  std::string text;
  if (*result < 0) co_return text;
  Expected<Ref<Source>> source = Source::open(reactor, (*opening)->takeDescriptor());
  if (source.failed()) co_return std::move(source).error();
  const Opened opened(*std::move(source));
  while (text.size() < hostsBytesMax) {
    Expected<Ref<FileRequest>> reading = FileRequest::read(*opened, text.size(), partBytes);
    result = co_await resultOf(reactor, reading, deadline);
    if (result.failed()) co_return std::move(result).error();
    if (*result <= 0) break;
    text.append(reinterpret_cast<const char*>((*reading)->buffer().data()),
                static_cast<std::size_t>(*result));
  }
  co_return text;
}

}  // namespace troop::names
