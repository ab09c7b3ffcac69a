// A formula written out: what it is at each value of its indices.
#pragma once

#include <string>
#include <vector>

#include "symbolic/present/cases.hpp"
#include "symbolic/present/written_out.hpp"

namespace chalktape::report {

struct Entry {
  language::Expr name;            ///< dx[1,2]
  language::Expr value;           ///< in the language, its indices literal
  present::IndexValues values{};  ///< where it stands
};

struct Table {
  language::Expr name;  ///< dx[i,j], or diff(xhat[k,l], x[i,j]; mu, var)
  language::Expr value;
  std::vector<language::Index> indices;  ///< that vary, in the name's order: the last two are rows and columns
  std::vector<std::int64_t> dimensions{};
  present::IndexValues fixed{};  ///< the others: those that a derivative is by
  std::vector<Entry> entries{};  ///< row-major; only the first where `first_only`
  bool first_only = false;
  std::vector<present::Case> cases{};  ///< of the formula, where deltas tie its indices, the fixed ones included
};

/// The table of `name = value`, whose free indices the name has. Of a derivative the indices of what is differentiated
/// vary, at the first entry that it is differentiated by: the matrix of dx̂/dx_11. `first_only`: one entry only. Throws
/// present::TooLong.
[[nodiscard]] Table make_table(const language::Expr& name, const language::Expr& value, const present::Sizes& sizes,
                               bool first_only = false);

/// All indices of the table's formula, those that vary last.
[[nodiscard]] std::vector<language::Index> all_indices(const Table& table);

/// A matrix of a table: with three indices or more it has several.
struct Shape {
  std::size_t slices = 1, rows = 1, columns = 1;
};
[[nodiscard]] Shape shape_of(const Table& table);

/// The table's name without the indices that vary, `dx`, or ∂x̂/∂x₁₁; that of a slice has its first indices, and
/// `placeholder` for rows and columns: dx[2,:,:].
[[nodiscard]] language::Expr slice_name(const Table& table, std::size_t slice, const std::string& placeholder);

/// Whether the entries say no more than the formula.
[[nodiscard]] bool only_repeats(const Table& table);

/// Maxima of maxima as one maximum of several, for notations that have it: max(max(a, b), c) is max(a, b, c).
[[nodiscard]] language::Expr flattened_extrema(const language::Expr& e);

}  // namespace chalktape::report
