// Record a formula of two numbers, sweep it backwards, look at the graph.
//   scalar [graph.svg]
#include <array>
#include <fstream>
#include <iostream>

#include "engine/tape/derivatives.hpp"
#include "engine/tape/draw.hpp"
#include "engine/tape/recorded.hpp"

using namespace chalktape::engine;

int main(int argc, char** argv) {
  Tape tape;
  const Recorded x(tape, tape.input("x", Tensor::full({}, 2, DType::f64)));
  const Recorded y(tape, tape.input("y", Tensor::full({}, -3, DType::f64)));
  const Recorded loss = relu(x * y + 10) * x;  // (2·(−3) + 10)·2 = 8
  tape.set_name(loss.node(), "loss");

  const std::array inputs{x.node(), y.node()};
  const std::vector<Tensor> slopes = gradient(tape, loss.node(), inputs);
  std::cout << "loss     = " << loss.value().item() << '\n'
            << "dloss/dx = " << slopes[0].item() << '\n'     // 2xy + 10
            << "dloss/dy = " << slopes[1].item() << "\n\n";  // x²

  DrawOptions options;
  options.backward = true;
  std::cout << to_text(tape.graph(), options);
  if (argc > 1) std::ofstream(argv[1]) << to_svg(tape.graph(), options);
}
