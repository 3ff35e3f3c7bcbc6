// The texts that the job sends: documents as they are, and their sections.
//
// Ownership: plain values. Threads: any. Limits: a document of at most 4 MiB. Errors: an Error that
// names a file that cannot be read, is too long, or is no UTF-8.
//
//   Document readme = readDocument("README.md");
//   for (const std::string& section : sections(readme.text)) send(section);
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace troop::job {

struct Document {
  std::string name;  // of the file, without its folder and extension
  std::string text;
};

Document readDocument(const std::filesystem::path& file);

// The text cut before every heading "# ..." or "## ..." that is in no fenced block; each part is
// not empty, and together they are the text.
std::vector<std::string> sections(std::string_view text);

}  // namespace troop::job
