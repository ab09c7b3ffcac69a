#include "symbolic/report/detail.hpp"

#include "symbolic/rules/rule.hpp"

namespace chalktape::report {

using derive::Step;

namespace {

rules::Weight weight_of(const Step& step) { return rules::rule(step.rule).weight; }

bool is_bookkeeping(const Step& step) { return weight_of(step) == rules::Weight::bookkeeping; }

/// Whether a step belongs to the one before it.
bool joins(const Step& before, const Step& step, Detail detail) {
  if (detail == Detail::full) return false;
  if (is_bookkeeping(step)) return is_bookkeeping(before) || detail == Detail::brief;
  if (before.rule == step.rule && (step.rule == "differentiate" || step.rule == "unfold" || step.rule == "fold-power"))
    return true;
  if (detail == Detail::normal) return false;
  // On a slide only the chain rule, what vanishes and what is put in begin a line of their own.
  return weight_of(step) != rules::Weight::milestone;
}

void join(Step& shown, const Step& next) {
  if (shown.rule.find(next.rule) == std::string::npos) shown.rule += ", " + next.rule;
  shown.why.append("; ", next.why);
  shown.after = next.after;
  shown.checked = next.checked;
}

}  // namespace

bool speaks_for_itself(const Step& step, Detail detail) {
  return detail == Detail::brief && step.rule.find(',') != std::string::npos;
}

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
