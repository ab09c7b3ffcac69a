#include "lesson/sections.hpp"
#include "symbolic/present/difference.hpp"

namespace chalktape::lesson {

Html section(const std::string& id, const std::string& css_class, const Html& heading, const Html& content) {
  return element("section", {{"class", css_class}, {"id", id}, {"aria-labelledby", id + "-h"}},
                 element("h3", {{"id", id + "-h"}}, heading) + content);
}

Html layer_section(const derive::Derivation& derivation, const std::string& source, Formulas& formulas,
                   const std::string& id) {
  Html lines;
  const auto add = [&](const language::Definition& definition) {
    const auto left = language::access(definition.name, definition.indices, language::Role::definition);
    lines += formulas.equation(left, present::unshared(definition.value));
  };
  for (const auto& definition : derivation.layer.definitions) add(definition);
  Html content = element("div", {{"class", "forward-formulas"}}, lines);
  if (!derivation.introduced.empty()) {
    lines = {};
    for (const auto& definition : derivation.introduced) add(definition);
    content += element("p", {{"class", "quiet"}}, "The derivation gives names to roots:") +
               element("div", {{"class", "forward-formulas"}}, lines);
  }
  if (!source.empty())
    content += element("details", {{"class", "source"}},
                       element("summary", "The layer as it is written") + element("pre", source));
  return section(id + "-forward", "layer-formulas", "The forward formula", content);
}

}  // namespace chalktape::lesson
