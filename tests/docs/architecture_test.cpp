// The table of arrows in docs/architecture.md is what the sources include.
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/text_of.hpp"

namespace {

using chalktape::tests::text_of;
using Arrows = std::map<std::string, std::set<std::string>>;

/// The folders in the table's order, from the ground up, and what each includes.
std::pair<std::vector<std::string>, Arrows> documented() {
  std::istringstream page(text_of("docs/architecture.md"));
  std::vector<std::string> order;
  Arrows arrows;
  bool inside = false;
  const std::regex name("`([a-z]+)`");
  for (std::string line; std::getline(page, line);) {
    if (line == "| folder | includes |") inside = true;
    if (inside && !line.starts_with("|")) break;
    if (!inside) continue;
    std::vector<std::string> names;
    for (std::sregex_iterator match(line.begin(), line.end(), name), end; match != end; ++match)
      names.push_back((*match)[1]);
    if (names.empty()) continue;
    order.push_back(names.front());
    arrows[names.front()] = {names.begin() + 1, names.end()};
  }
  return {order, arrows};
}

Arrows included() {
  Arrows arrows;
  std::vector<std::pair<std::string, std::filesystem::path>> folders{
      {"engine", "engine"}, {"lesson", "lesson"}, {"cli", "cli"}};
  for (const auto& entry : std::filesystem::directory_iterator("symbolic")) {
    if (entry.is_directory()) folders.emplace_back(entry.path().filename().string(), entry.path());
  }
  const std::regex include("#include \"(?:symbolic/)?([a-z]+)/");
  for (const auto& [folder, path] : folders) {
    auto& found = arrows[folder];
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
      const std::string text = text_of(entry.path());
      for (std::sregex_iterator match(text.begin(), text.end(), include), end; match != end; ++match)
        found.insert((*match)[1]);
    }
    found.erase("symbolic");  // symbolic/layers.hpp, the embedded layers, which stands in no folder
    found.erase(folder);
  }
  return arrows;
}

std::string listed(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += name + " ";
  return text;
}

}  // namespace

TEST_CASE("folders include what the plan of the house says, and nothing above them") {
  const auto [order, arrows] = documented();
  const Arrows found = included();
  REQUIRE(order.size() == found.size());
  std::set<std::string> below;
  for (const std::string& folder : order) {
    INFO(folder);
    REQUIRE(found.contains(folder));
    CHECK(listed(found.at(folder)) == listed(arrows.at(folder)));
    for (const std::string& name : arrows.at(folder)) {
      INFO(name);
      CHECK(below.contains(name));
    }
    below.insert(folder);
  }
}
