// A layer together with numbers: what every road is given.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/tape/tape.hpp"
#include "symbolic/language/layer.hpp"
#include "symbolic/lower/lower.hpp"

namespace chalktape::roads {

/// Bad input: sizes, data or samples that do not suit the layer.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Problem {
  language::Layer layer;
  engine::DType dtype = engine::DType::f32;
  std::map<std::string, std::int64_t> sizes;
  std::map<std::string, engine::Tensor> tensors;   ///< of the dtype
  std::map<std::string, double> constants;         ///< all of them, rounded to the dtype
  std::map<std::string, engine::Tensor> upstream;  ///< by output, of the dtype; 1 for a loss
  std::uint64_t seed = 1;
};

/// The shape of a tensor or definition. Throws Error for an unknown name.
[[nodiscard]] engine::Shape shape_of(const Problem& problem, const std::string& name);

/// "N = 128, D = 64", in the order of the signature.
[[nodiscard]] std::string sizes_text(const Problem& problem);

/// The layer on a tape.
struct Forward {
  lower::Environment environment;
  std::vector<std::pair<engine::NodeId, engine::Tensor>> upstream;  ///< by output
  std::vector<engine::NodeId> tensors;                              ///< in the layer's order
};

/// Records the layer's tensors and constants in the given dtype. Throws lower::Error or engine::Error.
[[nodiscard]] lower::Environment record_inputs(engine::Tape& tape, const Problem& problem, engine::DType dtype);

/// Records the layer's forward pass in the given dtype. Throws lower::Error or engine::Error.
[[nodiscard]] Forward record_forward(engine::Tape& tape, const Problem& problem, engine::DType dtype);

}  // namespace chalktape::roads
