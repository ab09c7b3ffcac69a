// Forward plus backward of batch norm, f32: a plan's replay, the tape recorded and differentiated afresh, the fused
// kernel, and PyTorch's eager autograd where libtorch is there. ./run bench tape runs it.
#include <array>
#include <iostream>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "engine/kernels/batch_norm.hpp"
#include "engine/plan/plan.hpp"
#include "engine/tape/recorded.hpp"
#include "engine/tensor/random.hpp"
#include "tests/bench/interleaved.hpp"
#include "tests/bench/torch_peer.hpp"

namespace {

using namespace chalktape;
using namespace chalktape::engine;

constexpr double kEps = 1e-5;

Tensor filled(const Shape& shape, double low, double high) {
  Tensor result = Tensor::zeros(shape, DType::f32);
  std::uint64_t state = 0x9E3779B97F4A7C15U + static_cast<std::uint64_t>(result.size());
  for (float *p = result.data<float>(), *end = p + result.size(); p != end; ++p) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    *p = static_cast<float>(low + (high - low) * static_cast<double>(state >> 40) / (1 << 24));
  }
  return result;
}

// The nodes of y, dx, dgamma, dbeta on a tape with fresh inputs x, gamma, beta, dy.
struct BatchNorm {
  Tape tape;
  std::vector<NodeId> inputs, outputs;

  explicit BatchNorm(const std::vector<Tensor>& values) {
    for (std::size_t k = 0; k < values.size(); ++k) {
      inputs.push_back(tape.input(std::array{"x", "gamma", "beta", "dy"}[k], values[k], k != 3));
    }
    const NodeId mu = reduce(tape, "mean", inputs[0], {0});
    const NodeId centred = subtract(tape, inputs[0], mu);
    const NodeId var = reduce(tape, "mean", power(tape, centred, 2.0), {0});
    const NodeId std = power(tape, add(tape, var, tape.constant(kEps, DType::f32)), 0.5);
    const NodeId xhat = multiply(tape, centred, power(tape, std, -1.0));
    outputs.push_back(add(tape, multiply(tape, xhat, inputs[1]), inputs[2]));
  }
  void record_backward() {
    const std::array upstream{std::pair{outputs[0], inputs[3]}};
    const auto gradients = tape.record_backward(upstream, std::array{inputs[0], inputs[1], inputs[2]});
    outputs.insert(outputs.end(), gradients.begin(), gradients.end());
  }
};

// Twenty ops on eight numbers each: what recording costs, apart from the arithmetic.
NodeId chain_of_twenty(Tape& tape, NodeId a, NodeId b) {
  NodeId v = a;
  for (int k = 0; k < 5; ++k) {
    v = multiply(tape, v, b);
    v = add(tape, v, a);
    v = call(tape, "tanh", std::array{v});
    v = subtract(tape, v, b);
  }
  return v;
}

using bench::Contenders;

// `layer`: the built-in layer that is measured, or "".
void report(const std::string& title, const std::string& layer, int threads, const Contenders& contenders,
            nlohmann::json& json) {
  const bench::Times medians = bench::measure(contenders);
  nlohmann::json entry{{"what", title}, {"threads", threads}};
  if (!layer.empty()) entry["layer"] = layer;
  std::string row = fmt::format("| {} | {} ", title, threads);
  for (const char* name : {"eager", "tape", "plan", "fused"}) {
    const bool present = contenders.contains(name);
    row +=
        present ? fmt::format("| {:.1f} ± {:.0f} % ", medians.microseconds(name), 50 * medians.spread(name)) : "| – ";
    if (present) entry["microseconds"][name] = medians.microseconds(name);
    if (present) entry["spread"][name] = medians.spread(name);
  }
  const auto ratio = [&](const char* over, const char* under) {
    const auto& times = entry["microseconds"];
    if (!times.contains(over) || !times.contains(under)) return std::string("| – ");
    const double value = times[over].get<double>() / times[under].get<double>();
    entry["ratios"][fmt::format("{}/{}", over, under)] = value;
    return fmt::format("| {:.2f} ", value);
  };
  row += ratio("eager", "plan") + ratio("eager", "tape") + ratio("plan", "fused");
  fmt::print("{}|\n", row);
  std::fflush(stdout);
  json.push_back(std::move(entry));
}

void batch_norm(std::int64_t n, std::int64_t d, int threads, nlohmann::json& json) {
  const std::vector<Tensor> values{filled({n, d}, -1, 3), filled({d}, 0.5, 1.5), filled({d}, -1, 1),
                                   filled({n, d}, -1, 1)};
  Plan plan = [&] {
    BatchNorm layer(values);
    layer.record_backward();
    return Plan(layer.tape, layer.inputs, layer.outputs, threads);
  }();
  if (std::getenv("SHOW_PLAN") != nullptr) std::cerr << to_text(plan);
  Tensor y = Tensor::zeros({n, d}, DType::f32);
  Tensor dx = Tensor::zeros({n, d}, DType::f32);
  Tensor dgamma = Tensor::zeros({d}, DType::f32);
  Tensor dbeta = Tensor::zeros({d}, DType::f32);
  Contenders contenders;
  contenders.emplace("plan", [&] { benchmark::DoNotOptimize(plan.run(values)); });
  contenders.emplace("tape", [&] {
    BatchNorm layer(values);
    const std::array upstream{std::pair{layer.outputs[0], values[3]}};
    benchmark::DoNotOptimize(
        layer.tape.backward(upstream, std::array{layer.inputs[0], layer.inputs[1], layer.inputs[2]}));
  });
  contenders.emplace("fused", [&] {
    using namespace kernels;
    const Rows<const float> x{values[0].data<float>(), d};
    const Rows<const float> dy{values[3].data<float>(), d};
    const auto* gamma = values[1].data<float>();
    const auto saved = batch_norm_forward<float>(n, d, x, gamma, values[2].data<float>(), kEps, {y.data<float>(), d});
    batch_norm_backward<float>(n, d, x, dy, gamma, saved, {dx.data<float>(), d}, dgamma.data<float>(),
                               dbeta.data<float>());
  });
#ifdef CHALKTAPE_TORCH
  torch_peer::BatchNorm eager(n, d, values[0].data<float>(), values[1].data<float>(), values[2].data<float>(),
                              values[3].data<float>(), kEps, threads);
  contenders.emplace("eager", [&] { eager.run(); });
#endif
  report(fmt::format("batch norm ({}, {})", n, d), "batch_norm", threads, contenders, json);
}

void small_graph(nlohmann::json& json) {
  const std::vector<Tensor> values{filled({8}, -1, 1), filled({8}, -1, 1), filled({8}, -1, 1)};
  Plan plan = [&] {
    Tape tape;
    const NodeId a = tape.input("a", values[0]);
    const NodeId b = tape.input("b", values[1]);
    const NodeId g = tape.input("g", values[2], false);
    const NodeId y = chain_of_twenty(tape, a, b);
    const auto gradients = tape.record_backward(std::array{std::pair{y, g}}, std::array{a, b});
    return Plan(tape, std::array{a, b, g}, std::array{y, gradients[0], gradients[1]}, 1);
  }();
  Contenders contenders;
  contenders.emplace("plan", [&] { benchmark::DoNotOptimize(plan.run(values)); });
  contenders.emplace("tape", [&] {
    Tape tape;
    const NodeId a = tape.input("a", values[0]);
    const NodeId b = tape.input("b", values[1]);
    const NodeId y = chain_of_twenty(tape, a, b);
    benchmark::DoNotOptimize(tape.backward(std::array{std::pair{y, values[2]}}, std::array{a, b}));
  });
#ifdef CHALKTAPE_TORCH
  torch_peer::ChainOfTwenty eager(8, values[0].data<float>(), values[1].data<float>(), values[2].data<float>());
  contenders.emplace("eager", [&] { eager.run(); });
#endif
  report("20 ops on 8 numbers", "", 1, contenders, json);
}

}  // namespace

int main(int argc, char** argv) {
  auto flags = bench::initialise(
      argc, argv,
      {"--benchmark_repetitions=9", "--benchmark_min_time=0.03", "--benchmark_enable_random_interleaving=true"},
      {"--json=", "--only="});
  const std::string json_file = flags["--json="];
  const std::string only = flags["--only="];

  fmt::print("Medians of interleaved repetitions in microseconds, ± half the interquartile range.\n\n");
  fmt::print(
      "| forward and backward | threads | eager | tape | plan | fused | eager/plan | eager/tape | plan/fused |\n");
  fmt::print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  nlohmann::json json = nlohmann::json::array();
  for (const auto& [n, d] :
       {std::pair<std::int64_t, std::int64_t>{128, 100}, {1024, 1024}, {4096, 1024}, {65536, 1024}}) {
    if (!only.empty() && only != fmt::format("{}x{}", n, d)) continue;
    for (const int threads : {1, 2}) batch_norm(n, d, threads, json);
  }
  if (only.empty() || only == "small") small_graph(json);
  bench::write_measured(json_file, json);
}
