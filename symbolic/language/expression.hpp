// The tree of an expression of the `.chalk` language.
//
// It is the common currency of the house: the parser makes it from a file, `present` makes it (sorted, signs chosen)
// from an algebraic expression, and the printers, the lowering to the engine and the checkers all read it. What is
// checked is therefore exactly what is printed.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text.hpp"

namespace chalktape::language {

/// A place in a source file: 1-based line and column (columns count code points), and a length in code points.
/// A tree that was computed, not parsed, has line 0.
struct Span {
  int line = 0;
  int column = 0;
  int length = 1;
};

/// An index as it stands in an access or is bound by a definition or a reduction.
struct Index {
  std::string name{};   ///< `i`; in claims also a 1-based literal such as `1`
  std::string range{};  ///< the size symbol it runs over (`N`); empty until the layer is resolved
  Span span{};

  [[nodiscard]] bool is_literal() const { return engine::is_digit(name.front()); }

  /// Names and ranges; the place is not part of an index's identity.
  friend bool operator==(const Index& a, const Index& b) { return a.name == b.name && a.range == b.range; }
};

enum class Kind {
  number,      ///< `name` holds the number as written: "2", "0.5", "1e-5"
  access,      ///< `name`, and `indices` (none for a scalar, a constant, a size symbol or `pi`)
  delta,       ///< Kronecker's delta of `indices[0]` and `indices[1]`
  negate,      ///< −operands[0]
  add,         ///< operands[0] + operands[1]
  subtract,    ///< operands[0] − operands[1]
  multiply,    ///< operands[0] · operands[1]
  divide,      ///< operands[0] / operands[1]
  power,       ///< operands[0] ^ operands[1]
  call,        ///< the function `name` of `operands`; `stop` is one of them
  reduce,      ///< `name` is sum, mean, max or min, over the bound `indices`, of operands[0]
  derivative,  ///< ∂operands[0]/∂operands[1] (an access), holding the names in `held` fixed
};

/// What the name of an access stands for; set when the layer is resolved.
enum class Role { unresolved, tensor, definition, gradient, size, constant, pi };

struct Expression;
/// Trees are immutable and shared.
using Expr = std::shared_ptr<const Expression>;

struct Expression {
  Kind kind = Kind::number;
  std::string name{};
  std::vector<Index> indices{};
  std::vector<Expr> operands{};
  std::vector<std::string> held{};
  Role role = Role::unresolved;
  Span span{};
};

// Builders, for trees that are computed.
Expr number(std::string written);
Expr access(std::string name, std::vector<Index> indices, Role role);
Expr delta(Index a, Index b);
Expr negate(Expr a);
Expr binary(Kind kind, Expr a, Expr b);  ///< kind: add, subtract, multiply, divide or power
Expr call(std::string function, std::vector<Expr> arguments);
Expr reduce(std::string reduction, std::vector<Index> bound, Expr body);
Expr derivative(Expr of, Expr with_respect_to, std::vector<std::string> held);

/// The same tree, places aside (bound indices are compared by name).
bool equal(const Expr& a, const Expr& b);
/// An access of a tensor or definition no two of whose indices are the same: it reaches each entry just once.
bool reaches_all_entries(const Expression& access);
/// Adds the names of everything that the tree accesses.
void collect_names(const Expr& e, std::set<std::string>& names);

}  // namespace chalktape::language
