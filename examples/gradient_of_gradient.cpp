// Backward can be recorded too, and is then differentiated like anything else on the tape: a gradient penalty, the
// slope of |∂f/∂x|², and a product of the Hessian with a vector.
#include <array>
#include <iostream>

#include "engine/tape/derivatives.hpp"
#include "engine/tape/recorded.hpp"

using namespace chalktape::engine;

int main() {
  Tape tape;
  const Recorded x(tape, tape.input("x", Tensor::from({3}, std::array{1.0, 2.0, -1.0}, DType::f64)));
  const Recorded f = sum(x * x * x, {{0}, false});  // Σ x³

  const NodeId one = tape.constant(1, DType::f64);
  const Recorded slope(tape, tape.record_backward(std::array{std::pair{f.node(), one}}, std::array{x.node()}).front());
  const Recorded penalty = sum(slope * slope, {{0}, false});  // Σ (3x²)² = Σ 9x⁴
  const std::array inputs{x.node()};
  const Tensor by_x = gradient(tape, penalty.node(), inputs).front();  // 36x³

  const Tensor v = Tensor::from({3}, std::array{1.0, 10.0, 100.0}, DType::f64);
  const Tensor product = hvp(tape, f.node(), inputs, std::array{v}).front();  // 6x·v

  for (std::int64_t i = 0; i < 3; ++i) {
    std::cout << "x = " << x.value().item(i) << "  df/dx = " << slope.value().item(i)
              << "  d|df/dx|^2/dx = " << by_x.item(i) << "  (H v) = " << product.item(i) << '\n';
  }
}
