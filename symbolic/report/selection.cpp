#include "symbolic/report/selection.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include <fmt/core.h>

namespace chalktape::report {

using derive::Gradient;
using language::Expr;
using language::Kind;

namespace {

void gather_terms(const Expr& e, bool negative, std::vector<Term>& terms) {
  if (e->kind == Kind::add || e->kind == Kind::subtract) {
    gather_terms(e->operands[0], negative, terms);
    gather_terms(e->operands[1], negative != (e->kind == Kind::subtract), terms);
  } else if (e->kind == Kind::negate) {
    gather_terms(e->operands[0], !negative, terms);
  } else {
    terms.push_back({negative, e});
  }
}

Expr prime() {
  return language::binary(Kind::subtract, language::binary(Kind::power, language::number("2"), language::number("61")),
                          language::number("11913"));
}

}  // namespace

Selection select(const derive::Derivation& derivation, const std::vector<std::string>& tensors) {
  const auto wanted = [&](const Gradient& g) {
    return g.of_tensor && (tensors.empty() || std::find(tensors.begin(), tensors.end(), g.of) != tensors.end());
  };
  // Backwards: a gradient's steps mention only those derived before it.
  Selection selection;
  std::set<std::string> in_steps, in_results;
  for (auto g = derivation.gradients.rbegin(); g != derivation.gradients.rend(); ++g) {
    if (wanted(*g) || (!g->of_tensor && in_steps.contains(g->name))) {
      selection.derived.push_back(&*g);
      for (const auto& step : g->steps) language::collect_names(step.after, in_steps);
      language::collect_names(g->value, in_results);
    } else if (in_steps.contains(g->name) || in_results.contains(g->name)) {
      selection.used.push_back(&*g);
      language::collect_names(g->value, in_results);
      language::collect_names(g->value, in_steps);
    }
  }
  std::reverse(selection.derived.begin(), selection.derived.end());
  std::reverse(selection.used.begin(), selection.used.end());
  return selection;
}

namespace {

present::Sentence checks(const Selection& selection) {
  int steps = 0, modular = 0, tests = 0;
  derive::Checked all;
  const std::function<void(const Gradient&)> count = [&](const Gradient& gradient) {
    for (const Gradient& derivative : gradient.derivatives) count(derivative);
    for (const auto& step : gradient.steps) {
      ++steps;
      modular += step.checked.modular > 0 ? 1 : 0;
      tests = std::max(tests, step.checked.modular);
      all.points = step.checked.points;
      all.digits = step.checked.digits;
      all.worst = std::max(all.worst, step.checked.worst);
      all.ill_conditioned = step.checked.ill_conditioned;
    }
  };
  for (const Gradient* gradient : selection.derived) count(*gradient);
  std::string words = fmt::format(
      "All {} steps agree with gradients by reverse mode over the definitions: to {} digits at {} points{}worst error "
      "{:.0e})",
      steps, all.digits, all.points,
      all.ill_conditioned ? ", one of them ill-conditioned (mean 1000, spread 1; " : " (", all.worst);
  if (modular > 0) {
    words += fmt::format(", and {} of them as identities modulo the prime ",
                         modular == steps ? "all" : std::to_string(modular));
    words += "{} at {} random points each.";
  } else {
    words += "; no test modulo a prime applies to them.";
  }
  const auto proved = std::count_if(selection.derived.begin(), selection.derived.end(),
                                    [](const Gradient* gradient) { return gradient->proof.proved; });
  if (proved > 0) {
    words += fmt::format(
        " {} proved at small sizes: with a symbol for every entry, the difference from the gradient reduces to 0 "
        "exactly.",
        proved == static_cast<std::ptrdiff_t>(selection.derived.size())
            ? "Results are"
            : fmt::format("{} of the {} results are", proved, selection.derived.size()));
  }
  if (modular > 0) return {words, {prime(), std::to_string(tests)}};
  return {words, {}};
}

/// Gradients whose search the deadline has ended.
void gather_cut_short(const Gradient& gradient, std::vector<Expr>& found) {
  for (const Gradient& derivative : gradient.derivatives) gather_cut_short(derivative, found);
  if (gradient.out_of_time) found.push_back(gradient.left);
}

}  // namespace

present::Sentence how_checked(const Selection& selection) {
  present::Sentence sentence = checks(selection);
  std::vector<Expr> cut_short;
  for (const Gradient* gradient : selection.derived) gather_cut_short(*gradient, cut_short);
  if (cut_short.empty()) return sentence;
  return sentence
      .append(" The search was ended by --timeout: there may be shorter forms of ", present::listed(cut_short))
      .append(".");
}

present::Sentence how_checked(const Gradient& gradient) {
  present::Sentence sentence("{}: ", {gradient.left});
  if (!gradient.steps.empty()) {
    const derive::Checked& last = gradient.steps.back().checked;
    if (last.modular > 0) {
      sentence.append("", {fmt::format("{} identity tests mod {{}}, ", last.modular), {prime()}});
    }
    sentence.append(fmt::format("{} digits at {} points{}, ", last.digits, last.points,
                                last.ill_conditioned ? " (one ill-conditioned)" : ""));
  }
  const derive::Proof& proof = gradient.proof;
  if (!proof.proved) return sentence.append(fmt::format("not proved: {}", proof.reason));
  sentence.append("proved");
  for (std::size_t i = 0; i < proof.sizes.size(); ++i) {
    const auto& [name, size] = proof.sizes[i];
    const Expr symbol = language::access(name, {}, language::Role::size);
    sentence.append(i == 0 ? " at " : ", ", {fmt::format("{{}} = {}", size), {symbol}});
  }
  return sentence;
}

std::vector<Term> top_terms(const Expr& e) {
  std::vector<Term> terms;
  gather_terms(e, false, terms);
  return terms;
}

}  // namespace chalktape::report
