#include "symbolic/report/written_out_json.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "symbolic/present/latex.hpp"
#include "symbolic/present/text.hpp"
#include "symbolic/report/selection.hpp"

namespace chalktape::report {

using Json = nlohmann::ordered_json;

namespace {

std::string conditions(const present::Case& c) {
  std::string text;
  for (const present::Condition& condition : c.where) {
    text += fmt::format("{}{} {} {}", text.empty() ? "" : " and ", condition.a.name,
                        condition.equal ? "=" : "!=", condition.b.name);
  }
  return text.empty() ? "otherwise" : text;
}

Json json_of(const Table& table, const present::Typesetting& typesetting) {
  Json json{{"name", present::to_text(table.name)},
            {"text", present::to_text(table.value)},
            {"latex", present::to_latex(table.value, typesetting)}};
  json["indices"] = Json::array();
  for (const auto& index : table.indices) json["indices"].push_back(index.name);
  json["fixed"] = Json::object();
  for (const auto& [name, value] : table.fixed) json["fixed"][name] = value;
  json["cases"] = Json::array();
  for (const auto& c : table.cases)
    json["cases"].push_back({{"where", conditions(c)},
                             {"text", present::to_text(c.value)},
                             {"latex", present::to_latex(c.value, typesetting)}});
  json["entries"] = Json::array();
  for (const Entry& entry : table.entries)
    json["entries"].push_back({{"name", present::to_text(entry.name)},
                               {"text", present::to_text(entry.value)},
                               {"latex", present::to_latex(flattened_extrema(entry.value), typesetting)}});
  return json;
}

Json json_of(const WrittenStep& step, const present::Typesetting& typesetting) {
  Json json{{"step", step.number},
            {"of", step.of},
            {"rule", step.step.rule},
            {"why", present::to_text(step.step.why)},
            {"all", !step.table.first_only}};
  json.update(json_of(step.table, typesetting));
  json["derivatives"] = Json::array();
  for (const Table& derivative : step.derivatives) json["derivatives"].push_back(json_of(derivative, typesetting));
  return json;
}

}  // namespace

Json json_of(const derive::Derivation& derivation, const WrittenOut& written) {
  const present::Typesetting typesetting(derivation.layer);
  Json json;
  json["sizes"] = Json::object();
  for (const std::string& size : derivation.layer.sizes) json["sizes"][size] = written.sizes.at(size);
  json["definitions"] = Json::array();
  for (const Table& table : written.forward) json["definitions"].push_back(json_of(table, typesetting));
  json["gradients"] = Json::array();
  for (const WrittenGradient& gradient : written.gradients) {
    Json steps = Json::array();
    for (const WrittenStep& step : gradient.steps) steps.push_back(json_of(step, typesetting));
    json["gradients"].push_back({{"of", gradient.gradient->of},
                                 {"name", present::to_text(gradient.gradient->left)},
                                 {"steps", std::move(steps)}});
  }
  json["checked"] = written.entries;
  return json;
}

}  // namespace chalktape::report
