// Every malformed file of the folder `malformed` gives exactly the errors that stand beside it.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "symbolic/notation/resolve.hpp"
#include "tests/catch.hpp"
#include "tests/text_of.hpp"

namespace chalktape {
namespace {

std::vector<std::filesystem::path> chalk_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".chalk") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("malformed files give exactly the errors that stand beside them", "[language]") {
  const auto files = chalk_files(CHALKTAPE_MALFORMED_DIRECTORY);
  CHECK(files.size() >= 30);
  for (const auto& file : files) {
    const notation::File read = notation::read_file(tests::text_of(file), file.filename().string());
    INFO(file.filename().string());
    CHECK(read.errors() == tests::text_of(std::filesystem::path(file).replace_extension(".expected")));
    CHECK_FALSE(read.errors().empty());
    CHECK_THROWS_AS(notation::load_layers(tests::text_of(file), "file"), language::Error);
  }
}

TEST_CASE("a file with three mistakes reports three", "[language]") {
  const auto path = std::filesystem::path(CHALKTAPE_MALFORMED_DIRECTORY) / "three_mistakes.chalk";
  const notation::File read = notation::read_file(tests::text_of(path), "three_mistakes.chalk");
  CHECK(read.diagnostics.sorted().size() == 3);
  CHECK(read.layers.empty());
}

TEST_CASE("the built-in layers are free of errors, and each says what it is", "[language]") {
  const auto files = chalk_files(CHALKTAPE_LAYERS_DIRECTORY);
  CHECK(files.size() >= 7);
  for (const auto& file : files) {
    const std::string text = tests::text_of(file);
    const notation::File read = notation::read_file(text, file.filename().string());
    INFO(file.filename().string());
    CHECK(read.errors().empty());
    REQUIRE(read.layers.size() == 1);
    CHECK(read.layers.front().name == file.stem().string());
    CHECK(text.compare(0, 2, "# ") == 0);
  }
}

// Damage done to good files by a small deterministic generator: any result will do, as long as there is one.
TEST_CASE("damaged files neither crash nor hang", "[language]") {
  std::uint32_t state = 12345;
  const auto next = [&state](std::size_t bound) {
    state = state * 1664525U + 1013904223U;
    return static_cast<std::size_t>(state >> 8) % bound;
  };
  static constexpr std::string_view scraps[] = {"(", ")",      "[",       "]",          "sum[i](", "\n", "=",
                                                ";", "layer ", "return ", "delta[i,j]", "^",       "-",  "\xFF",
                                                "#", ",",      "diff(",   "show x as ", "max"};
  for (const auto& file : chalk_files(CHALKTAPE_LAYERS_DIRECTORY)) {
    const std::string good = tests::text_of(file);
    for (int round = 0; round < 300; ++round) {
      std::string bad = good;
      for (std::size_t hits = 1 + next(4); hits > 0; --hits) {
        const std::size_t place = next(bad.size() + 1);
        if (next(2) == 0) {
          bad.insert(place, scraps[next(std::size(scraps))]);
        } else {
          bad.erase(place, 1 + next(8));
        }
      }
      const notation::File read = notation::read_file(bad, "damaged.chalk");
      const bool has_errors = !read.diagnostics.empty();
      CHECK(has_errors == !read.errors().empty());
      for (const language::Diagnostic& diagnostic : read.diagnostics.sorted()) {
        INFO(bad);
        CHECK(diagnostic.span.line >= 1);
        CHECK(diagnostic.span.column >= 1);
      }
    }
  }
}

}  // namespace chalktape
