// This project's own ways through a layer on given numbers, each ready to be run again and again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "symbolic/emit/program.hpp"
#include "symbolic/roads/emitted_code.hpp"
#include "symbolic/roads/problem.hpp"

namespace chalktape::bench {

/// backward uses what one forward has saved before.
struct LayerRoad {
  std::function<void()> forward, backward;
  /// The last results: outputs by name, gradients by tensor.
  std::function<std::map<std::string, engine::Tensor>()> outputs, gradients;
};

/// A layer's derived program and its emitted header, compiled once.
class EmittedProgram {
 public:
  /// Derives, checks, emits and compiles. Throws roads::Error, derive::Error or check::Error.
  explicit EmittedProgram(const language::Layer& layer);
  [[nodiscard]] const emit::Program& program() const { return program_; }
  /// The emitted functions on so many threads.
  [[nodiscard]] LayerRoad on(const roads::Problem& problem, int threads) const;

 private:
  emit::Program program_;
  std::shared_ptr<const roads::EmittedCode> code_;
};

/// How emitted headers are compiled for measuring.
[[nodiscard]] std::vector<std::string> emitted_flags();

/// Two plans: the tape's forward pass, and its backward pass, which is handed the forward values that emitted code
/// saves or reads of the outputs, as far as the layer defines them, and computes the others again. It asks `program`
/// which.
[[nodiscard]] LayerRoad planned(const roads::Problem& problem, const emit::Program& program, int threads);

/// The tape, recorded and swept back afresh each time, op by op.
[[nodiscard]] LayerRoad eager(const roads::Problem& problem, int threads);

}  // namespace chalktape::bench
