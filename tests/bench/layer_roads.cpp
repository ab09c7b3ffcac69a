#include "tests/bench/layer_roads.hpp"

#include <optional>

#include <omp.h>

#include "engine/plan/plan.hpp"
#include "symbolic/check/checker.hpp"
#include "symbolic/check/verify.hpp"
#include "symbolic/emit/cpp.hpp"
#include "symbolic/emit/cpp_saved.hpp"

namespace chalktape::bench {

using engine::NodeId;
using engine::Tensor;

namespace {

constexpr const char* prefix = "chalktape_emitted";

// Of results in the order of the layer's outputs and tensors.
std::map<std::string, Tensor> by_output(const language::Layer& layer, std::span<const Tensor> values) {
  std::map<std::string, Tensor> named;
  for (std::size_t k = 0; k < layer.outputs.size(); ++k) named.emplace(layer.outputs[k], values[k]);
  return named;
}
std::map<std::string, Tensor> by_tensor(const language::Layer& layer, std::span<const Tensor> values) {
  std::map<std::string, Tensor> named;
  for (std::size_t k = 0; k < layer.tensors.size(); ++k) named.emplace(layer.tensors[k].name, values[k]);
  return named;
}

}  // namespace

std::vector<std::string> emitted_flags() {
  return {
    "-O3", "-march=native", "-fno-math-errno",
#if defined(__x86_64__)
        "-fopenmp", "-mprefer-vector-width=512"
#else
        "-fopenmp"
#endif
  };
}

EmittedProgram::EmittedProgram(const language::Layer& layer)
    : program_(emit::make_program(check::verified_derivation(layer))),
      code_(roads::compiled(program_, emit::cpp_source(program_).header, prefix, emitted_flags())) {}

LayerRoad EmittedProgram::on(const roads::Problem& problem, int threads) const {
  const auto bound = std::make_shared<roads::EmittedLayer>(code_->bind(problem, prefix));
  LayerRoad road;
  road.forward = [code = code_, bound, threads] {
    omp_set_num_threads(threads);
    bound->forward();
  };
  road.backward = [code = code_, bound, threads] {
    omp_set_num_threads(threads);
    bound->backward();
  };
  road.outputs = [bound] { return bound->results().outputs; };
  road.gradients = [bound] { return bound->results().gradients; };
  return road;
}

LayerRoad planned(const roads::Problem& problem, const emit::Program& program, int threads) {
  struct State {
    std::optional<engine::Plan> forward, backward;
    std::vector<Tensor> tensors, given;  // inputs of the two
    std::size_t saved = 0;               // how many of `given`, at its end, are forward's last outputs
    std::vector<Tensor> outputs, gradients;
  };
  const language::Layer& layer = problem.layer;
  const auto state = std::make_shared<State>();
  {
    engine::Tape tape;
    const roads::Forward forward = roads::record_forward(tape, problem, problem.dtype);
    const auto& nodes = forward.environment.nodes;
    std::vector<NodeId> outputs;
    for (const std::string& output : layer.outputs) outputs.push_back(nodes.at(output));
    std::vector<NodeId> given = forward.tensors;
    for (const NodeId tensor : forward.tensors) state->tensors.push_back(tape.value(tensor));
    state->given = state->tensors;
    std::vector<std::pair<NodeId, NodeId>> upstream;
    for (const auto& [node, value] : forward.upstream) {
      upstream.emplace_back(node, tape.input("upstream", value, false));
      given.push_back(upstream.back().second);
      state->given.push_back(value);
    }
    const emit::SavedValues chosen = emit::choose_saved(program);
    for (const auto* names : {&chosen.outputs, &chosen.saved}) {
      for (const std::string& name : *names) {
        if (!nodes.contains(name)) continue;  // a name that safe exponentials have introduced
        outputs.push_back(nodes.at(name));
        given.push_back(nodes.at(name));
        ++state->saved;
      }
    }
    const std::vector<NodeId> gradients = tape.record_backward(upstream, forward.tensors, engine::NoPath::zero);
    state->forward.emplace(tape, forward.tensors, outputs, threads);
    state->backward.emplace(tape, given, gradients, threads);
  }
  state->given.resize(state->given.size() + state->saved);
  LayerRoad road;
  road.forward = [state] {
    const std::span<const Tensor> results = state->forward->run(state->tensors);
    if (state->outputs.empty()) {  // they stay where they are from run to run
      state->outputs.assign(results.begin(), results.end());
      std::copy(results.end() - static_cast<std::ptrdiff_t>(state->saved), results.end(),
                state->given.end() - static_cast<std::ptrdiff_t>(state->saved));
    }
  };
  road.backward = [state] {
    const std::span<const Tensor> results = state->backward->run(state->given);
    if (state->gradients.empty()) state->gradients.assign(results.begin(), results.end());
  };
  road.outputs = [state, layer] { return by_output(layer, state->outputs); };
  road.gradients = [state, layer] { return by_tensor(layer, state->gradients); };
  return road;
}

LayerRoad eager(const roads::Problem& problem, int threads) {
  struct State {
    std::optional<engine::Tape> tape;
    roads::Forward recorded;
    std::vector<Tensor> gradients;
  };
  const auto state = std::make_shared<State>();
  LayerRoad road;
  road.forward = [state, problem, threads] {
    omp_set_num_threads(threads);
    state->tape.emplace();
    state->recorded = roads::record_forward(*state->tape, problem, problem.dtype);
  };
  road.backward = [state, threads] {
    omp_set_num_threads(threads);
    state->gradients.clear();
    const engine::Gradients found =
        state->tape->backward(state->recorded.upstream, state->recorded.tensors, nullptr, engine::NoPath::zero);
    for (const NodeId tensor : state->recorded.tensors) state->gradients.push_back(found.of(tensor));
  };
  road.outputs = [state, layer = problem.layer] {
    std::vector<Tensor> values;
    for (const std::string& output : layer.outputs)
      values.push_back(state->tape->value(state->recorded.environment.nodes.at(output)));
    return by_output(layer, values);
  };
  road.gradients = [state, layer = problem.layer] { return by_tensor(layer, state->gradients); };
  return road;
}

}  // namespace chalktape::bench
