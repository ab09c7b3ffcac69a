// Somebody's own gradients, read from files, judged as one more road.
#include <utility>

#include "symbolic/roads/road.hpp"

namespace chalktape::roads {
namespace {

class CandidateRoad final : public Road {
 public:
  explicit CandidateRoad(std::map<std::string, engine::Tensor> gradients) : gradients_(std::move(gradients)) {}
  [[nodiscard]] std::string_view name() const override { return "candidate"; }
  [[nodiscard]] std::optional<std::string> unavailable(const language::Layer& /*layer*/) override {
    return std::nullopt;
  }
  [[nodiscard]] bool is_candidate() const override { return true; }
  [[nodiscard]] Walk walk(const Problem& /*problem*/) override {
    Walk walk;
    walk.gradients = gradients_;
    return walk;
  }

 private:
  std::map<std::string, engine::Tensor> gradients_;
};

}  // namespace

std::unique_ptr<Road> candidate_road(std::map<std::string, engine::Tensor> gradients) {
  return std::make_unique<CandidateRoad>(std::move(gradients));
}

}  // namespace chalktape::roads
