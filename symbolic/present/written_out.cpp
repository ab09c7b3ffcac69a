#include "symbolic/present/written_out.hpp"

#include <algorithm>

#include "symbolic/language/limits.hpp"
#include "symbolic/present/folding.hpp"

namespace chalktape::present {

using language::Expr;
using language::Expression;
using language::Index;
using language::Kind;

namespace {

/// Visits of a tree's nodes for one formula: terms whose delta is 0 cost time, though they are not written.
constexpr std::size_t most_visits = 1'000'000;
constexpr std::size_t most_entries = 20'000;
static_assert(language::limits::operands == 2000);
constexpr const char* one_formula = "one formula takes more than 2,000 symbols";

std::vector<Index> literal(std::vector<Index> indices, const IndexValues& values) {
  for (Index& index : indices) {
    if (const auto found = values.find(index.name); found != values.end()) index.name = std::to_string(found->second);
  }
  return indices;
}

Expr with_indices(const Expr& e, std::vector<Index> indices) {
  Expression copy = *e;
  copy.indices = std::move(indices);
  return std::make_shared<const Expression>(std::move(copy));
}

class Writing {
 public:
  Writing(const Sizes& sizes, IndexValues values) : sizes_(sizes), values_(std::move(values)) {}

  Expr operator()(const Expr& e) {
    if (++visits_ > most_visits) throw TooLong(one_formula);
    switch (e->kind) {
      case Kind::number:
        return e;
      case Kind::access:
        return access(e);
      case Kind::delta:
        return delta(e);
      case Kind::reduce:
        return reduction(*e);
      case Kind::add:
        if (is_sum(*e->operands[1])) return joined((*this)(e->operands[0]), (*this)(e->operands[1]));
        [[fallthrough]];
      default: {
        std::vector<Expr> operands;
        for (const Expr& operand : e->operands) operands.push_back((*this)(operand));
        return folded(*e, std::move(operands));
      }
    }
  }

 private:
  static bool is_sum(const Expression& e) { return e.kind == Kind::reduce && e.name == "sum"; }

  /// a + (b + c) as a + b + c: the terms of two sums stand side by side.
  static Expr joined(const Expr& left, const Expr& right) {
    if (right->kind != Kind::add && right->kind != Kind::subtract) return folded(Kind::add, left, right);
    return folded(right->kind, joined(left, right->operands[0]), right->operands[1]);
  }

  Expr access(const Expr& e) const {
    const auto size = e->indices.empty() ? sizes_.find(e->name) : sizes_.end();
    if (size != sizes_.end()) return language::number(std::to_string(size->second));
    return with_indices(e, literal(e->indices, values_));
  }

  Expr delta(const Expr& e) const {
    const auto indices = literal(e->indices, values_);
    return language::number(indices[0].name == indices[1].name ? "1" : "0");
  }

  Expr reduction(const Expression& e) {
    const bool is_extremum = e.name == "max" || e.name == "min";
    Expr total;
    std::size_t terms = 0;
    std::int64_t count = 0;
    for_each(e.indices, 0, [&] {
      ++count;
      const Expr term = (*this)(e.operands[0]);
      if (!is_zero(term) && ++terms > language::limits::operands) throw TooLong(one_formula);
      if (!total) {
        total = term;
      } else if (is_extremum) {
        total = language::call(e.name, {total, term});
      } else {
        total = is_sum(*e.operands[0]) ? joined(total, term) : folded(Kind::add, total, term);
      }
    });
    return e.name == "mean" ? folded(Kind::divide, total, language::number(std::to_string(count))) : total;
  }

  template <class Body>
  void for_each(const std::vector<Index>& indices, std::size_t at, const Body& body) {
    if (at == indices.size()) return body();
    const std::string& name = indices[at].name;
    const auto outer = values_.find(name);
    const auto saved = outer == values_.end() ? 0 : outer->second;
    for (std::int64_t i = 1; i <= sizes_.at(indices[at].range); ++i) {
      values_[name] = i;
      for_each(indices, at + 1, body);
    }
    if (saved == 0) {
      values_.erase(name);
    } else {
      values_[name] = saved;
    }
  }

  const Sizes& sizes_;
  IndexValues values_;
  std::size_t visits_ = 0;
};

}  // namespace

Expr with_literals(const Expr& e, const IndexValues& values) {
  if (e->kind == Kind::access || e->kind == Kind::delta) return with_indices(e, literal(e->indices, values));
  if (e->operands.empty()) return e;
  IndexValues inner = values;
  if (e->kind == Kind::reduce) {
    for (const Index& bound : e->indices) inner.erase(bound.name);
  }
  Expression copy = *e;
  for (Expr& operand : copy.operands) operand = with_literals(operand, inner);
  return std::make_shared<const Expression>(std::move(copy));
}

Expr written_out(const Expr& e, const Sizes& sizes, const IndexValues& values) {
  Expr result = Writing(sizes, values)(e);
  if (count_symbols(result) > language::limits::operands) throw TooLong(one_formula);
  return result;
}

std::vector<IndexValues> all_values(const std::vector<Index>& indices, const Sizes& sizes) {
  std::vector<IndexValues> all{{}};
  for (const Index& index : indices) {
    std::vector<IndexValues> longer;
    for (const IndexValues& values : all) {
      for (std::int64_t i = 1; i <= sizes.at(index.range); ++i) {
        longer.push_back(values);
        longer.back()[index.name] = i;
        if (longer.size() > most_entries) throw TooLong("there are more than 20,000 entries");
      }
    }
    all = std::move(longer);
  }
  return all;
}

std::size_t count_symbols(const Expr& e) {
  if (e->operands.empty()) return 1;
  std::size_t count = 0;
  for (const Expr& operand : e->operands) count += count_symbols(operand);
  return count;
}

}  // namespace chalktape::present
