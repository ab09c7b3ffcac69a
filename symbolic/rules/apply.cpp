#include "symbolic/rules/apply.hpp"

#include <algorithm>
#include <stdexcept>

namespace chalktape::rules {

using GiNaC::ex_to;
using notation::is;
using notation::Reduce;

namespace {

/// The gap between an extremum m and an entry f. Rounding must not decide whether it is 0, so m and f stay the very
/// numbers they are. A saved m has a name, and that may stand there; where f is computed anew (`introduced`), m is too.
bool must_stay(const ex& e, const Rule& rule, const Context& context) {
  if (!notation::is_attained(e)) return false;
  const bool anew = notation::contains(e, [&](const ex& part) {
    const Known* known = is<notation::Access>(part) ? context.find(ex_to<notation::Access>(part).name()) : nullptr;
    return known != nullptr && known->kind == Known::Kind::introduced;
  });
  return anew || rule.name != "fold-name";
}

/// Walks an expression with reductions opened under the letters they are printed with.
class Walk {
 public:
  Walk(const Rule& rule, const Context& context, const Target& target, const std::function<bool(const ex&)>& where)
      : rule_(rule), context_(context), target_(target), where_(where) {
    if (context_.memo) scope_ = context_.memo->scope(context_.scope);
  }

  Walked operator()(const ex& e) {
    if (must_stay(e, rule_, context_)) return {e};
    // What a predicate says may depend on more than the node; a leaf is cheaper to ask than to look up.
    if (!context_.memo || where_ || e.nops() == 0 || is<notation::Access>(e)) return walk(e);
    Memo::Question question{&rule_, target_.known, target_.part, scope_, context_.explains, e};
    if (const Walked* known = context_.memo->find(question)) return *known;
    Walked result = walk(e);
    context_.memo->remember(std::move(question), result);
    return result;
  }

 private:
  Walked walk(const ex& e) {
    Walked inner = operands(e);
    if (where_ && !where_(inner.after)) return inner;
    const auto rewrite = rule_.apply(inner.after, context_, target_);
    if (!rewrite || rewrite->after.is_equal(inner.after)) return inner;
    inner.after = rewrite->after;
    if (!context_.explains) return inner;
    inner.reasons.push_back(std::make_shared<const std::pair<std::string, present::Sentence>>(
        present::to_text(rewrite->why), rewrite->why));
    return inner;
  }

  Walked operands(const ex& e) {
    Walked result{e};
    // What holds for values need not hold under a derivative that holds names fixed.
    if (is<notation::Partial>(e)) return result;
    if (is<Reduce>(e)) return reduction(ex_to<Reduce>(e));
    result.after = notation::map_operands(e, [&](const ex& x) {
      Walked operand = (*this)(x);
      result.reasons.insert(result.reasons.end(), operand.reasons.begin(), operand.reasons.end());
      return operand.after;
    });
    return result;
  }

  Walked reduction(const Reduce& r) {
    const notation::Opened opened = context_.open(r);
    const auto outer = context_.scope;
    const int outer_scope = scope_;
    for (const ex& i : opened.indices) context_.scope.push_back(notation::as_index(i).name());
    if (context_.memo) scope_ = context_.memo->scope(context_.scope);
    Walked body = (*this)(opened.body);
    context_.scope = outer;
    scope_ = outer_scope;
    const bool same = body.after.is_equal(opened.body);
    body.after = same ? ex(r) : notation::reduce(r.reduction(), body.after, opened.indices);
    return body;
  }

  const Rule& rule_;
  Context context_;
  const Target& target_;
  const std::function<bool(const ex&)>& where_;
  int scope_ = 0;
};

/// At most three reasons, the shortest: a reader who has seen three of a kind believes the fourth. Places are visited
/// in GiNaC's order, which changes from run to run; the order of what is printed must not.
present::Sentence joined(std::vector<Reason> reasons) {
  constexpr size_t most = 3;
  const auto shorter = [](const Reason& a, const Reason& b) {
    return std::pair(a->first.size(), std::string_view(a->first)) <
           std::pair(b->first.size(), std::string_view(b->first));
  };
  const auto same = [](const Reason& a, const Reason& b) { return a->first == b->first; };
  std::sort(reasons.begin(), reasons.end(), shorter);
  reasons.erase(std::unique(reasons.begin(), reasons.end(), same), reasons.end());
  present::Sentence sentence;
  for (size_t i = 0; i < std::min(most, reasons.size()); ++i) sentence.append(i > 0 ? "; " : "", reasons[i]->second);
  if (reasons.size() > most) sentence.append("; and likewise elsewhere");
  return sentence;
}

}  // namespace

std::optional<Rewrite> apply_everywhere(const Rule& rule, const ex& e, const Context& context, const Target& target,
                                        const std::function<bool(const ex&)>& where) {
  if (rule.apply == nullptr) throw std::logic_error(std::string(rule.name) + " is the driver's to apply");
  Walked walked = Walk(rule, context, target, where)(e);
  if (walked.after.is_equal(e)) return std::nullopt;
  return Rewrite{walked.after, joined(std::move(walked.reasons))};
}

ex exhaust(std::span<const std::string_view> rules, const ex& e, const Context& context) {
  constexpr int most = 1000;
  ex current = e;
  int count = 0;
  for (bool changed = true; changed;) {
    changed = false;
    for (const std::string_view name : rules) {
      while (const auto rewrite = apply_everywhere(rule(name), current, context)) {
        current = rewrite->after;
        changed = true;
        if (++count > most) throw std::runtime_error("the rules do not come to an end at " + context.text(e));
      }
    }
  }
  return current;
}

}  // namespace chalktape::rules
