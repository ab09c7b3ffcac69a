#include "docs/pages/naive_norm.hpp"

#include <cmath>

namespace chalktape::docs {

namespace {

using engine::Tensor;

// Numbers that are normalised together lie `step` apart; the groups, `group` apart.
struct Layout {
  std::int64_t groups, members, group, step;
};

class NaiveRoad final : public roads::Road {
 public:
  [[nodiscard]] std::string_view name() const override { return "naive"; }
  [[nodiscard]] std::optional<std::string> unavailable(const language::Layer& layer) override {
    if (layer.name == "batch_norm" || layer.name == "layer_norm") return std::nullopt;
    return "no naive form of this layer";
  }
  [[nodiscard]] roads::Walk walk(const roads::Problem& problem) override {
    return engine::dispatch(problem.dtype, [&]<class T>() { return run<T>(problem); });
  }

 private:
  template <class T>
  static roads::Walk run(const roads::Problem& problem) {
    const Tensor x = problem.tensors.at("x").contiguous();
    const Tensor gamma = problem.tensors.at("gamma").contiguous();
    const Tensor dy = problem.upstream.at("y").contiguous();
    const std::int64_t n = x.shape()[0];
    const std::int64_t d = x.shape()[1];
    Tensor dx = Tensor::zeros(x.shape(), problem.dtype);
    Tensor dgamma = Tensor::zeros(gamma.shape(), problem.dtype);
    Tensor dbeta = Tensor::zeros(gamma.shape(), problem.dtype);
    const Layout layout = problem.layer.name == "batch_norm" ? Layout{d, n, 1, d} : Layout{n, d, d, 1};
    const auto eps = static_cast<T>(problem.constants.at("eps"));
    const auto count = static_cast<T>(layout.members);
    for (std::int64_t g = 0; g < layout.groups; ++g) {
      const auto at = [&](std::int64_t k) { return g * layout.group + k * layout.step; };
      T sum = 0;
      T squares = 0;
      for (std::int64_t k = 0; k < layout.members; ++k) {
        const T v = x.data<T>()[at(k)];
        sum += v;
        squares += v * v;
      }
      const T mean = sum / count;
      const T istd = 1 / std::sqrt(squares / count - mean * mean + eps);
      T sum_dxhat = 0;
      T sum_dxhat_xhat = 0;
      const auto xhat = [&](std::int64_t k) { return (x.data<T>()[at(k)] - mean) * istd; };
      const auto dxhat = [&](std::int64_t k) { return dy.data<T>()[at(k)] * gamma.data<T>()[at(k) % d]; };
      for (std::int64_t k = 0; k < layout.members; ++k) {
        dbeta.data<T>()[at(k) % d] += dy.data<T>()[at(k)];
        dgamma.data<T>()[at(k) % d] += dy.data<T>()[at(k)] * xhat(k);
        sum_dxhat += dxhat(k);
        sum_dxhat_xhat += dxhat(k) * xhat(k);
      }
      for (std::int64_t k = 0; k < layout.members; ++k) {
        dx.data<T>()[at(k)] = istd / count * (count * dxhat(k) - sum_dxhat - xhat(k) * sum_dxhat_xhat);
      }
    }
    roads::Walk walk;
    walk.gradients = {{"x", dx}, {"gamma", dgamma}, {"beta", dbeta}};
    return walk;
  }
};

}  // namespace

std::unique_ptr<roads::Road> naive_norm_road() { return std::make_unique<NaiveRoad>(); }

}  // namespace chalktape::docs
