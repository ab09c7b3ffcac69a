// Numbers for a layer: the user's where there are some, drawn ones elsewhere.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "symbolic/roads/problem.hpp"

namespace chalktape::roads {

/// What was asked for. Whatever is missing is chosen.
struct Request {
  engine::DType dtype = engine::DType::f32;
  std::uint64_t seed = 1;
  std::map<std::string, std::int64_t> sizes;
  std::map<std::string, engine::Tensor> data;  ///< by tensor, or "dy" for the upstream gradient of the output y
  std::map<std::string, double> constants;
  /// About how many scalar operations a forward pass may take.
  double operation_limit = 1e9;
};

/// Sizes of layers with one, two, … size symbols, in the order of the signature. Different from each other, so that
/// axes that are mixed up do not go unnoticed.
[[nodiscard]] std::span<const std::int64_t> comparison_sizes(std::size_t count);
/// Small enough to be read.
[[nodiscard]] std::span<const std::int64_t> tracing_sizes(std::size_t count);
/// Small enough for formulas to be written out.
[[nodiscard]] std::span<const std::int64_t> writing_sizes(std::size_t count);

/// Draws the layer's tensors and upstream gradients: about standard normal; as the layer's `assume` facts demand;
/// positive where the layer has no finite value otherwise. The same request gives the same numbers on every machine.
/// `defaults` are the sizes that neither the request nor its data give. Throws Error for names that the layer lacks,
/// shapes that disagree, data that break an assumption or give no finite value, samples that cannot be found,
/// sizes beyond the limits.
[[nodiscard]] Problem make_problem(const language::Layer& layer, const Request& request,
                                   std::span<const std::int64_t> (*defaults)(std::size_t));

}  // namespace chalktape::roads
