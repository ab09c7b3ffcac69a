// Formulas as NumPy expressions on whole arrays.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "symbolic/emit/names.hpp"

namespace chalktape::emit {

/// Prints one definition's formula. An array's axes are the indices of what it stands for; operands are broadcast by
/// inserting axes, and a sum of products is an einsum.
class NumpyExpression {
 public:
  /// What the module must define for the expressions printed so far.
  enum class Helper { array, sigmoid, erf, math };

  /// `dtype`: what arrays of numbers known beforehand are made of, an expression; may be empty.
  NumpyExpression(Names& names, std::string dtype) : names_(names), dtype_(std::move(dtype)) {}

  /// The right side of `name = …`: an array whose axes are the definition's indices, in order. `copied`: memory of its
  /// own, which may be written to, even where it is a broadcast or another name.
  [[nodiscard]] std::string text(const language::Definition& definition, bool copied);

  [[nodiscard]] const std::set<Helper>& helpers() const { return helpers_; }
  void use(Helper helper) { helpers_.insert(helper); }

 private:
  using Expr = language::Expr;
  using Axes = std::vector<language::Index>;

  /// An expression with named axes.
  struct Array {
    std::string text;
    int precedence = 4;  ///< 0 sums, 1 products, 2 signs, 3 powers, 4 what needs no parentheses
    Axes axes;
    bool is_number = false;  ///< a Python number, known without arrays
  };

  [[nodiscard]] Array value_of(const Expr& e);
  [[nodiscard]] Array number(const std::string& written);
  [[nodiscard]] Array access(const language::Expression& e);
  [[nodiscard]] Array negated(const Array& a);
  [[nodiscard]] Array binary(const char* sign, int precedence, const Array& a, const Array& b);
  [[nodiscard]] Array power(const language::Expression& e);
  [[nodiscard]] Array call(const language::Expression& e);
  [[nodiscard]] Array extremum(const language::Expression& e);
  [[nodiscard]] Array sum(const std::string& kind, const Axes& bound, const Expr& body);
  [[nodiscard]] Array reduced(const std::string& function, const Array& a, const Axes& over);
  [[nodiscard]] Array einsum(const std::vector<Array>& operands, const Axes& over);
  [[nodiscard]] Array function(const std::string& name, const std::vector<Array>& operands);

  [[nodiscard]] Axes merged(const Axes& a, const Axes& b) const;
  /// The text with axes in this order, and new ones of length 1 where the array lacks them.
  [[nodiscard]] Array aligned(const Array& a, const Axes& axes) const;
  [[nodiscard]] std::string np(const std::string& name) { return names_.helper("np") + "." + name; }
  [[nodiscard]] std::string math(const std::string& name);

  Names& names_;
  std::string dtype_;
  Axes scope_;
  std::set<Helper> helpers_;
};

}  // namespace chalktape::emit
