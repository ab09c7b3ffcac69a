#include "symbolic/report/detail.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace chalktape::report {

using derive::Step;

namespace {

/// Rules that carry out what another one has made possible.
bool is_bookkeeping(const std::string& rule) {
  constexpr std::array<std::string_view, 12> rules{
      "contract-delta", "delta-power",      "constant-sum",  "pull-out", "factor-sum",           "linearity",
      "distribute",     "distribute-delta", "common-factor", "collect",  "derivative-linearity", "derivative-of-entry"};
  return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

/// Whether a step belongs to the one before it.
bool joins(const Step& before, const Step& step, Detail detail) {
  if (detail == Detail::full) return false;
  if (is_bookkeeping(step.rule)) return is_bookkeeping(before.rule) || detail == Detail::brief;
  if (before.rule == step.rule && (step.rule == "differentiate" || step.rule == "unfold" || step.rule == "fold-power"))
    return true;
  if (detail == Detail::normal) return false;
  // On a slide only the chain rule, what vanishes and what is put in begin a line of their own.
  return step.rule != "chain-rule" && step.rule != "lemma" && step.rule != "unfold";
}

void join(Step& shown, const Step& next) {
  if (shown.rule.find(next.rule) == std::string::npos) shown.rule += ", " + next.rule;
  shown.why.append("; ", next.why);
  shown.after = next.after;
  shown.checked = next.checked;
}

}  // namespace

std::vector<Step> at_detail(const std::vector<Step>& steps, Detail detail) {
  std::vector<Step> shown;
  const Step* last = nullptr;
  for (const Step& step : steps) {
    if (last != nullptr && last->rule != "chain-rule" && joins(*last, step, detail)) {
      join(shown.back(), step);
    } else {
      shown.push_back(step);
    }
    last = &step;
  }
  return shown;
}

}  // namespace chalktape::report
