// A layer as the language gives it: names resolved, every index with its range, everything checked.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "symbolic/language/expression.hpp"

namespace chalktape::language {

/// A differentiable input: `x[N,D]`. `sizes` is empty for a scalar.
struct TensorDeclaration {
  std::string name;
  std::vector<std::string> sizes;
  Span span{};
};

/// An input that gets no gradient: `eps = 1e-5`.
struct ConstantDeclaration {
  std::string name;
  std::optional<std::string> default_value;  ///< as written; a number with an optional minus sign
  Span span{};
};

/// `mu[j] = mean[i](x[i,j])`.
struct Definition {
  std::string name;
  std::vector<Index> indices;  ///< bound by the left side; distinct, each with its range
  Expr value;
  Span span{};
};

enum class Relation { equal, less, less_equal, greater, greater_equal };
/// The relation of b to a where `relation` is that of a to b: greater for less.
[[nodiscard]] Relation mirrored(Relation relation);

/// `assume sum[j](t[i,j]) = 1`: holds for all values of its free indices.
struct Assumption {
  Expr left;
  Relation relation = Relation::equal;
  Expr right;
  std::vector<Index> indices;  ///< the free indices, in order of first appearance
  Span span{};
};

/// A layer: the definitions stand in order, each using only what stands before it.
struct Layer {
  std::string name;
  std::vector<std::string> sizes;  ///< size symbols, in order of first appearance in the signature
  std::vector<TensorDeclaration> tensors;
  std::vector<ConstantDeclaration> constants;
  std::vector<Definition> definitions;
  std::vector<std::string> outputs;            ///< returned, each with an upstream gradient `d<name>`
  std::vector<std::string> auxiliary_outputs;  ///< returned after the semicolon: no gradient flows in
  std::vector<Assumption> assumptions;
  std::map<std::string, std::string> shows;  ///< name → LaTeX, from `show NAME as LATEX`

  /// The indices' ranges of a tensor or definition, in order; nullopt where there is no such name.
  [[nodiscard]] std::optional<std::vector<std::string>> ranges_of(const std::string& name) const;
  [[nodiscard]] const Definition* find_definition(const std::string& name) const;
  [[nodiscard]] const TensorDeclaration* find_tensor(const std::string& name) const;
  /// True where the sole output is a scalar: it is the loss itself, and its upstream gradient is 1.
  [[nodiscard]] bool returns_loss() const;
  /// What stands behind the name, as a file has it: `(x[N,D], gamma[D]; eps = 1e-5)`.
  [[nodiscard]] std::string signature() const;
};

}  // namespace chalktape::language
