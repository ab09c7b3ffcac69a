#include "symbolic/check/verify.hpp"

#include <chrono>

#include <fmt/core.h>

#include "symbolic/check/checker.hpp"
#include "symbolic/present/text.hpp"

namespace chalktape::check {

namespace {

void verify(derive::Gradient& gradient, const Checker& checker) {
  for (derive::Gradient& derivative : gradient.derivatives) verify(derivative, checker);
  for (derive::Step& step : gradient.steps) {
    const Verdict verdict = checker.check(gradient.left, gradient.indices, step.after);
    if (!verdict.holds) {
      throw derive::Error(
          fmt::format("the derivation of {} does not pass its own check and is not shown: the step {} gives {}, "
                      "which is wrong {}. "
                      "This is a defect of the program; please report it with the layer",
                      present::to_text(gradient.left), step.rule, present::to_text(step.after), verdict.where));
    }
    step.checked = verdict.checked;
  }
}

}  // namespace

void verify(derive::Derivation& derivation) {
  const auto start = std::chrono::steady_clock::now();
  const Checker checker(derivation.layer, derivation.introduced);
  for (derive::Gradient& gradient : derivation.gradients) verify(gradient, checker);
  derivation.check_milliseconds =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

derive::Derivation verified_derivation(const language::Layer& layer, const derive::Options& options) {
  derive::Derivation derivation = derive::derive(layer, options);
  verify(derivation);
  return derivation;
}

derive::Derivation verified_jacobians(const language::Layer& layer,
                                      const std::vector<notation::FreeExpression>& derivatives,
                                      const derive::Options& options) {
  derive::Derivation derivation = derive::derive_jacobians(layer, derivatives, options);
  verify(derivation);
  return derivation;
}

}  // namespace chalktape::check
