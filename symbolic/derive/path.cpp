#include "symbolic/derive/path.hpp"

#include <algorithm>
#include <stdexcept>

#include "symbolic/rules/terms.hpp"

namespace chalktape::derive {

using notation::Delta;
using notation::is;

void Path::record(std::string rule, const ex& after, present::Sentence why) {
  steps_.push_back({std::move(rule), current_, after, std::move(why)});
  current_ = after;
}

void Path::go_back(size_t step) {
  if (step >= steps_.size()) return;
  current_ = steps_[step].before;
  steps_.erase(steps_.begin() + static_cast<std::ptrdiff_t>(step), steps_.end());
}

bool Path::apply(std::string_view rule, const rules::Context& context, const rules::Target& target,
                 const std::function<bool(const ex&)>& where) {
  const auto rewrite = rules::apply_everywhere(rules::rule(rule), current_, context, target, where);
  if (!rewrite) return false;
  record(std::string(rule), rewrite->after, rewrite->why);
  return true;
}

namespace {

/// Deltas that some sum may contract: not both of their indices are free in the whole formula.
class Contractible {
 public:
  explicit Contractible(const ex& whole) : free_(notation::free_indices(whole)) {}

  [[nodiscard]] bool in(const ex& e) const {
    if (!notation::traits(e).has_delta) return false;
    return notation::contains(e, [this](const ex& x) { return is<Delta>(x) && is_contractible(x); });
  }
  /// A product in which such a delta hides inside a sum of terms: it must be multiplied out before the delta can
  /// contract.
  [[nodiscard]] bool hidden_in(const ex& e) const {
    const auto shows = [this](const ex& part) {
      return rules::shows_delta(part, [this](const ex& delta) { return is_contractible(delta); });
    };
    if (is<GiNaC::mul>(e)) {
      return std::any_of(e.begin(), e.end(), [&](const ex& f) { return is<GiNaC::add>(f) && shows(f); });
    }
    return is<GiNaC::power>(e) && is<GiNaC::add>(e.op(0)) && shows(e);
  }

 private:
  [[nodiscard]] bool is_contractible(const ex& delta) const { return !(is_free(delta.op(0)) && is_free(delta.op(1))); }
  [[nodiscard]] bool is_free(const ex& index) const {
    return std::any_of(free_.begin(), free_.end(), [&](const ex& f) { return f.is_equal(index); });
  }
  exvector free_;
};

}  // namespace

void settle(Path& path, const rules::Context& context) {
  constexpr int most_rounds = 200;
  const auto one = [&] {
    const Contractible contractible(path.current());
    if (path.apply("delta-power", context)) return true;
    if (contractible.in(path.current())) {
      if (path.apply("contract-delta", context)) return true;
      const auto hidden = [&](const ex& e) { return contractible.hidden_in(e); };
      if (path.apply("distribute-delta", context, {}, hidden) || path.apply("distribute", context, {}, hidden))
        return true;
      const auto sums_terms_with_delta = [&](const ex& e) { return notation::is_sum(e) && contractible.in(e); };
      if (path.apply("linearity", context, {}, sums_terms_with_delta)) return true;
    }
    if (context.out_of_time()) {
      path.cut_short();
      return path.apply("constant-sum", context) || path.apply("pull-out", context);
    }
    for (const char* rule : {"constant-sum", "pull-out", "factor-sum", "fold-sum", "inverse-function", "positive-part",
                             "use-fact", "lemma", "exchange-sums", "common-factor", "collect"}) {
      if (path.apply(rule, context)) return true;
    }
    return false;
  };
  // Where a delta cannot contract after all, under a maximum, what is multiplied out is factored again.
  std::vector<std::pair<ex, size_t>> visited{{path.current(), path.steps().size()}};
  int rounds = 0;
  while (one()) {
    const auto before = std::find_if(visited.begin(), visited.end(),
                                     [&](const auto& state) { return state.first.is_equal(path.current()); });
    if (before != visited.end()) return path.go_back(before->second);
    visited.emplace_back(path.current(), path.steps().size());
    if (++rounds > most_rounds)
      throw std::runtime_error("the rules do not come to rest at " + context.text(path.current()));
  }
}

}  // namespace chalktape::derive
