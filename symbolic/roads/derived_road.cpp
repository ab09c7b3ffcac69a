#include <optional>
#include <set>
#include <string>
#include <utility>

#include "symbolic/derive/derive.hpp"
#include "symbolic/notation/formula.hpp"
#include "symbolic/roads/cost.hpp"
#include "symbolic/roads/road.hpp"

namespace chalktape::roads {
namespace {

class DerivedRoad final : public Road {
 public:
  DerivedRoad() = default;
  explicit DerivedRoad(std::vector<language::Definition> program) : program_(std::move(program)), is_given_(true) {}

  [[nodiscard]] std::string_view name() const override { return "derived"; }

  [[nodiscard]] std::optional<std::string> unavailable(const language::Layer& layer) override {
    if (is_given_) return std::nullopt;
    try {
      program_ = derive::derive(layer).program();
    } catch (const derive::Error& error) {
      return std::string(error.what());
    } catch (const notation::Error& error) {
      return std::string(error.what());
    }
    return std::nullopt;
  }

  [[nodiscard]] Walk walk(const Problem& problem) override {
    engine::Tape tape;
    Forward forward = record_forward(tape, problem, problem.dtype);
    const engine::NodeId first = tape.size();
    std::set<engine::NodeId> upstream;
    for (const std::string& output : problem.layer.outputs) {
      upstream.insert(lower::add_input(tape, "d" + output, problem.layer.ranges_of(output).value(),
                                       problem.upstream.at(output), forward.environment));
    }
    for (const language::Definition& formula : program_) lower::lower_formula(tape, formula, forward.environment);

    Walk walk;
    std::vector<engine::NodeId> results;
    for (const auto& tensor : problem.layer.tensors) {
      const auto found = forward.environment.nodes.find("d" + tensor.name);
      if (found == forward.environment.nodes.end())
        throw Error("the derivation gives no gradient with respect to " + tensor.name);
      results.push_back(found->second);
      walk.gradients.emplace(tensor.name, tape.value(found->second));
    }
    walk.cost = fused_cost(tape.graph(), first, upstream, results);
    return walk;
  }

 private:
  std::vector<language::Definition> program_;  // as given, or of the layer that was asked about last
  bool is_given_ = false;
};

}  // namespace

std::unique_ptr<Road> derived_road() { return std::make_unique<DerivedRoad>(); }

std::unique_ptr<Road> derived_road(std::vector<language::Definition> program) {
  return std::make_unique<DerivedRoad>(std::move(program));
}

}  // namespace chalktape::roads
