#include "symbolic/claims/doubles.hpp"

#include <algorithm>

#include "engine/ops/registry.hpp"

namespace chalktape::claims {

Doubles::Element Doubles::call(const std::string& function, std::span<const Element> arguments) {
  const engine::Op* op = engine::find_function(function, static_cast<int>(arguments.size()));
  if (op == nullptr) throw check::NotApplicable("no value of the function " + function);
  double value = 0;
  constexpr std::size_t f64 = static_cast<std::size_t>(engine::DType::f64);
  op->tiles[f64].map(1, 0, &value, arguments.data(), arguments.size() > 1 ? &arguments[1] : arguments.data());
  return value;
}

Doubles::Element Doubles::extremum(const std::string& reduction, std::span<const Element> entries) {
  return reduction == "max" ? *std::max_element(entries.begin(), entries.end())
                            : *std::min_element(entries.begin(), entries.end());
}

}  // namespace chalktape::claims
