// The two sweeps in numbers.
#include "symbolic/roads/trace.hpp"

#include <string>

#include "symbolic/roads/numbers.hpp"
#include "symbolic/roads/sample.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/lower/lowered.hpp"

namespace chalktape {
namespace {

using engine::DType;
using engine::Tensor;

}  // namespace

TEST_CASE("a trace shows every node, contribution and sum") {
  roads::Request request;
  request.dtype = DType::f64;
  request.data = {{"x", Tensor::from({1, 2}, std::vector<double>{1, 3}, DType::f64)},
                  {"dy", Tensor::from({1, 2}, std::vector<double>{10, 100}, DType::f64)}};
  const auto layer = tests::layer_of(
      "layer centred(x[N,D]; c = 2)\n  mu[i]  = mean[j](x[i,j])\n  y[i,j] = c*(x[i,j] - mu[i])/3\n  return y\n");
  const auto problem = roads::make_problem(layer, request, roads::tracing_sizes);
  CHECK(roads::trace(problem, false) == R"(centred: N = 1, D = 2, seed 1

FORWARD

x  [N x D]
    1  3

c
    2

mu = mean of x over D  [N]
    2

v3 = mu as Nx1  [N x 1]
    2

v4 = x - v3  [N x D]
    -1   1

v6 = c/3
    0.66667

y = v6*v4  [N x D]
    -0.66667   0.66667

BACKWARD

dy is the upstream gradient  [N x D]
     10  100

y = v6*v4
  dv4 = dy*v6
    6.6667  66.667

v4 = x - v3
  dx = dv4
    6.6667  66.667
  dv3 = -dv4, summed over D
    -73.333

v3 = mu as Nx1
  dmu = dv3, moved back
    -73.333

mu = mean of x over D
  dx += dmu/2, for each entry of x
    -36.667  -36.667
  so far dx
    -30   30

dx is complete

GRADIENTS

dx  [N x D]
    -30   30
)");
}

TEST_CASE("a trace in Unicode typesets the names") {
  const auto layer = tests::layer_of("layer f(x[N])\n  xhat[i] = sqrt(x[i])\n  return xhat\n");
  const auto problem = roads::make_problem(layer, {}, roads::tracing_sizes);
  CHECK_THAT(roads::trace(problem, true), Catch::Matchers::Contains("x̂ = sqrt(x)  [N]"));
}

TEST_CASE("a trace that nobody could read is refused") {
  roads::Request request;
  request.sizes = {{"N", 1001}};
  const auto layer = tests::layer_of("layer f(x[N])\n  y[i] = 2*x[i]\n  return y\n");
  const auto problem = roads::make_problem(layer, request, roads::tracing_sizes);
  CHECK_THROWS_WITH(roads::trace(problem, false),
                    "x has more than 1000 entries, and every number is printed: give smaller sizes");
}

TEST_CASE("numbers stand in aligned columns, tensors of higher rank matrix by matrix") {
  CHECK(roads::number_text(-0.0) == "0");
  CHECK(roads::number_text(1.0 / 3) == "0.33333");
  CHECK(roads::number_text(-123456789) == "-1.2346e+08");
  const Tensor t = Tensor::from({2, 2, 1}, std::vector<double>{1, -2, 30, 4}, DType::f64);
  CHECK(roads::matrix_text(t, "  ", {"N", "C", "S"}) == "  [N=1]\n   1\n  -2\n  [N=2]\n  30\n   4\n");
}

}  // namespace chalktape
