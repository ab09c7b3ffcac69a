// Expressions as Unicode mathematics.
#include "symbolic/present/unicode.hpp"

#include <algorithm>

#include "symbolic/notation/resolve.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/present/random_tree.hpp"

namespace chalktape {
namespace {

language::Layer unicode_layer() {
  return notation::load_layers(
             "layer f(x[N,D], gamma[D], W[D,D]; eps)\n"
             "  mu[j]     = mean[i](x[i,j])\n"
             "  var[j]    = mean[i]((x[i,j] - mu[j])^2)\n"
             "  xhat[i,j] = (x[i,j] - mu[j])/sqrt(var[j] + eps)\n"
             "  s         = mean[i,j](x[i,j])\n"
             "  mu_b[j]   = mu[j]\n"
             "  show var as \\sigma^2\n"
             "  show s as \\mathcal{S}\n"
             "  show mu_b as \\hat{\\mu}_1\n"
             "  return xhat\n",
             "f.chalk")
      .front();
}

}  // namespace

TEST_CASE("formulas look as on a blackboard", "[present]") {
  const auto [text, unicode] = GENERATE(table<std::string, std::string>({
      {"gamma[j]*xhat[i,j] + eps", "γⱼ·x̂ᵢⱼ + ε"},
      {"(var[j] + eps)^(-1/2)", "(σ²ⱼ + ε)^(−1/2)"},
      {"var[j]^2", "(σ²ⱼ)²"},
      {"x[i,j]^2/x[i,j]^-12", "xᵢⱼ²/xᵢⱼ⁻¹²"},
      {"x[i,j]^N", "xᵢⱼ^N"},
      {"sqrt(x[i,j])*abs(-x[i,j])", "√(xᵢⱼ)·|−xᵢⱼ|"},
      {"max(x[i,j], 0) - sigmoid(x[i,j])", "max(xᵢⱼ, 0) − sigmoid(xᵢⱼ)"},
      {"sum[k](x[i,k]*W[k,j])", "Σₖ xᵢₖ·Wₖⱼ"},
      {"sum[k,l](x[k,l])", "Σₖₗ xₖₗ"},
      {"sum[k](x[k,j] + 1)", "Σₖ(xₖⱼ + 1)"},
      {"sum[k](x[k,j])*gamma[j]", "(Σₖ xₖⱼ)·γⱼ"},
      {"gamma[j]*sum[k](x[k,j])", "γⱼ·Σₖ xₖⱼ"},
      {"gamma[j]*sum[k](x[k,j])*gamma[j]", "γⱼ·(Σₖ xₖⱼ)·γⱼ"},
      {"-sum[k](x[k,j])*gamma[j]", "−(Σₖ xₖⱼ)·γⱼ"},
      {"sum[k](x[k,j]) + gamma[j]", "Σₖ xₖⱼ + γⱼ"},
      {"gamma[j]/sum[k](x[k,j])", "γⱼ/(Σₖ xₖⱼ)"},
      {"sum[k](x[k,j])^2", "(Σₖ xₖⱼ)²"},
      {"mean[k](x[k,j])", "1/N·Σₖ xₖⱼ"},
      {"mean[k,l](x[k,l])", "1/(N·D)·Σₖₗ xₖₗ"},
      {"gamma[j]*mean[k](x[k,j])", "γⱼ·(1/N·Σₖ xₖⱼ)"},
      {"max[k](x[k,j]*2)", "maxₖ(xₖⱼ·2)"},
      {"max[k](x[k,j])^2", "(maxₖ(xₖⱼ))²"},
      {"x[i,d]*delta[d,i2]*gamma[d]*0*delta[i,k]", "x[i,d]·δ[d,i2]·γ[d]·0·δᵢₖ"},
      {"x[1,2]", "x₁₂"},
      {"dx[i,j] + dxhat[i,j] + dgamma[j] + dvar[j]", "dxᵢⱼ + dx̂ᵢⱼ + dγⱼ + dσ²ⱼ"},
      {"dxhat_total[i,j]", "dx̂ᵗᵒᵗᵢⱼ"},
      {"dx[i,j]^2", "(dxᵢⱼ)²"},
      {"diff(xhat[k,l], x[i,j])*2", "∂x̂ₖₗ/∂xᵢⱼ·2"},
      {"2/diff(xhat[k,l], x[i,j])", "2/(∂x̂ₖₗ/∂xᵢⱼ)"},
      {"diff(xhat[k,l], x[i,j]; mu, var)", "(∂x̂ₖₗ/∂xᵢⱼ |μ,σ²)"},
      {"diff(x[k,l] + 1, x[i,j])", "∂(xₖₗ + 1)/∂xᵢⱼ"},
      {"1e-5^2 + pi", "(1e-5)² + π"},
      {"s + mu_b[j]", "s + μ̂₁ⱼ"},
  }));
  const language::Layer layer = unicode_layer();
  CHECK(present::to_unicode(notation::parse_expression(text, layer).value, layer) == unicode);
}

TEST_CASE("gradients have three notations", "[present]") {
  using present::GradientNotation;
  const language::Layer layer = unicode_layer();
  const auto e = notation::parse_expression("N*dxhat[i,j]/dgamma[j] + dx[i,j]^2", layer).value;
  CHECK(present::to_unicode(e, layer) == "N·dx̂ᵢⱼ/dγⱼ + (dxᵢⱼ)²");
  CHECK(present::to_unicode(e, {layer, GradientNotation::leibniz}) == "N·∂L/∂x̂ᵢⱼ/(∂L/∂γⱼ) + (∂L/∂xᵢⱼ)²");
  CHECK(present::to_unicode(e, {layer, GradientNotation::bar}) == "N·x̂̄ᵢⱼ/γ̄ⱼ + (x̄ᵢⱼ)²");
}

TEST_CASE("a definition's left side is set too", "[present]") {
  const language::Layer layer = unicode_layer();
  CHECK(present::to_unicode(layer.definitions[0], layer) == "μⱼ = 1/N·Σᵢ xᵢⱼ");
  CHECK(present::to_unicode(layer.definitions[1], layer) == "σ²ⱼ = 1/N·Σᵢ (xᵢⱼ − μⱼ)²");
}

TEST_CASE("any tree prints in every notation, with balanced parentheses", "[present]") {
  using present::GradientNotation;
  const language::Layer layer = layer_of_random_trees();
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    for (const auto notation : {GradientNotation::d, GradientNotation::leibniz, GradientNotation::bar}) {
      const std::string text = present::to_unicode(random_tree(seed, 30), {layer, notation});
      INFO("seed " << seed << ": " << text);
      CHECK(std::count(text.begin(), text.end(), '(') == std::count(text.begin(), text.end(), ')'));
    }
  }
}

}  // namespace chalktape
