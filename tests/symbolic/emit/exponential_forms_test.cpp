// Each form in exponential_forms.txt is emitted as it says there. That the values stay is what make_program checks.
#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "symbolic/check/verify.hpp"
#include "symbolic/emit/program.hpp"
#include "symbolic/present/text.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/layers.hpp"
#include "tests/text_of.hpp"

namespace chalktape {
namespace {

constexpr std::string_view kMark = "#   ";

struct Form {
  std::string definition;  ///< of y
  std::string emitted;     ///< lines
};

struct Forms {
  std::string signature;
  std::vector<std::string> definitions;
  std::vector<Form> forms;
};

Forms read_forms() {
  Forms all;
  std::istringstream file(tests::text_of("tests/symbolic/emit/exponential_forms.txt"));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(kMark)) {
      line.erase(0, kMark.size());
      if (all.signature.empty()) {
        all.signature = line;
      } else {
        all.definitions.push_back(line);
      }
    } else if (line.starts_with("    ")) {
      all.forms.back().emitted += line.substr(4) + "\n";
    } else if (!line.empty() && !line.starts_with('#')) {
      all.forms.push_back({line, {}});
    }
  }
  return all;
}

std::string name_of(const std::string& definition) { return definition.substr(0, definition.find('[')); }

TEST_CASE("exponentials are emitted in the forms that are listed") {
  const Forms all = read_forms();
  CHECK(all.forms.size() > 100);
  for (const Form& form : all.forms) {
    INFO(form.definition);
    std::string layer = all.signature + "\n";
    const std::string value = form.definition.substr(form.definition.find('='));
    for (const std::string& definition : all.definitions) {
      if (value.find(name_of(definition) + "[") != std::string::npos) layer += "  " + definition + "\n";
    }
    const auto program = emit::make_program(
        check::verified_derivation(tests::layer_of(layer + "  " + form.definition + "\n  return y\n")));
    std::string emitted;
    for (const auto& statement : program.forward) {
      const std::string& name = statement.definition.name;
      const std::string text = present::to_text(statement.definition.value);
      const bool is_given = std::ranges::any_of(all.definitions, [&](const std::string& definition) {
        return name_of(definition) == name && definition.ends_with(" = " + text);
      });
      if (!is_given) emitted += fmt::format("{} = {}\n", name, text);
    }
    CHECK(emitted == form.emitted);
  }
}

}  // namespace
}  // namespace chalktape
