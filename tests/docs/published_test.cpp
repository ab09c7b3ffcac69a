// The backward formulas that people published: right as they stand in the file, and no cheaper than what is derived.
#include "docs/pages/published.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "symbolic/derive/derive.hpp"
#include "symbolic/language/expression.hpp"
#include "symbolic/layers.hpp"
#include "symbolic/present/text.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/formulas.hpp"

namespace {

using namespace chalktape;

const std::map<std::string, std::vector<docs::PublishedBackward>>& all_claims() {
  static const auto claims = docs::read_published(CHALKTAPE_PUBLISHED);
  return claims;
}

const derive::Derivation& derived(const std::string& layer, derive::Style style) {
  static std::map<std::pair<std::string, derive::Style>, derive::Derivation> derivations;
  const std::pair key(layer, style);
  if (!derivations.contains(key)) derivations.emplace(key, derive::derive(tests::builtin(layer), {.style = style}));
  return derivations.at(key);
}

/// Gradients of which a published form takes fewer operations than the derived one; none takes fewer sums.
const std::set<std::string> cheaper_as_published{
    "affine_batch_norm_relu W", "affine_batch_norm_relu x", "batch_norm x",
    "batch_norm_2d x",          "batch_norm_train x",       "instance_norm x",
};

}  // namespace

TEST_CASE("published backward formulas are right, and with an error of a billionth they are not") {
  for (const auto& [name, claims] : all_claims()) {
    const auto layer = tests::builtin(name);
    for (const auto& claim : claims) {
      INFO(name << ": " << claim.source);
      CHECK_NOTHROW(docs::require_right(claim, layer));
      for (std::size_t i = 0; i < claim.lines.size(); ++i) {
        const auto& line = claim.lines[i];
        if (line.is_where) continue;
        INFO(present::to_text(line.line));
        auto wrong = claim;
        wrong.lines[i].line.value = language::binary(language::Kind::add, line.line.value, language::number("1e-9"));
        CHECK_THROWS_AS(docs::require_right(wrong, layer), std::runtime_error);
      }
    }
  }
}

TEST_CASE("every gradient of every built-in layer costs at most what the best published form costs") {
  for (const auto& builtin : language::builtin_layers()) {
    const std::string name(builtin.name);
    const auto layer = tests::builtin(name);
    REQUIRE(all_claims().contains(name));
    const auto published = docs::best_of(all_claims().at(name), layer);
    for (const auto style : {derive::Style::staged, derive::Style::direct}) {
      for (const auto& [tensor, cost] : docs::costs_of(derived(name, style))) {
        INFO(name << ", " << tensor << ": derived " << cost.sums << " sums, " << cost.flops << " flops, " << cost.sweeps
                  << " sweeps");
        REQUIRE(published.contains(tensor));
        const auto& best = published.at(tensor);
        INFO("published " << best.cost.sums << " sums, " << best.cost.flops << " flops, " << best.cost.sweeps
                          << " sweeps: " << present::to_text(best.line) << " (" << best.source << ")");
        CHECK(cost.sums <= best.cost.sums);
        // Whoever makes the derived form cheaper takes it off the list.
        CHECK((best.cost < cost) == cheaper_as_published.contains(name + " " + tensor));
      }
    }
  }
}

TEST_CASE("a program's cost is what a derivation says of its gradients, names included") {
  for (const auto& builtin : language::builtin_layers()) {
    const auto& derivation = derived(std::string(builtin.name), derive::Style::staged);
    std::set<std::string> intermediate;
    for (const auto& gradient : derivation.gradients) {
      if (!gradient.of_tensor) intermediate.insert(gradient.name);
    }
    const auto costs = docs::costs_of(derivation);
    for (const auto& gradient : derivation.gradients) {
      if (!gradient.of_tensor) continue;
      INFO(builtin.name << ": " << gradient.name);
      const auto& cost = costs.at(gradient.of);
      CHECK(cost.sums == gradient.cost.sums);
      std::set<std::string> names;
      language::collect_names(gradient.value, names);
      const bool reads_others =
          std::any_of(names.begin(), names.end(), [&](const auto& read) { return intermediate.contains(read); });
      if (reads_others) {
        CHECK(cost.flops >= gradient.cost.flops);
        CHECK(cost.sweeps >= gradient.cost.sweeps);
      } else {
        CHECK(cost.flops == gradient.cost.flops);
        CHECK(cost.sweeps == gradient.cost.sweeps);
      }
    }
  }
}

TEST_CASE("a published form pays for the names that it reads, once, and for roots under any name nothing") {
  const auto claims = docs::published_in(
      "about layer_norm\n"
      "claim \"a\"\n"
      "  where r[i] = 1/sqrt(var[i] + eps)  # istd\n"
      "  where s[i] = sum[j](dxhat[i,j])\n"
      "  dxhat[i,j] = dy[i,j]*gamma[j]\n"
      "  dx[i,j] = r[i]*(dxhat[i,j] - s[i]/D - xhat[i,j]*mean[k](dxhat[i,k]*xhat[i,k]))\n",
      "test.chalk");
  const auto layer = tests::builtin("layer_norm");
  const auto& claim = claims.at("layer_norm").at(0);
  CHECK_NOTHROW(docs::require_right(claim, layer));
  const auto cost = docs::costs_of(claim, layer).at("x");
  CHECK(cost.sums == 2);
  CHECK(cost.flops == 10);  // dxhat 1; the sum s 1; r, the differences 2, s/D 1, xhat 1, the mean of a product 3
  CHECK(cost.sweeps == 2);
}

TEST_CASE("what is wrong with a file of published formulas is said with its place") {
  const auto message = [](const std::string& text) {
    try {
      const auto claims = docs::published_in(text, "test.chalk");
      for (const auto& claim : claims.at("softmax")) (void)docs::costs_of(claim, tests::builtin("softmax"));
    } catch (const std::runtime_error& problem) {
      return std::string(problem.what());
    }
    return std::string();
  };
  const std::string head = "about softmax\nclaim \"a\"\n";
  CHECK(message("about no_layer\nclaim \"a\"\n").find(":1:7: error: there is no layer 'no_layer'") !=
        std::string::npos);
  CHECK(message("about softmax\nclaim a\n").find("expected a title in quotation marks") != std::string::npos);
  CHECK(message(head + "  dx[i,j]\n").find("expected an operator or '='") != std::string::npos);
  CHECK(message(head + "  p[i,j] = 1\n").find("p[i,j] is not the gradient of anything") != std::string::npos);
  CHECK(message(head + "  where r[i,j] = dp[i,k]\n").find("the index 'k' is not bound") != std::string::npos);
  CHECK(message(head + "  where r[i] = dp[i,k]\n").find("the index 'k' is not bound") != std::string::npos);
  CHECK(message(head + "  dx[i,j] = q[i,j]\n").find("q") != std::string::npos);
  CHECK(message(head + "  dx[i,j] = e[i,j]*de[i,j]\n").find("de is read but not stated") != std::string::npos);
}
