// Prints derivations of layers whose products GiNaC writes with one sign or the other, as its hashes have it.
#include <iostream>

#include "symbolic/derive/derive.hpp"
#include "symbolic/notation/resolve.hpp"
#include "symbolic/present/text.hpp"

namespace {

constexpr const char* layers = R"(layer pairs(x[N,D])
  d2[i,j] = sum[c]((x[i,c] - x[j,c])^2)
  r[i,j,c] = x[i,c] - x[j,c]
  y = sum[i,j](exp(-d2[i,j])) + sum[i,j,c](r[i,j,c]^3)
  return y

layer binary_cross_entropy(x[N,D], t[N,D])
  p[i,j] = sigmoid(x[i,j])
  L = -mean[i,j](t[i,j]*log(p[i,j]) + (1 - t[i,j])*log(1 - p[i,j]))
  return L

layer range(x[N,D])
  lo[j] = min[i](x[i,j])
  hi[j] = max[i](x[i,j])
  y[i,j] = (x[i,j] - lo[j])/(hi[j] - lo[j])
  return y

layer gelu_by_tanh(x[N,D])
  y[i,j] = 0.5*x[i,j]*(1 + tanh(sqrt(2/pi)*(x[i,j] + 0.044715*x[i,j]^3)))
  return y

layer correlation(x[N], z[N])
  mx = mean[i](x[i])
  mz = mean[i](z[i])
  r = mean[i]((x[i] - mx)*(z[i] - mz))/sqrt(mean[i]((x[i] - mx)^2)*mean[i]((z[i] - mz)^2))
  return r

layer gram(x[N,D])
  g[i,j] = mean[k](x[k,i]*x[k,j])
  y = sum[i,j]((g[i,j] - delta[i,j])^2)
  return y
)";

using namespace chalktape;

void print(const derive::Gradient& gradient) {
  for (const auto& derivative : gradient.derivatives) print(derivative);
  std::cout << present::to_text(gradient.left) << '\n';
  for (const auto& step : gradient.steps) {
    std::cout << "  [" << step.rule << "] " << present::to_text(step.after) << "\n  " << present::to_text(step.why)
              << '\n';
  }
  std::cout << "  " << gradient.cost.sums << ' ' << gradient.cost.sweeps << ' ' << gradient.cost.flops << '\n';
}

}  // namespace

int main() {
  for (const auto& layer : notation::load_layers(layers, "page.chalk")) {
    for (const auto style : {derive::Style::staged, derive::Style::direct}) {
      std::cout << layer.name << '\n';
      for (const auto& gradient : derive::derive(layer, {.style = style}).gradients) print(gradient);
    }
  }
}
