// Plans of random graphs against the tape that they replay.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/plan/plan.hpp"
#include "tests/distance.hpp"
#include "tests/engine/random_graph.hpp"

namespace chalktape::engine {

/// Where the plan of this seed's graph, run twice on new inputs, differs from the tape: to the bit with `exact`, else
/// by more than 2e-4 (f32) or 1e-12 (f64) of the largest entry, which is at least 1. Empty if it does not.
inline std::string disagreement_of_plan(std::uint32_t seed, bool exact) {
  const DType dtype = seed % 2 == 0 ? DType::f32 : DType::f64;
  RandomGraph graph(seed, dtype, exact);
  Plan plan(graph.tape, graph.inputs, graph.outputs, 1 + static_cast<int>(seed % 3));
  for (int repetition = 0; repetition < 2; ++repetition) {
    const std::vector<Tensor> inputs = graph.fresh_inputs();
    std::vector<std::pair<NodeId, Tensor>> given;
    for (std::size_t k = 0; k < inputs.size(); ++k) given.emplace_back(graph.inputs[k], inputs[k]);
    const std::vector<Tensor> expected = graph.tape.replay(given);
    const auto results = plan.run(inputs);
    for (std::size_t k = 0; k < results.size(); ++k) {
      const Tensor& wanted = expected[graph.outputs[k]];
      const bool agrees = exact ? tests::same_numbers(results[k], wanted)
                                : tests::worst_of_largest(results[k], wanted, 1) < (dtype == DType::f32 ? 2e-4 : 1e-12);
      if (agrees) continue;
      return fmt::format("seed {}{}, run {}: output {} is not what the tape has\n{}", seed, exact ? ", exact" : "",
                         repetition, k, to_text(plan));
    }
  }
  return {};
}

}  // namespace chalktape::engine
