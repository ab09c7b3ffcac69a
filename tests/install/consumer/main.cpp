// A program from outside the house that uses both libraries as they are installed, and an op of its own.
#include <array>
#include <iostream>

#include "engine/ops/describe.hpp"
#include "engine/tape/derivatives.hpp"
#include "engine/version.hpp"
#include "symbolic/layers.hpp"

using namespace chalktape::engine;

// cube: y = x³.  dL/dx = 3 g x².
struct Cube : ops::UnaryAtom {
  static constexpr std::string_view name = "cube", latex = "{#1}^{3}", derivative = "3*x^2";
  static constexpr Interval domain{-2, 2};
  static constexpr std::array points{-10.0, 0.0, 10.0};
  static auto value(auto x) { return x * x * x; }
  static auto pullback(auto g, auto x, auto /*y*/) { return g * (3 * (x * x)); }
};

int main() {
  std::cout << version() << '\n';
  static const Op cube = ops::described<Cube>();
  Tape tape;
  const NodeId x = tape.input("x", Tensor::full({}, 2, DType::f32));
  const NodeId y = tape.apply(cube, std::array{x});
  const bool differentiates =
      gradient(tape, y, std::array{x}).front().item() == 12 &&
      hvp(tape, y, std::array{x}, std::array{Tensor::full({}, 1, DType::f32)}).front().item() == 12;
  return differentiates && chalktape::language::find_builtin_layer("batch_norm") != nullptr ? 0 : 1;
}
