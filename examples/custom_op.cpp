// An op of one's own, outside the library: one struct, and it is used, differentiated twice and checked like the
// others.
#include <array>
#include <cmath>
#include <iostream>

#include "engine/ops/describe.hpp"
#include "engine/tape/derivatives.hpp"
#include "engine/tape/draw.hpp"

using namespace chalktape::engine;

// softsign: y = x / (1 + |x|).  dL/dx = g / (1 + |x|)².
struct Softsign : ops::UnaryAtom {
  static constexpr std::string_view name = "softsign", latex = R"(\operatorname{softsign}\left(#1\right))",
                                    derivative = "1/(1 + abs(x))^2";
  static constexpr Interval domain{-3, 3};
  static constexpr std::array points{-1e3, 0.5, 1e3};
  static auto value(auto x) { return x / (1 + std::abs(x)); }
  static auto pullback(auto g, auto x, auto /*y*/) {
    using std::abs;  // for numbers; Recorded brings its own
    const auto d = 1 + abs(x);
    return g / (d * d);
  }
};

int main() {
  static const Op softsign = ops::described<Softsign>();

  Tape tape;
  const NodeId x = tape.input("x", Tensor::from({3}, std::array{-1.0, 0.5, 3.0}, DType::f64));
  const NodeId y = tape.apply(softsign, std::array{x});
  const NodeId loss = reduce(tape, "sum", y, {0});
  std::cout << to_text(tape.graph());

  const std::array inputs{x};
  const Tensor slope = gradient(tape, loss, inputs).front();
  const Tensor curvature = hvp(tape, loss, inputs, std::array{Tensor::full({3}, 1, DType::f64)}).front();
  for (std::int64_t i = 0; i < 3; ++i) {
    std::cout << "x = " << tape.value(x).item(i) << "  y = " << tape.value(y).item(i) << "  y' = " << slope.item(i)
              << "  y'' = " << curvature.item(i) << '\n';
  }
  const GradCheck check = grad_check(tape, std::array{std::pair{y, Tensor::full({3}, 1, DType::f64)}}, inputs);
  std::cout << "gradient check: " << (check.worst < 1e-8 ? "passed" : check.to_text(tape.graph())) << '\n';
}
