#include "engine/plan/plan.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <optional>

#include "engine/plan/schedule.hpp"
#include "tests/catch.hpp"
#include "tests/engine/plan/allocations.hpp"
#include "tests/engine/random_graph.hpp"

namespace chalktape::engine {
namespace {

bool same_bits(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  for (std::int64_t k = 0; k < a.size(); ++k) {
    const double x = a.item(k);
    const double y = b.item(k);
    if (std::memcmp(&x, &y, sizeof x) != 0 && !(x == 0 && y == 0)) return false;
  }
  return true;
}

double worst_difference(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape()) return INFINITY;
  double scale = 1;
  double worst = 0;
  for (std::int64_t k = 0; k < a.size(); ++k) scale = std::max(scale, std::abs(b.item(k)));
  for (std::int64_t k = 0; k < a.size(); ++k) worst = std::max(worst, std::abs(a.item(k) - b.item(k)) / scale);
  return worst;
}

std::vector<std::pair<NodeId, Tensor>> paired(const std::vector<NodeId>& nodes, const std::vector<Tensor>& values) {
  std::vector<std::pair<NodeId, Tensor>> result;
  for (std::size_t k = 0; k < nodes.size(); ++k) result.emplace_back(nodes[k], values[k]);
  return result;
}

TEST_CASE("a plan gives what the tape gives, to the bit where sums are exact") {
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    RandomGraph graph(seed, seed % 2 == 0 ? DType::f32 : DType::f64, true);
    Plan plan(graph.tape, graph.inputs, graph.outputs, 1 + static_cast<int>(seed % 3));
    for (int repetition = 0; repetition < 2; ++repetition) {
      const std::vector<Tensor> inputs = graph.fresh_inputs();
      const std::vector<Tensor> expected = graph.tape.replay(paired(graph.inputs, inputs));
      const auto results = plan.run(inputs);
      for (std::size_t k = 0; k < graph.outputs.size(); ++k) {
        CAPTURE(seed, repetition, k, to_text(plan));
        REQUIRE(same_bits(results[k], expected[graph.outputs[k]]));
      }
    }
  }
}

TEST_CASE("a plan gives what the tape gives, to rounding") {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    const DType dtype = seed % 2 == 0 ? DType::f32 : DType::f64;
    RandomGraph graph(seed, dtype, false);
    Plan plan(graph.tape, graph.inputs, graph.outputs, 2);
    const std::vector<Tensor> inputs = graph.fresh_inputs();
    const std::vector<Tensor> expected = graph.tape.replay(paired(graph.inputs, inputs));
    const auto results = plan.run(inputs);
    for (std::size_t k = 0; k < graph.outputs.size(); ++k) {
      CAPTURE(seed, k, to_text(plan));
      REQUIRE(worst_difference(results[k], expected[graph.outputs[k]]) < (dtype == DType::f32 ? 2e-4 : 1e-12));
    }
  }
}

TEST_CASE("the same bits from every run and any number of threads") {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    RandomGraph graph(seed, DType::f32, false);
    const std::vector<Tensor> inputs = graph.fresh_inputs();
    std::vector<Tensor> first;
    for (const int threads : {1, 2, 3, 1}) {
      Plan plan(graph.tape, graph.inputs, graph.outputs, threads);
      plan.run(graph.fresh_inputs());
      const auto results = plan.run(inputs);
      for (std::size_t k = 0; k < results.size(); ++k) {
        CAPTURE(seed, threads, k);
        if (first.size() <= k) first.push_back(results[k].copy());
        REQUIRE(same_bits(results[k], first[k]));
      }
    }
  }
}

std::int64_t loops_over(const Plan& plan, const Shape& extents) {
  const auto& steps = plan.program().steps;
  return std::count_if(steps.begin(), steps.end(), [&](const Step& step) {
    const Loop* loop = std::get_if<Loop>(&step);
    return loop != nullptr && loop->extents == extents;
  });
}

// Normalisation over the given axis as a graph of atoms, with its gradients.
struct Normalisation {
  Tape tape;
  std::vector<NodeId> inputs, outputs;

  Normalisation(const Shape& shape, int axis, DType dtype) {
    Samples random(1);
    const NodeId x = tape.input("x", random.tensor(shape, {-1, 3}, dtype));
    const NodeId gamma = tape.input("gamma", random.tensor({shape.back()}, {0.5, 1.5}, dtype));
    const NodeId dy = tape.input("dy", random.tensor(shape, {-1, 1}, dtype), false);
    const NodeId centred = subtract(tape, x, reduce(tape, "mean", x, {axis}, true));
    const NodeId var = reduce(tape, "mean", power(tape, centred, 2.0), {axis}, true);
    const NodeId istd = power(tape, power(tape, add(tape, var, tape.constant(1e-5, dtype)), 0.5), -1.0);
    const NodeId y = multiply(tape, multiply(tape, centred, istd), gamma);
    inputs = {x, gamma, dy};
    outputs = tape.record_backward(std::array{std::pair{y, dy}}, std::array{x, gamma});
    outputs.push_back(y);
  }
  [[nodiscard]] std::vector<Tensor> values() const {
    std::vector<Tensor> result;
    for (const NodeId input : inputs) result.push_back(tape.value(input));
    return result;
  }
};

TEST_CASE("what can be computed in one sweep is") {
  const Normalisation batch_norm({512, 64}, 0, DType::f32);
  const Plan over_columns(batch_norm.tape, batch_norm.inputs, batch_norm.outputs);
  INFO(to_text(over_columns));
  CHECK(loops_over(over_columns, {512, 64}) == 4);  // the mean; the variance; dgamma and the sum in dx; dx
  const Normalisation layer_norm({512, 64}, 1, DType::f32);
  const Plan over_rows(layer_norm.tape, layer_norm.inputs, layer_norm.outputs);
  INFO(to_text(over_rows));
  CHECK(over_rows.program().steps.size() == 1);
}

TEST_CASE("the memory of a plan is near what lives at the same time") {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    RandomGraph graph(seed, DType::f64, true);
    const Plan plan(graph.tape, graph.inputs, graph.outputs);
    CAPTURE(seed, to_text(plan));
    CHECK(plan.program().arena_bytes() >= plan.program().live_bytes);
    CHECK(static_cast<double>(plan.program().arena_bytes()) <= 1.1 * static_cast<double>(plan.program().live_bytes));
  }
}

TEST_CASE("a run takes no memory") {
  for (const int axis : {0, 1}) {
    const Normalisation norm({300, 70}, axis, DType::f32);
    Plan plan(norm.tape, norm.inputs, norm.outputs, 1);
    const std::vector<Tensor> values = norm.values();
    const long before = allocations();
    plan.run(values);
    CHECK(allocations() == before);
  }
}

TEST_CASE("sums over many rows keep their digits in f32") {
  const std::int64_t n = 65536;
  Samples random(3);
  Tape tape;
  const NodeId x = tape.input("x", random.tensor({n, 3}, {0, 1}, DType::f32));
  const NodeId total = reduce(tape, "sum", x, {0});
  const NodeId whole = reduce(tape, "sum", x, {0, 1});
  const NodeId rows = reduce(tape, "sum", reshape(tape, x, {3, n}), {1});
  const Tensor exact = tape.value(x).to(DType::f64);
  std::array<double, 3> columns{};
  double all = 0;
  for (std::int64_t k = 0; k < 3 * n; ++k) {
    columns[static_cast<std::size_t>(k % 3)] += exact.item(k);
    all += exact.item(k);
  }
  Plan plan(tape, std::array{x}, std::array{total, whole, rows});
  const auto results = plan.run(std::array{tape.value(x)});
  for (std::int64_t j = 0; j < 3; ++j) {
    const double column = columns[static_cast<std::size_t>(j)];
    CHECK(std::abs(results[0].item(j) - column) < 3e-7 * column);
    CHECK(std::abs(results[2].item(j) - tape.value(rows).item(j)) < 3e-7 * tape.value(rows).item(j));
  }
  CHECK(std::abs(results[1].item() - all) < 3e-7 * all);
}

TEST_CASE("outputs may be inputs, views, constants, or the same node twice; the tape may go") {
  Samples random(2);
  const Tensor value = random.tensor({3, 4});
  std::optional<Tape> tape(std::in_place);
  const NodeId x = tape->input("x", value);
  const NodeId fixed = tape->input("fixed", random.tensor({4}));
  const Tensor fixed_value = tape->value(fixed);
  const NodeId y = multiply(*tape, x, fixed);
  const NodeId twice = add(*tape, fixed, fixed);
  const std::array outputs{x, transpose(*tape, x, {1, 0}), fixed, y, y, broadcast_to(*tape, twice, {2, 4})};
  Plan plan(*tape, std::array{x}, outputs);
  tape.reset();
  const Tensor fresh = random.tensor({4, 3}).view({3, 4}, {1, 3});  // not contiguous
  const auto results = plan.run(std::array{fresh});
  for (std::int64_t i = 0; i < 3; ++i) {
    for (std::int64_t j = 0; j < 4; ++j) {
      const double entry = fresh.at(std::array{i, j});
      CHECK(results[0].at(std::array{i, j}) == entry);
      CHECK(results[1].at(std::array{j, i}) == entry);
      CHECK(results[3].at(std::array{i, j}) == entry * fixed_value.item(j));
      CHECK(results[4].at(std::array{i, j}) == entry * fixed_value.item(j));
      CHECK(results[2].item(j) == fixed_value.item(j));
      CHECK(results[5].at(std::array{i % 2, j}) == 2 * fixed_value.item(j));
    }
  }
}

TEST_CASE("what is overwritten in place has been read before") {
  Samples random(4);
  Tape tape;
  const NodeId a = tape.input("a", random.tensor({50, 40}));
  const NodeId product = contract(tape, a, a, "ij,ik->jk");
  const NodeId scaled = multiply(tape, product, product);
  const NodeId shifted = add(tape, product, tape.constant(1, DType::f64));
  const NodeId total = reduce(tape, "sum", scaled, {0});
  Plan plan(tape, std::array{a}, std::array{shifted, total});
  const auto& buffers = plan.program().buffers;
  CHECK(std::any_of(buffers.begin(), buffers.end(), [](const Buffer& buffer) { return buffer.in_place_of >= 0; }));
  const auto results = plan.run(std::array{tape.value(a)});
  CHECK(worst_difference(results[0], tape.value(shifted)) < 1e-15);
  CHECK(worst_difference(results[1], tape.value(total)) < 1e-14);
}

TEST_CASE("what stands for a whole row is in one tile with the row") {
  Samples random(5);
  Tape tape;
  const NodeId x = tape.input("x", random.tensor({2500}));
  const NodeId total = reduce(tape, "sum", x, {0});
  const NodeId y = multiply(tape, x, contract(tape, x, x, "i,i->"));
  const NodeId squared = power(tape, total, 2.0);
  Plan plan(tape, std::array{x}, std::array{y, squared});
  INFO(to_text(plan));
  CHECK(loops_over(plan, {2500}) == 2);  // the square of the sum is computed where x is read again
  const auto results = plan.run(std::array{tape.value(x)});
  CHECK(worst_difference(results[0], tape.value(y)) < 1e-14);
  CHECK(worst_difference(results[1], tape.value(squared)) < 1e-13);
}

std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE("an op's result that is an input is not computed") {
  const Normalisation norm({40, 30}, 0, DType::f64);
  std::vector<NodeId> inputs = norm.inputs;
  std::vector<Tensor> values = norm.values();
  // The means and the variances, as a forward pass has saved them.
  for (NodeId node = 0; node < norm.tape.size() && inputs.size() < 5; ++node) {
    const auto& data = norm.tape.graph()[node];
    if (data.role != NodeRole::result || data.op->name != "mean") continue;
    inputs.push_back(node);
    values.push_back(norm.tape.value(node));
  }
  Plan plan(norm.tape, inputs, norm.outputs, 2);
  CHECK(loops_over(plan, {40, 30}) < loops_over(Plan(norm.tape, norm.inputs, norm.outputs), {40, 30}));
  const auto results = plan.run(values);
  for (std::size_t k = 0; k < results.size(); ++k) {
    const std::vector<double> found = results[k].to_vector();
    const std::vector<double> expected = norm.tape.value(norm.outputs[k]).to_vector();
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(std::abs(found[i] - expected[i]) < 1e-12);
  }
  // Other saved values, another result: they are read, not computed again.
  values[3] = Tensor::zeros(values[3].shape(), DType::f64);
  CHECK(plan.run(values)[0].to_vector() != norm.tape.value(norm.outputs[0]).to_vector());
  // A result may be asked for that is given, and one that is a view.
  Plan given(norm.tape, std::array{norm.outputs[0]}, std::array{norm.outputs[0]});
  CHECK(given.run(std::array{values[0]})[0].to_vector() == values[0].to_vector());
}

TEST_CASE("a plan says what does not fit") {
  Tape tape;
  const NodeId x = tape.input("x", Tensor::zeros({2, 3}, DType::f32));
  const NodeId y = call(tape, "exp", std::array{x});
  tape.set_name(y, "y");
  CHECK(message_of([&] { Plan(tape, std::array{x, x}, std::array{y}); }) == "plan: input 'x' is given twice");
  CHECK(message_of([&] { Plan(tape, std::array{x}, std::array{NodeId{7}}); }) == "plan: there is no node 7");
  Plan plan(tape, std::array{x}, std::array{y});
  CHECK(message_of([&] { plan.run({}); }) == "plan: 0 inputs for 1");
  CHECK(message_of([&] {
          plan.run(std::array{Tensor::zeros({3, 2}, DType::f32)});
        }) == "plan: input 'x' has shape (3, 2) f32, not (2, 3) f32");
  CHECK(message_of([&] {
          plan.run(std::array{Tensor::zeros({2, 3}, DType::f64)});
        }) == "plan: input 'x' has shape (2, 3) f64, not (2, 3) f32");
}

TEST_CASE("a plan as text") {
  Tape tape;
  const NodeId x = tape.input("x", Tensor::zeros({2000, 3}, DType::f32));
  const NodeId mu = reduce(tape, "mean", x, {0});
  tape.set_name(mu, "mu");
  const NodeId centred = subtract(tape, x, mu);
  const NodeId y = multiply(tape, centred, centred);
  tape.set_name(y, "y");
  CHECK(to_text(schedule(tape, std::array{x}, std::array{y})) ==
        R"(0: loop over (2000, 3), tiles of 336 along axis 0
    mu = mean(x; axes 0)
    reads 24000 bytes, writes 12
1: loop over (2000, 3), tiles of 336 along axis 0, backwards
    t0 = subtract(x, mu[0 1])
    t1 = multiply(t0, t0)  -> y
    reads 24012 bytes, writes 24000
buffer x (2000, 3) f32 input
buffer y (2000, 3) f32 output, steps 1 to 2, at 0
buffer mu (3,) f32 temporary, steps 0 to 1, at 6000
moves 72024 bytes; peak memory 24064 bytes, at least 24064 live at once
)");
}

}  // namespace
}  // namespace chalktape::engine
