// Batch norm's second derivative from the tape, against differences of gradients that are exact to more than 30 digits.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "engine/tape/derivatives.hpp"
#include "engine/tensor/random.hpp"
#include "symbolic/check/reference.hpp"
#include "symbolic/roads/problem.hpp"
#include "tests/catch.hpp"
#include "tests/distance.hpp"
#include "tests/symbolic/layers.hpp"

namespace chalktape {
namespace {

using engine::DType;
using engine::NodeId;
using engine::Shape;
using engine::Tensor;

/// Numbers on a grid of 2⁻²⁰, so that a step of 2⁻³⁰ times a direction on a grid of 2⁻⁴ is added without rounding.
constexpr double step = 0x1p-30;
double on_grid(double value, double grid) { return std::round(value / grid) * grid; }

Tensor drawn(engine::Random& random, const Shape& shape, double mean, double deviation, double grid) {
  Tensor tensor = Tensor::zeros(shape, DType::f64);
  for (std::int64_t i = 0; i < tensor.size(); ++i)
    tensor.set_item(i, on_grid(mean + deviation * random.normal(), grid));
  return tensor;
}

/// The gradients with every tensor moved by `by` times its direction, in the layer's order.
std::vector<std::vector<check::Precise>> moved_gradients(const roads::Problem& problem, const std::vector<Tensor>& v,
                                                         double by) {
  check::Inputs inputs;
  inputs.sizes = problem.sizes;
  inputs.constants = problem.constants;
  for (const auto& [name, upstream] : problem.upstream) inputs.upstream[name] = upstream.to_vector();
  for (std::size_t t = 0; t < v.size(); ++t) {
    const std::string& name = problem.layer.tensors[t].name;
    std::vector<double> values = problem.tensors.at(name).to_vector();
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += by * v[t].item(static_cast<std::int64_t>(i));
    inputs.tensors[name] = values;
  }
  const check::Reference reference = check::reference(problem.layer, inputs);
  std::vector<std::vector<check::Precise>> gradients;
  for (const auto& tensor : problem.layer.tensors) gradients.push_back(reference.gradients.at(tensor.name));
  return gradients;
}

/// How far the tape's Hessian-vector product of Σ ⟨dy, y⟩ is from the exact one, relative to each tensor's largest
/// entry (that of a tensor without influence as it is).
double worst_error(const roads::Problem& problem) {
  engine::Tape tape;
  const roads::Forward forward = roads::record_forward(tape, problem, DType::f64);
  const auto& [y, upstream] = forward.upstream.front();
  std::vector<int> axes(tape.shape(y).size());
  std::iota(axes.begin(), axes.end(), 0);
  const NodeId loss = engine::reduce(tape, "sum", engine::multiply(tape, tape.constant(upstream), y), axes);
  engine::Random random(2);
  std::vector<Tensor> v;
  for (const NodeId tensor : forward.tensors) v.push_back(drawn(random, tape.shape(tensor), 0, 1, 0x1p-4));
  const std::vector<Tensor> products = engine::hvp(tape, loss, forward.tensors, v);

  const auto plus = moved_gradients(problem, v, step);
  const auto minus = moved_gradients(problem, v, -step);
  tests::LargestError worst;
  for (std::size_t t = 0; t < v.size(); ++t) {
    std::vector<double> exact;
    double largest = 0;
    for (std::size_t i = 0; i < plus[t].size(); ++i) {
      // The high parts are so close that their difference is exact.
      const double change = (plus[t][i].high - minus[t][i].high) + (plus[t][i].low - minus[t][i].low);
      exact.push_back(change / (2 * step));
      largest = std::max(largest, std::abs(exact.back()));
    }
    // The reference's digits leave that much of a zero.
    worst.see(tests::worst_of_largest(products[t].to_vector(), exact, largest < 1e-40 ? 1 : 0));
  }
  return worst.value();
}

roads::Problem batch_norm(double mean, double deviation) {
  engine::Random random(1);
  roads::Problem problem;
  problem.layer = tests::builtin("batch_norm");
  problem.sizes = {{"N", 7}, {"D", 3}};
  problem.constants = {{"eps", 1e-5}};
  problem.tensors.emplace("x", drawn(random, {7, 3}, mean, deviation, 0x1p-20));
  problem.tensors.emplace("gamma", drawn(random, {3}, 1, 0.5, 0x1p-20));
  problem.tensors.emplace("beta", drawn(random, {3}, 0, 1, 0x1p-20));
  problem.upstream.emplace("y", drawn(random, {7, 3}, 0, 1, 0x1p-20));
  return problem;
}

/// The network that examples/train_digits.cpp trains, in small. The targets are no distributions: nothing needs that.
roads::Problem digits_network(std::uint64_t seed) {
  engine::Random random(seed);
  roads::Problem problem;
  problem.layer = tests::layer_in("examples/digits.chalk");
  problem.sizes = {{"N", 6}, {"P", 5}, {"H", 4}, {"C", 3}};
  problem.constants = {{"eps", 1e-5}, {"momentum", 0.9}};
  for (const auto& tensor : problem.layer.tensors)
    problem.tensors.emplace(tensor.name, drawn(random, roads::shape_of(problem, tensor.name), 0.5, 0.5, 0x1p-20));
  problem.upstream.emplace("loss", Tensor::full({}, 1, DType::f64));
  return problem;
}

}  // namespace

TEST_CASE("batch norm's second derivative agrees with differences of exact gradients") {
  // Rounding x − μ costs a relative error of u·mean/deviation, u = 2⁻⁵³, which second derivatives take over.
  constexpr double u = 0x1p-53;
  for (const auto& [mean, deviation] :
       {std::pair{0.0, 1.0}, std::pair{3.0, 2.0}, std::pair{100.0, 0.1}, std::pair{1000.0, 0.0625}}) {
    const double error = worst_error(batch_norm(mean, deviation));
    INFO("mean " << mean << ", deviation " << deviation << ": error " << error);
    CHECK(error < 8 * u * (1 + mean / deviation));
  }
}

TEST_CASE("so does that of the network that reads digits") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const double error = worst_error(digits_network(seed));
    INFO("seed " << seed << ": error " << error);
    CHECK(error < 1e-13);
  }
}

}  // namespace chalktape
