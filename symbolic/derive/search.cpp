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

/// The names and functions in a formula.
std::set<std::string> parts_of(const notation::ex& e) {
  std::set<std::string> parts = notation::names(e);
  const std::function<void(const notation::ex&)> walk = [&](const notation::ex& x) {
    if (notation::is<notation::Call>(x)) parts.insert(GiNaC::ex_to<notation::Call>(x).function());
    for (size_t i = 0; i < x.nops(); ++i) walk(x.op(i));
  };
  walk(e);
  return parts;
}

class Search {
 public:
  Search(const Context& context, const std::optional<ex>& goal) : context_(context) {
    if (goal) goal_ = notation::key(*goal);
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
    const std::set<std::string> names = notation::names(path.current());
    for (const Known& known : context_.known) {
      const Target target{&known, {}};
      for (const char* rule : {"fold-name", "fold-power", "fold-product", "fold-sum"}) attempt(path, rule, target);
      const bool has_sum = notation::contains(known.formula.value, notation::is_sum);
      if (names.contains(known.formula.name) && (!has_sum || !known.free)) attempt(path, "unfold", target);
      if (known.kind == Known::Kind::gradient) continue;
      for (const std::string& part : parts_of(known.formula.value)) attempt(path, "solve", Target{&known, part});
    }
    attempt(path, "distribute");
    attempt(path, "linearity");
  }

  const Context& context_;
  std::deque<State> states_;
  std::set<std::string> seen_;
  std::string goal_;
  const State* goal_state_ = nullptr;
};

}  // namespace

Path search(const Path& start, const Context& context, const std::optional<ex>& goal) {
  return Search(context, goal).run(start);
}

}  // namespace chalktape::derive
