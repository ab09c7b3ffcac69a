#include "symbolic/derive/measure.hpp"

#include <algorithm>

#include "symbolic/rules/cost.hpp"

namespace chalktape::derive {

using notation::ex;
using notation::is;

namespace {

/// How many sums wait for each other.
int depth(const ex& e) {
  int deepest = 0;
  for (size_t i = 0; i < e.nops(); ++i) deepest = std::max(deepest, depth(e.op(i)));
  return deepest + (notation::is_sum(e) ? 1 : 0);
}

/// Whether all that is left to do after its sums has fewer indices than the data under them.
bool ends_with_its_sums(const ex& e) {
  if (notation::is_sum(e)) return true;
  if (!is<GiNaC::mul>(e)) return false;
  return std::any_of(e.begin(), e.end(), notation::is_sum);
}

}  // namespace

int operations(const language::Expr& e) {
  int total = 0;
  for (const auto& operand : e->operands) total += operations(operand);
  switch (e->kind) {
    case language::Kind::number:
    case language::Kind::access:
    case language::Kind::delta:
      return total;
    case language::Kind::reduce:
      return total + 1 + (e->name == "mean" ? static_cast<int>(e->indices.size()) : 0);
    default:
      return total + 1;
  }
}

Cost measure(const ex& e, const rules::Context& context) {
  Cost cost;
  cost.sums = rules::count_sums(e, context);
  cost.sweeps = e.is_zero() ? 0 : depth(e) + (ends_with_its_sums(e) ? 0 : 1);
  cost.flops = operations(present::to_tree(e, *context.naming, context.scope));
  return cost;
}

}  // namespace chalktape::derive
