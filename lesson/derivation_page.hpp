// A derivation alone, as a page to read or to hand out.
#pragma once

#include <string>
#include <vector>

#include "symbolic/derive/derivation.hpp"
#include "symbolic/present/typesetting.hpp"
#include "symbolic/report/detail.hpp"

namespace chalktape::lesson {

struct DerivationPage {
  std::string source;                  ///< the layer as its author wrote it; may be empty
  std::vector<std::string> tensors{};  ///< whose gradients are shown; empty means all
  report::Detail detail = report::Detail::normal;
  present::GradientNotation notation = present::GradientNotation::d;
};

/// One HTML file: the forward formulas, each step with its reason and its check, the results, and the rules used. It
/// loads nothing and has no script. The derivation must be verified. The same derivation gives the same bytes.
[[nodiscard]] std::string write_derivation(const derive::Derivation& derivation, const DerivationPage& page);

}  // namespace chalktape::lesson
