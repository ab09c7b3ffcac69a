// What PyTorch's and oneDNN's batch norm and layer norm lose to rounding, against 50 digits: what docs/accuracy.md says
// of them. ./run bench accuracy runs it.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "docs/pages/accuracy.hpp"
#include "symbolic/roads/compare.hpp"
#include "tests/bench/interleaved.hpp"
#include "tests/bench/peers.hpp"

namespace {

using namespace chalktape;
using engine::Tensor;

std::vector<bench::Peer> peers_of(const bench::NormData& data) {
  std::vector<bench::Peer> peers;
#ifdef CHALKTAPE_TORCH
  std::ranges::move(bench::torch_norms(data), std::back_inserter(peers));
#endif
#ifdef CHALKTAPE_DNNL
  std::ranges::move(bench::dnnl_norms(data), std::back_inserter(peers));
#endif
  // One layout of each library: they compute the same.
  const auto library = [](const bench::Peer& peer) { return peer.name.substr(0, peer.name.find(',')); };
  const auto rest = std::ranges::unique(peers, {}, library);
  peers.erase(rest.begin(), rest.end());
  for (bench::Peer& peer : peers) peer.name = library(peer);
  return peers;
}

bench::NormData data_of(const roads::Problem& problem) {
  const bool is_double = problem.dtype == engine::DType::f64;
  const auto numbers = [&](const Tensor& t) {
    return is_double ? static_cast<const void*>(t.data<double>()) : t.data<float>();
  };
  return {problem.layer.name == "layer_norm",
          is_double,
          problem.sizes.at("N"),
          problem.sizes.at("D"),
          numbers(problem.tensors.at("x")),
          numbers(problem.upstream.at("y")),
          numbers(problem.tensors.at("gamma")),
          numbers(problem.tensors.at("beta")),
          problem.constants.at("eps"),
          1};
}

class PeerRoad final : public roads::Road {
 public:
  explicit PeerRoad(bench::Peer peer) : peer_(std::move(peer)) {}
  [[nodiscard]] std::string_view name() const override { return peer_.name; }
  [[nodiscard]] std::optional<std::string> unavailable(const language::Layer& /*layer*/) override { return {}; }
  [[nodiscard]] bool is_candidate() const override { return true; }
  [[nodiscard]] roads::Walk walk(const roads::Problem& problem) override {
    peer_.forward();
    peer_.backward();
    const auto copy = [&](const char* of, const void* from) {
      Tensor result = engine::uninitialised(problem.tensors.at(of).shape(), problem.dtype);
      engine::dispatch(problem.dtype,
                       [&]<class T>() { std::copy_n(static_cast<const T*>(from), result.size(), result.data<T>()); });
      return std::pair{std::string(of), result};
    };
    roads::Walk walk;
    walk.gradients = {copy("x", peer_.dx()), copy("gamma", peer_.dgamma()), copy("beta", peer_.dbeta())};
    return walk;
  }

 private:
  bench::Peer peer_;
};

}  // namespace

int main(int argc, char** argv) {
  auto flags = bench::initialise(argc, argv, {}, {"--json="});
  nlohmann::json json = nlohmann::json::array();
  fmt::print("| layer | dtype | N, D | mean/std | library | dx, ulp | dgamma | dbeta |\n");
  fmt::print("| --- | --- | --- | ---: | --- | ---: | ---: | ---: |\n");
  for (const docs::Condition& condition : docs::accuracy_conditions()) {
    const roads::Problem problem = docs::problem_of(condition);
    std::vector<std::unique_ptr<roads::Road>> walked;
    for (bench::Peer& peer : peers_of(data_of(problem))) walked.push_back(std::make_unique<PeerRoad>(std::move(peer)));
    if (walked.empty() && json.empty()) {
      fmt::print(stderr, "accuracy_bench: neither libtorch-dev nor libdnnl-dev was there when it was built\n");
      return 1;
    }
    for (const roads::RoadResult& road : roads::compare(problem, walked).roads) {
      const auto ulp = [&](const char* name) { return road.accuracy.at(name).ulp; };
      fmt::print("| {} | {} | {}, {} | {:g} | {} | {:.3g} | {:.3g} | {:.3g} |\n", condition.layer,
                 engine::name_of(condition.dtype), condition.n, condition.d, condition.mean, road.name, ulp("x"),
                 ulp("gamma"), ulp("beta"));
      json.push_back({{"layer", condition.layer},
                      {"dtype", engine::name_of(condition.dtype)},
                      {"n", condition.n},
                      {"d", condition.d},
                      {"mean", condition.mean},
                      {"road", road.name},
                      {"dx", ulp("x")},
                      {"dgamma", ulp("gamma")},
                      {"dbeta", ulp("beta")}});
    }
  }
  bench::write_measured(flags["--json="], json);
}
