// What the engine's headers allow threads to do at once. The preset tsan builds it with the thread sanitizer, which
// also sees the races that a run happens to win.
#include <array>
#include <thread>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/tape/recorded.hpp"
#include "tests/catch.hpp"
#include "tests/engine/norms.hpp"
#include "tests/engine/random_graph.hpp"

namespace chalktape::engine {
namespace {

constexpr int threads = 4;
/// OpenMP's own threads are not what is tested, and its library is not one that the sanitizer sees through.
constexpr int members = 1;

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
