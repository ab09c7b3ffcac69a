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

}  // namespace chalktape
