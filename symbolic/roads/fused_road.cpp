#include <string>
#include <vector>

#include "engine/kernels/batch_norm.hpp"
#include "symbolic/layers.hpp"
#include "symbolic/notation/resolve.hpp"
#include "symbolic/roads/alpha.hpp"
#include "symbolic/roads/road.hpp"

namespace chalktape::roads {
namespace {

using engine::Tensor;
namespace kernels = engine::kernels;

/// From the built-in layer's names to this layer's, where it is the layer that the kernel computes.
std::optional<std::map<std::string, std::string>> batch_norm_names(const language::Layer& layer) {
  const language::BuiltinLayer* const builtin = language::find_builtin_layer("batch_norm");
  if (builtin == nullptr) return std::nullopt;
  const auto layers = notation::load_layers(std::string(builtin->source), std::string(builtin->name) + ".chalk");
  return correspondence(layers.front(), layer);
}

class FusedRoad final : public Road {
 public:
  [[nodiscard]] std::string_view name() const override { return "fused"; }

  [[nodiscard]] std::optional<std::string> unavailable(const language::Layer& layer) override {
    if (batch_norm_names(layer)) return std::nullopt;
    return "no kernel written by hand computes this layer";
  }

  [[nodiscard]] Walk walk(const Problem& problem) override {
    return engine::dispatch(problem.dtype, [&]<class T>() { return run<T>(problem); });
  }

 private:
  template <class T>
  static Walk run(const Problem& problem) {
    const auto names = batch_norm_names(problem.layer).value();
    const auto tensor = [&](const char* name) { return problem.tensors.at(names.at(name)).contiguous(); };
    const Tensor x = tensor("x");
    const Tensor gamma = tensor("gamma");
    const Tensor beta = tensor("beta");
    const Tensor dy = problem.upstream.at(names.at("y")).contiguous();
    const std::int64_t n = x.shape()[0];
    const std::int64_t d = x.shape()[1];
    Tensor y = Tensor::zeros(x.shape(), problem.dtype);
    Tensor dx = Tensor::zeros(x.shape(), problem.dtype);
    Tensor dgamma = Tensor::zeros(gamma.shape(), problem.dtype);
    Tensor dbeta = Tensor::zeros(beta.shape(), problem.dtype);

    const kernels::Rows<const T> rows{x.data<T>(), d};
    const auto saved =
        kernels::batch_norm_forward<T>(n, d, rows, gamma.data<T>(), beta.data<T>(),
                                       problem.constants.at(names.at("eps")), kernels::Rows<T>{y.data<T>(), d});
    kernels::batch_norm_backward<T>(n, d, rows, kernels::Rows<const T>{dy.data<T>(), d}, gamma.data<T>(), saved,
                                    kernels::Rows<T>{dx.data<T>(), d}, dgamma.data<T>(), dbeta.data<T>());
    Walk walk;
    walk.gradients = {{names.at("x"), dx}, {names.at("gamma"), dgamma}, {names.at("beta"), dbeta}};
    // As engine/kernels/batch_norm.hpp states them: the sums, then dx; x is kept.
    walk.cost = {2, 1};
    return walk;
  }
};

}  // namespace

std::unique_ptr<Road> fused_road() { return std::make_unique<FusedRoad>(); }

}  // namespace chalktape::roads
