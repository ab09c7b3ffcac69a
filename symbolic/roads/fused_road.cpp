#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "engine/kernels/batch_norm.hpp"
#include "engine/kernels/layer_norm.hpp"
#include "symbolic/layers.hpp"
#include "symbolic/notation/resolve.hpp"
#include "symbolic/roads/alpha.hpp"
#include "symbolic/roads/road.hpp"

namespace chalktape::roads {
namespace {

using engine::Tensor;
namespace kernels = engine::kernels;

/// The layer's numbers under the names of the built-in layer that it is, contiguous; x and dy are N×D.
struct NormArrays {
  Tensor x, gamma, beta, dy, y, dx, dgamma, dbeta;
  double eps = 0;

  template <class T>
  static kernels::Rows<const T> rows(const Tensor& t) {
    return {t.data<T>(), t.shape()[1]};
  }
  template <class T>
  static kernels::Rows<T> rows(Tensor& t) {
    return {t.data<T>(), t.shape()[1]};
  }
};

template <class T>
void batch_norm(NormArrays& a) {
  const std::int64_t n = a.x.shape()[0];
  const std::int64_t d = a.x.shape()[1];
  const auto x = NormArrays::rows<T>(std::as_const(a.x));
  const auto saved =
      kernels::batch_norm_forward<T>(n, d, x, a.gamma.data<T>(), a.beta.data<T>(), a.eps, NormArrays::rows<T>(a.y));
  kernels::batch_norm_backward<T>(n, d, x, NormArrays::rows<T>(std::as_const(a.dy)), a.gamma.data<T>(), saved,
                                  NormArrays::rows<T>(a.dx), a.dgamma.data<T>(), a.dbeta.data<T>());
}

template <class T>
void layer_norm(NormArrays& a) {
  const std::int64_t n = a.x.shape()[0];
  const std::int64_t d = a.x.shape()[1];
  const auto x = NormArrays::rows<T>(std::as_const(a.x));
  kernels::LayerNormSaved<T> saved;
  kernels::layer_norm_forward<T>(n, d, x, a.gamma.data<T>(), a.beta.data<T>(), a.eps, NormArrays::rows<T>(a.y), &saved);
  kernels::layer_norm_backward<T>(n, d, x, NormArrays::rows<T>(std::as_const(a.dy)), a.gamma.data<T>(), saved,
                                  NormArrays::rows<T>(a.dx), a.dgamma.data<T>(), a.dbeta.data<T>());
}

struct Kernel {
  std::string_view layer;  ///< the built-in one that it computes
  void (*f32)(NormArrays&);
  void (*f64)(NormArrays&);
  Cost cost;  ///< as the kernel's header states it; x is kept
};

constexpr std::array<Kernel, 2> all_kernels{{
    {"batch_norm", batch_norm<float>, batch_norm<double>, {2, 1}},
    {"layer_norm", layer_norm<float>, layer_norm<double>, {1, 1}},
}};

struct Match {
  const Kernel* kernel = nullptr;
  std::map<std::string, std::string> names;  ///< from the built-in layer's to this layer's
};

std::optional<Match> match(const language::Layer& layer) {
  for (const Kernel& kernel : all_kernels) {
    const language::BuiltinLayer* const builtin = language::find_builtin_layer(kernel.layer);
    if (builtin == nullptr) continue;
    const auto layers = notation::load_layers(std::string(builtin->source), std::string(builtin->name) + ".chalk");
    if (auto names = correspondence(layers.front(), layer)) return Match{&kernel, std::move(*names)};
  }
  return std::nullopt;
}

class FusedRoad final : public Road {
 public:
  [[nodiscard]] std::string_view name() const override { return "fused"; }

  [[nodiscard]] std::optional<std::string> unavailable(const language::Layer& layer) override {
    if (match(layer)) return std::nullopt;
    return "no kernel written by hand computes this layer";
  }

  [[nodiscard]] Walk walk(const Problem& problem) override {
    const Match found = match(problem.layer).value();
    const auto& names = found.names;
    const auto tensor = [&](const char* name) { return problem.tensors.at(names.at(name)).contiguous(); };
    NormArrays a;
    a.x = tensor("x");
    a.gamma = tensor("gamma");
    a.beta = tensor("beta");
    a.dy = problem.upstream.at(names.at("y")).contiguous();
    a.eps = problem.constants.at(names.at("eps"));
    for (Tensor* const result : {&a.y, &a.dx}) *result = Tensor::zeros(a.x.shape(), problem.dtype);
    for (Tensor* const result : {&a.dgamma, &a.dbeta}) *result = Tensor::zeros(a.gamma.shape(), problem.dtype);
    (problem.dtype == engine::DType::f32 ? found.kernel->f32 : found.kernel->f64)(a);
    Walk walk;
    walk.gradients = {{names.at("x"), a.dx}, {names.at("gamma"), a.dgamma}, {names.at("beta"), a.dbeta}};
    walk.cost = found.kernel->cost;
    return walk;
  }
};

}  // namespace

std::unique_ptr<Road> fused_road() { return std::make_unique<FusedRoad>(); }

}  // namespace chalktape::roads
