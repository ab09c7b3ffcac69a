// The kernels written by hand against the 50-digit reference, on every vector unit of this machine.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <hwy/targets.h>

#include "engine/tensor/random.hpp"
#include "symbolic/check/reference.hpp"
#include "symbolic/roads/road.hpp"
#include "symbolic/roads/sample.hpp"
#include "tests/catch.hpp"
#include "tests/distance.hpp"
#include "tests/symbolic/lower/lowered.hpp"

namespace chalktape {
namespace {

using engine::DType;
using engine::Tensor;

/// x has that mean and standard deviation 1.
roads::Problem problem_of(const std::string& layer, DType dtype, std::int64_t n, std::int64_t d, double mean) {
  engine::Random random(7);
  std::vector<double> x(static_cast<std::size_t>(n * d));
  for (double& v : x) v = mean + random.normal();
  roads::Request request;
  request.dtype = dtype;
  request.data = {{"x", Tensor::from({n, d}, x, DType::f64).to(dtype)}};
  return roads::make_problem(tests::builtin(layer), request, roads::comparison_sizes);
}

check::Reference reference_of(const roads::Problem& problem) {
  check::Inputs inputs{problem.sizes, {}, problem.constants, {}};
  for (const auto& [name, tensor] : problem.tensors) inputs.tensors.emplace(name, tensor.to_vector());
  for (const auto& [name, tensor] : problem.upstream) inputs.upstream.emplace(name, tensor.to_vector());
  return check::reference(problem.layer, inputs);
}

struct Distance {
  double absolute = 0, largest = 0;
  [[nodiscard]] double of_largest() const { return absolute / largest; }
  /// In units in the last place of the reference's largest entry.
  [[nodiscard]] double ulp(DType dtype) const {
    return absolute / std::ldexp(1.0, std::ilogb(largest) - (dtype == DType::f32 ? 23 : 52));
  }
};

Distance distance(const Tensor& gradient, const std::vector<check::Precise>& exact) {
  tests::LargestError absolute, largest;
  for (std::int64_t k = 0; k < gradient.size(); ++k) {
    const check::Precise& e = exact[static_cast<std::size_t>(k)];
    absolute.see(std::abs((gradient.item(k) - e.high) - e.low));
    largest.see(std::abs(e.high));
  }
  return {absolute.value(), largest.value()};
}

/// Calls check(gradients) with the kernel's gradients on each vector unit.
template <class Check>
void on_every_unit(const roads::Problem& problem, const Check& check) {
  const std::int64_t supported = hwy::SupportedTargets();
  for (const std::int64_t target : {HWY_AVX3, HWY_AVX2, HWY_SSE4, HWY_NEON, HWY_EMU128, HWY_SCALAR}) {
    if ((supported & target) == 0) continue;
    INFO(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    const auto gradients = roads::fused_road()->walk(problem).gradients;
    hwy::SetSupportedTargetsForTest(0);
    check(gradients);
  }
}

TEST_CASE("dx is within 4 ulp of its largest entry, however far the mean is from 0") {
  for (const char* layer : {"batch_norm", "layer_norm"}) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      for (const double mean : {0.0, 1e2, 1e4}) {
        for (const auto& [n, d] : {std::pair<std::int64_t, std::int64_t>{150, 20}, {20, 150}}) {
          INFO(layer << " " << name_of(dtype) << " N " << n << " D " << d << " mean/std " << mean);
          const roads::Problem problem = problem_of(layer, dtype, n, d, mean);
          const check::Reference exact = reference_of(problem);
          on_every_unit(problem, [&](const auto& gradients) {
            CHECK(distance(gradients.at("x"), exact.gradients.at("x")).ulp(dtype) < 4);
            CHECK(distance(gradients.at("gamma"), exact.gradients.at("gamma")).ulp(dtype) < 4);
            CHECK(distance(gradients.at("beta"), exact.gradients.at("beta")).ulp(dtype) < 4);
          });
        }
      }
    }
  }
}

TEST_CASE("65536 rows: dgamma and dbeta are within 1e-6 of their largest entry, in f32") {
  const roads::Problem problem = problem_of("batch_norm", DType::f32, 65536, 2, 0);
  const check::Reference exact = reference_of(problem);
  on_every_unit(problem, [&](const auto& gradients) {
    CHECK(distance(gradients.at("gamma"), exact.gradients.at("gamma")).of_largest() < 1e-6);
    CHECK(distance(gradients.at("beta"), exact.gradients.at("beta")).of_largest() < 1e-6);
    CHECK(distance(gradients.at("x"), exact.gradients.at("x")).ulp(DType::f32) < 4);
  });
}

}  // namespace
}  // namespace chalktape
