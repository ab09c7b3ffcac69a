#include "tests/symbolic/wrong/examine.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "symbolic/claims/distance.hpp"
#include "symbolic/claims/report.hpp"
#include "symbolic/claims/right_form.hpp"
#include "symbolic/present/text.hpp"
#include "tests/symbolic/claims/files.hpp"
#include "tests/symbolic/random/layer_text.hpp"
#include "tests/symbolic/wrong/edits.hpp"
#include "tests/text_of.hpp"

namespace chalktape::wrong_claims {

using claims::nodes_of;
using claims::Verdict;
using language::Expr;
using language::Index;

namespace {

constexpr const char* corpus = "tests/symbolic/wrong/right.chalk";
/// Of so many seeds one is rewritten only.
constexpr std::int64_t rewritten_of = 8;
constexpr int most_attempts = 200;
/// A repair with more nodes than this beyond the right formula's is a right formula, but does not undo the mistake.
constexpr int more_nodes = 3;

bool uses(const Expr& e, const Expr& claimed) {
  if (e->kind == language::Kind::access && e->name == claimed->name) return true;
  return std::any_of(e->operands.begin(), e->operands.end(), [&](const Expr& o) { return uses(o, claimed); });
}

/// The layer, the claim's own names and this line.
std::string text_of(const RightLine& line, const Expr& formula) {
  const claims::Scope& scope = *line.scope;
  std::set<std::string> used;
  language::collect_names(formula, used);
  std::string text = random_layers::to_chalk(scope.layer);
  text += fmt::format("about {}\nclaim \"one line\"\n", scope.layer.name);
  for (const auto& definition : scope.own) text += fmt::format("  where {}\n", present::to_text(definition));
  return text + fmt::format("  {} = {}\n", scope.written(line.left), scope.written(formula));
}

const char* name_of(Outcome::Repair repair) {
  static constexpr std::array names{"none", "undoes it", "is right, but larger", "is WRONG"};
  return names[static_cast<std::size_t>(repair)];
}

}  // namespace

std::string Outcome::finding() const {
  if (repair == Repair::wrong) return "a repair is wrong";
  if (is_wrong && verdict == "holds") return "a wrong claim holds";
  if (!is_wrong && verdict == "refuted") return "a right claim is refuted";
  return "";
}

Corpus::Corpus() {
  const claims::ClaimFile file = tests::claims_of(tests::text_of(corpus), corpus);
  claims::RightForms forms;
  std::set<std::string> derived;
  for (const claims::Claim& claim : file.claims) {
    for (const claims::Chain& chain : claim.chains) {
      for (std::size_t k = 1; k < chain.links.size(); ++k)
        lines_.push_back({claim.scope, chain.indices, chain.links.front().value, chain.links[k].value});
    }
    if (!derived.insert(claim.scope->layer.name).second) continue;
    for (const auto& tensor : claim.scope->layer.tensors) {
      std::vector<Index> indices;
      for (std::size_t k = 0; k < tensor.sizes.size(); ++k)
        indices.push_back({std::string(1, "ijkl"[k]), tensor.sizes[k]});
      const Expr left = language::access("d" + tensor.name, indices, language::Role::gradient);
      if (const auto form = forms.find(*claim.scope, left)) lines_.push_back({claim.scope, indices, left, *form, true});
    }
  }
  for (const RightLine& line : lines_) {
    if (points_of(line).compare(line.indices, line.left, line.right) != Points::Finding::same)
      throw std::runtime_error("this is not right by numbers:\n" + text_of(line, line.right));
  }
}

Points& Corpus::points_of(const RightLine& line) {
  auto& points = points_[line.scope.get()];
  if (!points) {
    std::vector<Expr> formulas;
    for (const RightLine& other : lines_)
      if (other.scope == line.scope) formulas.push_back(other.right);
    points = std::make_unique<Points>(*line.scope, formulas, 1);
  }
  return *points;
}

Outcome Corpus::examine(std::uint64_t seed) {
  engine::Random random(seed);
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    const RightLine& line = lines_[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(lines_.size())))];
    const bool is_rewritten = random.below(rewritten_of) == 0;
    const Edited edited = is_rewritten ? random_rewriting(line.right, line.indices, random)
                                       : random_mistake(*line.scope, line.right, line.indices, line.left->name, random);
    const claims::ClaimFile file =
        claims::read_claims(text_of(line, edited.formula), "claim.chalk", tests::no_other_files);
    if (!file.diagnostics.empty()) continue;  // an index that stands nowhere, or stands for two
    const auto finding = points_of(line).compare(line.indices, line.left, edited.formula, /*thorough=*/!is_rewritten);
    if (finding == Points::Finding::has_no_value) continue;
    Outcome outcome = judge(line, edited.formula, edited.kind, finding == Points::Finding::differs, file);
    outcome.seed = seed;
    return outcome;
  }
  throw std::logic_error("no claim for a seed");
}

Outcome Corpus::examine_line(std::size_t number) {
  const RightLine& line = lines_.at(number);
  const claims::ClaimFile file = tests::claims_of(text_of(line, line.right));
  Outcome outcome = judge(line, line.right, line.is_derived ? "derived" : "as it stands", false, file);
  outcome.seed = number;
  return outcome;
}

Outcome Corpus::judge(const RightLine& line, const Expr& formula, const std::string& kind, bool is_wrong,
                      const claims::ClaimFile& file) {
  const auto start = std::chrono::steady_clock::now();
  const claims::FileResult result = claims::check_claims(file);
  const claims::EquationResult& equation = result.claims.front().lines.front().equations.front();
  Outcome outcome;
  outcome.kind = kind;
  outcome.is_wrong = is_wrong;
  outcome.verdict = claims::name_of(equation.verdict);
  outcome.has_counterexample = equation.counterexample.has_value();
  if (equation.repair) {
    const Expr& repaired = equation.repair->formula;
    const bool is_right =
        !uses(repaired, line.left) &&
        points_of(line).compare(line.indices, line.left, repaired, /*thorough=*/true) == Points::Finding::same;
    // Of the formula as it was, and of the wrong one, which may lack something that a repair brings back otherwise.
    const int most = std::max(nodes_of(line.right), nodes_of(formula)) + more_nodes;
    outcome.repair = !is_right                    ? Outcome::Repair::wrong
                     : nodes_of(repaired) <= most ? Outcome::Repair::undoes
                                                  : Outcome::Repair::larger;
  }
  outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  outcome.text = fmt::format("{}# right: {}\n# {}: {}{}, {}; the repair {}\n", text_of(line, formula),
                             line.scope->written(line.right), kind, is_wrong ? "wrong" : "right",
                             is_wrong ? " by numbers" : "", outcome.verdict, name_of(outcome.repair));
  if (!equation.judgement.reason.empty()) outcome.text += fmt::format("# {}\n", equation.judgement.reason);
  if (equation.repair) outcome.text += fmt::format("# {}: {}\n", equation.repair->advice, equation.repair->text);
  return outcome;
}

std::string report_of(const std::vector<Outcome>& outcomes) {
  struct Count {
    int wrong = 0, wrong_holds = 0, undecided = 0, shown = 0, mended = 0, undone = 0;
    int right = 0, right_refuted = 0, right_undecided = 0;
    double seconds = 0;
  };
  std::map<std::string, Count> counts;
  std::string findings;
  for (const Outcome& outcome : outcomes) {
    for (const std::string& kind : {outcome.kind, std::string("all")}) {
      Count& count = counts[kind];
      const bool undecided = outcome.verdict == "cannot decide";
      count.seconds += outcome.seconds;
      if (outcome.is_wrong) {
        ++count.wrong;
        count.wrong_holds += outcome.verdict == "holds" ? 1 : 0;
        count.undecided += undecided ? 1 : 0;
        count.shown += outcome.has_counterexample ? 1 : 0;
        count.mended += outcome.repair == Outcome::Repair::undoes || outcome.repair == Outcome::Repair::larger ? 1 : 0;
        count.undone += outcome.repair == Outcome::Repair::undoes ? 1 : 0;
      } else {
        ++count.right;
        count.right_refuted += outcome.verdict == "refuted" ? 1 : 0;
        count.right_undecided += undecided ? 1 : 0;
      }
    }
    if (!outcome.finding().empty())
      findings += fmt::format("\nseed {}: {}\n{}", outcome.seed, outcome.finding(), outcome.text);
  }
  std::string text =
      fmt::format("{:<28}{:>6}{:>6}{:>10}{:>15}{:>9}{:>8} |{:>6}{:>8}{:>10}{:>9}\n", "", "wrong", "HOLD", "undecided",
                  "counterexample", "repaired", "undone", "right", "REFUTED", "undecided", "seconds");
  for (const auto& [kind, n] : counts) {
    text +=
        fmt::format("{:<28}{:>6}{:>6}{:>10}{:>15}{:>9}{:>8} |{:>6}{:>8}{:>10}{:>9.1f}\n", kind, n.wrong, n.wrong_holds,
                    n.undecided, n.shown, n.mended, n.undone, n.right, n.right_refuted, n.right_undecided, n.seconds);
  }
  return text + findings;
}

std::string to_line(const Outcome& o) {
  return nlohmann::json::array({o.seed, o.kind, o.is_wrong, o.verdict, o.has_counterexample, static_cast<int>(o.repair),
                                o.seconds, o.text})
             .dump() +
         "\n";
}

Outcome from_line(const std::string& line) {
  const auto json = nlohmann::json::parse(line);
  Outcome outcome;
  outcome.seed = json.at(0);
  outcome.kind = json.at(1);
  outcome.is_wrong = json.at(2);
  outcome.verdict = json.at(3);
  outcome.has_counterexample = json.at(4);
  outcome.repair = static_cast<Outcome::Repair>(json.at(5).get<int>());
  outcome.seconds = json.at(6);
  outcome.text = json.at(7);
  return outcome;
}

}  // namespace chalktape::wrong_claims
