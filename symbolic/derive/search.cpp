#include "symbolic/derive/search.hpp"

#include <deque>
#include <set>
#include <tuple>

#include "symbolic/rules/cost.hpp"

namespace chalktape::derive {

using rules::Context;
using rules::Known;
using rules::Target;

namespace {

constexpr int patience = 12;
constexpr size_t most_states = 300;
constexpr double most_detour = 4;  // states that cost this many times the best are not worth expanding

struct State {
  Path path;
  double cost;
  size_t length;  // of the key: among equal costs the shorter text wins
  bool expanded = false;

  [[nodiscard]] auto rank() const {
    return std::tuple(cost, length, std::string_view(notation::key(path.current())), path.steps().size());
  }
};

void gather_parts(const ex& e, std::set<std::string>& parts) {
  if (notation::is<notation::Access>(e)) parts.insert(GiNaC::ex_to<notation::Access>(e).name());
  if (notation::is<notation::Call>(e)) parts.insert(GiNaC::ex_to<notation::Call>(e).function());
  for (size_t i = 0; i < e.nops(); ++i) gather_parts(e.op(i), parts);
}

/// The names and functions in a formula.
std::set<std::string> parts_of(const ex& e) {
  std::set<std::string> parts;
  gather_parts(e, parts);
  return parts;
}

/// The first sum in e, itself included; 0 where there is none.
ex sum_in(const ex& e) {
  if (notation::is_sum(e) || !notation::traits(e).has_sum) return notation::is_sum(e) ? e : ex(0);
  for (size_t i = 0; i < e.nops(); ++i) {
    if (const ex found = sum_in(e.op(i)); !found.is_zero()) return found;
  }
  return 0;
}

/// A known name, and what must stand in a formula for a rule pointed at it to match.
struct Candidate {
  explicit Candidate(const Known& k) : known(&k), value(k.formula.value), sum(sum_in(value)) {
    if (known->kind != Known::Kind::gradient) parts = parts_of(value);
  }

  [[nodiscard]] bool may_fold(std::string_view rule, const ex& e) const {
    if (rule == "fold-sum") return !sum.is_zero() && notation::may_hold_names_of(e, sum);
    if (rule == "fold-product" && !notation::is<GiNaC::mul>(value)) return false;
    if (rule == "fold-power") {
      return notation::is<GiNaC::power>(value) && notation::may_hold_names_of(e, value.op(0));
    }
    return notation::may_hold_names_of(e, value);
  }

  const Known* known;
  ex value, sum;
  std::set<std::string> parts;
};

class Search {
 public:
  Search(const Context& context, const std::optional<ex>& goal) : context_(context) {
    if (goal) goal_ = notation::key(*goal);
    for (const Known& known : context.known) candidates_.emplace_back(known);
  }

  Path run(const Path& start) {
    add(start);
    Path unfolded = start;
    if (unfold_intermediates(unfolded)) add(unfolded);
    for (int since_better = 0; since_better < patience && states_.size() < most_states && goal_state_ == nullptr;) {
      State* next = cheapest_unexpanded();
      if (next == nullptr || next->cost > most_detour * best().cost + 1) break;
      const auto before = best().cost;
      next->expanded = true;
      expand(next->path);
      since_better = best().cost < before ? 0 : since_better + 1;
    }
    return goal_state_ != nullptr ? goal_state_->path : best().path;
  }

 private:
  void add(Path path) {
    if (!started_.emplace(path.current(), true).second) return;
    settle(path, context_);
    const ex& e = path.current();
    const std::string& key = notation::key(e);
    const size_t length = key.size();
    if (!seen_.insert(key).second) return;
    const double cost = rules::cost(e, context_);
    states_.push_back({std::move(path), cost, length});
    if (key == goal_) goal_state_ = &states_.back();
  }

  [[nodiscard]] const State& best() const {
    const State* best = &states_.front();
    for (const State& s : states_) {
      if (s.rank() < best->rank()) best = &s;
    }
    return *best;
  }

  State* cheapest_unexpanded() {
    State* found = nullptr;
    for (State& s : states_) {
      if (!s.expanded && (found == nullptr || s.rank() < found->rank())) found = &s;
    }
    return found;
  }

  /// All gradients of intermediates written out, so that a form in which they cancel is in reach at once.
  bool unfold_intermediates(Path& path) {
    bool any = false;
    // A gradient's formula mentions gradients derived before it only, so one pass backwards is enough.
    for (auto known = context_.known.rbegin(); known != context_.known.rend(); ++known) {
      if (known->free || known->kind != Known::Kind::gradient) continue;
      any |= path.apply("unfold", context_, Target{&*known, {}});
    }
    return any;
  }

  void attempt(const Path& from, std::string_view rule, const Target& target = {}) {
    Path path = from;
    if (path.apply(rule, context_, target)) add(std::move(path));
  }

  void expand(const Path& path) {  // stays where it is while `states_`, a deque, grows
    const ex& e = path.current();
    const std::set<std::string> present = parts_of(e);
    for (const Candidate& candidate : candidates_) {
      const Known& known = *candidate.known;
      const Target target{&known, {}};
      for (const char* rule : {"fold-name", "fold-power", "fold-product", "fold-sum"}) {
        if (candidate.may_fold(rule, e)) attempt(path, rule, target);
      }
      const bool costs_a_sum = known.free && !candidate.sum.is_zero();
      if (present.contains(known.formula.name) && !costs_a_sum) attempt(path, "unfold", target);
      for (const std::string& part : candidate.parts) {
        if (present.contains(part)) attempt(path, "solve", Target{&known, part});
      }
    }
    attempt(path, "distribute");
    attempt(path, "linearity");
    // A product under a sum, multiplied out and split: settling in between would put it together again.
    Path split = path;
    if (split.apply("distribute", context_) && split.apply("linearity", context_)) add(std::move(split));
  }

  const Context& context_;
  std::vector<Candidate> candidates_;
  std::deque<State> states_;
  std::set<std::string> seen_;
  notation::ExMap<bool> started_;  // formulas that were brought to rest
  std::string goal_;
  const State* goal_state_ = nullptr;
};

}  // namespace

Path search(const Path& start, const Context& context, const std::optional<ex>& goal) {
  return Search(context, goal).run(start);
}

}  // namespace chalktape::derive
