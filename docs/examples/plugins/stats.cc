// Tells how much there is to read in a document, and how hard that is. It knows no Markdown; it
// asks the plugin that it was granted as `markdown`.
#include <algorithm>
#include <cctype>
#include <string_view>

#include "proto/markdown.guest.h"
#include "proto/stats.guest.h"

namespace {

using troop::documents::Document;
using troop::documents::Figures;
using troop::documents::Parser;

bool isLetter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || (c & 0x80) != 0;
}

bool isVowel(char c) {
  return std::string_view("aeiouyAEIOUY").find(c) != std::string_view::npos;
}

// Groups of vowels, but for a silent e at the end: what counting by machine usually means.
unsigned syllablesOf(std::string_view word) {
  unsigned groups = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    groups += isVowel(word[i]) && (i == 0 || !isVowel(word[i - 1]));
  }
  if (groups > 1 && word.ends_with('e') && !word.ends_with("le")) --groups;
  return std::max(groups, 1u);
}

void countText(std::string_view text, Figures& figures) {
  bool inSentence = false;
  for (std::size_t i = 0; i < text.size();) {
    if (isLetter(text[i])) {
      const std::size_t begin = i;
      while (i < text.size() && isLetter(text[i])) ++i;
      ++figures.words;
      figures.syllables += syllablesOf(text.substr(begin, i - begin));
      inSentence = true;
      continue;
    }
    // A paragraph ends a sentence, too, as headings and items of lists have no full stop.
    const bool ends = std::string_view(".!?").find(text[i]) != std::string_view::npos ||
                      text.substr(i, 2) == "\n\n";
    figures.sentences += inSentence && ends;
    inSentence = inSentence && !ends;
    ++i;
  }
  figures.sentences += inSentence;
}

// Flesch, "A new readability yardstick", Journal of Applied Psychology 32 (1948).
float readingEase(const Figures& figures) {
  if (figures.words == 0) return 0;
  const auto words = static_cast<float>(figures.words);
  return 206.835f - 1.015f * words / static_cast<float>(figures.sentences) -
         84.6f * static_cast<float>(figures.syllables) / words;
}

class Stats final : public troop::documents::Stats::Target {
  troop::Promise<CountResults> count(CountParams params) override {
    // The document is called before it is there: the calls travel behind the one that makes it.
    const Document document = markdown_.parse(params.markdown).document();
    const auto headings = document.headings();
    const auto links = document.links();
    const auto text = document.text();
    const auto rendered = markdown_.render(params.markdown);

    Figures figures;
    for (const auto& heading : (co_await headings).headings) {
      ++figures.headings;
      figures.deepestHeading = std::max(figures.deepestHeading, heading.level);
    }
    figures.links = (co_await links).links.size();
    countText((co_await text).text, figures);
    figures.readingEase = readingEase(figures);
    figures.htmlBytes = (co_await rendered).html.size();
    co_return {figures};
  }

  Parser markdown_ = troop::granted<Parser>("markdown");
};

}  // namespace

TROOP_PLUGIN(Stats)
