#include "engine/tape/graph.hpp"

#include <array>

#include "engine/tape/draw.hpp"
#include "engine/tape/recorded.hpp"
#include "tests/catch.hpp"

namespace chalktape::engine {
namespace {

// x and w give y = x·w and z = exp(y) + y; `aside` is computed and not needed.
struct Example {
  Tape tape;
  NodeId x = tape.input("x", Tensor::zeros({4}, DType::f64));
  NodeId w = tape.input("w", Tensor::zeros({4}, DType::f64));
  NodeId y = multiply(tape, x, w);
  NodeId aside = negate(tape, x);
  NodeId e = call(tape, "exp", std::array{y});
  NodeId z = add(tape, e, y);
  Example() {
    tape.set_name(y, "y");
    tape.set_name(z, "z");
  }
};

TEST_CASE("pruning keeps what lies between inputs and outputs") {
  const Example example;
  const Graph& graph = example.tape.graph();
  CHECK(nodes_between(graph, {}, std::array{example.z}) == std::vector<NodeId>{0, 1, 2, 4, 5});
  CHECK(nodes_between(graph, std::array{example.w}, std::array{example.z}) == std::vector<NodeId>{1, 2, 4, 5});
  CHECK(nodes_between(graph, std::array{example.w}, std::array{example.aside}).empty());
  const Graph small = pruned(graph, nodes_between(graph, {}, std::array{example.z}));
  CHECK(to_text(small) ==
        "x = input : 4\n"
        "w = input : 4\n"
        "y = multiply(x, w) : 4\n"
        "v3 = exp(y) : 4\n"
        "z = add(v3, y) : 4\n");
  CHECK(to_text(pruned(graph, std::array{example.y, example.e})) == "y = multiply() : 4\nv1 = exp(y) : 4\n");
}

TEST_CASE("operands keep their order in a pruned graph") {
  Tape tape;
  const Recorded a(tape, tape.input("a", Tensor()));
  const Recorded b(tape, tape.input("b", Tensor()));
  const Recorded difference = b - a;
  const Recorded quotient = b / difference;
  const Recorded power = pow(quotient, quotient);
  const Graph copy = pruned(tape.graph(), nodes_between(tape.graph(), {}, std::array{power.node()}));
  CHECK(to_text(copy) == to_text(tape.graph()));
}

TEST_CASE("liveness says when a value is last used, and what is needed at once") {
  const Example example;
  const Liveness live = liveness(example.tape.graph(), std::array{example.z});
  CHECK(live.last_use == std::vector<NodeId>{3, 2, 5, 3, 5, 6});
  // While y is computed: x, w, y; while aside is: x, y, aside; then y, e; then y, e, z. 32 bytes each.
  CHECK(live.peak_bytes == 96);
  CHECK(live.peak_at == example.y);
  CHECK(liveness(Tape().graph(), {}).peak_bytes == 0);
}

TEST_CASE("values are found by name") {
  const Example example;
  CHECK(find_node(example.tape.graph(), "z") == example.z);
  CHECK(find_node(example.tape.graph(), "v4") == std::nullopt);
}

}  // namespace
}  // namespace chalktape::engine
