// What must hold of every layer: it is derived, each step checked, and the tape and the derivation agree.
#pragma once

#include <cstdint>
#include <string>

#include "symbolic/language/layer.hpp"

namespace chalktape::random_layers {

struct Outcome {
  enum class Kind {
    agreed,
    refused,  ///< a clean refusal: the layer has no values where they were looked for
    finding,  ///< a defect
  };
  Kind kind = Kind::agreed;
  std::string reason;  ///< of a refusal or a finding, the same text for the same cause: what is counted
  std::string detail;  ///< for whoever looks into it
  int gradients = 0;   ///< of tensors
  int shorter = 0;     ///< gradients that need fewer sums than their chain rule does, deltas contracted
  double derive_milliseconds = 0, check_milliseconds = 0;
  double seconds = 0;  ///< of processor time, everything included
  std::string digest;  ///< of all that is printed
};

/// Which derivations are examined. The direct style takes several times as long.
enum class Styles { staged, both };

/// Every tenth layer in both.
constexpr Styles styles_of(std::uint64_t seed) { return seed % 10 == 0 ? Styles::both : Styles::staged; }

/// What an examination does.
struct Examination {
  Styles styles = Styles::both;
  double search_seconds =
      1e6;                    ///< for a derivation's searches; by default the processor's time is limited from outside
  bool compare_roads = true;  ///< tape and derivation against 50 digits, at one sample
};

/// Examines a layer in this process. Throws nothing that comes from the layer.
[[nodiscard]] Outcome examine(const language::Layer& layer, const Examination& examination = {});

/// The same in a process of its own: a crash, and more than `seconds` of processor time, are findings.
[[nodiscard]] Outcome examine_isolated(const language::Layer& layer, int seconds, Styles styles = Styles::both);

}  // namespace chalktape::random_layers
