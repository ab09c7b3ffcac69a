#include "lesson/sections.hpp"
#include "symbolic/rules/rule.hpp"

namespace chalktape::lesson {

Html glossary(const std::set<std::string>& rules) {
  Html entries;
  for (const std::string& name : rules) {
    const rules::Rule& rule = rules::rule(name);
    Html law = element("p", std::string(rule.law));
    if (!rule.side_conditions.empty()) law += element("p", {{"class", "quiet"}}, std::string(rule.side_conditions));
    entries += element("dt", {{"id", "rule-" + name}}, name) + element("dd", law);
  }
  return element("section", {{"class", "glossary"}, {"aria-labelledby", "rules-h"}},
                 element("h2", {{"id", "rules-h"}}, "The rules used") + element("dl", entries));
}

}  // namespace chalktape::lesson
