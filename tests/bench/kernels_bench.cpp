// The kernels written by hand, beside a plain pass of the same traffic over memory, this project's other roads, and
// PyTorch's and oneDNN's kernels where these are installed. ./run bench kernels runs it.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <malloc.h>
#include <nlohmann/json.hpp>

#include "engine/kernels/batch_norm.hpp"
#include "engine/kernels/layer_norm.hpp"
#include "engine/tensor/memory.hpp"
#include "engine/tensor/tensor.hpp"
#include "symbolic/layers.hpp"
#include "symbolic/notation/resolve.hpp"
#include "tests/bench/interleaved.hpp"
#include "tests/bench/layer_roads.hpp"
#include "tests/bench/peers.hpp"
#include "tests/bench/streams.hpp"

namespace {

using namespace chalktape;
using namespace chalktape::engine;
using bench::Contenders;

constexpr double kEps = 1e-5;

struct Size {
  std::int64_t n, d;
};

constexpr Size kSizes[] = {{128, 100}, {256, 1024}, {1024, 1024}, {4096, 1024}, {65536, 256}, {65536, 1024}};

template <class T>
Tensor filled(const Shape& shape, double low, double high) {
  Tensor result = uninitialised(shape, dtype_of<T>);
  std::uint64_t state = 0x9E3779B97F4A7C15U + static_cast<std::uint64_t>(result.size());
  for (T *p = result.data<T>(), *end = p + result.size(); p != end; ++p) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    *p = static_cast<T>(low + (high - low) * static_cast<double>(state >> 40) / (1 << 24));
  }
  return result;
}

enum class Norm { batch, layer };

/// A layer by this project's kernel.
template <class T>
struct Ours {
  Norm norm;
  std::int64_t n, d;
  int threads;
  Tensor x, dy, gamma, beta, y, dx, dgamma, dbeta;
  kernels::BatchNormSaved<T> batch_saved;
  kernels::LayerNormSaved<T> layer_saved;

  Ours(Norm norm_, Size size, int threads_)
      : norm(norm_),
        n(size.n),
        d(size.d),
        threads(threads_),
        x(filled<T>({n, d}, -1, 3)),
        dy(filled<T>({n, d}, -1, 1)),
        gamma(filled<T>({d}, 0.5, 1.5)),
        beta(filled<T>({d}, -1, 1)),
        y(Tensor::zeros({n, d}, dtype_of<T>)),
        dx(Tensor::zeros({n, d}, dtype_of<T>)),
        dgamma(Tensor::zeros({d}, dtype_of<T>)),
        dbeta(Tensor::zeros({d}, dtype_of<T>)) {}

  template <class U>
  kernels::Rows<U> rows(Tensor& t) {
    return {t.data<T>(), d};
  }
  void forward() {
    if (norm == Norm::batch) {
      kernels::batch_norm_forward<T>(n, d, rows<const T>(x), gamma.data<T>(), beta.data<T>(), kEps, rows<T>(y),
                                     batch_saved, threads);
    } else {
      kernels::layer_norm_forward<T>(n, d, rows<const T>(x), gamma.data<T>(), beta.data<T>(), kEps, rows<T>(y),
                                     &layer_saved, threads);
    }
  }
  void backward() {
    if (norm == Norm::batch) {
      kernels::batch_norm_backward<T>(n, d, rows<const T>(x), rows<const T>(dy), gamma.data<T>(), batch_saved,
                                      rows<T>(dx), dgamma.data<T>(), dbeta.data<T>(), threads);
    } else {
      kernels::layer_norm_backward<T>(n, d, rows<const T>(x), rows<const T>(dy), gamma.data<T>(), layer_saved,
                                      rows<T>(dx), dgamma.data<T>(), dbeta.data<T>(), threads);
    }
  }
};

language::Layer builtin(Norm norm) {
  const char* const name = norm == Norm::batch ? "batch_norm" : "layer_norm";
  return notation::load_layers(std::string(language::find_builtin_layer(name)->source), name).front();
}

/// The same numbers for the roads that take any layer.
template <class T>
roads::Problem problem_of(const Ours<T>& ours) {
  roads::Problem problem;
  problem.layer = builtin(ours.norm);
  problem.dtype = dtype_of<T>;
  problem.sizes = {{"N", ours.n}, {"D", ours.d}};
  problem.tensors = {{"x", ours.x}, {"gamma", ours.gamma}, {"beta", ours.beta}};
  problem.constants = {{"eps", Tensor::full({}, kEps, dtype_of<T>).item()}};
  problem.upstream = {{"y", ours.dy}};
  return problem;
}

template <class T>
bench::Peer peer_of(const std::string& name, const bench::LayerRoad& road) {
  return {name, road.forward, road.backward,
          [outputs = road.outputs] { return static_cast<const void*>(outputs().at("y").template data<T>()); },
          [gradients = road.gradients] { return static_cast<const void*>(gradients().at("x").template data<T>()); }};
}

template <class T>
void require_close(const std::string& who, const void* theirs, const Tensor& ours) {
  const T* const a = static_cast<const T*>(theirs);
  const T* const b = ours.data<T>();
  for (std::int64_t i = 0; i < ours.size(); ++i) {
    if (theirs == nullptr || !(std::abs(a[i] - b[i]) < 1e-3)) {
      fmt::print(stderr, "kernels_bench: {} computes something else\n", who);
      std::exit(1);
    }
  }
}

/// The fastest of the contenders whose names begin so.
std::optional<std::string> fastest(const bench::Times& times, const Contenders& contenders, const std::string& prefix) {
  std::optional<std::string> best;
  for (const auto& [name, work] : contenders) {
    if (!name.starts_with(prefix)) continue;
    if (!best || times.microseconds(name) < times.microseconds(*best)) best = name;
  }
  return best;
}

struct Case {
  std::string what;
  Size size{};
  bool is_double = false;
  int threads = 1;
};

void report(const Case& of, const Contenders& contenders, nlohmann::json& json) {
  const bench::Times times = bench::measure(contenders);
  nlohmann::json entry{{"what", of.what},
                       {"n", of.size.n},
                       {"d", of.size.d},
                       {"dtype", of.is_double ? "f64" : "f32"},
                       {"threads", of.threads}};
  for (const auto& [name, work] : contenders) {
    entry["microseconds"][name] = times.microseconds(name);
    entry["spread"][name] = times.spread(name);
  }
  const double ours = times.microseconds("ours");
  std::string row = fmt::format("| {} | ({}, {}) | {} | {} | {:.1f} ± {:.0f} % ", of.what, of.size.n, of.size.d,
                                of.is_double ? "f64" : "f32", of.threads, ours, 50 * times.spread("ours"));
  // The bound is the sum of its passes, each at its best.
  double bound = 0;
  for (const char* pass : {"bound 1", "bound 2"}) {
    if (const auto best = fastest(times, contenders, pass)) bound += times.microseconds(*best);
  }
  entry["bound"] = bound;
  entry["ratios"]["ours/bound"] = ours / bound;
  row += fmt::format("| {:.1f} | {:.2f} ", bound, ours / bound);
  for (const char* peer : {"emitted", "plan", "tape", "PyTorch", "oneDNN"}) {
    const auto best = fastest(times, contenders, peer);
    if (best) entry["ratios"][fmt::format("{}/ours", peer)] = times.microseconds(*best) / ours;
    row += best ? fmt::format("| {:.2f} ", times.microseconds(*best) / ours) : std::string("| – ");
  }
  fmt::print("{}|\n", row);
  std::fflush(stdout);
  json.push_back(std::move(entry));
}

template <class T>
void compare(Norm norm, const bench::EmittedProgram& emitted, Size size, int threads, const std::string& only,
             const std::set<std::string>& peers_asked_for, nlohmann::json& json) {
  const std::string title = norm == Norm::batch ? "batch norm" : "layer norm";
  const bool is_double = dtype_of<T> == DType::f64;
  // Gives back what earlier sizes took: the largest would not fit beside it.
  release_unused_memory();
  malloc_trim(0);
  const auto ours = std::make_shared<Ours<T>>(norm, size, threads);
  ours->forward();
  ours->backward();
  std::vector<bench::Peer> peers;
  const bench::NormData data{norm == Norm::layer,
                             is_double,
                             size.n,
                             size.d,
                             ours->x.template data<T>(),
                             ours->dy.template data<T>(),
                             ours->gamma.template data<T>(),
                             ours->beta.template data<T>(),
                             kEps,
                             threads};
#ifdef CHALKTAPE_TORCH
  for (auto& peer : bench::torch_norms(data)) peers.push_back(std::move(peer));
#endif
#ifdef CHALKTAPE_DNNL
  for (auto& peer : bench::dnnl_norms(data)) peers.push_back(std::move(peer));
#endif
  const roads::Problem problem = problem_of(*ours);
  peers.push_back(peer_of<T>("emitted", emitted.on(problem, threads)));
  // A tape, of which a plan is made, keeps some dozens of arrays: beside the other peers' they would be more than 24
  // GiB.
  if (size.n * size.d * static_cast<std::int64_t>(sizeof(T)) < std::int64_t{512} << 20) {
    peers.push_back(peer_of<T>("plan", bench::planned(problem, emitted.program(), threads)));
    peers.push_back(peer_of<T>("tape", bench::eager(problem, threads)));
  }
  if (!peers_asked_for.empty())
    std::erase_if(peers, [&](const bench::Peer& peer) {
      return !peers_asked_for.contains(peer.name.substr(0, peer.name.find(',')));
    });
  for (const bench::Peer& peer : peers) {
    peer.forward();
    require_close<T>(peer.name, peer.y(), ours->y);
    peer.backward();
    require_close<T>(peer.name, peer.dx(), ours->dx);
  }

  const std::int64_t count = size.n * size.d;
  const T* const x = ours->x.template data<T>();
  const T* const dy = ours->dy.template data<T>();
  T* const y = ours->y.template data<T>();
  T* const dx = ours->dx.template data<T>();
  // Layer norm reads a row from the cache again: one pass.
  const auto add_bound = [&](Contenders& contenders, int arrays, T* out) {
    if (norm == Norm::batch)
      contenders.emplace("bound 1: read", [=] { bench::read_pass<T>(count, x, dy, arrays, threads); });
    for (const bool past : {false, true}) {
      contenders.emplace(past ? "bound 2: read and write past the cache" : "bound 2: read and write",
                         [=] { bench::write_pass<T>(count, x, dy, arrays, out, past, threads); });
    }
  };
  if (only.empty() || only == "forward") {
    Contenders contenders{{"ours", [=] { ours->forward(); }}};
    add_bound(contenders, 1, y);
    for (const bench::Peer& peer : peers) contenders.emplace(peer.name, peer.forward);
    report({title + " forward", size, is_double, threads}, contenders, json);
  }
  if (only.empty() || only == "backward") {
    Contenders contenders{{"ours", [=] { ours->backward(); }}};
    add_bound(contenders, 2, dx);
    for (const bench::Peer& peer : peers) contenders.emplace(peer.name, peer.backward);
    report({title + " backward", size, is_double, threads}, contenders, json);
  }
}

}  // namespace

int main(int argc, char** argv) {
  auto flags = bench::initialise(
      argc, argv,
      {"--benchmark_repetitions=9", "--benchmark_min_time=0.02", "--benchmark_enable_random_interleaving=true"},
      {"--json=", "--norm=", "--size=", "--pass=", "--dtype=", "--threads=", "--peers="});
  const auto wanted = [&](const char* flag, const std::string& value) {
    return flags[flag].empty() || flags[flag] == value;
  };
  fmt::print(
      "Medians of interleaved repetitions in microseconds, ± half the interquartile range. The bound is a plain pass\n"
      "that reads the operands and one that reads them again and writes the result (layer norm: the second alone). "
      "Absolute times are this "
      "machine's.\n\n");
  fmt::print(
      "| pass | N, D | dtype | threads | ours | bound | ours/bound | emitted/ours | plan/ours | tape/ours | "
      "PyTorch/ours "
      "| oneDNN/ours |\n| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  std::set<std::string> peers;
  for (std::stringstream list(flags["--peers="]); list.good();)
    if (std::string name; std::getline(list, name, ',') && !name.empty()) peers.insert(name);
  nlohmann::json json = nlohmann::json::array();
  for (const auto& [norm, name] : {std::pair{Norm::batch, "batch"}, {Norm::layer, "layer"}}) {
    if (!wanted("--norm=", name)) continue;
    const bench::EmittedProgram emitted(builtin(norm));
    for (const Size size : kSizes) {
      if (!wanted("--size=", fmt::format("{}x{}", size.n, size.d))) continue;
      for (const int threads : {1, 2}) {
        if (!wanted("--threads=", std::to_string(threads))) continue;
        if (wanted("--dtype=", "f32")) compare<float>(norm, emitted, size, threads, flags["--pass="], peers, json);
        if (wanted("--dtype=", "f64")) compare<double>(norm, emitted, size, threads, flags["--pass="], peers, json);
      }
    }
  }
  bench::write_measured(flags["--json="], json);
}
