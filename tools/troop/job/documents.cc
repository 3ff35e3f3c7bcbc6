#include "tools/troop/job/documents.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "runtime/error.h"

namespace troop::job {
namespace {

constexpr std::size_t documentBytesMax = 4 << 20;

Error unusable(const std::filesystem::path& file, std::string_view why) {
  return Error(ErrorKind::failed, fmt::format("{}: {}", file.native(), why), ErrorDetail::none,
               Executed::no);
}

// How many bytes the UTF-8 sequence that `lead` begins has; 0 for what begins none.
std::size_t sequenceBytes(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 0;
}

bool isUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = sequenceBytes(static_cast<unsigned char>(text[0]));
    if (bytes == 0 || bytes > text.size()) return false;
    for (std::size_t i = 1; i < bytes; ++i) {
      if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return false;
    }
    const auto second = static_cast<unsigned char>(bytes > 1 ? text[1] : 0);
    // Longer than needed, surrogates, and beyond Unicode.
    if (text[0] == '\xe0' && second < 0xa0) return false;
    if (text[0] == '\xed' && second > 0x9f) return false;
    if (text[0] == '\xf0' && second < 0x90) return false;
    if (text[0] == '\xf4' && second > 0x8f) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

// The run of backticks or tildes that begins or ends a fenced block, nothing for other lines.
std::string_view fenceOf(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  if (line.empty() || (line[0] != '`' && line[0] != '~')) return {};
  const std::size_t length = std::min(line.find_first_not_of(line[0]), line.size());
  return length < 3 ? std::string_view() : line.substr(0, length);
}

bool isHeading(std::string_view line) {
  return line.starts_with("# ") || line.starts_with("## ");
}

}  // namespace

Document readDocument(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw unusable(file, "the document cannot be opened");
  Document document{file.stem().native(), std::string(documentBytesMax + 1, '\0')};
  stream.read(document.text.data(), static_cast<std::streamsize>(document.text.size()));
  document.text.resize(static_cast<std::size_t>(stream.gcount()));
  if (stream.bad()) throw unusable(file, "the document cannot be read");
  if (document.text.size() > documentBytesMax) throw unusable(file, "the document is over 4 MiB");
  if (!isUtf8(document.text)) throw unusable(file, "the document is no UTF-8 text");
  return document;
}

std::vector<std::string> sections(std::string_view text) {
  std::vector<std::string> parts;
  std::string_view fence;  // of the block that the line is in
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::string_view line = text.substr(at, next - at);
    const std::string_view run = fenceOf(line);
    if (fence.empty()) {
      if (isHeading(line) && at > begin) {
        parts.emplace_back(text.substr(begin, at - begin));
        begin = at;
      }
      fence = run;
    } else if (run.starts_with(fence)) {
      fence = {};
    }
    at = next;
  }
  if (begin < text.size()) parts.emplace_back(text.substr(begin));
  return parts;
}

}  // namespace troop::job
