#include "engine/plan/plan.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>

#include "engine/plan/schedule.hpp"
#include "tests/catch.hpp"
#include "tests/engine/allocations.hpp"
#include "tests/engine/plan/random_plan.hpp"

namespace chalktape::engine {
namespace {

using tests::same_numbers;
using tests::worst_of_largest;

TEST_CASE("a plan gives what the tape gives, to the bit where sums are exact") {
  for (std::uint32_t seed = 1; seed <= 500; ++seed) REQUIRE(disagreement_of_plan(seed, true) == "");
}

TEST_CASE("a plan gives what the tape gives, to rounding") {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) REQUIRE(disagreement_of_plan(seed, false) == "");
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
        REQUIRE(same_numbers(results[k], first[k]));
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
  CHECK(worst_of_largest(results[0], tape.value(shifted), 1) < 1e-15);
  CHECK(worst_of_largest(results[1], tape.value(total), 1) < 1e-14);
}

TEST_CASE("an operand as long as a loop's block is read at the depth of what reads it") {
  for (const auto& [shape, dtype] : {std::pair{Shape{3, 16, 64, 16}, DType::f64}, {{8, 32, 64, 32}, DType::f32}}) {
    Samples random(6);
    Tape tape;
    const NodeId x = tape.input("x", random.tensor(shape, {-2, 2}, dtype));
    const NodeId w = tape.input("w", random.tensor({shape[1], shape[2], 1}, {-2, 2}, dtype));
    const NodeId s = reduce(tape, "sum", x, {3}, true);
    const NodeId y = subtract(tape, x, add(tape, s, w));
    Plan plan(tape, std::array{x, w}, std::array{y});
    INFO(to_text(plan));
    CHECK(worst_of_largest(plan.run(std::array{tape.value(x), tape.value(w)})[0], tape.value(y), 1) <
          (dtype == DType::f32 ? 1e-6 : 1e-15));
  }
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
  CHECK(worst_of_largest(results[0], tape.value(y), 1) < 1e-14);
  CHECK(worst_of_largest(results[1], tape.value(squared), 1) < 1e-13);
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

TEST_CASE("a plan may be fed what lies in its own memory") {
  Samples random(8);
  const Tensor begin = random.tensor({300, 40}, {-1, 1});
  Tape tape;
  const NodeId x = tape.input("x", begin);
  const NodeId a = tape.input("a", begin);
  // Results that are stored before x is read again, in loops and by a call.
  const NodeId centred = subtract(tape, x, reduce(tape, "mean", x, {0}, true));
  const NodeId gate = call(tape, "sigmoid", std::array{centred});
  const NodeId product = contract(tape, gate, call(tape, "sigmoid", std::array{a}), "ij,ik->jk");
  const NodeId y =
      add(tape, multiply(tape, gate, reduce(tape, "mean", a, {1}, true)), call(tape, "sin", std::array{x}));
  const NodeId z = add(tape, reduce(tape, "mean", product, {1}), x);
  Plan plan(tape, std::array{x, a}, std::array{y, z});
  INFO(to_text(plan));
  Tensor now_y = begin;
  Tensor now_z = begin;
  std::vector<Tensor> fed{begin, begin};
  for (int step = 0; step < 4; ++step) {
    const std::vector<Tensor> expected = tape.replay(std::array{std::pair{x, now_y}, std::pair{a, now_z}});
    const auto results = plan.run(fed);
    CHECK(worst_of_largest(results[0], expected[y], 1) < 1e-12);
    CHECK(worst_of_largest(results[1], expected[z], 1) < 1e-12);
    now_y = results[step % 2].copy();
    now_z = results[1 - step % 2].copy();
    fed = {results[step % 2], results[1 - step % 2]};
  }
  // A part of an output, and one that is strided.
  Tape rows;
  const NodeId row = rows.input("row", Tensor::zeros({40}, DType::f64));
  const NodeId column = rows.input("column", Tensor::zeros({300, 1}, DType::f64));
  const NodeId sums = add(rows, multiply(rows, row, row), multiply(rows, column, column));
  Plan outer(rows, std::array{row, column}, std::array{sums});
  const Tensor first = outer.run(std::array{random.tensor({40}), random.tensor({300, 1})})[0];
  const std::array parts{first.view({40}, {1}, 7 * 40), first.view({300, 1}, {40, 1}, 3)};
  const Tensor expected =
      rows.replay(std::array{std::pair{row, parts[0].copy()}, std::pair{column, parts[1].copy()}})[sums];
  CHECK(same_numbers(outer.run(parts)[0], expected));
}

TEST_CASE("a plan keeps no input once it has run") {
  Tape tape;
  const NodeId x = tape.input("x", Tensor::zeros({2, 3}, DType::f64));
  Plan plan(tape, std::array{x}, std::array{call(tape, "exp", std::array{x})});
  const std::array inputs{Tensor::full({2, 3}, 1, DType::f64)};
  plan.run(inputs);
  CHECK(inputs[0].is_unshared());
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
