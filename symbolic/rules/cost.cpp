#include "symbolic/rules/cost.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "symbolic/rules/memo.hpp"

namespace chalktape::rules {

using GiNaC::ex_to;
using GiNaC::numeric;
using notation::Access;
using notation::Call;
using notation::Delta;
using notation::is;
using notation::Partial;
using notation::Reduce;

namespace {

// In units of one multiplication of two scalars. Only their order of magnitude matters: a sum costs more than the few
// elementwise operations that might replace it, a function more than an operation, a division more than a product.
constexpr double per_index = 8;
constexpr double load_cost = 0.25, division_cost = 1.5, root_cost = 4, call_cost = 6, delta_cost = 4;
constexpr double sum_cost = 8, unfinished_cost = 1000;
constexpr double scalar_product_cost = 1, scalar_division_cost = 2;  // by a number or a size, at any rank

/// Costs are added in GiNaC's order, which is not the same every run. Multiples of 1/16 add exactly in any order.
double exact(double cost) { return std::round(cost * 16) / 16; }

bool is_scalar_constant(const ex& e) {
  if (is<numeric>(e)) return true;
  if (is<GiNaC::power>(e)) return is_scalar_constant(e.op(0));
  return is<Access>(e) && ex_to<Access>(e).role() == language::Role::size;
}

class Counter {
 public:
  explicit Counter(const Context& context) : context_(context) {}

  /// First what stands in the formula itself, then what its names take, in the order in which they are known: a sum
  /// that is needed twice is paid in full once only, and it matters where.
  double total(const ex& e) {
    const auto outer = std::exchange(pending_, {});
    double sum = (*this)(e);
    for (const Known* known : std::exchange(pending_, outer)) {
      const ex& value = known->formula.value;
      // A sum is read under its name, not twice.
      const double read_as_sum = is<Reduce>(value) ? load_cost * weight(value) : 0;
      sum += exact((total(value) - read_as_sum) * known->share);
    }
    return sum;
  }

 private:
  double operator()(const ex& e) {
    if (is<numeric>(e)) return e.is_equal(1) || e.is_equal(-1) ? 0 : 0.5;
    if (is<Access>(e)) return access(ex_to<Access>(e));
    if (is<Delta>(e)) return delta_cost * weight(e);
    if (is<Partial>(e)) return unfinished_cost * weight(e);
    if (is<Reduce>(e)) return reduction(ex_to<Reduce>(e));
    if (is<Call>(e)) return call_cost * weight(e) + operands(e);
    if (is<GiNaC::add>(e)) return static_cast<double>(e.nops() - 1) * weight(e) + operands(e);
    if (is<GiNaC::mul>(e)) return product(e);
    if (is<GiNaC::power>(e)) return power(e);
    return operands(e);
  }

  static double weight(const ex& e) {
    return std::pow(per_index, static_cast<double>(notation::free_indices(e).size()));
  }

  double operands(const ex& e) {
    double total = 0;
    for (const ex& operand : e) total += (*this)(operand);
    return total;
  }

  double access(const Access& a) {
    const Known* known = context_.find(a.name());
    if (known != nullptr && !known->free && named_.insert(a.name()).second) pending_.insert(known);
    return load_cost * std::pow(per_index, static_cast<double>(a.indices().size()));
  }

  double reduction(const Reduce& r) {
    // It is read as a name would be, so that giving it one costs nothing.
    const double load = load_cost * weight(r);
    if (!sums_.insert(notation::key(r)).second) return load;
    const notation::Opened opened = notation::open(r);
    return load + (*this)(opened.body) + weight(opened.body) + sum_cost * weight(opened.body);
  }

  double power(const ex& e) {
    const double w = weight(e);
    double total = (*this)(e.op(0));
    if (!is<numeric>(e.op(1))) return total + (*this)(e.op(1)) + 2 * call_cost * w;
    const auto& n = ex_to<numeric>(e.op(1));
    const double magnitude = exact(std::fabs(n.to_double()));
    if (is_scalar_constant(e.op(0))) return total + (magnitude - 1) * scalar_product_cost;
    if (n.is_negative()) total += division_cost * w;
    if (!n.is_integer()) return total + (root_cost + magnitude) * w;
    return total + (magnitude - 1) * w;
  }

  /// Factors are multiplied from the fewest indices to the most, as a compiler that hoists would.
  double product(const ex& e) {
    if (e.nops() == 2 && e.op(1).is_equal(-1)) return (*this)(e.op(0));  // a sign: GiNaC keeps numbers last
    double total = 0;
    std::vector<std::pair<exvector, double>> ranked;  // free indices, extra cost of a division
    for (const ex& factor : e) {
      if (is_scalar_constant(factor)) {
        const bool divides = is<GiNaC::power>(factor) && factor.op(1).info(GiNaC::info_flags::negative);
        const bool sign = factor.is_equal(-1);
        if (is<numeric>(factor)) {
          const auto& n = ex_to<numeric>(factor);
          total += sign ? 0
                        : (GiNaC::abs(n.numer()).is_equal(1) ? 0 : scalar_product_cost) +
                              (n.denom().is_equal(1) ? 0 : scalar_division_cost);
        } else {
          total += (*this)(factor) + (divides ? scalar_division_cost : scalar_product_cost);
        }
        continue;
      }
      total += (*this)(factor);
      ranked.emplace_back(notation::free_indices(factor), 0);
    }
    std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
      if (a.first.size() != b.first.size()) return a.first.size() < b.first.size();
      return std::lexicographical_compare(a.first.begin(), a.first.end(), b.first.begin(), b.first.end(),
                                          notation::key_less);
    });
    exvector seen;
    for (size_t i = 0; i < ranked.size(); ++i) {
      for (const ex& index : ranked[i].first) {
        if (std::none_of(seen.begin(), seen.end(), [&](const ex& s) { return s.is_equal(index); }))
          seen.push_back(index);
      }
      if (i > 0) total += std::pow(per_index, static_cast<double>(seen.size()));
    }
    return total;
  }

  const Context& context_;
  std::set<std::string> sums_, named_;
  std::set<const Known*> pending_;  // parts of one list, so in its order
};

void gather_sums(const ex& e, const Context& context, std::set<std::string>& sums, std::set<std::string>& visited) {
  if (is<Access>(e)) {
    const Known* known = context.find(ex_to<Access>(e).name());
    if (known == nullptr || known->free || !visited.insert(ex_to<Access>(e).name()).second) return;
    gather_sums(known->formula.value, context, sums, visited);
    return;
  }
  if (notation::is_sum(e)) sums.insert(notation::key(e));
  for (const ex& operand : notation::operands(e)) gather_sums(operand, context, sums, visited);
}

}  // namespace

double cost(const ex& e, const Context& context) {
  if (!context.memo) return Counter(context).total(e);
  if (const auto& known = context.memo->cost(e)) return *known;
  const double total = Counter(context).total(e);
  context.memo->cost(e) = total;
  return total;
}

int count_sums(const ex& e, const Context& context) {
  std::set<std::string> sums, visited;
  gather_sums(e, context, sums, visited);
  return static_cast<int>(sums.size());
}

}  // namespace chalktape::rules
