#include "symbolic/claims/distance.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace chalktape::claims {

using language::Expr;
using language::Expression;
using language::Kind;

namespace {

bool is_arithmetic(Kind kind) {
  return kind == Kind::add || kind == Kind::subtract || kind == Kind::multiply || kind == Kind::divide;
}

class Distance {
 public:
  int between(const Expr& a, const Expr& b) {
    if (language::equal(a, b)) return 0;
    const auto known = known_.find({a.get(), b.get()});
    if (known != known_.end()) return known->second;
    int best = std::max(nodes_of(a), nodes_of(b));
    const bool same_kind = a->kind == b->kind || (is_arithmetic(a->kind) && is_arithmetic(b->kind));
    if (same_kind && a->operands.size() == b->operands.size()) {
      int changes = a->kind != b->kind || a->name != b->name || a->indices != b->indices || a->held != b->held ? 1 : 0;
      for (std::size_t k = 0; k < a->operands.size(); ++k) changes += between(a->operands[k], b->operands[k]);
      best = std::min(best, changes);
    }
    if (is_arithmetic(a->kind) && a->kind == b->kind) {
      const int exchanged = between(a->operands[0], b->operands[1]) + between(a->operands[1], b->operands[0]);
      best = std::min(best, 1 + exchanged);
    }
    // Another exponent is one change, whatever it is made of.
    if (a->kind == Kind::power && b->kind == Kind::power)
      best = std::min(best, 1 + between(a->operands[0], b->operands[0]));
    // One stands inside the other.
    for (const Expr& operand : b->operands) best = std::min(best, around(b, operand) + between(a, operand));
    for (const Expr& operand : a->operands) best = std::min(best, around(a, operand) + between(operand, b));
    known_.emplace(std::pair(a.get(), b.get()), best);
    return best;
  }

 private:
  /// What stands around an operand; the sign of an operation comes and goes with what it adds.
  static int around(const Expr& e, const Expr& operand) {
    return nodes_of(e) - nodes_of(operand) - (is_arithmetic(e->kind) ? 1 : 0);
  }

  std::map<std::pair<const Expression*, const Expression*>, int> known_;
};

}  // namespace

int nodes_of(const Expr& e) {
  int nodes = 1;
  for (const Expr& operand : e->operands) nodes += nodes_of(operand);
  return nodes;
}

int changed_nodes(const Expr& from, const Expr& to) {
  Expr a = from, b = to;
  while (a->kind == b->kind && a->name == b->name && a->indices == b->indices &&
         a->operands.size() == b->operands.size()) {
    std::size_t differing = 0, place = 0;
    for (std::size_t k = 0; k < a->operands.size(); ++k) {
      if (language::equal(a->operands[k], b->operands[k])) continue;
      ++differing;
      place = k;
    }
    if (differing != 1 || (a->kind == Kind::power && place == 1)) break;
    const Expr next_a = a->operands[place], next_b = b->operands[place];
    a = next_a;
    b = next_b;
  }
  return Distance().between(a, b);
}

}  // namespace chalktape::claims
