#include "symbolic/check/verify.hpp"

#include <chrono>

#include <fmt/core.h>

#include "symbolic/check/checker.hpp"
#include "symbolic/present/text.hpp"

namespace chalktape::check {

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
  derivation.check_milliseconds =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

derive::Derivation verified_derivation(const language::Layer& layer, const derive::Options& options) {
  derive::Derivation derivation = derive::derive(layer, options);
  verify(derivation);
  return derivation;
}

}  // namespace chalktape::check
