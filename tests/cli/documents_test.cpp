// The documents tell the truth: commands that they show print what they show, and files that they name exist.
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/cli/process.hpp"

namespace {

using chalktape::cli::testing::read_file;
using chalktape::cli::testing::run_chalktape;

std::vector<std::filesystem::path> documents() {
  const std::filesystem::path top = CHALKTAPE_TOP;
  std::vector<std::filesystem::path> found;
  for (const auto& folder : {top, top / "docs", top / "docs/tutorials", top / "examples", top / "examples/data"}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".md") found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

struct Snippet {
  std::string document;
  std::string command;
  std::vector<std::string> shown;
};

/// Blocks fenced as ```console: a line `$ chalktape …`, then what it prints.
std::vector<Snippet> snippets() {
  std::vector<Snippet> found;
  for (const auto& document : documents()) {
    bool inside = false;
    for (const std::string& line : lines_of(read_file(document))) {
      if (line.starts_with("```")) {
        inside = line == "```console";
      } else if (inside && line.starts_with("$ ")) {
        found.push_back({document.filename(), line.substr(2), {}});
      } else if (inside && !found.empty()) {
        found.back().shown.push_back(line);
      }
    }
  }
  return found;
}

/// Runs of spaces as one: a table's columns widen when a row is added to it.
std::string squeezed(const std::string& line) {
  std::string result;
  for (const char c : line) {
    if (c != ' ' || result.empty() || result.back() != ' ') result += c;
  }
  return result;
}

/// Whether the lines match, up to the number of spaces; a shown line `…` stands for any number of lines.
bool matches(const std::vector<std::string>& shown, std::size_t i, const std::vector<std::string>& printed,
             std::size_t k) {
  if (i == shown.size()) return k == printed.size();
  if (shown[i] == "…") {
    for (std::size_t next = k; next <= printed.size(); ++next) {
      if (matches(shown, i + 1, printed, next)) return true;
    }
    return false;
  }
  return k < printed.size() && squeezed(shown[i]) == squeezed(printed[k]) && matches(shown, i + 1, printed, k + 1);
}

std::vector<std::string> words_of(const std::string& command) {
  std::istringstream stream(command);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace

TEST_CASE("a shown line of dots stands for any lines, and nothing else does") {
  using Lines = std::vector<std::string>;
  CHECK(matches(Lines{"a", "…", "c"}, 0, Lines{"a", "b", "b", "c"}, 0));
  CHECK(matches(Lines{"a", "…"}, 0, Lines{"a"}, 0));
  CHECK_FALSE(matches(Lines{"a", "…", "c"}, 0, Lines{"a", "b"}, 0));
  CHECK_FALSE(matches(Lines{"a"}, 0, Lines{"a", "b"}, 0));
  CHECK(matches(Lines{"a  b"}, 0, Lines{"a    b"}, 0));
  CHECK_FALSE(matches(Lines{"a b"}, 0, Lines{"ab"}, 0));
}

TEST_CASE("commands in the documents print what is shown") {
  const std::vector<Snippet> all = snippets();
  REQUIRE_FALSE(all.empty());
  for (const Snippet& snippet : all) {
    std::vector<std::string> words = words_of(snippet.command);
    INFO(snippet.document << ": " << snippet.command);
    REQUIRE(words.front() == "chalktape");
    words.erase(words.begin());
    const auto finished = run_chalktape(words);
    INFO("it prints:\n" << finished.out << finished.err);
    CHECK(matches(snippet.shown, 0, lines_of(finished.out + finished.err), 0));
  }
}

TEST_CASE("files that the documents show are as they are shown") {
  int shown_files = 0;
  for (const auto& document : documents()) {
    std::string file;
    std::vector<std::string> shown;
    for (const std::string& line : lines_of(read_file(document))) {
      static const std::regex fence("```(chalk|cmake|cpp|text) (.+)");
      if (std::smatch match; std::regex_match(line, match, fence)) {
        file = match[2];
        shown.clear();
      } else if (line == "```" && !file.empty()) {
        INFO(document.filename() << " shows " << file);
        CHECK(matches(shown, 0, lines_of(read_file(std::filesystem::path(CHALKTAPE_TOP) / file)), 0));
        file.clear();
        ++shown_files;
      } else if (!file.empty()) {
        shown.push_back(line);
      }
    }
  }
  CHECK(shown_files > 0);
}

namespace {

/// The files that a document links to.
std::vector<std::filesystem::path> links_of(const std::filesystem::path& document) {
  const std::regex code("`[^`]*`");
  const std::regex link(R"(\]\(([^)#:]+)(#[^)]*)?\))");  // a colon: an address in the net
  std::string text;
  bool fenced = false;
  for (const std::string& line : lines_of(read_file(document))) {
    if (line.starts_with("```")) fenced = !fenced;
    // Brackets and parentheses in code are no links.
    if (!fenced && !line.starts_with("    ")) text += std::regex_replace(line, code, "") + '\n';
  }
  std::vector<std::filesystem::path> found;
  for (std::sregex_iterator match(text.begin(), text.end(), link), end; match != end; ++match)
    found.push_back((document.parent_path() / (*match)[1].str()).lexically_normal());
  return found;
}

}  // namespace

TEST_CASE("files that the documents link to exist") {
  std::size_t links = 0;
  for (const auto& document : documents()) {
    for (const auto& target : links_of(document)) {
      INFO(document.filename() << " links to " << target);
      CHECK(std::filesystem::exists(target));
      ++links;
    }
  }
  CHECK(links > 0);
}

TEST_CASE("every document is reached from README.md") {
  std::set<std::filesystem::path> reached;
  std::vector<std::filesystem::path> waiting{std::filesystem::path(CHALKTAPE_TOP) / "README.md"};
  while (!waiting.empty()) {
    const std::filesystem::path document = waiting.back().lexically_normal();
    waiting.pop_back();
    if (document.extension() != ".md" || !reached.insert(document).second) continue;
    for (const auto& target : links_of(document)) waiting.push_back(target);
  }
  for (const auto& document : documents()) {
    INFO(document);
    CHECK(reached.contains(document.lexically_normal()));
  }
}
