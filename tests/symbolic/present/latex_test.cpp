// Expressions in LaTeX.
#include "symbolic/present/latex.hpp"

#include "symbolic/notation/resolve.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/present/random_tree.hpp"

namespace chalktape {
namespace {

language::Layer latex_layer() {
  return notation::load_layers(
             "layer f(x[N,D], gamma[D], running_mean[D], W[D,D]; eps)\n"
             "  mu[j]      = mean[i](x[i,j])\n"
             "  var[j]     = mean[i]((x[i,j] - mu[j])^2)\n"
             "  xhat[i,j]  = (x[i,j] - mu[j])/sqrt(var[j] + eps)\n"
             "  normbar[j] = mu[j]\n"
             "  mu_b[j]    = mu[j]\n"
             "  show var as \\sigma^2\n"
             "  show mu_b as \\mu_B\n"
             "  return xhat\n",
             "f.chalk")
      .front();
}

}  // namespace

TEST_CASE("formulas in LaTeX", "[present]") {
  const auto [text, latex] = GENERATE(table<std::string, std::string>({
      {"gamma[j]*xhat[i,j] + eps", R"(\gamma_{j}\,\hat{x}_{ij} + \varepsilon)"},
      {"gamma[j]*N/D*x[i,j]", R"(\frac{\gamma_{j}\,N}{D}\,x_{ij})"},
      {"x[i,j]*(1/N)", R"(x_{ij}\,\frac{1}{N})"},
      {"-(1/N)", R"(-\frac{1}{N})"},
      {"(x[i,j] - 1)*2", R"(\left(x_{ij} - 1\right) \cdot 2)"},
      {"2*3^2*4*N", R"(2 \cdot 3^{2} \cdot 4\,N)"},
      {"(var[j] + eps)^(-1/2)", R"(\left(\sigma^2_{j} + \varepsilon\right)^{-1/2})"},
      {"x[i,j]^(3/N)", R"(x_{ij}^{3/N})"},
      {"x[i,j]^(N + 1)", R"(x_{ij}^{N + 1})"},
      {"x[i,j]^-(N*2)", R"(x_{ij}^{-N \cdot 2})"},
      {"x[i,j]^((N + 1)/2)", R"(x_{ij}^{\frac{N + 1}{2}})"},
      {"var[j]^2", R"(\left(\sigma^2_{j}\right)^{2})"},
      {"(x[i,j]/N)^2", R"(\left(\frac{x_{ij}}{N}\right)^{2})"},
      {"exp(x[i,j])^2", R"(\left(\exp\left(x_{ij}\right)\right)^{2})"},
      {"sqrt(N)", R"(\sqrt{N})"},
      {"abs(x[i,j])^2", R"(\left|x_{ij}\right|^{2})"},
      {"sigmoid(x[i,j])", R"(\operatorname{sigmoid}\left(x_{ij}\right))"},
      {"max(x[i,j], 0)", R"(\max\left(x_{ij}, 0\right))"},
      {"sum[k](x[i,k]*W[k,j])", R"(\sum_{k=1}^{D} x_{ik}\,W_{kj})"},
      {"sum[k,l](x[k,l] + 1)", R"(\sum_{k=1}^{N} \sum_{l=1}^{D} \left(x_{kl} + 1\right))"},
      {"sum[k](x[k,j])*N", R"(\left(\sum_{k=1}^{N} x_{kj}\right)\,N)"},
      {"sum[k](x[k,j])/N", R"(\frac{\sum_{k=1}^{N} x_{kj}}{N})"},
      {"N*sum[k](x[k,j])", R"(N\,\sum_{k=1}^{N} x_{kj})"},
      {"mean[k,l](x[k,l])", R"(\frac{1}{N\,D}\sum_{k=1}^{N} \sum_{l=1}^{D} x_{kl})"},
      {"max[k](x[k,j])", R"(\max_{k} x_{kj})"},
      {"delta[i,k]*x[i,2]", R"(\delta_{ik}\,x_{i,2})"},
      {"dx[i,j]", R"(\mathrm{d}x_{ij})"},
      {"dx[i,j]^2", R"(\left(\mathrm{d}x_{ij}\right)^{2})"},
      {"dxhat_total[i,j]", R"(\mathrm{d}\hat{x}_{ij}^{\mathrm{tot}})"},
      {"diff(xhat[k,l], x[i,j])", R"(\frac{\partial \hat{x}_{kl}}{\partial x_{ij}})"},
      {"diff(xhat[k,l], x[i,j]; mu, var)",
       R"(\left.\frac{\partial \hat{x}_{kl}}{\partial x_{ij}}\right|_{\mu,\sigma^2})"},
      {"diff(2*x[k,l], x[i,j])", R"(\frac{\partial}{\partial x_{ij}}\left(2\,x_{kl}\right))"},
      {"running_mean[j]", R"(\mathrm{running\_mean}_{j})"},
      {"normbar[j]", R"(\overline{\mathrm{norm}}_{j})"},
      {"mu_b[j]", R"({{}\mu_B}_{j})"},
      {"1e-5 + 2.5e+3*pi", R"(10^{-5} + 2.5 \cdot 10^{3}\,\pi)"},
      {"x[i,alpha]*gamma[alpha]", R"(x_{i,\alpha}\,\gamma_{\alpha})"},
  }));
  const language::Layer layer = latex_layer();
  CHECK(present::to_latex(notation::parse_expression(text, layer).value, layer) == latex);
}

TEST_CASE("gradients have three notations in LaTeX", "[present]") {
  using present::GradientNotation;
  const language::Layer layer = latex_layer();
  const auto e = notation::parse_expression("dxhat[i,j]", layer).value;
  CHECK(present::to_latex(e, {layer, GradientNotation::leibniz}) == R"(\frac{\partial L}{\partial \hat{x}_{ij}})");
  CHECK(present::to_latex(e, {layer, GradientNotation::bar}) == R"(\overline{\hat{x}}_{ij})");
  const auto total = notation::parse_expression("dxhat_total[i,j]", layer).value;
  CHECK(present::to_latex(total, {layer, GradientNotation::leibniz}) ==
        R"(\frac{\mathrm{d}L}{\mathrm{d}\hat{x}_{ij}})");
}

TEST_CASE("a definition in LaTeX", "[present]") {
  const language::Layer layer = latex_layer();
  CHECK(present::to_latex(layer.definitions[0], layer) == R"(\mu_{j} = \frac{1}{N}\sum_{i=1}^{N} x_{ij})");
}

TEST_CASE("any tree gives balanced LaTeX", "[present]") {
  using present::GradientNotation;
  const language::Layer layer = layer_of_random_trees();
  const auto count = [](const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
  };
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    for (const auto notation : {GradientNotation::d, GradientNotation::leibniz, GradientNotation::bar}) {
      const std::string latex = present::to_latex(random_tree(seed, 30), {layer, notation});
      INFO("seed " << seed << ": " << latex);
      CHECK(count(latex, "{") == count(latex, "}"));
      CHECK(count(latex, R"(\left)") == count(latex, R"(\right)"));
    }
  }
}

}  // namespace chalktape
