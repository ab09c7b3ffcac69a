// A layer, or a derived formula, becomes the engine's graph.
//
// How formulas become nodes:
//   - numbers, sizes and π are folded into one scalar wherever they meet;
//   - a/b is a · reciprocal(b) where b has fewer axes than the result (one division an entry of b), divide(a, b) where
//     nothing would be saved, and a division by the number where b is one;  1/b is reciprocal(b);
//   - e^c for a number c is the plainest op there is (square, sqrt, reciprocal, …);
//   - a sum of products is one contraction for each pair of factors, never a product larger than both followed by a
//     sum; factors without the bound indices stay outside;
//   - a delta under a sum renames an index; any other is an identity matrix; s[i,i] is the diagonal;
//   - equal subexpressions are one node, because the tape shares equal ops.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/tape/tape.hpp"
#include "engine/tensor/tensor.hpp"
#include "symbolic/language/layer.hpp"

namespace chalktape::lower {

/// A formula that has no graph: an unknown name, a size without a value, a tensor of the wrong shape, a graph beyond
/// the memory limit.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// How many numbers the values of one environment may hold in all: 8 GiB in f64.
inline constexpr std::int64_t element_limit = std::int64_t{1} << 30;

/// What a layer is applied to. All tensors have the dtype.
struct Inputs {
  engine::DType dtype = engine::DType::f64;
  std::map<std::string, std::int64_t> sizes;
  std::map<std::string, engine::Tensor> tensors;
  std::map<std::string, double> constants;  ///< those that are missing take their defaults
};

/// What becomes of a sum of products that are no larger than their larger factor: Σ_i x_ij·dy_ij.
enum class Products {
  contracted,  ///< one contraction: nothing of the factors' size is stored when the tape evaluates it
  fused,       ///< a product and a sum: for a graph that is scheduled, where one loop computes them with others
};

/// The names that formulas may use, as nodes of one tape.
struct Environment {
  engine::DType dtype = engine::DType::f64;
  Products products = Products::contracted;
  std::map<std::string, std::int64_t> sizes;
  std::map<std::string, engine::NodeId> nodes;  ///< tensors, constants, definitions, upstream gradients
  /// The symbolic shape of each node, one size symbol (or "1") an axis.
  std::map<engine::NodeId, std::vector<std::string>> shapes;
  std::map<std::string, engine::NodeId> scalars;  ///< folded scalars by their text: "2/N"
  std::int64_t elements = 0;                      ///< held by the nodes so far
};

/// The value of a constant: the one given, else its default. Throws Error where there is neither.
[[nodiscard]] double constant_value(const language::ConstantDeclaration& constant,
                                    const std::map<std::string, double>& given);

/// Records the layer's tensors as inputs and its constants. Throws Error, or engine::Error.
[[nodiscard]] Environment lower_inputs(engine::Tape& tape, const language::Layer& layer, const Inputs& inputs);

/// The same with the layer's definitions in order; each definition's node carries its name. Throws Error, or
/// engine::Error.
[[nodiscard]] Environment lower(engine::Tape& tape, const language::Layer& layer, const Inputs& inputs);

/// Adds an input that takes no gradient (an upstream gradient, say) with the given axes' sizes. Throws Error where the
/// tensor's shape is not theirs.
engine::NodeId add_input(engine::Tape& tape, const std::string& name, const std::vector<std::string>& sizes,
                         const engine::Tensor& value, Environment& environment, bool differentiable = false);

/// Records a formula over the environment's names, and adds its name to them. The node's axes are the formula's indices
/// in order. Throws Error, or engine::Error.
engine::NodeId lower_formula(engine::Tape& tape, const language::Definition& formula, Environment& environment);

/// A number as written ("1e-5", "-0.5") in f64, rounded to nearest; throws Error where it overflows. Independent of the
/// locale.
[[nodiscard]] double number_value(const std::string& written);

/// The value of a number that is written out, with a minus or without; nothing for any other expression.
[[nodiscard]] std::optional<double> written_number(const language::Expr& e);

}  // namespace chalktape::lower
