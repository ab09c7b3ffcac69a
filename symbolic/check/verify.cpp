#include "symbolic/check/verify.hpp"

#include <chrono>

#include <fmt/core.h>

#include "symbolic/check/checker.hpp"
#include "symbolic/check/proof.hpp"
#include "symbolic/present/text.hpp"

namespace chalktape::check {

namespace {

/// Check (c), of every gradient: a tensor's may mention an intermediate's, and is proved only if that is.
void prove(derive::Derivation& derivation) {
  Prover prover(derivation.layer, derivation.introduced);
  std::size_t further = derivation.gradients.size();
  for (derive::Gradient& gradient : derivation.gradients) {
    const ProofVerdict verdict = prover.prove(gradient.name, gradient.indices, gradient.value, --further);
    if (verdict.refuted) {
      throw derive::Error(
          fmt::format("the derivation of {} is refuted by its own check and is not shown: its result {} is not the "
                      "gradient, for symbolic entries {} differs. "
                      "This is a defect of the program; please report it with the layer",
                      gradient.name, present::to_text(gradient.value), verdict.where));
    }
    gradient.proof = verdict.proof;
  }
}

}  // namespace

void verify(derive::Derivation& derivation) {
  const auto start = std::chrono::steady_clock::now();
  const Checker checker(derivation.layer, derivation.introduced);
  for (derive::Gradient& gradient : derivation.gradients) {
    for (derive::Step& step : gradient.steps) {
      const Verdict verdict = checker.check(gradient.name, gradient.indices, step.after);
      if (!verdict.holds) {
        throw derive::Error(
            fmt::format("the derivation of {} does not pass its own check and is not shown: the step {} gives {}, "
                        "which is wrong {}. "
                        "This is a defect of the program; please report it with the layer",
                        gradient.name, step.rule, present::to_text(step.after), verdict.where));
      }
      step.checked = verdict.checked;
    }
  }
  prove(derivation);
  derivation.check_milliseconds =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

derive::Derivation verified_derivation(const language::Layer& layer, const derive::Options& options) {
  derive::Derivation derivation = derive::derive(layer, options);
  verify(derivation);
  return derivation;
}

}  // namespace chalktape::check
