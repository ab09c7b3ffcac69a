#include "symbolic/rules/apply.hpp"

#include <algorithm>
#include <array>
#include <map>
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
  Walk(const Rule& rule, Context context, const Target& target, const std::function<bool(const ex&)>& where)
      : rule_(rule), context_(std::move(context)), target_(target), where_(where) {}

  ex operator()(const ex& e) {
    if (must_stay(e, rule_, context_)) return e;
    ex inner = operands(e);
    if (where_ && !where_(inner)) return inner;
    const auto rewrite = apply(inner);
    if (!rewrite || rewrite->after.is_equal(inner)) return inner;
    reasons_.emplace(present::to_text(rewrite->why), rewrite->why);
    return rewrite->after;
  }

  /// At most three reasons, the shortest: a reader who has seen three of a kind believes the fourth. Places are visited
  /// in GiNaC's order, which changes from run to run; the order of what is printed must not.
  [[nodiscard]] present::Sentence why() const {
    constexpr size_t most = 3;
    std::vector<const std::pair<const std::string, present::Sentence>*> sorted;
    for (const auto& reason : reasons_) sorted.push_back(&reason);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto* a, const auto* b) { return a->first.size() < b->first.size(); });
    present::Sentence sentence;
    for (size_t i = 0; i < std::min(most, sorted.size()); ++i) sentence.append(i > 0 ? "; " : "", sorted[i]->second);
    if (sorted.size() > most) sentence.append("; and likewise elsewhere");
    return sentence;
  }

 private:
  std::optional<Rewrite> apply(const ex& e) {
    // Rules are pure, and a search meets the same sums again and again.
    if (!context_.memo || target_.known != nullptr) return rule_.apply(e, context_, target_);
    std::string memo_key(rule_.name);
    for (const std::string& letter : context_.scope) memo_key += ' ' + letter;
    memo_key += ':' + notation::key(e);
    if (const auto found = context_.memo->find(memo_key); found != context_.memo->end()) return found->second;
    auto rewrite = rule_.apply(e, context_, target_);
    context_.memo->emplace(std::move(memo_key), rewrite);
    return rewrite;
  }

  ex operands(const ex& e) {
    if (!is<Reduce>(e)) return notation::map_operands(e, [this](const ex& x) { return (*this)(x); });
    const auto& r = ex_to<Reduce>(e);
    const notation::Opened opened = context_.open(r);
    const auto outer = context_.scope;
    for (const ex& i : opened.indices) context_.scope.push_back(notation::as_index(i).name());
    const ex body = (*this)(opened.body);
    context_.scope = outer;
    return notation::reduce(r.reduction(), body, opened.indices);
  }

  const Rule& rule_;
  Context context_;
  const Target& target_;
  const std::function<bool(const ex&)>& where_;
  std::map<std::string, present::Sentence> reasons_;  // by their text, so each once
};

}  // namespace

std::optional<Rewrite> apply_everywhere(const Rule& rule, const ex& e, const Context& context, const Target& target,
                                        const std::function<bool(const ex&)>& where) {
  if (std::chrono::steady_clock::now() > context.deadline) throw OutOfTime("out of time");
  Walk walk(rule, context, target, where);
  const ex after = walk(e);
  if (after.is_equal(e)) return std::nullopt;
  return Rewrite{after, walk.why()};
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

std::optional<ex> expanded(const ex& e, const Context& context) {
  constexpr std::array<std::string_view, 6> rules{"delta-power",  "distribute", "linearity",
                                                  "constant-sum", "pull-out",   "contract-delta"};
  constexpr size_t most_terms = 400;
  const ex result = exhaust(rules, e, context).expand();
  if (result.nops() > most_terms && is<GiNaC::add>(result)) return std::nullopt;
  return result;
}

}  // namespace chalktape::rules
