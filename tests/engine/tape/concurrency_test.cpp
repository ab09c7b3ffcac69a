// What the engine's headers allow threads to do at once, and the threads that it starts itself. The preset tsan builds
// it with the thread sanitizer, which also sees the races that a run happens to win.
#include <array>
#include <thread>
#include <vector>

#include <omp.h>

#include "engine/plan/plan.hpp"
#include "engine/tape/recorded.hpp"
#include "tests/catch.hpp"
#include "tests/engine/norms.hpp"
#include "tests/engine/random_graph.hpp"

namespace chalktape::engine {
namespace {

constexpr int threads = 4;
constexpr int members = 3;

using Numbers = std::vector<std::vector<double>>;

/// work(0) … work(3), one after the other and then at the same time, give the same.
template <class F>
void same_at_once(F work) {
  std::array<Numbers, threads> alone, at_once;
  for (int k = 0; k < threads; ++k) alone[k] = work(k);
  std::vector<std::thread> running;
  for (int k = 0; k < threads; ++k) running.emplace_back([&, k] { at_once[k] = work(k); });
  for (std::thread& thread : running) thread.join();
  for (int k = 0; k < threads; ++k) {
    CAPTURE(k);
    CHECK(at_once[k] == alone[k]);
  }
}

TEST_CASE("each thread its own tape and plan") {
  same_at_once([](int k) {
    Numbers found;
    for (int round = 0; round < 5; ++round) {
      RandomGraph graph(static_cast<std::uint32_t>(1 + 10 * k + round), DType::f64, true);
      Plan plan(graph.tape, graph.inputs, graph.outputs, members);
      for (const Tensor& result : plan.run(graph.fresh_inputs())) found.push_back(result.to_vector());
    }
    return found;
  });
}

TEST_CASE("tensors may be read by all, each tape differentiating through them") {
  const Tensor shared = Samples(7).tensor({40, 30}, {-1, 1}, DType::f32);
  same_at_once([&](int k) {
    Tape tape;
    const NodeId node = tape.input("x", shared);
    const Recorded x(tape, node);
    const Recorded y = sum(exp(x) * x, {{k % 2}, false});
    const Tensor ones = Tensor::full(y.value().shape(), 1, DType::f32);
    const auto gradients = tape.backward(std::array{std::pair{y.node(), ones}}, std::array{node});
    return Numbers{y.value().to_vector(), gradients.of(node).to_vector()};
  });
}

TEST_CASE("kernels on the same input, into results of their own") {
  const auto layer = kernels::sample(64, 48, {-2, 2}, DType::f32);
  same_at_once([&](int k) {
    const auto norm = k % 2 == 0 ? kernels::Norm::batch : kernels::Norm::layer;
    const auto result = kernels::run<float>(norm, layer, members);
    return Numbers{result.y.to_vector(), result.dx.to_vector(), result.dgamma.to_vector(), result.dbeta.to_vector()};
  });
}

// Large enough to be shared out.
TEST_CASE("the members of a team do what one does alone") {
  const Tensor x = Samples(8).tensor({700, 300}, {-2, 2}, DType::f32);
  const auto layer = kernels::sample(700, 300, {-2, 2}, DType::f32);
  const auto results = [&](int count) {
    omp_set_num_threads(count);
    Numbers found;
    for (const std::vector<int>& axes : {std::vector{0}, std::vector{1}, std::vector{0, 1}}) {
      Tape tape;
      const NodeId node = tape.input("x", x);
      const Recorded in(tape, node);
      const Recorded y = sum(exp(in - mean(in, {axes, true})) * in, {axes, false});
      const NodeId upstream = tape.constant(Tensor::full(y.value().shape(), 1, DType::f32));
      const NodeId slope = tape.record_backward(std::array{std::pair{y.node(), upstream}}, std::array{node}).front();
      Plan plan(tape, std::array{node}, std::array{y.node(), slope}, count);
      found.push_back(y.value().to_vector());
      found.push_back(tape.value(slope).to_vector());
      for (const Tensor& result : plan.run(std::array{x})) found.push_back(result.to_vector());
    }
    for (const kernels::Norm norm : {kernels::Norm::batch, kernels::Norm::layer}) {
      const auto result = kernels::run<float>(norm, layer, count);
      for (const Tensor& part : {result.y, result.dx, result.dgamma, result.dbeta}) found.push_back(part.to_vector());
    }
    return found;
  };
  const int before = omp_get_max_threads();
  const Numbers alone = results(1);
  const Numbers shared = results(members);
  omp_set_num_threads(before);
  CHECK(shared == alone);
}

TEST_CASE("memory that one thread gives back is used by another") {
  same_at_once([](int k) {
    Numbers found;
    for (int round = 0; round < 50; ++round) {
      const Tensor a = Tensor::full({100 * (k + 1), round + 1}, k, DType::f64), b = a.copy();
      found.push_back({b.item(b.size() - 1)});
    }
    return found;
  });
}

}  // namespace
}  // namespace chalktape::engine
