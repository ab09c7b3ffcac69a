// Formulas at concrete sizes: sums as their terms, indices as numbers, deltas as 0 or 1.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "symbolic/language/expression.hpp"

namespace chalktape::present {

/// By size symbol.
using Sizes = std::map<std::string, std::int64_t>;
/// 1-based, by index name.
using IndexValues = std::map<std::string, std::int64_t>;

/// A formula that would take more symbols than an expression of the language may have, or too long to write.
struct TooLong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// e with numbers in place of these indices where they are free, and nothing else changed.
[[nodiscard]] language::Expr with_literals(const language::Expr& e, const IndexValues& values);

/// e, whose free indices `values` has, at these sizes: each reduction is its terms, a mean their sum divided by their
/// number, a maximum of several is max(max(a, b), c); deltas are 0 or 1, sizes numbers. Only trivial arithmetic is done
/// (folding.hpp). What comes out is in the language, and has the value of e at those indices. Throws TooLong.
[[nodiscard]] language::Expr written_out(const language::Expr& e, const Sizes& sizes, const IndexValues& values);

/// Every value of the indices, in the order in which loops would run over them; one empty set for no indices.
[[nodiscard]] std::vector<IndexValues> all_values(const std::vector<language::Index>& indices, const Sizes& sizes);

/// The numbers and names of a tree.
[[nodiscard]] std::size_t count_symbols(const language::Expr& e);

}  // namespace chalktape::present
