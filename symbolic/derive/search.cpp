#include "symbolic/derive/search.hpp"

#include <deque>
#include <set>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "symbolic/rules/cost.hpp"
#include "symbolic/rules/hazards.hpp"

namespace chalktape::derive {

using rules::Context;
using rules::Known;
using rules::Target;

namespace {

// On random layers half of it costs 2 sums in 500 and 1 operation in 40, twice of it gains nothing to speak of.
constexpr int patience = 8;
constexpr int patience_on_the_way = 2;
constexpr size_t most_states = 300;
constexpr size_t most_nodes = 50'000;  // of all states: a formula of a thousand nodes is tried fifty times
// A name solved for may stand in sums of its own solution, which then grows with every further step.
constexpr size_t most_growth = 6, always_allowed = 100;
// Gradients written out have yet to be brought to rest; less than 160 costs a sum in 750 gradients of random layers.
constexpr size_t always_unfolded = 160;
constexpr double most_detour = 4;  // states that cost this many times the best are not worth expanding

/// A rule that the search, not `settle`, has chosen.
struct Move {
  std::string_view rule;
  Target target{};
  std::string_view then{};  ///< a rule that follows at once
  bool rests = true;        ///< the formula is brought to rest afterwards
};

struct State {
  Path path;  ///< without reasons
  std::vector<Move> moves;
  double cost;
  size_t size;  // among equal costs the smaller formula wins, whatever its names
  int hazards;
  bool expanded = false;

  [[nodiscard]] auto rank() const {
    return std::tuple(cost, size, std::string_view(notation::key(path.current())), path.steps().size());
  }
  /// As a result: a division by what may vanish, or a factor that may overflow, is no more than a stage on the way,
  /// however many operations it saves.
  [[nodiscard]] auto demerit() const { return std::pair(hazards, cost); }
  [[nodiscard]] bool is_better_than(const State& other) const {
    return std::pair(hazards, rank()) < std::pair(other.hazards, other.rank());
  }
};

void gather_parts(const ex& e, std::set<std::string>& parts) {
  if (notation::is<notation::Access>(e)) parts.insert(GiNaC::ex_to<notation::Access>(e).name());
  if (notation::is<notation::Call>(e)) parts.insert(GiNaC::ex_to<notation::Call>(e).function());
  for (const ex& operand : notation::operands(e)) gather_parts(operand, parts);
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
  for (const ex& operand : notation::operands(e)) {
    if (ex found = sum_in(operand); !found.is_zero()) return found;
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

/// Nodes, but for numbers, where GiNaC takes its liberties: -(a - b)^3 is no larger than (b - a)^3. A sum of terms is
/// larger than a product of as many nodes.
size_t size_of(const ex& e) {
  if (notation::is<GiNaC::numeric>(e)) return 0;
  if (notation::is<notation::Access>(e)) return 2;
  size_t size = 0, operands = 0;
  for (const ex& operand : notation::operands(e)) {
    size += size_of(operand);
    if (!notation::is<GiNaC::numeric>(operand)) ++operands;
  }
  if (notation::is<GiNaC::mul>(e)) return size + (operands > 1 ? 2 : 0);
  return size + (notation::is<GiNaC::add>(e) ? 3 : 2);
}

class Search {
 public:
  Search(const Context& context, Effort effort, const std::optional<ex>& goal)
      : explaining_(context),
        context_(context),
        patience_(effort == Effort::on_the_way ? patience_on_the_way : patience),
        is_result_(effort == Effort::result) {
    context_.explains = false;
    if (goal) goal_ = notation::key(*goal);
    for (const Known& known : context.known) candidates_.emplace_back(known);
  }

  Path run(const Path& start) {
    add(start, {});
    if (goal_state_ == nullptr) add_unfolded(start);
    for (int since_better = 0; since_better < patience_ && !is_full() && goal_state_ == nullptr;) {
      if (context_.out_of_time()) break;
      State* next = cheapest_unexpanded();
      // The way to a goal may lead over a sum written out twice.
      if (next == nullptr || (goal_.empty() && next->cost > most_detour * best().cost + 1)) break;
      const auto before = best().demerit();
      next->expanded = true;
      expand(*next);
      since_better = best().demerit() < before ? 0 : since_better + 1;
    }
    const State& found = goal_state_ != nullptr ? *goal_state_ : best();
    if (!explaining_.explains) {
      Path path = found.path;
      if (context_.out_of_time()) path.cut_short();
      return path;
    }
    if (!context_.out_of_time()) return replayed(start, straightened(start, found), explaining_);
    explaining_.deadline = std::chrono::steady_clock::time_point::max();  // what was found is walked once more
    Path path = replayed(start, found.moves, explaining_);
    path.cut_short();
    return path;
  }

 private:
  void add(Path path, std::vector<Move> moves) {
    if (!started_.insert(path.current()).second) return;
    settle(path, context_);
    const ex& e = path.current();
    const std::string& key = notation::key(e);
    if (!seen_.insert(key).second) return;
    const double cost = rules::cost(e, context_);
    states_.push_back({std::move(path), std::move(moves), cost, size_of(e), hazards_of(e)});
    nodes_ += states_.back().size;
    if (best_ == nullptr || states_.back().is_better_than(*best_)) best_ = &states_.back();
    if (key == goal_) goal_state_ = &states_.back();
  }

  [[nodiscard]] int hazards_of(const ex& e) const {
    return is_result_ ? rules::count_hazards(e, context_) : rules::functions_below(e, context_);
  }

  [[nodiscard]] const State& best() const { return *best_; }

  State* cheapest_unexpanded() {
    State* found = nullptr;
    for (State& s : states_) {
      if (!s.expanded && (found == nullptr || s.rank() < found->rank())) found = &s;
    }
    return found;
  }

  /// All gradients of intermediates written out, so that a form in which they cancel is in reach at once; of a long
  /// chain those that were derived last.
  void add_unfolded(Path path) {
    std::vector<Move> moves;
    // A gradient's formula mentions gradients derived before it only, so one pass backwards is enough.
    for (auto known = context_.known.rbegin(); known != context_.known.rend(); ++known) {
      if (known->free || known->kind != Known::Kind::gradient) continue;
      const Target target{&*known, {}};
      Path longer = path;
      if (!longer.apply("unfold", context_, target)) continue;
      if (is_overgrown(longer, always_unfolded)) break;
      path = std::move(longer);
      moves.push_back({"unfold", target, {}, /*rests=*/false});
    }
    if (moves.empty()) return;
    moves.back().rests = true;
    add(std::move(path), std::move(moves));
  }

  /// The moves without detours: names unfolded only to be folded again.
  [[nodiscard]] std::vector<Move> straightened(const Path& start, const State& found) const {
    Path path = found.path;
    std::vector<Move> moves = found.moves;
    const auto is_shorter_without = [&](size_t i, size_t j) {
      std::vector<Move> fewer;
      for (size_t k = 0; k < moves.size(); ++k) {
        if (k == i || k == j) continue;
        fewer.push_back(moves[k]);
        fewer.back().rests = true;
      }
      Path other = replayed(start, fewer, context_);
      const bool same = notation::key(other.current()) == notation::key(path.current());
      if (!same || other.steps().size() >= path.steps().size()) return false;
      path = std::move(other);
      moves = std::move(fewer);
      return true;
    };
    const auto shorten = [&] {
      for (size_t i = 0; i < moves.size(); ++i) {
        for (size_t j = i + 1; j < moves.size(); ++j) {
          const bool undone = moves[i].rule == "unfold" && moves[j].target.known == moves[i].target.known;
          if (undone && is_shorter_without(i, j)) return true;
        }
      }
      return false;
    };
    while (shorten()) continue;
    return moves;
  }

  static Path replayed(const Path& start, const std::vector<Move>& moves, const Context& context) {
    Path path = start;
    settle(path, context);
    for (const Move& move : moves) {
      if (made(path, move, context) && move.rests) settle(path, context);
    }
    return path;
  }

  [[nodiscard]] bool is_overgrown(const Path& path, size_t allowed) const {
    return size_of(path.current()) > most_growth * best().size + allowed;
  }

  [[nodiscard]] bool is_full() const { return states_.size() >= most_states || nodes_ >= most_nodes; }

  void attempt(const State& from, std::string_view rule, const Target& target = {}, std::string_view then = {}) {
    if (context_.out_of_time() || nodes_ >= most_nodes) return;
    Path path = from.path;
    const Move move{rule, target, then};
    if (!made(path, move, context_)) return;
    if (is_overgrown(path, always_allowed)) return;
    std::vector<Move> moves = from.moves;
    moves.push_back(move);
    add(std::move(path), std::move(moves));
  }

  static bool made(Path& path, const Move& move, const Context& context) {
    return path.apply(move.rule, context, move.target) && (move.then.empty() || path.apply(move.then, context));
  }

  void expand(const State& state) {  // stays where it is while `states_`, a deque, grows
    const ex& e = state.path.current();
    const std::set<std::string> present = parts_of(e);
    for (const Candidate& candidate : candidates_) {
      const Known& known = *candidate.known;
      const Target target{&known, {}};
      for (const char* rule : {"fold-name", "fold-power", "fold-product", "fold-sum"}) {
        if (candidate.may_fold(rule, e)) attempt(state, rule, target);
      }
      const bool costs_a_sum = known.free && !candidate.sum.is_zero();
      if (present.contains(known.formula.name) && !costs_a_sum) attempt(state, "unfold", target);
      for (const std::string& part : candidate.parts) {
        if (present.contains(part)) attempt(state, "solve", Target{&known, part});
      }
    }
    attempt(state, "merge-exponentials");
    attempt(state, "distribute");
    attempt(state, "linearity");
    attempt(state, "join-sums");
    // A product under a sum, multiplied out and split: settling in between would put it together again.
    attempt(state, "distribute", {}, "linearity");
  }

  Context explaining_, context_;
  int patience_;
  bool is_result_;
  std::vector<Candidate> candidates_;
  std::deque<State> states_;
  size_t nodes_ = 0;
  std::unordered_set<std::string_view> seen_;
  std::unordered_set<ex, notation::ExHash, notation::ExEqual> started_;  // formulas that were brought to rest
  std::string goal_;
  const State* best_ = nullptr;
  const State* goal_state_ = nullptr;
};

}  // namespace

Path search(const Path& start, const Context& context, Effort effort, const std::optional<ex>& goal) {
  return Search(context, effort, goal).run(start);
}

}  // namespace chalktape::derive
