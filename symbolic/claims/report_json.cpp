#include <algorithm>

#include <nlohmann/json.hpp>

#include "symbolic/claims/report.hpp"

namespace chalktape::claims {

namespace {

using Json = nlohmann::ordered_json;

std::string_view word_for(Verdict verdict) { return verdict == Verdict::undecided ? "undecided" : name_of(verdict); }

Json to_json(const Number& number) { return number.value; }

Json entries_of(const Input& input, std::size_t axis, std::size_t& next) {
  if (axis == input.dimensions.size()) return to_json(input.entries.at(next++));
  Json list = Json::array();
  for (std::int64_t i = 0; i < input.dimensions[axis]; ++i) list.push_back(entries_of(input, axis + 1, next));
  return list;
}

Json to_json(const Counterexample& example) {
  Json json;
  json["sizes"] = Json::object();
  for (const auto& [size, value] : example.sizes) json["sizes"][size] = value;
  json["inputs"] = Json::object();
  for (const Input& input : example.inputs) {
    std::size_t next = 0;
    json["inputs"][input.name] = entries_of(input, 0, next);
  }
  json["inputs_text"] = Json::object();
  for (const Input& input : example.inputs) json["inputs_text"][input.name] = bracketed(input);
  json["entry"] = Json::object();
  for (const auto& [index, value] : example.entry) json["entry"][index] = value;
  json["left"] = to_json(example.truth);
  json["previous"] = example.previous ? to_json(*example.previous) : Json(nullptr);
  json["right"] = to_json(example.claimed);
  return json;
}

Json to_json(const Judgement& judgement) {
  return {{"modular", judgement.checked.modular},
          {"digits", judgement.checked.digits},
          {"points", judgement.checked.points},
          {"worst", judgement.checked.worst},
          {"ill_conditioned", judgement.checked.ill_conditioned}};
}

Json to_json(const derive::Proof& proof) {
  Json json{{"proved", proof.proved}, {"sizes", Json::object()}};
  for (const auto& [size, value] : proof.sizes) json["sizes"][size] = value;
  if (!proof.reason.empty()) json["reason"] = proof.reason;
  return json;
}

Json to_json(const EquationResult& equation, const Claim& claim, const Chain& chain) {
  Json json;
  json["left"] = chain.links.front().text;
  json["right"] = chain.links[equation.link].text;
  json["column"] = chain.links[equation.link].span.column;
  json["verdict"] = word_for(equation.verdict);
  json["fails_against"] = Json::array();
  if (equation.fails_truth) json["fails_against"].push_back("truth");
  if (equation.fails_previous && equation.link > 1) json["fails_against"].push_back("previous");
  json["checked"] = to_json(equation.judgement);
  json["proof"] = to_json(equation.judgement.proof);
  json["reason"] = equation.judgement.reason.empty() ? Json(nullptr) : Json(equation.judgement.reason);
  json["but_for"] = equation.judgement.but_for;
  json["counterexample"] = equation.counterexample ? to_json(*equation.counterexample) : Json(nullptr);
  json["right_form"] = equation.right_form ? Json(*equation.right_form) : Json(nullptr);
  json["right_definitions"] = equation.right_definitions;
  json["repair"] = nullptr;
  if (equation.repair) {
    json["repair"] = {{"advice", equation.repair->advice},
                      {"line", claim.scope->written(chain.links.front().value) + " = " + equation.repair->text},
                      {"proof", to_json(equation.repair->proof)}};
  }
  return json;
}

Json to_json(const LineResult& result, const Claim& claim) {
  const Chain& chain = claim.chains[result.line.chain];
  Json json;
  json["line"] = result.line.span.line;
  json["column"] = result.line.span.column;
  json["text"] = result.line.text;
  json["expected"] = result.line.expects_refuted ? "refuted" : "holds";
  json["verdict"] = word_for(result.verdict);
  json["as_expected"] = result.as_expected;
  const auto chosen = std::find_if(result.equations.begin(), result.equations.end(),
                                   [&](const EquationResult& equation) { return equation.verdict == result.verdict; });
  const EquationResult& shown =
      result.verdict == Verdict::holds || chosen == result.equations.end() ? result.equations.back() : *chosen;
  const Json own = to_json(shown, claim, chain);
  for (const char* member : {"left", "right", "fails_against", "checked", "proof", "reason", "but_for",
                             "counterexample", "right_form", "right_definitions", "repair"})
    json[member] = own[member];
  json["equations"] = Json::array();
  for (const EquationResult& equation : result.equations) json["equations"].push_back(to_json(equation, claim, chain));
  return json;
}

Json to_json(const ClaimResult& result) {
  Json json;
  json["title"] = result.claim.title;
  json["about"] = result.claim.about;
  json["line"] = result.claim.span.line;
  json["expected"] = result.claim.expects_refuted ? "refuted" : "holds";
  json["verdict"] = word_for(result.verdict);
  json["as_expected"] = result.as_expected;
  json["lines"] = Json::array();
  for (const LineResult& line : result.lines) json["lines"].push_back(to_json(line, result.claim));
  return json;
}

}  // namespace

std::string to_json(const std::vector<FileResult>& files) {
  Json json;
  json["as_expected"] =
      std::all_of(files.begin(), files.end(), [](const FileResult& file) { return file.as_expected; });
  json["files"] = Json::array();
  for (const FileResult& file : files) {
    Json entry{{"file", file.file}, {"as_expected", file.as_expected}, {"claims", Json::array()}};
    for (const ClaimResult& claim : file.claims) entry["claims"].push_back(to_json(claim));
    json["files"].push_back(std::move(entry));
  }
  return json.dump(2) + "\n";
}

}  // namespace chalktape::claims
