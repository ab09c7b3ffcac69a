// Layers that are the same but for their names.
#include "symbolic/roads/alpha.hpp"

#include <string>

#include "symbolic/roads/road.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/lower/lowered.hpp"

namespace chalktape {
namespace {

const std::string centred = R"(layer centred(x[N,D])
  m[j]   = mean[i](x[i,j])
  y[i,j] = x[i,j] - m[j]
  return y
)";

bool corresponds(const std::string& text) {
  return roads::correspondence(tests::layer_of(centred), tests::layer_of(text)).has_value();
}

}  // namespace

TEST_CASE("renaming everything keeps the correspondence") {
  const auto names = roads::correspondence(tests::layer_of(centred), tests::layer_of(R"(layer f(h[B,C])
  average[c] = mean[b](h[b,c])
  z[n,k]     = h[n,k] - average[k]
  return z
)"));
  REQUIRE(names.has_value());
  CHECK(names->at("x") == "h");
  CHECK(names->at("N") == "B");
  CHECK(names->at("m") == "average");
  CHECK(names->at("y") == "z");
}

TEST_CASE("what computes something else does not correspond") {
  CHECK(corresponds(centred));
  CHECK_FALSE(corresponds("layer centred(x[N,D])\n  m[j] = sum[i](x[i,j])\n  y[i,j] = x[i,j] - m[j]\n  return y\n"));
  CHECK_FALSE(corresponds("layer centred(x[N,D])\n  m[j] = mean[i](x[i,j])\n  y[i,j] = x[i,j] + m[j]\n  return y\n"));
  CHECK_FALSE(corresponds("layer centred(x[N,D])\n  m[i] = mean[j](x[i,j])\n  y[i,j] = x[i,j] - m[i]\n  return y\n"));
  CHECK_FALSE(
      corresponds("layer centred(x[N,D])\n  m[j] = mean[i](x[i,j])\n  y[i,j] = x[i,j] - m[j]\n  return y, m\n"));
  CHECK_FALSE(
      corresponds("layer centred(x[N,D]; e)\n  m[j] = mean[i](x[i,j])\n  y[i,j] = x[i,j] - m[j]\n  return y\n"));
  CHECK_FALSE(corresponds("layer centred(x[N,N])\n  m[j] = mean[i](x[i,j])\n  y[i,j] = x[i,j] - m[j]\n  return y\n"));
}

TEST_CASE("names correspond one to one") {
  const auto sum = tests::layer_of("layer f(a[N], b[N])\n  y[i] = a[i] + b[i]\n  return y\n");
  const auto twice = tests::layer_of("layer f(a[N], b[N])\n  y[i] = a[i] + a[i]\n  return y\n");
  CHECK(roads::correspondence(sum, sum).has_value());
  CHECK_FALSE(roads::correspondence(sum, twice).has_value());
  CHECK_FALSE(roads::correspondence(twice, sum).has_value());
}

TEST_CASE("the kernels are offered to what computes batch norm or layer norm, whatever it is called") {
  const auto fused = roads::fused_road();
  CHECK_FALSE(fused->unavailable(tests::layer_of(R"(layer mine(h[B,C], g[C], b[C]; delta0 = 0.1)
  m[k]    = mean[c0](h[k,c0])
  v[k]    = mean[c0]((h[k,c0] - m[k])^2)
  n[r,k]  = (h[r,k] - m[r]) / sqrt(v[r] + delta0)
  out[r,k] = g[k]*n[r,k] + b[k]
  return out
)")));
  CHECK_FALSE(fused->unavailable(tests::layer_of(R"(layer mine(h[B,C], g[C], b[C]; delta0 = 0.1)
  m[k]    = mean[b0](h[b0,k])
  v[k]    = mean[b0]((h[b0,k] - m[k])^2)
  n[r,k]  = (h[r,k] - m[k]) / sqrt(v[k] + delta0)
  out[r,k] = g[k]*n[r,k] + b[k]
  return out
)")));
  CHECK(fused->unavailable(tests::layer_of(R"(layer batch_norm(x[N,D], gamma[D], beta[D]; eps = 1e-5)
  mu[j]     = mean[i](x[i,j])
  var[j]    = mean[i]((x[i,j] - mu[j])^2)
  xhat[i,j] = (x[i,j] - mu[j]) / (sqrt(var[j]) + eps)
  y[i,j]    = gamma[j]*xhat[i,j] + beta[j]
  return y
)")) == "no kernel written by hand computes this layer");
}

}  // namespace chalktape
