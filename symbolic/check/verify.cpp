#include "symbolic/check/verify.hpp"

#include <chrono>
#include <set>

#include <fmt/core.h>

#include "symbolic/check/checker.hpp"
#include "symbolic/check/proof.hpp"
#include "symbolic/notation/door.hpp"
#include "symbolic/present/text.hpp"

namespace chalktape::check {

namespace {

void verify(derive::Gradient& gradient, const Checker& checker) {
  for (derive::Gradient& derivative : gradient.derivatives) verify(derivative, checker);
  for (derive::Step& step : gradient.steps) {
    const Verdict verdict = checker.check(gradient.left, gradient.indices, step.after);
    if (verdict.undecided) {
      throw Error(fmt::format("the derivation of {} cannot be checked and is not shown: the step {} could not be: {}",
                              present::to_text(gradient.left), step.rule, verdict.where));
    }
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

/// Check (c), of every result: a tensor's gradient may mention an intermediate's, and stands on that one's proof.
void prove(derive::Derivation& derivation) {
  Prover prover(derivation.layer, derivation.introduced);
  std::size_t further = derivation.gradients.size();
  std::set<std::string> unproved;
  for (derive::Gradient& gradient : derivation.gradients) {
    const ProofVerdict verdict = prover.prove(gradient.left, gradient.indices, gradient.value, --further);
    if (verdict.refuted) {
      throw derive::Error(
          fmt::format("the derivation of {0} does not pass its own check and is not shown: its result {1} is not {0}, "
                      "as entry {2} of it shows. "
                      "This is a defect of the program; please report it with the layer",
                      present::to_text(gradient.left), present::to_text(gradient.value), verdict.where));
    }
    gradient.proof = verdict.proof;
    if (verdict.but_for_ties) {
      gradient.proof.proved = false;
      gradient.proof.reason = "where numbers tie or lie on a kink it needs a law that the proof does not know";
    }
    std::set<std::string> used;
    language::collect_names(gradient.value, used);
    for (const std::string& name : used) {
      if (!gradient.proof.proved || !unproved.contains(name)) continue;
      gradient.proof.proved = false;
      gradient.proof.reason = fmt::format("it uses {}, of which there is no proof", name);
    }
    if (!gradient.proof.proved) unproved.insert(gradient.name);
  }
}

}  // namespace

void verify(derive::Derivation& derivation) {
  const notation::OneAtATime door;
  const auto start = std::chrono::steady_clock::now();
  const Checker checker(derivation);
  for (derive::Gradient& gradient : derivation.gradients) verify(gradient, checker);
  prove(derivation);
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
