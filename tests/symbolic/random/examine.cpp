#include "tests/symbolic/random/examine.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "symbolic/check/checker.hpp"
#include "symbolic/check/verify.hpp"
#include "symbolic/derive/derive.hpp"
#include "symbolic/notation/formula.hpp"
#include "symbolic/notation/resolve.hpp"
#include "symbolic/present/text.hpp"
#include "symbolic/report/derivation_latex.hpp"
#include "symbolic/report/derivation_text.hpp"
#include "symbolic/roads/compare.hpp"
#include "symbolic/roads/sample.hpp"
#include "tests/symbolic/random/isolated.hpp"
#include "tests/symbolic/random/layer_text.hpp"

namespace chalktape::random_layers {

using derive::Derivation;
using language::Expr;
using language::Layer;

namespace {

/// Ends an examination.
struct Verdict : std::runtime_error {
  Verdict(Outcome::Kind k, std::string r, const std::string& detail)
      : std::runtime_error(detail), kind(k), reason(std::move(r)) {}
  Outcome::Kind kind;
  std::string reason;
};

[[noreturn]] void refuse(std::string reason, const std::exception& error) {
  throw Verdict(Outcome::Kind::refused, std::move(reason), error.what());
}

[[noreturn]] void find(std::string reason, const std::string& detail) {
  throw Verdict(Outcome::Kind::finding, std::move(reason), detail);
}

/// A style of derivation that derive::Options offers.
struct Style {
  const char* name;
  derive::Options options;
};

std::vector<Style> derivations_of(const Examination& examination) {
  const double seconds = examination.search_seconds;
  std::vector<Style> all{{"staged", {.style = derive::Style::staged, .timeout_seconds = seconds}}};
  if (examination.styles == Styles::both)
    all.push_back({"direct", {.style = derive::Style::direct, .timeout_seconds = seconds}});
  return all;
}

Layer reread(const Layer& layer) {
  const std::string text = to_chalk(layer);
  try {
    (void)notation::formulas_of(layer);
  } catch (const notation::Error& error) {
    refuse("the formula is beyond the limits", error);
  }
  const notation::File file = notation::read_file(text, "random.chalk");
  if (!file.diagnostics.empty()) find("a generated layer is not well-formed", file.errors());
  if (file.layers.size() != 1 || !equal(file.layers.front(), layer)) find("a layer's text reads back otherwise", text);
  return file.layers.front();
}

/// Every formula of a derivation, as printed, is read back as the same tree.
class TextCheck {
 public:
  explicit TextCheck(const Derivation& derivation) : context_(derivation.layer) {
    for (const auto& definition : derivation.introduced) {
      check(definition.value, definition.indices);
      context_.definitions.push_back(definition);
    }
    for (const auto& gradient : derivation.gradients) check(gradient);
  }

 private:
  void check(const derive::Gradient& gradient) const {
    for (const auto& derivative : gradient.derivatives) check(derivative);
    const Expr* previous = nullptr;
    for (const auto& step : gradient.steps) {
      check(step.after, gradient.indices);
      if (previous != nullptr && !language::equal(*previous, step.before))
        find("a step does not begin where the one before it ends", present::to_text(step.before));
      previous = &step.after;
    }
    if (previous != nullptr && !language::equal(*previous, gradient.value))
      find("a derivation does not end in the gradient", present::to_text(gradient.value));
  }

  void check(const Expr& e, const std::vector<language::Index>& indices) const {
    const std::string text = present::to_text(e);
    try {
      const auto again = notation::parse_expression(text, context_, {"formula", indices});
      if (!language::equal(again.value, e)) find("a printed formula reads back otherwise", text);
    } catch (const language::Error& error) {
      if (std::string_view(error.what()).find("an expression of more than") != std::string_view::npos)
        refuse("a formula is longer than the language's limit", error);
      find("a printed formula does not read back", error.what());
    }
  }

  Layer context_;
};

Derivation derived(const Layer& layer, const derive::Options& options) {
  try {
    return derive::derive(layer, options);
  } catch (const notation::Error& error) {
    refuse("the formula is beyond the limits", error);
  } catch (const derive::Error& error) {
    if (std::string_view(error.what()).find("divides by something that is 0") == std::string_view::npos)
      find("the derivation fails", error.what());
    refuse("the layer divides by 0", error);
  }
}

void verify(Derivation& derivation) {
  try {
    check::verify(derivation);
  } catch (const check::Error& error) {
    refuse("no random point to check at", error);
  } catch (const derive::Error& error) {
    find("a step is wrong", error.what());
  }
}

/// The distinct sums of a formula.
void collect_sums(const Expr& e, std::set<std::string>& sums) {
  if (e->kind == language::Kind::reduce && (e->name == "sum" || e->name == "mean")) sums.insert(present::to_text(e));
  for (const Expr& operand : e->operands) collect_sums(operand, sums);
}

/// How many sums the chain rule has, deltas contracted and nothing else done: what reverse mode computes. Those of the
/// intermediates' gradients that it uses count as well, as they do in derive::Cost.
class PlainSums {
 public:
  int operator()(const derive::Gradient& gradient) {
    static const std::set<std::string> plain{"chain-rule", "differentiate",   "fold-power", "delta-power",
                                             "distribute", "contract-delta",  "linearity",  "constant-sum",
                                             "pull-out",   "distribute-delta"};
    Expr formula = gradient.value;
    for (const auto& step : gradient.steps) {
      if (!plain.contains(step.rule)) break;
      formula = step.after;
    }
    std::set<std::string> sums, names;
    collect_sums(formula, sums);
    language::collect_names(formula, names);
    for (const std::string& name : names)
      if (const auto known = of_intermediates_.find(name); known != of_intermediates_.end())
        sums.insert(known->second.begin(), known->second.end());
    const int count = static_cast<int>(sums.size());
    if (!gradient.of_tensor) of_intermediates_.emplace(gradient.name, std::move(sums));
    return count;
  }

 private:
  std::map<std::string, std::set<std::string>> of_intermediates_;
};

void count_sums(const Derivation& derivation, Outcome& outcome) {
  PlainSums plain;
  for (const auto& gradient : derivation.gradients) {
    const int sums = plain(gradient);
    if (!gradient.of_tensor) continue;
    ++outcome.gradients;
    if (gradient.cost.sums < sums) ++outcome.shorter;
  }
}

std::span<const std::int64_t> small_sizes(std::size_t /*count*/) {
  static constexpr std::array<std::int64_t, 3> sizes{4, 3, 2};
  return sizes;
}

roads::Problem problem_for(const Layer& layer) {
  roads::Request request;
  request.dtype = engine::DType::f64;
  try {
    return roads::make_problem(layer, request, small_sizes);
  } catch (const roads::Error& error) {
    refuse("no sample suits the layer", error);
  }
}

/// Tape and derivation against 50 digits.
void compare(const roads::Problem& problem, const Derivation& derivation) {
  std::vector<std::unique_ptr<roads::Road>> walked;
  walked.push_back(roads::tape_road());
  walked.push_back(roads::derived_road(derivation));
  const auto comparison = [&] {
    try {
      return roads::compare(problem, walked);
    } catch (const roads::Error& error) {
      refuse("no gradient at the sample", error);
    }
  }();
  for (const auto& road : comparison.roads) {
    for (const auto& [tensor, accuracy] : road.accuracy) {
      if (!accuracy.is_decided() && std::isfinite(accuracy.error))
        throw Verdict(Outcome::Kind::refused, "the sample leaves no digit to compare", "d" + tensor);
      if (accuracy.disagrees())
        find(fmt::format("the {} road disagrees with the reference", road.name),
             fmt::format("d{}: error {:.1e}, tolerance {:.1e}", tensor, accuracy.error, accuracy.tolerance));
    }
  }
}

void digest(const std::string& text, std::uint64_t& hash) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;  // FNV-1a
}

void examine_into(const Layer& given, const Examination& examination, Outcome& outcome) {
  const Layer layer = reread(given);
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const Style& style : derivations_of(examination)) {
    Derivation derivation = derived(layer, style.options);
    outcome.derive_milliseconds += derivation.derive_milliseconds;
    verify(derivation);
    outcome.check_milliseconds += derivation.check_milliseconds;
    const TextCheck text_check(derivation);
    digest(report::to_text(derivation, {}, {.unicode = false, .detail = report::Detail::full}), hash);
    digest(report::to_latex(derivation, {}), hash);
    outcome.digest = fmt::format("{:016x}", hash);
    if (examination.compare_roads) compare(problem_for(layer), derivation);
    if (style.options.style == derive::Style::staged) count_sums(derivation, outcome);
  }
}

}  // namespace

Outcome examine(const Layer& layer, const Examination& examination) {
  Outcome outcome;
  try {
    examine_into(layer, examination, outcome);
  } catch (const Verdict& verdict) {
    outcome.kind = verdict.kind;
    outcome.reason = verdict.reason;
    outcome.detail = verdict.what();
  } catch (const std::exception& error) {
    outcome.kind = Outcome::Kind::finding;
    outcome.reason = "an exception that nobody expects";
    outcome.detail = error.what();
  }
  return outcome;
}

Outcome examine_isolated(const Layer& layer, int seconds, Styles styles) {
  const auto work = [&] {
    const Outcome outcome = examine(layer, {.styles = styles});
    const nlohmann::json json{static_cast<int>(outcome.kind),
                              outcome.reason,
                              outcome.detail,
                              outcome.gradients,
                              outcome.shorter,
                              outcome.derive_milliseconds,
                              outcome.check_milliseconds,
                              outcome.digest};
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  const Ended ended = isolated(work, seconds);
  Outcome outcome;
  outcome.seconds = ended.seconds;
  if (ended.output.empty()) {
    outcome.kind = Outcome::Kind::finding;
    outcome.reason = ended.timed_out ? "timeout" : "a crash";
    outcome.detail =
        ended.timed_out ? fmt::format("more than {} seconds", seconds) : fmt::format("signal {}", ended.signal);
    return outcome;
  }
  const auto json = nlohmann::json::parse(ended.output);
  outcome.kind = static_cast<Outcome::Kind>(json[0].get<int>());
  outcome.reason = json[1];
  outcome.detail = json[2];
  outcome.gradients = json[3];
  outcome.shorter = json[4];
  outcome.derive_milliseconds = json[5];
  outcome.check_milliseconds = json[6];
  outcome.digest = json[7];
  return outcome;
}

}  // namespace chalktape::random_layers
