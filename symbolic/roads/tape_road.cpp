#include "symbolic/roads/cost.hpp"
#include "symbolic/roads/road.hpp"

namespace chalktape::roads {
namespace {

class TapeRoad final : public Road {
 public:
  [[nodiscard]] std::string_view name() const override { return "tape"; }
  [[nodiscard]] std::optional<std::string> unavailable(const language::Layer& /*layer*/) override {
    return std::nullopt;
  }
  [[nodiscard]] Walk walk(const Problem& problem) override {
    engine::Tape tape;
    const Forward forward = record_forward(tape, problem, problem.dtype);
    BackwardCost cost(tape.graph());
    // A tensor that a layer only reads under stop(), say, has gradient zero.
    const engine::Gradients gradients = tape.backward(forward.upstream, forward.tensors, &cost, engine::NoPath::zero);
    Walk walk;
    for (std::size_t t = 0; t < forward.tensors.size(); ++t)
      walk.gradients.emplace(problem.layer.tensors[t].name, gradients.of(forward.tensors[t]));
    walk.cost = cost.cost();
    return walk;
  }
};

}  // namespace

std::unique_ptr<Road> tape_road() { return std::make_unique<TapeRoad>(); }

}  // namespace chalktape::roads
