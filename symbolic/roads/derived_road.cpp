#include <optional>
#include <set>
#include <string>
#include <utility>

#include "symbolic/check/checker.hpp"
#include "symbolic/derive/derive.hpp"
#include "symbolic/emit/program.hpp"
#include "symbolic/notation/formula.hpp"
#include "symbolic/roads/cost.hpp"
#include "symbolic/roads/road.hpp"

namespace chalktape::roads {
namespace {

class DerivedRoad final : public Road {
 public:
  DerivedRoad() = default;
  explicit DerivedRoad(emit::Program program) : program_(std::move(program)), is_given_(true) {}

  [[nodiscard]] std::string_view name() const override { return "derived"; }

  [[nodiscard]] std::optional<std::string> unavailable(const language::Layer& layer) override {
    if (is_given_) return std::nullopt;
    try {
      program_ = emit::safe_program(derive::derive(layer));
    } catch (const derive::Error& error) {
      return std::string(error.what());
    } catch (const notation::Error& error) {
      return std::string(error.what());
    } catch (const check::Error& error) {
      return std::string(error.what());
    }
    return std::nullopt;
  }

  [[nodiscard]] Walk walk(const Problem& problem) override {
    engine::Tape tape;
    lower::Environment environment = record_inputs(tape, problem, problem.dtype);
    std::set<std::string> forward;
    for (const emit::Statement& statement : program_.forward) forward.insert(statement.definition.name);

    engine::NodeId first = tape.size();
    std::set<engine::NodeId> upstream;
    const auto begin_backward = [&] {
      first = tape.size();
      for (const std::string& output : problem.layer.outputs) {
        upstream.insert(lower::add_input(tape, "d" + output, problem.layer.ranges_of(output).value(),
                                         problem.upstream.at(output), environment));
      }
    };
    for (const emit::Statement& statement : program_.for_results()) {
      if (upstream.empty() && !forward.contains(statement.definition.name)) begin_backward();
      lower::lower_formula(tape, statement.definition, environment);
    }

    Walk walk;
    std::vector<engine::NodeId> results;
    for (const auto& tensor : problem.layer.tensors) {
      const auto found = environment.nodes.find("d" + tensor.name);
      if (found == environment.nodes.end())
        throw Error("the derivation gives no gradient with respect to " + tensor.name);
      results.push_back(found->second);
      walk.gradients.emplace(tensor.name, tape.value(found->second));
    }
    walk.cost = fused_cost(tape.graph(), first, upstream, results);
    return walk;
  }

 private:
  emit::Program program_;  // as given, or of the layer that was asked about last
  bool is_given_ = false;
};

}  // namespace

std::unique_ptr<Road> derived_road() { return std::make_unique<DerivedRoad>(); }

std::unique_ptr<Road> derived_road(const derive::Derivation& derivation) {
  return std::make_unique<DerivedRoad>(emit::safe_program(derivation));
}

}  // namespace chalktape::roads
