#include "tests/symbolic/emit/cases.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/tensor/random.hpp"
#include "symbolic/check/checker.hpp"
#include "symbolic/check/verify.hpp"
#include "symbolic/layers.hpp"
#include "symbolic/notation/resolve.hpp"
#include "tests/symbolic/every_function.hpp"
#include "tests/symbolic/layers.hpp"
#include "tests/symbolic/random/generator.hpp"
#include "tests/symbolic/random/layer_text.hpp"

namespace chalktape::tests {
namespace {

constexpr const char* odd_layers = R"(
layer two_outputs(x[N,D], w[D])
  r[i]   = sum[j](x[i,j]*w[j])
  y[i,j] = x[i,j]*r[i] + w[j]
  z[j]   = mean[i](tanh(y[i,j]))
  return y, z; r

layer of_scalars(a, b; c = 2.5)
  s = a*exp(b) + c
  t = sin(s)/b
  return s, t

layer scalar_among_arrays(x[N], c)
  y[i] = c*x[i]^2 + sqrt(c^2 + 1)
  return y

layer deltas(x[N,N], v[N])
  y[i,k] = delta[i,k]*v[i] + x[i,k]*(1 - delta[i,k])
  d[i]   = x[i,i]*v[i]
  q      = sum[i,k](x[i,k]*delta[i,k])
  return y, d, q

layer delta_in_a_row_read_twice(x[N,N])
  s[i]   = sum[j](x[i,j])
  y[i,j] = exp(x[i,j])/s[i] + delta[i,j]
  return y

layer exp_of_delta(x[N,D], w[D])
  y[i,j] = sum[k](exp(delta[j,k]*w[k])*x[i,k])
  return y

layer extrema(x[N,D], w[D])
  m[i]   = max[j](x[i,j])
  l      = min[i,j](x[i,j] + w[j])
  y[i,j] = max(x[i,j], w[j])*m[i] + min(x[i,j], l)
  return y

layer transposed(x[N,D], w[D,N])
  y[j,i] = x[i,j]*w[j,i] + x[i,j]
  return y

layer no_gradient(x[N,D], u[N])
  s[i]   = stop(sum[j](x[i,j]^2))
  y[i,j] = x[i,j]/(1 + s[i]) + 0*u[i]
  return y; s

layer functions(x[N], p[N])
  y[i] = erf(x[i]) + softplus(x[i]) + sigmoid(x[i]) + relu(x[i]) + abs(x[i]) + cos(x[i]) + step(x[i])*x[i]
  z[i] = log(1 + p[i]^2) + (1 + p[i]^2)^(-3/4) + (2 + cos(p[i]))^x[i] + pi*sqrt(2)*p[i]
  return y, z

layer keywords(lambda[N,D], class[D], float[D], T; double = 0.5)
  np[i,j]  = lambda[i,j]*class[j] + T
  for[j]   = sum[i](np[i,j]^2)*float[j]
  std[i,j] = np[i,j]*double/(1 + for[j]^2)
  return std, for

layer reserved(__x[N], a__b[N], _Upper[N], NAN, EOF[N], Wide[N], first[N], block[M], row[M]; T_ = 2)
  x_[i]      = __x[i]*a__b[i] + _Upper[i]*NAN + T_
  total[i,k] = x_[i]*EOF[i] + Wide[i]*first[i]*block[k]*row[k]
  part[k]    = mean[i](total[i,k])
  return total, part

layer many_factors(a[N,M], b[M,K], c[K,L], d[L])
  y[n] = sum[m,k,l](a[n,m]*b[m,k]*c[k,l]*d[l])
  return y

layer unused(x[N,D], u[M])
  y[i] = sum[j](x[i,j])
  return y

layer hand_written_tanh(x[N,D])
  y[i,j] = (exp(x[i,j]) - exp(-x[i,j]))/(exp(x[i,j]) + exp(-x[i,j]))
  return y

layer hand_written_silu(x[N,D])
  y[i,j] = x[i,j]/(1 + exp(-x[i,j]))
  return y

layer hand_written_gate(x[N,D], w[D])
  s[i,j] = sigmoid(x[i,j])
  y[i,j] = w[j]*s[i,j]*((w[j] - 2)*exp(-x[i,j]) + w[j])
  return y

layer hand_written_losses(x[N], t[N])
  p[i] = 1/(1 + exp(-x[i]))
  loss = -mean[i](t[i]*log(p[i]) + (1 - t[i])*log(1 - p[i]))
  return loss

layer one_formula_softmax(x[N,D], v[D])
  y[i] = sum[j](exp(2*x[i,j])*v[j])/sum[k](exp(2*x[i,k]))
  return y

layer middle_axis(x[N,C,S], g[C])
  m[n,s]   = mean[c](x[n,c,s])
  v[n,s]   = mean[c]((x[n,c,s] - m[n,s])^2)
  y[n,c,s] = g[c]*(x[n,c,s] - m[n,s])/sqrt(v[n,s] + 1)
  return y

layer alias(x[N])
  y[i] = x[i]
  return y
)";

/// A layer over the first axes of A, B, C, D, E and F, which have the letters a to f wherever they stand.
class ManyAxes {
 public:
  explicit ManyAxes(std::uint64_t seed) : random_(seed), axes_(static_cast<std::size_t>(random_.between(4, 6))) {
    constexpr int tensors = 3, definitions = 3;
    std::vector<std::string> declared;
    const Axes all = shuffled(some(1));
    add("x", all);
    declared.push_back(fmt::format("x[{}]", fmt::join(named(all, 'A'), ",")));
    for (int k = 0; k < tensors; ++k) {
      const Axes own = shuffled(some(0.5));
      add(fmt::format("w{}", k), own);
      declared.push_back(fmt::format("w{}[{}]", k, fmt::join(named(own, 'A'), ",")));
    }
    text_ = fmt::format("layer axes_{}({})\n", seed, fmt::join(declared, ", "));
    for (int k = 0; k < definitions; ++k) define(fmt::format("h{}", k), some(0.6));
    const Axes last = some(1), order = shuffled(last);
    const std::string added = operand_within(last), factor = operand_within(last);
    text_ += fmt::format("  y[{}] = {} - ({} + {})*{}\n  return y\n", fmt::join(named(order, 'a'), ","), operand(0),
                         operand(operands_.size() - 1), added, factor);
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  using Axes = std::vector<std::size_t>;

  /// Each axis with this probability; one at least.
  Axes some(double share) {
    Axes axes;
    for (std::size_t axis = 0; axis < axes_; ++axis)
      if (random_.uniform() < share) axes.push_back(axis);
    if (axes.empty()) axes.push_back(static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(axes_))));
    return axes;
  }

  Axes shuffled(Axes axes) {
    for (std::size_t k = axes.size(); k > 1; --k)
      std::swap(axes[k - 1], axes[static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(k)))]);
    return axes;
  }

  static std::vector<std::string> named(const Axes& axes, char first) {
    std::vector<std::string> names;
    for (const std::size_t axis : axes) names.emplace_back(1, static_cast<char>(first + axis));
    return names;
  }

  void add(const std::string& name, const Axes& axes) { operands_.emplace_back(name, axes); }

  [[nodiscard]] std::string operand(std::size_t k) const {
    return fmt::format("{}[{}]", operands_[k].first, fmt::join(named(operands_[k].second, 'a'), ","));
  }

  /// One that has no other axes; a number where there is none.
  std::string operand_within(const Axes& axes) {
    std::vector<std::size_t> fitting;
    for (std::size_t k = 0; k < operands_.size(); ++k) {
      if (std::ranges::all_of(operands_[k].second,
                              [&](std::size_t axis) { return std::ranges::count(axes, axis) > 0; }))
        fitting.push_back(k);
    }
    if (fitting.empty()) return "2";
    return operand(fitting[static_cast<std::size_t>(random_.below(std::ssize(fitting)))]);
  }

  /// A reduction of everything over the other axes, or something of these axes alone.
  void define(const std::string& name, const Axes& axes) {
    Axes others;
    for (std::size_t axis = 0; axis < axes_; ++axis)
      if (std::ranges::count(axes, axis) == 0) others.push_back(axis);
    const std::string one = operand_within(some(1)), other = operand_within(some(1));
    const std::string all = fmt::format("{} + {}*{}", operand(0), one, other);
    // A maximum's derivative names all entries twice: over five axes it takes too many operations to check.
    const std::vector<std::string> reductions =
        axes_ == 4 ? std::vector<std::string>{"sum", "mean", "max"} : std::vector<std::string>{"sum", "mean"};
    const std::string reduction = reductions.at(static_cast<std::size_t>(random_.below(std::ssize(reductions))));
    const std::string value =
        others.empty() ? fmt::format("tanh({})", all)
                       : fmt::format("{}[{}]({})", reduction, fmt::join(named(shuffled(others), 'a'), ","), all);
    const Axes order = shuffled(axes);
    const std::string subtracted = operand_within(axes);
    text_ += fmt::format("  {}[{}] = {} - {}\n", name, fmt::join(named(order, 'a'), ","), value, subtracted);
    add(name, order);
  }

  engine::Random random_;
  std::size_t axes_;
  std::string text_;
  std::vector<std::pair<std::string, Axes>> operands_;
};

}  // namespace

namespace {

/// Sanitizers see the emitter, not what it emits, and take ten times as long: a third will do.
int with_sanitizers_fewer(int count) {
#ifdef CHALKTAPE_SANITIZED
  return count / 3;
#else
  return count;
#endif
}

}  // namespace

std::vector<EmitCase> many_axes_cases(int count) {
  count = with_sanitizers_fewer(count);
  std::vector<EmitCase> cases;
  for (std::uint64_t seed = 1; std::ssize(cases) < count; ++seed)
    cases.push_back(case_of(layer_of(ManyAxes(seed).text())));
  return cases;
}

EmitCase case_of(const language::Layer& layer) {
  return {layer.name, emit::make_program(check::verified_derivation(layer))};
}

std::vector<EmitCase> builtin_cases() {
  std::vector<EmitCase> cases;
  for (const auto& entry : language::builtin_layers()) cases.push_back(case_of(builtin(std::string(entry.name))));
  return cases;
}

std::vector<EmitCase> odd_cases() {
  std::vector<EmitCase> cases;
  for (const auto& layer : notation::load_layers(odd_layers, "odd.chalk")) cases.push_back(case_of(layer));
  cases.push_back(case_of(layer_of_every_function()));
  return cases;
}

std::vector<EmitCase> random_cases(int count) {
  count = with_sanitizers_fewer(count);
  std::vector<EmitCase> cases;
  for (std::uint64_t seed = 1; std::ssize(cases) < count; ++seed) {
    const language::Layer layer = layer_of(random_layers::to_chalk(random_layers::random_layer(seed)));
    try {
      cases.push_back(case_of(layer));
    } catch (const check::Error&) {
      continue;  // no point at which it has a value
    }
  }
  return cases;
}

}  // namespace chalktape::tests
