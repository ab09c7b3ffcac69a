#include "symbolic/present/cases.hpp"

#include <algorithm>

#include "symbolic/present/folding.hpp"

namespace chalktape::present {

using language::Expr;
using language::Expression;
using language::Index;
using language::Kind;

namespace {

constexpr std::size_t most_deltas = 4;

class Splitting {
 public:
  explicit Splitting(const std::vector<Index>& free) : free_(free) {}

  /// The deltas between free indices, each once, its first index the one that stands first among them.
  [[nodiscard]] std::vector<Condition> deltas(const Expr& e) const {
    std::vector<Condition> found;
    gather(e, found);
    return found;
  }

  [[nodiscard]] std::vector<Case> split(const Expr& e) const {
    std::vector<Case> best;
    for (const Condition& delta : deltas(e)) {
      std::vector<Case> cases = split_by(delta, e);
      if (best.empty() || cases.size() < best.size()) best = std::move(cases);
    }
    if (best.empty()) best.push_back({{}, e});
    return best;
  }

 private:
  [[nodiscard]] std::size_t position(const Index& index) const {
    const auto same = [&](const Index& other) { return other.name == index.name; };
    return static_cast<std::size_t>(std::find_if(free_.begin(), free_.end(), same) - free_.begin());
  }

  void gather(const Expr& e, std::vector<Condition>& found) const {
    for (const Expr& operand : e->operands) gather(operand, found);
    if (e->kind != Kind::delta) return;
    Index a = e->indices[0], b = e->indices[1];
    if (position(a) > position(b)) std::swap(a, b);
    if (position(b) == free_.size() || a.name == b.name) return;
    const auto same = [&](const Condition& c) { return c.a.name == a.name && c.b.name == b.name; };
    if (std::none_of(found.begin(), found.end(), same)) found.push_back({a, b});
  }

  [[nodiscard]] std::vector<Case> split_by(const Condition& delta, const Expr& e) const {
    std::vector<Case> equal = split(decided(e, delta, true)), different = split(decided(e, delta, false));
    const bool no_difference =
        equal.size() == 1 && different.size() == 1 && language::equal(equal[0].value, different[0].value);
    if (no_difference) return different;
    for (Case& c : equal) c.where.insert(c.where.begin(), delta);
    for (Case& c : different) {
      c.where.insert(c.where.begin(), {delta.a, delta.b, false});
      equal.push_back(std::move(c));
    }
    return equal;
  }

  /// e where the delta's indices are equal, one letter standing for both, or are not.
  static Expr decided(const Expr& e, const Condition& delta, bool equal) {
    Expression copy = *e;
    if (e->kind == Kind::delta) {
      const auto is = [&](std::size_t first, std::size_t second) {
        return e->indices[first].name == delta.a.name && e->indices[second].name == delta.b.name;
      };
      if (is(0, 1) || is(1, 0)) return language::number(equal ? "1" : "0");
    }
    if (equal) {
      for (Index& index : copy.indices) {
        if (index.name == delta.b.name) index.name = delta.a.name;
      }
      if (e->kind == Kind::delta && copy.indices[0].name == copy.indices[1].name) return language::number("1");
    }
    for (Expr& operand : copy.operands) operand = decided(operand, delta, equal);
    if (e->kind == Kind::reduce && e->name == "sum" && is_zero(copy.operands[0])) return copy.operands[0];
    return folded(copy, std::vector<Expr>(copy.operands));
  }

  const std::vector<Index>& free_;
};

/// The value that most cases share becomes the one of all others.
void join_equal(std::vector<Case>& cases) {
  const auto count = [&](const Case& one) {
    return std::count_if(cases.begin(), cases.end(),
                         [&](const Case& other) { return language::equal(one.value, other.value); });
  };
  const auto most =
      std::max_element(cases.begin(), cases.end(), [&](const Case& a, const Case& b) { return count(a) < count(b); });
  if (most == cases.end() || count(*most) < 2) return;
  const Expr value = most->value;
  std::erase_if(cases, [&](const Case& c) { return language::equal(c.value, value); });
  cases.push_back({{}, value});
}

}  // namespace

std::vector<Case> cases_of(const Expr& e, const std::vector<Index>& free) {
  const Splitting splitting(free);
  const std::size_t deltas = splitting.deltas(e).size();
  if (deltas == 0 || deltas > most_deltas) return {};
  std::vector<Case> cases = splitting.split(e);
  join_equal(cases);
  return cases;
}

}  // namespace chalktape::present
