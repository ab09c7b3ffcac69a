#include "symbolic/report/derivation_json.hpp"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "symbolic/present/latex.hpp"
#include "symbolic/present/text.hpp"
#include "symbolic/report/selection.hpp"
#include "symbolic/report/written_out_json.hpp"

namespace chalktape::report {

using derive::Gradient;
using Json = nlohmann::ordered_json;

namespace {

/// Two significant digits: the size of an error is what matters.
double rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return value;
  const double unit = std::pow(10.0, std::floor(std::log10(std::fabs(value))) - 1);
  return std::round(value / unit) * unit;
}

/// What was proved, and at which sizes; or why nothing was.
Json proof_json(const derive::Proof& proof) {
  Json json{{"proved", proof.proved}};
  if (!proof.proved) {
    json["reason"] = proof.reason;
    return json;
  }
  json["sizes"] = Json::object();
  for (const auto& [name, size] : proof.sizes) json["sizes"][name] = size;
  return json;
}

Json json_of(const Gradient& gradient, const present::Typesetting& typesetting, Detail detail) {
  Json json;
  json["of"] = gradient.of;
  json["name"] = present::to_text(gradient.left);
  json["text"] = present::to_text(gradient.value);
  json["latex"] = present::to_latex(gradient.value, typesetting);
  json["cost"] = {{"sums", gradient.cost.sums}, {"sweeps", gradient.cost.sweeps}, {"flops", gradient.cost.flops}};
  if (gradient.out_of_time) json["out_of_time"] = true;
  if (gradient.proof.proved || !gradient.proof.reason.empty()) json["proof"] = proof_json(gradient.proof);
  json["steps"] = Json::array();
  for (const auto& step : at_detail(gradient.steps, detail)) {
    const auto& checked = step.checked;
    json["steps"].push_back({{"rule", step.rule},
                             {"before", present::to_text(step.before)},
                             {"after", present::to_text(step.after)},
                             {"latex", present::to_latex(step.after, typesetting)},
                             {"why", present::to_text(step.why)},
                             {"checked",
                              {{"modular", checked.modular},
                               {"digits", checked.digits},
                               {"points", checked.points},
                               {"worst", rounded(checked.worst)}}}});
  }
  if (!gradient.derivatives.empty()) json["derivatives"] = Json::array();
  for (const Gradient& derivative : gradient.derivatives) {
    json["derivatives"].push_back(json_of(derivative, typesetting, detail));
  }
  return json;
}

Json definition_json(const language::Expr& name, const language::Expr& value) {
  return {{"name", present::to_text(name)}, {"text", present::to_text(value)}};
}

}  // namespace

std::string to_json(const derive::Derivation& derivation, const std::vector<std::string>& tensors, Detail detail,
                    bool times, const WrittenOut* written) {
  const present::Typesetting typesetting(derivation.layer);
  const Selection selection = select(derivation, tensors);
  Json json;
  json["layer"] = derivation.layer.name;
  json["sizes"] = derivation.layer.sizes;
  json["style"] = derivation.style == derive::Style::direct ? "direct" : "staged";
  if (times) {
    const auto tenths = [](double milliseconds) { return std::round(milliseconds * 10) / 10; };
    json["milliseconds"] = {{"derive", tenths(derivation.derive_milliseconds)},
                            {"check", tenths(derivation.check_milliseconds)}};
  }
  json["gradients"] = Json::array();
  Json intermediates = Json::array();
  for (const Gradient* gradient : selection.derived) {
    (gradient->of_tensor ? json["gradients"] : intermediates).push_back(json_of(*gradient, typesetting, detail));
  }
  json["definitions"] = Json::array();
  for (const auto& d : derivation.introduced) {
    json["definitions"].push_back(
        definition_json(language::access(d.name, d.indices, language::Role::definition), d.value));
  }
  // In the order of the derivation: an intermediate's gradient may need a tensor's, and the other way round.
  for (const Gradient& gradient : derivation.gradients) {
    const auto in = [&](const std::vector<const Gradient*>& list) {
      return std::find(list.begin(), list.end(), &gradient) != list.end();
    };
    if (in(selection.used) || (in(selection.derived) && !gradient.of_tensor)) {
      json["definitions"].push_back(definition_json(gradient.left, gradient.value));
    }
  }
  json["intermediates"] = std::move(intermediates);
  if (written != nullptr) json["at"] = json_of(derivation, *written);
  return json.dump(2) + "\n";
}

}  // namespace chalktape::report
