#include "engine/attributes.hpp"

#include <fmt/format.h>

namespace chalktape::engine {

namespace {

struct AsText {
  std::string operator()(const NoAttributes& /*none*/) const { return {}; }
  std::string operator()(const ConstantExponent& a) const { return fmt::format("exponent {}", a.exponent); }
  std::string operator()(const Reduction& a) const {
    return fmt::format("axes {}{}", fmt::join(a.axes, ","), a.keepdim ? " keepdim" : "");
  }
  std::string operator()(const Permutation& a) const { return fmt::format("axes {}", fmt::join(a.axes, ",")); }
  std::string operator()(const TargetShape& a) const { return fmt::format("shape {}", engine::to_text(a.shape)); }
  std::string operator()(const DiagonalAxes& a) const { return fmt::format("axes {},{}", a.first, a.second); }
  std::string operator()(const ContractionPattern& a) const { return a.pattern; }
};

}  // namespace

std::string to_text(const Attributes& attributes) { return std::visit(AsText{}, attributes); }

}  // namespace chalktape::engine
