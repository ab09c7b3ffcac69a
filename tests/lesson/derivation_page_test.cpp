// `derive --format html`: the derivation alone.
#include "lesson/derivation_page.hpp"

#include <string>

#include "symbolic/check/verify.hpp"
#include "symbolic/derive/derive.hpp"
#include "symbolic/notation/resolve.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/layers.hpp"

namespace chalktape {
namespace {

using Catch::Matchers::Contains;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("a derivation is a page of its own, without a script") {
  const auto derivation = check::verified_derivation(tests::builtin("batch_norm"));
  const std::string page = lesson::write_derivation(derivation, {.source = "layer <b>"});
  CHECK_THAT(page, Catch::Matchers::StartsWith("<!doctype html>\n"));
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("script-src") == std::string::npos);
  CHECK(page.find("http://") == std::string::npos);
  CHECK(page.find("https://") == std::string::npos);
  CHECK_THAT(page, Contains("layer &lt;b&gt;"));
  CHECK_THAT(page, Contains(">The derivation<") && Contains(">Results<") && Contains("id=\"rule-chain-rule\""));
  CHECK(count(page, "class=\"gradient\"") == derivation.gradients.size());
  CHECK(count(page, "Checked: ") == count(page, "class=\"step\""));
  CHECK(page == lesson::write_derivation(derivation, {.source = "layer <b>"}));
}

TEST_CASE("the page shows what is asked for, as it is asked for") {
  const auto layer = tests::builtin("batch_norm");
  const auto derivation = check::verified_derivation(layer);
  const auto steps = [&](report::Detail detail) {
    return count(lesson::write_derivation(derivation, {.source = "", .detail = detail}), "class=\"step\"");
  };
  CHECK(steps(report::Detail::brief) < steps(report::Detail::normal));
  CHECK(steps(report::Detail::normal) < steps(report::Detail::full));
  const std::string beta = lesson::write_derivation(derivation, {.source = "", .tensors = {"beta"}});
  CHECK(count(beta, "class=\"gradient\"") == 1);
  const std::string leibniz =
      lesson::write_derivation(derivation, {.source = "", .notation = present::GradientNotation::leibniz});
  CHECK_THAT(leibniz, Contains("<mo>∂</mo>") || Contains("∂"));
  const auto e = notation::parse_expression("xhat[k,l]", layer, {.forward_only = true});
  const auto jacobian = check::verified_jacobians(layer, derive::derivatives_of(layer, e, {"x"}));
  CHECK_THAT(lesson::write_derivation(jacobian, {}), Contains("The derivative "));
}

}  // namespace chalktape
