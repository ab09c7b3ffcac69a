#include "symbolic/present/difference.hpp"

#include <algorithm>
#include <functional>

namespace chalktape::present {

using language::Expr;
using language::Expression;
using language::Kind;

namespace {

/// A term of a sum (`inverse`: with a minus) or a factor of a product (`inverse`: below the line).
struct Part {
  bool inverse = false;
  Expr value;
};
using Parts = std::vector<Part>;

bool is_sum(const Expr& e) { return e->kind == Kind::add || e->kind == Kind::subtract || e->kind == Kind::negate; }
bool is_product(const Expr& e) { return e->kind == Kind::multiply || e->kind == Kind::divide; }

void gather(const Expr& e, bool inverse, bool (*belongs)(const Expr&), Parts& parts) {
  if (!belongs(e)) {
    parts.push_back({inverse, e});
    return;
  }
  const bool turns = e->kind == Kind::subtract || e->kind == Kind::divide || e->kind == Kind::negate;
  if (e->operands.size() == 1) return gather(e->operands[0], inverse != turns, belongs, parts);
  gather(e->operands[0], inverse, belongs, parts);
  gather(e->operands[1], inverse != turns, belongs, parts);
}

/// Takes away what both have.
void cancel(Parts& a, Parts& b) {
  std::erase_if(a, [&](const Part& part) {
    const auto same = std::find_if(b.begin(), b.end(), [&](const Part& other) {
      return other.inverse == part.inverse && language::equal(other.value, part.value);
    });
    if (same == b.end()) return false;
    b.erase(same);
    return true;
  });
}

class Comparison {
 public:
  Difference take() { return std::move(result_); }

  void compare(const Expr& a, const Expr& b) {
    if (language::equal(a, b)) return;
    if (is_sum(a) || is_sum(b)) return parts(a, b, is_sum);
    if (is_product(a) || is_product(b)) return parts(a, b, is_product);
    const bool alike = a->kind == b->kind && a->name == b->name && a->indices == b->indices && a->held == b->held &&
                       a->operands.size() == b->operands.size() && !a->operands.empty();
    if (!alike || a->kind == Kind::derivative) return mark(a, b);
    for (std::size_t i = 0; i < a->operands.size(); ++i) compare(a->operands[i], b->operands[i]);
  }

 private:
  void mark(const Expr& a, const Expr& b) {
    result_.before.push_back(a.get());
    result_.after.push_back(b.get());
  }

  void parts(const Expr& a, const Expr& b, bool (*belongs)(const Expr&)) {
    Parts of_a, of_b;
    gather(a, false, belongs, of_a);
    gather(b, false, belongs, of_b);
    const std::size_t all_a = of_a.size(), all_b = of_b.size();
    cancel(of_a, of_b);
    const bool in_pairs =
        of_a.size() == of_b.size() && std::equal(of_a.begin(), of_a.end(), of_b.begin(),
                                                 [](const Part& x, const Part& y) { return x.inverse == y.inverse; });
    if (in_pairs && !of_a.empty() && (all_a > 1 || all_b > 1)) {
      for (std::size_t i = 0; i < of_a.size(); ++i) compare(of_a[i].value, of_b[i].value);
      return;
    }
    // Where nothing is left of one side, or all of a side has changed, the whole is what changed.
    if (of_a.size() == all_a || of_a.empty()) {
      result_.before.push_back(a.get());
    } else {
      for (const Part& part : of_a) result_.before.push_back(part.value.get());
    }
    if (of_b.size() == all_b || of_b.empty()) {
      result_.after.push_back(b.get());
    } else {
      for (const Part& part : of_b) result_.after.push_back(part.value.get());
    }
  }

  Difference result_;
};

}  // namespace

Difference difference(const Expr& before, const Expr& after) {
  Comparison comparison;
  comparison.compare(before, after);
  return comparison.take();
}

Expr unshared(const Expr& e) {
  Expression copy = *e;
  for (Expr& operand : copy.operands) operand = unshared(operand);
  return std::make_shared<const Expression>(std::move(copy));
}

}  // namespace chalktape::present
