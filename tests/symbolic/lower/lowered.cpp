#include "tests/symbolic/lower/lowered.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "engine/tape/derivatives.hpp"

namespace chalktape::tests {
namespace {

/// Numbers between 0 and 1 (a linear congruential generator: tests need no better).
class Draw {
 public:
  double next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>(state_ >> 11U) / 9007199254740992.0;
  }
  engine::Tensor tensor(const engine::Shape& shape, double low, double high, engine::DType dtype) {
    std::vector<double> values(static_cast<std::size_t>(engine::element_count(shape)));
    for (double& value : values) value = low + (high - low) * next();
    return engine::Tensor::from(shape, values, dtype);
  }

 private:
  std::uint64_t state_ = 7;
};

}  // namespace

Lowered lowered(const std::string& text, const std::map<std::string, std::int64_t>& sizes, engine::DType dtype) {
  Lowered result{layer_of(text), {}, {}};
  lower::Inputs inputs{dtype, sizes, {}, {}};
  Draw draw;
  for (const auto& tensor : result.layer.tensors) {
    engine::Shape shape;
    for (const std::string& size : tensor.sizes) shape.push_back(sizes.at(size));
    inputs.tensors.emplace(tensor.name, draw.tensor(shape, 0.2, 1.7, dtype));
  }
  result.environment = lower::lower(result.tape, result.layer, inputs);
  return result;
}

std::vector<std::string> Lowered::ops() const {
  std::vector<std::string> names;
  for (engine::NodeId node = 0; node < tape.size(); ++node)
    if (const engine::Op* const op = tape.graph()[node].op) names.emplace_back(op->name);
  return names;
}

int Lowered::count(const std::string& op) const { return static_cast<int>(std::ranges::count(ops(), op)); }

double Lowered::worst_gradient() const {
  std::vector<std::pair<engine::NodeId, engine::Tensor>> upstream;
  Draw draw;
  for (const std::string& output : layer.outputs)
    upstream.emplace_back(node(output), draw.tensor(tape.shape(node(output)), -1, 1, engine::DType::f64));
  std::vector<engine::NodeId> tensors;
  for (const auto& tensor : layer.tensors) tensors.push_back(node(tensor.name));
  return engine::grad_check(tape, upstream, tensors).worst;
}

}  // namespace chalktape::tests
