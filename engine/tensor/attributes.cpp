#include "engine/tensor/attributes.hpp"

#include <boost/functional/hash.hpp>
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

struct Hashed {
  std::size_t operator()(const NoAttributes& /*none*/) const { return 0; }
  std::size_t operator()(const ConstantExponent& a) const { return boost::hash_value(a.exponent); }
  std::size_t operator()(const Reduction& a) const { return boost::hash_value(a.axes) + (a.keepdim ? 1 : 0); }
  std::size_t operator()(const Permutation& a) const { return boost::hash_value(a.axes); }
  std::size_t operator()(const TargetShape& a) const { return boost::hash_range(a.shape.begin(), a.shape.end()); }
  std::size_t operator()(const DiagonalAxes& a) const { return boost::hash_value(std::pair(a.first, a.second)); }
  std::size_t operator()(const ContractionPattern& a) const { return boost::hash_value(a.pattern); }
};

}  // namespace

std::size_t hash_value(const Attributes& attributes) { return std::visit(Hashed{}, attributes); }

std::string to_text(const Attributes& attributes) { return std::visit(AsText{}, attributes); }

}  // namespace chalktape::engine
