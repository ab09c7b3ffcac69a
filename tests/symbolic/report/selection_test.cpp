// What is said of the checks is what was checked.
#include "symbolic/report/selection.hpp"

#include <string>

#include "symbolic/check/verify.hpp"
#include "symbolic/notation/resolve.hpp"
#include "tests/catch.hpp"

namespace chalktape {
namespace {

std::string said_of(const std::string& text) {
  const auto layers = notation::load_layers(text, "test.chalk");
  const auto derivation = check::verified_derivation(layers.front());
  return present::to_text(report::how_checked(report::select(derivation, {})));
}

}  // namespace

TEST_CASE("a check at an ill-conditioned point is claimed only where there was one") {
  const std::string claim = "one of them ill-conditioned";
  CHECK(said_of("layer f(x[N])\n  y[i] = x[i]^2\n  return y\n").find(claim) != std::string::npos);
  // Has no value where the mean is 1000.
  CHECK(said_of("layer f(x[N])\n  y[i] = log(1 - x[i]^2)\n  return y\n").find(claim) == std::string::npos);
  // Never has a mean of 1000.
  const std::string bounded = "layer f(x[N])\n  assume x[i] > 0\n  assume x[i] < 1\n  y[i] = x[i]^2\n  return y\n";
  CHECK(said_of(bounded).find(claim) == std::string::npos);
}

TEST_CASE("each result's checks are listed, and what is not proved says why") {
  const auto said_of_x = [](const std::string& text) {
    const auto layers = notation::load_layers(text, "test.chalk");
    return present::to_text(report::how_checked(*check::verified_derivation(layers.front()).find("x")));
  };
  CHECK(said_of_x("layer f(x[N,D])\n  y[i,j] = x[i,j]^2\n  return y\n") ==
        "dx[i,j]: 8 identity tests mod 2^61 - 1, 50 digits at 3 points (one ill-conditioned), proved at N = 3, D = 4");
  CHECK(said_of_x("layer f(x; a)\n  y = (a^2 + x^2)^(1/3)\n  return y\n") ==
        "dx: 50 digits at 3 points (one ill-conditioned), proved");
  // A function of a product of sums that has 3^12 terms where it is written out.
  std::string product = "x[i]";
  for (int k = 0; k < 12; ++k) product += "*sum[k](w[k]^" + std::to_string(k + 1) + "*x[k])";
  const std::string large = said_of_x("layer f(x[N], w[N])\n  y[i] = sin(" + product + ")\n  return y\n");
  INFO(large);
  CHECK(large.find(", not proved: too large") != std::string::npos);
}

}  // namespace chalktape
